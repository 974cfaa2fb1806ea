import { createPrivateKey } from "node:crypto";
import { signedHeaders } from "../../provider/src/kalshi/auth";
import { errorOfResponse } from "../../provider/src/kalshi/errors";
import { ownKeyPair } from "../support/harness";

const errorOf = (status: number, text: string, contentType?: string) =>
    errorOfResponse("generate", { status, text, contentType });

describe("parses each shape of Kalshi's error bodies:", () => {
    test.each([
        [
            "nested",
            401,
            '{"error":{"code":"authentication_error","message":"authentication_error","details":"NOT_FOUND"}}',
            { code: "authentication_error", message: "authentication_error", details: "NOT_FOUND" },
            "status 401, authentication_error, NOT_FOUND",
        ],
        [
            "flat",
            400,
            '{"code":"bad_request","message":"cannot decode"}',
            { code: "bad_request", message: "cannot decode", details: undefined },
            "status 400, bad_request, cannot decode",
        ],
        [
            "bare",
            400,
            '{"msg":"invalid API key ID"}',
            { message: "invalid API key ID" },
            "status 400, invalid API key ID",
        ],
        [
            "a string",
            429,
            '{"error":"too many requests"}',
            { message: "too many requests" },
            "status 429, too many requests",
        ],
        [
            "a 429 without authentication",
            429,
            '{"error":{"code":"too_many_requests","message":"too many requests"}}',
            { code: "too_many_requests", message: "too many requests" },
            "status 429, too_many_requests",
        ],
        [
            "details that are not a string",
            400,
            '{"code":"a","details":{"b":1}}',
            { code: "a", details: '{"b":1}' },
            'status 400, a, {"b":1}',
        ],
        [
            "a code that is a sentence, which the message repeats",
            403,
            '{"error":{"code":"Your_location_attestation_is_missing_or_expired._Please_verify","message":"Your location attestation is missing or expired. Please verify"}}',
            { message: "Your location attestation is missing or expired. Please verify" },
            "status 403, Your location attestation is missing or expired. Please verify",
        ],
    ])("%s", (_shape, status, text, body, summary) => {
        const error = errorOf(status, text);
        expect(error.body).toMatchObject(body);
        expect(error.summary).toBe(summary);
        expect(error.kind).not.toBe("unexpected");
    });
});

test.each([
    [400, "invalid", false],
    [401, "unauthorized", false],
    [403, "forbidden", false],
    [404, "notFound", false],
    [409, "conflict", false],
    [429, "rateLimited", false],
    [500, "server", true],
    [503, "server", true],
    [408, "unexpected", true],
    [418, "unexpected", true],
])("Kalshi's status %d is of kind %s; may have succeeded: %s", (status, kind, mayHaveSucceeded) => {
    expect(errorOf(status, '{"code":"c"}')).toMatchObject({ status, kind, mayHaveSucceeded });
});

