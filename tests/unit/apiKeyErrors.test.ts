import { advice, ApiKeyError, explain, label, otherEnvironment } from "../../provider/src/apiKey/errors";
import type { ApiKeyState } from "../../provider/src/apiKey/outputs";
import { KalshiError, type ErrorBody, type FailureKind } from "../../provider/src/kalshi/errors";

function errorOf(kind: FailureKind, body: ErrorBody = {}): KalshiError {
    return new KalshiError("generate", kind, { summary: "status 400", body });
}

describe("the advice on a failed call", () => {
    test.each<[FailureKind, RegExp]>([
        ["invalid", /refused an input/],
        ["conflict", /FCM subtrader/],
        ["rateLimited", /rate limit/],
        ["interrupted", /^Run it again\.$/],
        ["connection", /Check the network/],
        ["timeout", /Check the network/],
        ["unexpected", /not Kalshi's: check `kalshi:environment`/],
        ["notFound", /maintenance window/],
        ["server", /maintenance window/],
        ["unreadable", /maintenance window/],
        ["unauthorized", /^Kalshi did not accept the credentials\. Set `kalshi:apiKeyId`/],
        ["forbidden", /The signing key may not manage keys/],
    ])("fits its kind: %s", (kind, expected) => {
        expect(advice(errorOf(kind))).toMatch(expected);
    });

    test.each<[FailureKind, ErrorBody, RegExp]>([
        ["unauthorized", { code: "header_timestamp_expired" }, /clock differs from Kalshi's/],
        ["unauthorized", { details: "INCORRECT_API_KEY_SIGNATURE" }, /private key does not belong to the API key id/],
        ["unauthorized", { details: "NOT_FOUND" }, /knows no key of the API key id/],
        ["unauthorized", { code: "other", details: "something else" }, /did not accept the credentials/],
        ["forbidden", { code: "Your_location_attestation_is_missing" }, /^Renew the location attestation/],
        ["forbidden", { message: "Your location attestation expired" }, /^Renew the location attestation/],
        [
            "forbidden",
            { code: "key_creation_requires_premier_usage_level" },
            /public key needs Premier.*generate the key pair.*for hours.*Nothing was created/,
        ],
        [
            "forbidden",
            { code: "subaccount_creation_requires_advanced_api_usage_level" },
            /leave `subaccount` out.*for hours.*Nothing was created/,
        ],
        ["forbidden", { message: "scope missing" }, /The signing key may not manage keys.*Sign with another key/],
    ])("fits what Kalshi says: %s, %j", (kind, body, expected) => {
        expect(advice(errorOf(kind, body))).toMatch(expected);
    });
});

test("a failed call is explained by what failed, the environment, the response and the advice", () => {
    const explained = explain({ what: "read the API key x", environment: "demo" }, errorOf("interrupted"));
    expect(explained).toBeInstanceOf(ApiKeyError);
    expect(String(explained)).toBe(
        "ApiKeyError: Could not read the API key x (environment demo). Kalshi's answer: status 400. Run it again.",
    );
});

test("another error passes as it is", () => {
    const error = new Error("internal");
    expect(explain({ what: "read", environment: "demo" }, error)).toBe(error);
});

test.each([
    [{ apiKeyId: "x" }, "x"],
    [{ apiKeyId: "x", name: "bot\u001b[2J" }, '"bot " (x)'],
])("a key is named for a person: %j", (key, expected) => {
    expect(label(key)).toBe(expected);
});

test("the advice on refused credentials names each way to configure them", () => {
    expect(advice(errorOf("unauthorized"))).toMatch(
        /`kalshi:privateKeyPath`.*KALSHI_API_KEY_ID.*KALSHI_PRIVATE_KEY .*KALSHI_PRIVATE_KEY_PATH.*--run-program/,
    );
});

test("the refusal of a key of another environment names both environments and how to configure the right one", () => {
    const key = { apiKeyId: "x", name: "bot", environment: "demo" } as ApiKeyState;
    expect(otherEnvironment("revoke", key, "prod")).toMatch(
        /not revoke the API key "bot" \(x\).*environment demo.*says prod.*KALSHI_ENVIRONMENT.*KALSHI_BASE_URL.*--run-program/,
    );
});
