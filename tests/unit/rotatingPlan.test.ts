import type { RotatingApiKeyInputs } from "../../provider/src/rotatingApiKey/inputs";
import type { Generation, RotatingApiKeyState } from "../../provider/src/rotatingApiKey/outputs";
import { describe as describePlan, expectedState, planOf, withDerived } from "../../provider/src/rotatingApiKey/plan";
import { knownScopes } from "../../provider/src/kalshi/types";
import { unknownText } from "../../provider/src/apiKey/properties";

const day = 24 * 60 * 60 * 1000;
const start = Date.parse("2026-05-02T00:00:00.000Z");
const date = (days: number) => new Date(start + days * day).toISOString();

/** Returns a key that was created so many days after the start. */
const key = (apiKeyId: string, days = 0): Generation => ({
    apiKeyId,
    name: `bot-${apiKeyId}`,
    privateKey: "pem",
    publicKey: "pem",
    fingerprint: "f",
    createdAt: date(days),
});

const inputsAt = (days: number, changed: Partial<RotatingApiKeyInputs> = {}): RotatingApiKeyInputs => ({
    rotationDays: 30,
    overlapDays: 2,
    scopes: ["read", "write"],
    keyType: "rsa",
    __checkedAt: date(days),
    __nameSeed: "seed",
    __prefix: "bot",
    ...changed,
});

const stateOf = (
    keys: Pick<RotatingApiKeyState, "current" | "previous" | "__outdated">,
    changed: Partial<RotatingApiKeyState> = {},
): RotatingApiKeyState => withDerived({ ...inputsAt(0), environment: "demo", __generations: 3, ...keys, ...changed });

const [a, b, c] = [key("a"), key("b"), key("c")];
const broken: Generation = { ...key("broken"), fingerprint: undefined };
const alone = stateOf({ current: a });
const both = stateOf({ current: b, previous: a });

/** A row of the table of states: what an update of the state does with these inputs. */
interface Row {
    readonly state: RotatingApiKeyState;
    readonly news: RotatingApiKeyInputs;
    /** Whether a new key becomes the current one. */
    readonly rotates: boolean;
    /** The id of the previous key afterwards. */
    readonly previous?: string;
    /** The ids of the keys that are revoked. */
    readonly revokes?: readonly string[];
}

test.each<[string, Row]>([
    ["current | nothing due", { state: alone, news: inputsAt(29.99), rotates: false }],
    ["current | due", { state: alone, news: inputsAt(30), rotates: true, previous: "a" }],
    ["current | due for months", { state: alone, news: inputsAt(400), rotates: true, previous: "a" }],
    [
        "current | trigger",
        { state: alone, news: inputsAt(1, { rotationTriggers: { i: 1 } }), rotates: true, previous: "a" },
    ],
    [
        "current | changed scopes",
        { state: alone, news: inputsAt(1, { scopes: ["read"] }), rotates: true, previous: "a" },
    ],
    [
        "current | changed keyType",
        { state: alone, news: inputsAt(1, { keyType: "ed25519" }), rotates: true, previous: "a" },
    ],
    [
        "current | changed subaccount",
        { state: alone, news: inputsAt(1, { subaccount: 0 }), rotates: true, previous: "a" },
    ],
    [
        "current | changed subtrader",
        { state: alone, news: inputsAt(1, { fcmSubtraderId: "u_1" }), rotates: true, previous: "a" },
    ],
    [
        "current | scopes in another order",
        { state: alone, news: inputsAt(1, { scopes: ["write", "read"] }), rotates: false },
    ],
    [
        "current | changed namePrefix",
        { state: alone, news: inputsAt(1, { namePrefix: "x", __prefix: "x" }), rotates: false },
    ],
    ["current | longer rotationDays", { state: alone, news: inputsAt(31, { rotationDays: 60 }), rotates: false }],
    [
        "current | shorter rotationDays",
        { state: alone, news: inputsAt(8, { rotationDays: 7 }), rotates: true, previous: "a" },
    ],
    [
        "current | revokeNow",
        { state: alone, news: inputsAt(1, { revokeNow: { i: 1 } }), rotates: true, revokes: ["a"] },
    ],
    ["current, previous | nothing due", { state: both, news: inputsAt(1.99), rotates: false, previous: "a" }],
    ["current, previous | overlap over", { state: both, news: inputsAt(2), rotates: false, revokes: ["a"] }],
    [
        "current, previous | longer overlapDays",
        { state: both, news: inputsAt(3, { overlapDays: 4 }), rotates: false, previous: "a" },
    ],
    [
        "current, previous | shorter overlapDays",
        { state: both, news: inputsAt(1, { overlapDays: 0.5 }), rotates: false, revokes: ["a"] },
    ],
    [
        "current, previous | trigger within the overlap",
        { state: both, news: inputsAt(1, { rotationTriggers: {} }), rotates: true, previous: "b", revokes: ["a"] },
    ],
    [
        "current, previous | due, and no run since the overlap",
        { state: both, news: inputsAt(31), rotates: true, previous: "b", revokes: ["a"] },
    ],
    [
        "current, previous | revokeNow",
        { state: both, news: inputsAt(1, { revokeNow: {} }), rotates: true, revokes: ["b", "a"] },
    ],
    ["no current, previous", { state: stateOf({ previous: a }), news: inputsAt(99), rotates: true, previous: "a" }],
    ["no key", { state: stateOf({}), news: inputsAt(1), rotates: true }],
    [
        "a broken current, previous",
        {
            state: stateOf({ current: broken, previous: a }),
            news: inputsAt(1),
            rotates: true,
            previous: "a",
            revokes: ["broken"],
        },
    ],
    [
        "outdated keys",
        { state: stateOf({ current: b, __outdated: [c] }), news: inputsAt(1), rotates: false, revokes: ["c"] },
    ],
    [
        "outdated keys | due",
        {
            state: stateOf({ current: b, __outdated: [c] }),
            news: inputsAt(30),
            rotates: true,
            previous: "b",
            revokes: ["c"],
        },
    ],
])("%s", (_row, { state, news, rotates, previous, revokes = [] }) => {
    const plan = planOf(state, news);
    expect(plan.rotationReasons.length > 0).toBe(rotates);
    expect(plan.previous?.apiKeyId).toBe(previous);
    expect(plan.revocations.map(({ generation }) => generation.apiKeyId)).toEqual(revokes);
});

