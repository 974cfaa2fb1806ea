import { interrupted, isClockRefusal } from "../../provider/src/kalshi/errors";
import { errorOf, unreadable } from "../../provider/src/kalshi/httpCall";
import type { Response } from "got";

const response = { statusCode: 502, body: "<html>bad</html>", headers: { "content-type": "text/html" } };

describe("an unreadable success", () => {
    test.each(["create", "generate"] as const)(
        "never shows the body of a response that may hold a key (%s)",
        (call) => {
            const error = unreadable(call, { where: "the body", response, apiKeyId: "id" });
            expect(error).toMatchObject({ kind: "unreadable", mayHaveSucceeded: true, apiKeyId: "id" });
            expect(error.summary).toBe("unreadable response (the body)");
        },
    );

    test.each(["list", "delete", "limits"] as const)("shows the beginning of another body (%s)", (call) => {
        const error = unreadable(call, { where: "the body", response });
        expect(error.summary).toBe("unreadable response (the body: text/html <html>bad</html>)");
    });

    test("shows a body without a content type", () => {
        const bare = { body: "nonsense", headers: {} };
        expect(unreadable("list", { where: "the body", response: bare }).summary).toMatch(/the body: +nonsense\)$/);
    });
});

test("a response that is not a success keeps its status and its content type", () => {
    const error = errorOf("list", response as unknown as Response);
    expect(error).toMatchObject({ kind: "unexpected", status: 502, mayHaveSucceeded: true });
    expect(error.summary).toBe("status 502 (text/html): <html>bad</html>");
});

test.each<[number, string, boolean]>([
    [401, '{"error":{"code":"header_timestamp_expired"}}', true],
    [401, '{"error":{"code":"authentication_error"}}', false],
    [400, '{"error":{"code":"header_timestamp_expired"}}', false],
    [401, "<html>header_timestamp_expired</html>", false],
])("a refused timestamp is a 401 with Kalshi's code (%d, %s)", (status, text, expected) => {
    expect(isClockRefusal(status, text)).toBe(expected);
});

test.each<[string, AbortSignal | undefined, RegExp]>([
    [
        "of customTimeouts",
        AbortSignal.abort(Object.assign(new Error("late"), { name: "TimeoutError" })),
        /`customTimeouts`/,
    ],
    ["of the engine", AbortSignal.abort(new Error("cancelled")), /interrupted/],
    ["for an unknown reason", undefined, /interrupted/],
    ["for a reason that is no error", AbortSignal.abort({ name: "TimeoutError" }), /interrupted/],
])("an interrupted wait says why it ended: %s", (_, signal, expected) => {
    const error = interrupted("list", signal);
    expect(error).toMatchObject({ kind: "interrupted", mayHaveSucceeded: false });
    expect(error.summary).toMatch(expected);
});
