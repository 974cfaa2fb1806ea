import { errorOfAnswer } from "../../provider/kalshi/errors";

describe("each shape of Kalshi's error bodies is understood:", () => {
    test.each([
        [
            "nested",
            '{"error":{"code":"authentication_error","message":"authentication_error","details":"NOT_FOUND"}}',
            { code: "authentication_error", message: "authentication_error", details: "NOT_FOUND" },
            "status 400, authentication_error, NOT_FOUND",
        ],
        [
            "flat",
            '{"code":"bad_request","message":"cannot decode"}',
            { code: "bad_request", message: "cannot decode", details: undefined },
            "status 400, bad_request, cannot decode",
        ],
        ["bare", '{"msg":"invalid API key ID"}', { message: "invalid API key ID" }, "status 400, invalid API key ID"],
        [
            "a string",
            '{"error":"too many requests"}',
            { message: "too many requests" },
            "status 400, too many requests",
        ],
        ["a proxy's page", "<html>", {}, "status 400"],
        ["nothing", "", {}, "status 400"],
        [
            "details that are no text",
            '{"code":"a","details":{"b":1}}',
            { code: "a", details: '{"b":1}' },
            'status 400, a, {"b":1}',
        ],
    ])("%s", (_shape, text, body, said) => {
        const error = errorOfAnswer("list", 400, text);
        expect(error.body).toEqual(body);
        expect(error.said).toBe(said);
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
    [418, "unexpected", false],
])("status %d is of kind %s; may have happened: %s", (status, kind, mayHaveHappened) => {
    expect(errorOfAnswer("generate", status, '{"code":"c"}')).toMatchObject({ status, kind, mayHaveHappened });
});

test("a 404 that is not in Kalshi's words is no evidence that a key is gone", () => {
    for (const text of ["", "<html>not found</html>", "{}"]) {
        expect(errorOfAnswer("delete", 404, text).kind).toBe("unexpected");
    }
});

test("a redirect names where it leads", () => {
    expect(errorOfAnswer("list", 302, "", "https://evil.example/").said).toContain("https://evil.example/");
});