describe("an unknown input of a preview", () => {
    test("counts as changed", () => {
        const news = inputsAt(1, { scopes: unknownText as unknown as string[] });
        expect(planOf(alone, news).rotationReasons).toEqual(["changed scopes"]);
    });

    test("that says when to rotate makes nothing due", () => {
        const news = inputsAt(99, { rotationDays: unknownText as unknown as number });
        expect(planOf(alone, news)).toMatchObject({ rotationReasons: [], changedInputs: ["rotationDays"] });
    });
});

describe("Kalshi's clock has to agree", () => {
    test("with a rotation that time alone causes", () => {
        expect(planOf(alone, inputsAt(31)).rotationNotBefore).toBe(start + 30 * day);
        expect(planOf(alone, inputsAt(31, { rotationTriggers: {} })).rotationNotBefore).toBeUndefined();
        expect(planOf(alone, inputsAt(1, { rotationTriggers: {} })).rotationNotBefore).toBeUndefined();
    });

    test("with the end of an overlap", () => {
        expect(planOf(both, inputsAt(3)).revocations).toMatchObject([{ notBefore: start + 2 * day }]);
        expect(planOf(both, inputsAt(1, { revokeNow: {} })).revocations[0]).not.toHaveProperty("notBefore");
    });
});

describe("an imported key", () => {
    const imported = stateOf({ current: a }, { __imported: true, keyType: undefined, __generations: 0 });

    const changed = { rotationDays: 90, overlapDays: 5, rotationTriggers: {}, revokeNow: {}, namePrefix: "x" };

    test("gets the program's values by the first update, without a rotation", () => {
        expect(planOf(imported, inputsAt(1, { ...changed, __first: true }))).toMatchObject({
            rotationReasons: [],
            revocations: [],
            changedInputs: ["rotationDays", "overlapDays", "rotationTriggers", "revokeNow", "namePrefix"],
        });
        const news = inputsAt(1, { revokeNow: {}, __first: true });
        expect(describePlan(planOf(imported, news), news)).toEqual([
            {
                text: expect.stringContaining("just imported, so a change of revokeNow does not rotate") as unknown,
                severity: "warning",
            },
        ]);
    });

    test("rotates by a trigger that a later run adds", () => {
        expect(planOf(imported, inputsAt(1, changed)).rotationReasons).toEqual(["changed rotationTriggers, revokeNow"]);
    });

    test("is the only one whose first run does not rotate by a trigger", () => {
        const news = inputsAt(1, { revokeNow: {}, __first: true });
        expect(planOf(alone, news).rotationReasons).toEqual(["changed revokeNow"]);
    });

    test("rotates for another key type than that of its private key", () => {
        const news = inputsAt(1, { keyType: "ed25519", __first: true });
        expect(planOf({ ...imported, keyType: "rsa" }, news).rotationReasons).toEqual(["changed keyType"]);
    });

    test("rotates in a preview if its key type is unknown in the program, too", () => {
        const news = inputsAt(1, { keyType: unknownText as unknown as "rsa", __first: true });
        expect(planOf(imported, news).rotationReasons).toEqual(["changed keyType"]);
    });

    test("rotates for a scope that it does not have", () => {
        const news = inputsAt(1, { scopes: ["read"], __first: true });
        expect(planOf(imported, news).rotationReasons).toEqual(["changed scopes"]);
    });

    test("may have an unknown key type, and scopes that Kalshi lists in full", () => {
        const scopes = knownScopes.filter((scope) => scope.includes("::"));
        expect(planOf({ ...imported, scopes }, inputsAt(1)).changedInputs).toEqual([]);
        expect(planOf({ ...alone, scopes }, inputsAt(1)).changedInputs).toEqual(["scopes"]);
    });

    test("has no private key, but is not broken", () => {
        const bare = { ...a, privateKey: undefined, fingerprint: undefined };
        expect(planOf(stateOf({ current: bare }), inputsAt(1)).rotationReasons).toEqual([]);
    });
});

