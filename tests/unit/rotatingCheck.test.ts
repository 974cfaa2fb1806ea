import { check } from "../../provider/src/rotatingApiKey/check";
import { generationName, isGenerationName } from "../../provider/src/rotatingApiKey/names";
import { unknownText } from "../../provider/src/apiKey/properties";

const now = Date.parse("2026-11-28T12:00:00.000Z");
const checked = (news: object, olds: object = {}) => check("bot", { ...olds }, { ...news }, now);

test("fills in the defaults, the time, and what the names are made of", () => {
    expect(checked({ rotationDays: 30, scopes: ["write", "read", "read"] })).toEqual({
        failures: [],
        inputs: {
            rotationDays: 30,
            overlapDays: 2,
            scopes: ["read", "write"],
            keyType: "rsa",
            __checkedAt: "2026-11-28T12:00:00.000Z",
            __nameSeed: expect.stringMatching(/^[0-9a-f]{32}$/) as unknown,
            __prefix: "bot",
            __first: true,
        },
    });
});

test("keeps the seed of the names, and takes a new prefix", () => {
    const { inputs: first } = checked({ rotationDays: 30 });
    const { inputs: second } = checked({ rotationDays: 30, namePrefix: "desk" }, first);
    expect(second).toMatchObject({ __nameSeed: first["__nameSeed"], __prefix: "desk" });
    expect(second).not.toHaveProperty("__first");
    expect(checked({ rotationDays: 30 }).inputs["__nameSeed"]).not.toBe(first["__nameSeed"]);
});

test.each<[string, object, RegExp]>([
    ["a missing rotationDays", {}, /^rotationDays: is missing/],
    ["rotationDays of 0", { rotationDays: 0 }, /^rotationDays: must be more than 0/],
    ["negative rotationDays", { rotationDays: -1 }, /^rotationDays: must be more than 0/],
    ["rotationDays that are no number", { rotationDays: "30" }, /^rotationDays: must be a number/],
    ["rotationDays beyond a century", { rotationDays: 36_501 }, /^rotationDays: must be at most/],
    ["negative overlapDays", { rotationDays: 30, overlapDays: -1 }, /^overlapDays: must be 0 days or more/],
    ["overlapDays beyond a century", { rotationDays: 30, overlapDays: 36_501 }, /^overlapDays: must be at most/],
    ["overlapDays as long as rotationDays", { rotationDays: 3, overlapDays: 3 }, /^overlapDays: .*\(3\).*; it is 3$/],
    ["overlapDays longer than rotationDays", { rotationDays: 3, overlapDays: 9 }, /^overlapDays: .*\(3\).*; it is 9$/],
    ["default overlapDays that are too long", { rotationDays: 1 }, /^overlapDays: .*\(1\).*; it is 2 by default$/],
    ["a name", { rotationDays: 30, name: "bot" }, /^name: is no input of a rotating API key .*`namePrefix`/],
    ["a public key", { rotationDays: 30, publicKey: "x" }, /^publicKey: is no input of a rotating API key .*`ApiKey`/],
    [
        "an unknown input",
        { rotationDays: 30, rotateAfter: 1 },
        /^rotateAfter: is no input of a rotating API key; those are rotationDays, /,
    ],
    ["write without read", { rotationDays: 30, scopes: ["write"] }, /^scopes: `write` needs `read`/],
    ["revokeNow that is no map", { rotationDays: 30, revokeNow: true }, /^revokeNow: must be a map/],
    [
        "two bindings",
        { rotationDays: 30, subaccount: 1, fcmSubtraderId: "u_1" },
        /^fcmSubtraderId: excludes subaccount/,
    ],
    [
        "a private key",
        { rotationDays: 30, revokeNow: { key: "-----BEGIN PRIVATE KEY-----" } },
        /^revokeNow: holds a private key/,
    ],
])("refuses %s by name", (_what, news, failure) => {
    const { failures, inputs } = checked(news);
    expect(failures.map(({ property, reason }) => `${property}: ${reason}`)).toEqual([expect.stringMatching(failure)]);
    expect(inputs).toEqual(news);
});

test("lets the engine show the days that are refused", () => {
    expect([checked({}), checked({ rotationDays: 1 })].map(({ failures }) => failures)).toMatchObject([
        [{ property: "rotationDays", sensitive: false }],
        [{ property: "overlapDays", sensitive: false }],
    ]);
});

test.each([
    ["rotationDays", { rotationDays: unknownText }],
    ["overlapDays", { rotationDays: 1, overlapDays: unknownText }],
])("accepts unknown %s in a preview", (_name, news) => {
    expect(checked(news)).toMatchObject({ failures: [], inputs: news });
});

describe("the name of a generation", () => {
    const inputs = { __prefix: "bot", __nameSeed: "seed" };

    test("follows from the seed and the number, and is as long as that of an API key", () => {
        const names = [0, 1, 2].map((number) => generationName(inputs, number));
        expect(new Set(names).size).toBe(3);
        expect(names).toEqual(names.map(() => expect.stringMatching(/^bot-[0-9a-f]{7}$/) as unknown));
        expect(generationName({ ...inputs, __nameSeed: "other" }, 0)).not.toBe(names[0]);
    });

    test("is recognized for the generations that exist, with any prefix", () => {
        const state = { ...inputs, __generations: 2 };
        const named = (number: number, prefix = "bot") => generationName({ ...inputs, __prefix: prefix }, number);
        expect([named(0), named(1), named(1, "desk")].map((name) => isGenerationName(state, name))).toEqual([
            true,
            true,
            true,
        ]);
        expect([named(2), "bot", "bot-1234567"].map((name) => isGenerationName(state, name))).toEqual([
            false,
            false,
            false,
        ]);
        expect(isGenerationName({ ...inputs }, named(0))).toBe(false);
    });
});