describe("treats a response that is not Kalshi's as unexpected:", () => {
    test.each([
        [404, '{"message":"no Route matched with those values"}', "application/json", "(application/json): {"],
        [404, "<Error><Code>NoSuchKey</Code></Error>", "application/xml", "(application/xml): <Error>"],
        [404, "page not found", "text/plain", "(text/plain): page not found"],
        [403, "<html>Access denied</html>", "text/html", "(text/html): <html>Access denied"],
        [403, '{"Message":"User is not authorized"}', "application/json", "(application/json): {"],
        [
            401,
            "API has been moved to https://api.elections.kalshi.com/",
            "text/plain",
            "API has been moved to https://api",
        ],
        [401, '{"error":"too many requests"}', "application/json", '{"error":"too many requests"}'],
        [403, '{"msg":"no"}', "application/json", '{"msg":"no"}'],
        [400, '{"error":"bad"}', "application/json", '{"error":"bad"}'],
        [429, "<html>slow down</html>", "text/html", "slow down"],
        [408, "", undefined, ", an empty body"],
        [502, "<html>Bad gateway</html>", "text/html", "Bad gateway"],
        [520, "error code: 520", "text/plain", "error code: 520"],
        [400, '{"code":400,"message":"a number for a code"}', "application/json", "(application/json)"],
        [400, '{"code":"","message":"no code"}', "application/json", "(application/json)"],
    ])("%d %s", (status, text, contentType, summary) => {
        const error = errorOf(status, text, contentType);
        expect(error).toMatchObject({ kind: "unexpected", status, mayHaveSucceeded: true, body: {} });
        expect(error.summary).toContain(summary);
    });

    test("prints its first 200 characters on one line", () => {
        const { summary } = errorOf(
            502,
            `<p>\n\u001b[31mgone\u202e\u0000${"x".repeat(40)} ${"word ".repeat(100)}`,
            "text/html",
        );
        expect(summary).toMatch(/^status 502 \(text\/html\): <p> gone x{40} word .*…$/);
        expect(summary.length).toBeLessThan(240);
    });

    test("prints it without private keys, even truncated or without BEGIN and END lines", () => {
        const line = "MIIEowIBAAKCAQEAxMIIEowIBAAKCAQEAxMIIEowIBAAKCAQEAxMIIEowIBAAKC";
        const framed = `-----BEGIN RSA PRIVATE KEY-----\n${line}\n`;
        for (const body of [
            `${framed}-----END RSA PRIVATE KEY----- after`,
            framed,
            JSON.stringify({ key: framed }),
            line,
        ]) {
            expect(errorOf(502, `before ${body}`).summary).toMatch(/^status 502: before/);
            expect(errorOf(502, body).summary).not.toMatch(/MIIE/);
        }
    });

    test("prints a content type as it prints a body", () => {
        expect(errorOf(502, "", `text/${"é".repeat(300)}`).summary).toHaveLength(229);
    });

    test("prints a redirect's target without control characters", () => {
        const location =
            "https://evil.example/\u001b?k=-----BEGIN PRIVATE KEY-----%0AMC4CAQAwBQYDK2VwBCIEIPE-----END PRIVATE KEY-----";
        const { summary } = errorOfResponse("list", { status: 302, text: "", location });
        expect(summary).toBe("status 302, a redirect to https://evil.example/ ?k=[PEM], which is not followed");
    });
});

test("prints the first 1,000 characters of Kalshi's message", () => {
    expect(errorOf(400, JSON.stringify({ code: "c", message: "m ".repeat(2_500) })).summary).toHaveLength(1_016);
});

describe("prints no private key without its PEM header, and no signature,", () => {
    const { privateKey } = ownKeyPair("rsa");
    const lines = privateKey.split("\n").slice(1, -2);
    const body = lines.join("");
    const signature = signedHeaders({ apiKeyId: "id", privateKey: createPrivateKey(privateKey) }, "GET", "/", 0);

    test.each<[string, string]>([
        ["on one line", body],
        ["with its line breaks", lines.join("\n")],
        ["with line breaks of Windows", lines.join("\r\n")],
        ["with escaped line breaks", lines.join("\\n")],
        ["with escaped slashes", body.replaceAll("/", "\\/")],
        ["with escaped plus signs", body.replaceAll("+", "\\u002B")],
        ["as a part of a URL", encodeURIComponent(lines.join("\n"))],
        ["as a signature", signature["KALSHI-ACCESS-SIGNATURE"] ?? ""],
    ])("%s", (_form, text) => {
        const message = JSON.stringify({ error: { code: "c", message: `a ${text}`, details: { text } } });
        for (const { summary } of [
            errorOf(400, message),
            errorOf(502, `a ${text}`),
            errorOf(502, "", text),
            errorOfResponse("list", { status: 302, text: "", location: `https://host/?k=${text}` }),
        ]) {
            expect(summary).toContain("[…]");
            expect(summary).not.toMatch(/[A-Za-z0-9+/]{20}/);
        }
    });
});

test("prints Kalshi's message without control characters", () => {
    const { summary } = errorOf(
        400,
        JSON.stringify({ code: "a\u001b[2J", message: "-----BEGIN PRIVATE KEY-----\nMC4C" }),
    );
    expect(summary).toBe("status 400, a, [PEM]");
});