describe("the description", () => {
    const texts = (state: RotatingApiKeyState, news: RotatingApiKeyInputs) =>
        describePlan(planOf(state, news), news).map(({ text, severity }) => `${severity}: ${text}`);

    test("says what is due, why, and until when the previous key is valid", () => {
        expect(texts(alone, inputsAt(31))).toEqual([
            expect.stringMatching(
                /^info: .*rotation due since 2026-06-01T.*; the previous key is revoked on 2026-06-04T.*"bot-a" \(a\)\.$/,
            ),
        ]);
    });

    test("warns of a previous key that is revoked before its overlap ends", () => {
        expect(texts(both, inputsAt(1, { rotationTriggers: {} }))[1]).toMatch(
            /^warning: The key "bot-a" \(a\) is revoked.*would have lasted until 2026-05-04T00:00/,
        );
        expect(texts(both, inputsAt(31))[1]).toMatch(
            /^info: The key "bot-a" \(a\).*its overlap ended on 2026-05-04T00:00/,
        );
        expect(texts(both, inputsAt(1, { revokeNow: {} })).slice(1)).toEqual([
            expect.stringMatching(/^info: .*"bot-b" \(b\).*revokeNow changed/),
            expect.stringMatching(/^info: .*"bot-a" \(a\).*revokeNow changed/),
        ]);
    });

    test("says why a key is replaced, and that none is kept", () => {
        expect(texts(stateOf({}), inputsAt(1))).toEqual([
            expect.stringMatching(
                /^info: .*\(the current key was revoked outside Pulumi\); no previous key is kept\.$/,
            ),
        ]);
        expect(texts(stateOf({ current: broken }), inputsAt(31))[0]).toMatch(/cannot be read; rotation due since /);
        expect(texts(both, inputsAt(2))).toEqual([expect.stringMatching(/its overlap ended on 2026-05-04T00:00/)]);
        expect(texts(stateOf({ current: b, __outdated: [c] }), inputsAt(1))).toEqual([
            expect.stringMatching(/"bot-c" \(c\).*an earlier update did not revoke it/),
        ]);
    });

    test("is empty if nothing is due", () => {
        expect(texts(both, inputsAt(1))).toEqual([]);
    });
});

describe("the expected state", () => {
    test("has unknown values only for what the rotation creates", () => {
        const news = inputsAt(31);
        expect(expectedState(alone, news, planOf(alone, news), "demo")).toMatchObject({
            current: unknownText,
            previous: a,
            rotateAt: unknownText,
            revokeAt: unknownText,
            environment: "demo",
        });
    });

    test("has the dates by the new inputs if nothing rotates", () => {
        const news = inputsAt(1, { rotationDays: 60, overlapDays: 3 });
        expect(expectedState(both, news, planOf(both, news), "prod")).toMatchObject({
            current: b,
            previous: a,
            rotateAt: date(60),
            revokeAt: date(3),
            environment: "demo",
        });
    });
});
