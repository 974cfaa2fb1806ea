import { updatesSince } from "../../provider/cli/pendingCreates";
import { regionExpiryCheck } from "../../provider/cli/regionExpiry";
import { printable } from "../../provider/kalshi/text";

describe("the updates since a list of a stack's history", () => {
    const update = (startTime: string, kind = "update", message = "") => ({
        kind,
        startTime,
        message,
        result: "succeeded",
    });
    const [first, second, third] = [update("1"), update("2"), update("3", "destroy")];
    const own = update("9", "refresh", "own");
    const edit = update("8", "import");
    const many = Array.from({ length: 10 }, (_, index) => update(String(20 - index)));

    test.each([
        ["are none after the own one", [second, first], [own, second, first], []],
        ["are none after the own one, the first of the stack", [], [own], []],
        ["are none if the own one failed", [first], [first], []],
        ["are none of a full page", many, [own, ...many.slice(0, 9)], []],
        ["are those before the own one", [first], [own, third, second, first], [third, second]],
        ["are those after the own one", [first], [second, own, first], [second]],
        ["are those of a stack without history", [], [own, first], [first]],
        ["are those of an own one that failed", [first], [second, first], [second]],
        ["are all if the page shows no old one", [first], many, many],
        ["are one that was in progress and ended", [{ ...first, result: "in-progress" }], [own, first], [first]],
        ["are none if the backend records the own edit", [first], [own, edit, first], []],
        ["are an edit of somebody else's", [first], [own, edit, update("7", "import"), first], [update("7", "import")]],
        ["are an edit if the own one failed", [first], [edit, first], [edit]],
    ])("%s", (_, before, after, expected) => {
        expect(updatesSince(before, after, "own")).toEqual(expected);
    });
});

describe("the check of the location attestation", () => {
    const now = Date.parse("2026-11-23T12:00:00.000Z");
    const day = 24 * 60 * 60_000;

    test.each([
        ["reports nothing without one", undefined, undefined],
        ["reports nothing 15 days before its end", now + 15 * day, undefined],
        ["warns 14 days before its end", now + 14 * day, "info"],
        ["warns a moment before its end", now + 1, "info"],
        ["fails at its end", now, "failed"],
        ["fails after its end", now - day, "failed"],
    ])("%s", (_, expiresAt, status) => {
        const check = regionExpiryCheck(expiresAt === undefined ? undefined : new Date(expiresAt), now);
        expect(check?.status).toBe(status);
    });

    test("names the date and what to do", () => {
        expect(regionExpiryCheck(new Date(now), now)?.text).toMatch(/2026-11-23T12:00:00\.000Z.*renew it/);
    });
});

test.each([
    ["bot-0123456 ✓ ä", "bot-0123456 ✓ ä"],
    ["a\u001b[31;1mred\u001b[0mb", "a red b"],
    ["a\u009b2Jb", "a b"],
    ["a\nb\tc\u0000d\u007fe\u0085f", "a b c d e f"],
    ["a\u202eb\u2066c\u200fd\u2028e", "a b c d e"],
    ["x -----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY----- y", "x [PEM] y"],
    ["x -----BEGIN PRIVATE KEY-----\nMII torn", "x [PEM]"],
])("%j is printed as %j", (text, expected) => {
    expect(printable(text)).toBe(expected);
});
