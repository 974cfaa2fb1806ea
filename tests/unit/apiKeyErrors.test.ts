import { advice, ApiKeyError, explain, label, otherEnvironment } from "../../provider/src/apiKey/errors";
import type { ApiKeyState } from "../../provider/src/apiKey/outputs";
import { KalshiError, type ErrorBody, type FailureKind } from "../../provider/src/kalshi/errors";
import type { ErrorCode } from "../../provider/src/userError";

function errorOf(kind: FailureKind, body: ErrorBody = {}): KalshiError {
    return new KalshiError("generate", kind, { summary: "status 400", body });
}

describe("the advice on a failed call", () => {
    test.each<[FailureKind, ErrorCode]>([
        ["invalid", "KALSHI_REQUEST_REFUSED"],
        ["conflict", "KALSHI_SUBTRADER_UNKNOWN"],
        ["rateLimited", "KALSHI_RATE_LIMITED"],
        ["interrupted", "KALSHI_INTERRUPTED"],
        ["connection", "KALSHI_UNREACHABLE"],
        ["timeout", "KALSHI_UNREACHABLE"],
        ["unexpected", "KALSHI_UNEXPECTED_RESPONSE"],
        ["notFound", "KALSHI_UNEXPECTED_RESPONSE"],
        ["server", "KALSHI_SERVER_FAILURE"],
        ["unreadable", "KALSHI_SERVER_FAILURE"],
        ["unauthorized", "KALSHI_CREDENTIALS_REFUSED"],
        ["forbidden", "KALSHI_PERMISSION_DENIED"],
    ])("has the code of its kind: %s", (kind, code) => {
        expect(advice(errorOf(kind)).code).toBe(code);
    });

    test.each<[FailureKind, ErrorBody, ErrorCode, RegExp]>([
        ["unauthorized", { code: "header_timestamp_expired" }, "KALSHI_CLOCK_SKEW", /NTP/],
        [
            "unauthorized",
            { details: "INCORRECT_API_KEY_SIGNATURE" },
            "KALSHI_CREDENTIALS_REFUSED",
            /does not belong to/,
        ],
        ["unauthorized", { details: "NOT_FOUND" }, "KALSHI_CREDENTIALS_REFUSED", /knows no key of/],
        ["unauthorized", { code: "other", details: "something else" }, "KALSHI_CREDENTIALS_REFUSED", /did not accept/],
        ["forbidden", { code: "Your_location_attestation_is_missing" }, "KALSHI_ATTESTATION_EXPIRED", /^Renew/],
        ["forbidden", { message: "Your location attestation expired" }, "KALSHI_ATTESTATION_EXPIRED", /^Renew/],
        [
            "forbidden",
            { code: "key_creation_requires_premier_usage_level" },
            "KALSHI_USAGE_LEVEL_TOO_LOW",
            /leave `publicKey` out/,
        ],
        [
            "forbidden",
            { code: "subaccount_creation_requires_advanced_api_usage_level" },
            "KALSHI_USAGE_LEVEL_TOO_LOW",
            /leave `subaccount` out/,
        ],
        [
            "forbidden",
            { message: "fcm_subtrader_id is for FCM members only" },
            "KALSHI_PERMISSION_DENIED",
            /leave `fcmS/,
        ],
        ["forbidden", { message: "you are not an FCM member" }, "KALSHI_PERMISSION_DENIED", /leave `fcmS/],
        [
            "forbidden",
            { message: "this API key is restricted to an FCM subtrader" },
            "KALSHI_PERMISSION_DENIED",
            /Sign with another key/,
        ],
        ["forbidden", { message: "scope missing" }, "KALSHI_PERMISSION_DENIED", /Sign with another key/],
    ])("fits what Kalshi says: %s, %j", (kind, body, code, text) => {
        expect(advice(errorOf(kind, body))).toEqual({ code, text: expect.stringMatching(text) as string });
    });
});

test("a failed call is explained by what failed, the environment, the response and the advice", () => {
    const explained = explain({ what: "read the API key x", environment: "demo" }, errorOf("interrupted"));
    expect(explained).toBeInstanceOf(ApiKeyError);
    expect(String(explained)).toBe(
        "ApiKeyError: Could not read the API key x (environment demo): status 400. Run it again. (KALSHI_INTERRUPTED)",
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

test("the advice on refused credentials names the option, the variable and how to use the current options", () => {
    expect(advice(errorOf("unauthorized")).text).toMatch(/`kalshi:apiKeyId`.*KALSHI_API_KEY_ID.*--run-program/);
});

test("the refusal of a key of another environment names both environments and how to configure the right one", () => {
    const key = { apiKeyId: "x", name: "bot", environment: "demo" } as ApiKeyState;
    const { code, text } = otherEnvironment("revoke", key, "prod");
    expect(code).toBe("KALSHI_OTHER_ENVIRONMENT");
    expect(text).toMatch(
        /not revoke the API key "bot" \(x\).*environment demo.*says prod.*kalshi:environment.*kalshi:baseUrl.*--run-program/,
    );
});
