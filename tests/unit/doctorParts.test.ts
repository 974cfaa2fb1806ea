import { updatesSince } from "../../provider/src/cli/stack";
import { interruptedCreateCheck, regionExpiryCheck } from "../../provider/src/cli/checks";
import { Report } from "../../provider/src/cli/report";

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
        ["are none after its own", [second, first], [own, second, first], []],
        ["are none after its own, which is the first of the stack", [], [own], []],
        ["are none if its own failed", [first], [first], []],
        ["are none of a full page", many, [own, ...many.slice(0, 9)], []],
        ["are those before its own", [first], [own, third, second, first], [third, second]],
        ["are those after its own", [first], [second, own, first], [second]],
        ["are those of a stack without history", [], [own, first], [first]],
        ["are others if its own failed", [first], [second, first], [second]],
        ["are all if the page contains no old one", [first], many, many],
        ["are one that was in progress and ended", [{ ...first, result: "in-progress" }], [own, first], [first]],
        ["are none if the backend records its own edit", [first], [own, edit, first], []],
        ["are an edit by another user", [first], [own, edit, update("7", "import"), first], [update("7", "import")]],
        ["are an edit if its own failed", [first], [edit, first], [edit]],
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

    test("names the date and the remedy", () => {
        expect(regionExpiryCheck(new Date(now), now)?.text).toMatch(/2026-11-23T12:00:00\.000Z.*renew it/);
    });
});

test("the check of a candidate key without a record says that another run may be about to save it", () => {
    const create = { name: "bot-0123456", resources: ["bot"], uniqueName: true, verdict: "candidate" } as const;
    const without = { keys: [{ apiKeyId: "id", name: create.name }], pendingCreates: [], recorded: [], inFlight: [] };
    const { details } = interruptedCreateCheck({ ...create, ...without }, undefined);
    expect(details).toContainEqual(expect.stringMatching(/^Another run may be about to save it/));
});

test("the JSON shows what docs/doctor.md names of a rotating key's key, not the names of all its generations", () => {
    const print = jest.spyOn(console, "log").mockImplementation();
    const shown = { urn: "urn", resource: "bot", name: "bot-0123456", uniqueName: true, apiKeyId: "id" };
    const key = { ...shown, environment: "demo", signedBy: "signer", status: "listed" } as const;
    const report = new Report(true);
    const stackKeys = [{ ...key, provider: "urn::p1", generationNames: ["bot-0123456", "bot-abcdef0"] }];
    report.know({ stackKeys, otherKeys: [], interruptedCreates: [] });
    report.end();
    const printed = JSON.parse(String(print.mock.lastCall?.[0])) as { stackKeys: unknown };
    print.mockRestore();
    expect(printed.stackKeys).toEqual([key]);
});
