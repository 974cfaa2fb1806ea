import { check, engineFailure, type CheckResult } from "../../provider/src/apiKey/check";
import { unknownScopes, unknownScopesWarning } from "../../provider/src/apiKey/scopes";
import { diff as diffIn } from "../../provider/src/apiKey/diff";
import { ownKeyPair } from "../support/harness";

const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const now = Date.parse("2026-01-31T12:00:00Z");
const diff = (state: object, news: object) => diffIn({ environment: "demo", ...state }, { ...news }, "demo");
const own = ownKeyPair("ed25519");
const other = ownKeyPair("rsa");

const checked = (news: Record<string, unknown>, olds: Record<string, unknown> = {}): CheckResult["inputs"] => {
    const { inputs, failures } = check({ resourceName: "bot" }, olds, news, now);
    expect(failures).toEqual([]);
    return inputs;
};

test("without inputs generates a name and sets Kalshi's defaults", () => {
    expect(checked({})).toEqual({
        name: expect.stringMatching(/^bot-[0-9a-f]{7}$/) as unknown,
        scopes: ["read", "write"],
        keyType: "rsa",
        __defaults: ["name"],
    });
});

test("treats scopes as a set", () => {
    expect(checked({ scopes: ["write::trade", "read", "write::trade"] })["scopes"]).toEqual(["read", "write::trade"]);
});

test("normalizes a public key, and sets no keyType with it", () => {
    const spelled = `some text\n${own.publicKey.trim().replaceAll("\n", "\r\n")}\r\n\r\n`;
    const inputs = checked({ publicKey: spelled });
    expect(inputs["publicKey"]).toBe(own.publicKey);
    expect(inputs).not.toHaveProperty("keyType");
});

test("treats undefined as absent", () => {
    expect(checked({ name: "n", publicKey: undefined, rotationDays: undefined, adopt: undefined })).toEqual({
        name: "n",
        scopes: ["read", "write"],
        keyType: "rsa",
    });
});

test("ignores the properties that Pulumi adds", () => {
    expect(checked({ name: "n", __provider: "the provider's code" })).not.toHaveProperty("__provider");
});

test("treats null as absent", () => {
    expect(checked({ name: "n", subaccount: null, fcmSubtraderId: null })).not.toHaveProperty("subaccount");
});

describe("an auto-generated name", () => {
    const first = checked({});

    test("is kept", () => {
        expect(checked({ scopes: ["read"] }, first)["name"]).toBe(first["name"]);
        expect(checked({}, first)).toStrictEqual(first);
    });

    test("is kept if the resource is renamed with an alias", () => {
        expect(check({ resourceName: "robot" }, first, {}, now).inputs["name"]).toBe(first["name"]);
    });

    test("is generated anew for a replacement, for which check receives no old inputs", () => {
        expect(checked({})["name"]).not.toBe(first["name"]);
    });

    test("begins with namePrefix, and is generated anew if that is changed, added or removed", () => {
        const prefixed = checked({ namePrefix: "desk" }, first);
        expect(prefixed["name"]).toMatch(/^desk-[0-9a-f]{7}$/);
        expect(checked({ namePrefix: "desk" }, prefixed)["name"]).toBe(prefixed["name"]);
        expect(checked({ namePrefix: "table" }, prefixed)["name"]).toMatch(/^table-/);
        expect(checked({}, prefixed)["name"]).toMatch(/^bot-/);
    });

    test("never reuses an explicit name, even one that looks auto-generated", () => {
        const explicit = checked({ name: "bot-abcdef0" });
        expect(explicit).not.toHaveProperty("__defaults");
        expect(checked({}, explicit)["name"]).not.toBe("bot-abcdef0");
    });

    test("is replaced by an explicit name, which stays explicit", () => {
        const explicit = checked({ name: "m" }, first);
        expect(explicit).toMatchObject({ name: "m" });
        expect(explicit).not.toHaveProperty("__defaults");
        expect(checked({ name: "m" }, explicit)).toEqual(explicit);
    });

    test("exempts no other input from the check if the program repeats it", () => {
        const { failures } = check({ resourceName: "bot" }, first, { name: first["name"], scopes: ["write"] }, now);
        expect(failures).toMatchObject([{ property: "scopes" }]);
    });

    test("is required from the program if the stack's configuration disables auto-generated names", () => {
        const naming = { resourceName: "bot", autonaming: { mode: "disabled", proposedName: "" } } as const;
        const news = { scopes: ["read"] };
        const reason = expect.stringMatching(/pulumi:autonaming.*disabled.*give the key a name/) as unknown;
        expect(check(naming, {}, news, now)).toEqual({
            inputs: news,
            failures: [{ property: "name", reason, sensitive: false }],
        });
        expect(check(naming, {}, { ...news, name: "n" }, now).failures).toEqual([]);
    });

    test("stays auto-generated if ignoreChanges returns it as an input", () => {
        const prefixed = checked({ namePrefix: "desk" });
        expect(checked({ namePrefix: "desk", name: prefixed["name"] }, prefixed)).toEqual(prefixed);
        expect(checked({ namePrefix: "table", name: prefixed["name"] }, prefixed)).toMatchObject({
            name: prefixed["name"],
            __defaults: ["name"],
        });
    });

    test("identifies no key once a program sets it explicitly", () => {
        const pinned = checked({ name: first["name"] }, first);
        expect(pinned).toEqual({ ...first, __autonamed: true });
        expect(checked({}, pinned)).toEqual(pinned);
        // The state has to record that, too.
        const state = { ...first, apiKeyId: "i", createdAt: "2026-01-01T00:00:00.000Z", environment: "demo" };
        expect(diff(state, pinned)).toEqual({ replaces: [], updates: ["__autonamed"] });
    });

    test("is unknown while its prefix is unknown", () => {
        expect(checked({ namePrefix: unknown })["name"]).toBe(unknown);
    });
});

describe("rejects invalid inputs by property, with the valid values:", () => {
    const small = ownKeyPair("rsa", 1024);
    test.each([
        [{ scopes: ["read", "trade"] }, "scopes", /"trade" is no scope.*read, read::.*, write::trade/],
        [{ scopes: ["xread"] }, "scopes", /"xread" is no scope/],
        [{ scopes: ["reader"] }, "scopes", /"reader" is no scope/],
        [{ scopes: ["read::"] }, "scopes", /"read::" is no scope/],
        [{ scopes: ["read::Trade"] }, "scopes", /"read::Trade" is no scope/],
        [{ scopes: ["read::a-b"] }, "scopes", /"read::a-b" is no scope/],
        [{ scopes: ["read", 7] }, "scopes", /a list of texts/],
        [{ scopes: ["write"] }, "scopes", /needs `read`/],
        [{ scopes: [] }, "scopes", /at least one scope/],
        [{ scopes: "read" }, "scopes", /a list of scopes/],
        [{ keyType: "dsa" }, "keyType", /rsa, ed25519/],
        [
            { keyType: "rsa", publicKey: own.publicKey },
            "keyType",
            /excludes publicKey: the public key determines the type/,
        ],
        [{ publicKey: 7 }, "publicKey", /a public key in SPKI PEM/],
        [{ publicKey: "ssh-ed25519 AAAA" }, "publicKey", /BEGIN PUBLIC KEY/],
        [{ publicKey: own.publicKey.slice(0, 60) }, "publicKey", /is it whole/],
        [{ publicKey: small.publicKey }, "publicKey", /2048 bits or more; this one has 1024/],
        [{ publicKey: own.privateKey }, "publicKey", /holds a private key.*openssl pkey/],
        [{ name: "" }, "name", /must not be empty: the key's explicit name/],
        [{ name: 7 }, "name", /must be text/],
        [{ namePrefix: "" }, "namePrefix", /must not be empty: what the key's name begins with/],
        [{ name: "n", namePrefix: "p" }, "namePrefix", /excludes name: an explicit name needs no prefix/],
        [{ subaccount: 64 }, "subaccount", /at most 63/],
        [{ subaccount: -1 }, "subaccount", /0 \(the primary one\) or more/],
        [{ subaccount: 1.5 }, "subaccount", /whole number/],
        [{ subaccount: 0, fcmSubtraderId: "u_a" }, "fcmSubtraderId", /excludes subaccount: Kalshi binds a key to one/],
        [{ fcmSubtraderId: "u-a" }, "fcmSubtraderId", /an underscore/],
        [{ fcmSubtraderId: "_a" }, "fcmSubtraderId", /an underscore/],
        [{ fcmSubtraderId: "u_a-b" }, "fcmSubtraderId", /an underscore/],
        [{ fcmSubtraderId: "u\nv_a" }, "fcmSubtraderId", /an underscore/],
        [{ fcmSubtraderId: `u_${"a".repeat(17)}` }, "fcmSubtraderId", /an underscore/],
        [{ fcmSubtraderId: 7 }, "fcmSubtraderId", /must be text/],
        [{ rotationTriggers: "now" }, "rotationTriggers", /must be a map/],
        [{ rotationDays: "7" }, "rotationDays", /a number of days/],
        [{ rotationDays: 0 }, "rotationDays", /more than 0 days/],
        [{ rotationDays: 36_501 }, "rotationDays", /at most 36,500 days/],
        [{ scope: ["read"] }, "scope", /is no input.*name, namePrefix, scopes/],
        [{ name: { length: { toString: 1, valueOf: 1 } } }, "name", /must be text/],
        [{ scopes: { length: 0 } }, "scopes", /a list of scopes/],
    ])("%j", (news, property, reason) => {
        const { failures } = check({ resourceName: "bot" }, {}, news, now);
        expect(failures).toEqual([
            expect.objectContaining({ property, reason: expect.stringMatching(reason) as unknown }),
        ]);
        expect(JSON.stringify(failures)).not.toContain(own.privateKey.split("\n")[1]);
    });

    test("and returns the inputs as the user wrote them", () => {
        for (const news of [{ scopes: ["write"] }, { name: 7, scopes: ["write", "read"] }]) {
            expect(check({ resourceName: "bot" }, {}, news, now).inputs).toEqual(news);
        }
    });

    test("each of several properties on its own", () => {
        const { failures } = check(
            { resourceName: "bot" },
            {},
            { subaccount: 99, keyType: "dsa", scopes: ["write"] },
            now,
        );
        expect(failures.map((failure) => failure.property).sort()).toEqual(["keyType", "scopes", "subaccount"]);
    });

    test("a private key inside a map", () => {
        const news = { rotationTriggers: { privateKey: own.privateKey } };
        expect(check({ resourceName: "bot" }, {}, news, now).failures).toMatchObject([
            { property: "rotationTriggers", code: "KALSHI_PRIVATE_KEY_IN_PROGRAM" },
        ]);
    });

    test("without the value if it may be a misplaced private key", () => {
        const { privateKey: pem } = own;
        const slips = { publicKey: pem, privateKey: pem, name: pem, scopes: ["read", pem], other: "text" };
        const { failures } = check({ resourceName: "bot" }, {}, { ...slips, subaccount: 64 }, now);
        const sensitive = failures.filter((failure) => failure.sensitive).map((failure) => failure.property);
        expect(sensitive.sort()).toEqual(Object.keys(slips).sort());
        expect(JSON.stringify(failures)).not.toContain(pem.split("\n")[1]);
    });
});

test.each([
    ["an invalid public key", { publicKey: "ssh-ed25519 AAAA" }, true],
    ["an unknown input", { pem: "x" }, true],
    ["an invalid name", { name: 7 }, false],
    ["two inputs that exclude each other", { name: "n", namePrefix: "p" }, false],
    ["`write` without `read`", { scopes: ["write"] }, false],
])("withholds the value only if it may be a private key: %s", (_what, news, sensitive) => {
    const { failures } = check({ resourceName: "bot" }, {}, news, now);
    expect(failures).toMatchObject([{ sensitive }]);
});

test("names no property in a sensitive failure, because the engine would print the property's value", () => {
    const failure = { property: "publicKey", reason: "must be PEM" };
    expect(engineFailure({ ...failure, sensitive: true })).toEqual({
        property: "",
        reason: "publicKey: must be PEM (KALSHI_INPUT_INVALID)",
    });
    expect(engineFailure({ ...failure, sensitive: false, code: "KALSHI_ENDPOINT_INVALID" })).toEqual({
        property: "publicKey",
        reason: "must be PEM (KALSHI_ENDPOINT_INVALID)",
    });
});

test.each([
    ["the narrowest and the widest subaccount", [{ subaccount: 0 }, { subaccount: 63 }]],
    [
        "the shortest and the longest name of a subtrader",
        [{ fcmSubtraderId: "u_a" }, { fcmSubtraderId: `user-7_${"Z9".repeat(8)}` }],
    ],
    ["the longest time between rotations", [{ rotationDays: 36_500 }]],
    ["null inside rotationTriggers", [{ rotationTriggers: { by: null } }]],
])("accepts %s", (_what, valid) => {
    for (const news of valid) {
        expect(checked(news)).toMatchObject(news);
    }
});

test("accepts an unknown scope of the right form with a warning", () => {
    const scopes = checked({ scopes: ["read", "write::margin"] })["scopes"] as string[];
    expect(unknownScopes(scopes)).toEqual(["write::margin"]);
    const warning = unknownScopesWarning(["write::margin", "write::loan"]);
    expect(warning).toMatch(/write::margin, write::loan.*knows \(read, read::.*Kalshi has added it.*typo/);
});

test.each([
    ["a scope that is not known yet", [unknown, "read"]],
    ["a value that is not a list", "write::margin"],
    ["no scopes", undefined],
])("warns about no unknown scope in %s", (_what, scopes) => {
    expect(unknownScopes(scopes)).toEqual([]);
});

test.each([
    "read",
    "read::block_trade_accept",
    "read::portfolio_balance",
    "write",
    "write::block_trade_accept",
    "write::fcm_risk",
    "write::trade",
    "write::transfer",
])("knows the scope %s", (scope) => {
    expect(unknownScopes([scope])).toEqual([]);
});

describe("accepts unknown values:", () => {
    test.each([
        { name: unknown },
        { scopes: unknown },
        { scopes: ["write", unknown] },
        { publicKey: unknown },
        { subaccount: "3eeb2bf0-c639-47a8-9e75-3b44932eb421" },
        { keyType: unknown },
    ])("%j", (news) => {
        expect(checked(news)).toMatchObject(news);
        expect(diff(checked({}), checked(news)).replaces).toContain(Object.keys(news)[0]);
    });
});

describe("diff after a change of", () => {
    const state = {
        ...checked({ name: "n", subaccount: 1 }),
        publicKey: own.publicKey,
        fingerprint: "f",
        privateKey: "s",
    };
    const base = { name: "n", subaccount: 1 };
    test.each([
        ["nothing", base, []],
        ["the order of scopes", { ...base, scopes: ["write", "read", "read"] }, []],
        ["scopes", { ...base, scopes: ["read"] }, ["scopes"]],
        ["name", { ...base, name: "m" }, ["name"]],
        ["keyType", { ...base, keyType: "ed25519" }, ["keyType"]],
        ["subaccount", { ...base, subaccount: 0 }, ["subaccount"]],
        ["subaccount to none", { name: "n" }, ["subaccount"]],
        ["fcmSubtraderId", { name: "n", fcmSubtraderId: "u_a" }, ["subaccount", "fcmSubtraderId"]],
        ["publicKey to another text of the same key", { ...base, publicKey: `\n${own.publicKey}` }, []],
        ["publicKey", { ...base, publicKey: other.publicKey }, ["publicKey"]],
    ])("%s", (_what, news, replaces) => {
        expect(diff(state, checked(news)).replaces).toEqual(replaces);
    });

    test("nothing for a key whose private key was unreadable", () => {
        const { fingerprint: _, ...broken } = state;
        expect(diff(broken, checked(base)).replaces).toEqual(["privateKey"]);
    });

    test("publicKey to a generated one", () => {
        const state = checked({ ...base, publicKey: own.publicKey });
        expect(diff(state, checked(base)).replaces).toEqual(["keyType"]);
    });
});

describe("rotation by age", () => {
    const day = 24 * 60 * 60 * 1000;
    const state = (rotationDays: number) => ({
        ...checked({ name: "n", rotationDays }),
        createdAt: new Date(now - 30 * day).toISOString(),
    });

    test.each([
        [31, false],
        [30.001, false],
        [30, true],
        [29, true],
    ])("with rotationDays %d a key of 30 days is due: %s", (rotationDays, due) => {
        const { replaces, reason } = diff(state(rotationDays), checked({ name: "n", rotationDays }));
        expect(replaces).toEqual(due ? ["rotateAt"] : []);
        expect(reason).toEqual(due ? expect.stringMatching(/^it was due for rotation on 2026-01-/) : undefined);
    });

    test("uses the time of the check, so a refresh, which has the inputs of the last up, shows no diff", () => {
        const atLastUp = check({ resourceName: "bot" }, {}, { name: "n", rotationDays: 7 }, now - 25 * day).inputs;
        expect(diff(state(7), atLastUp)).toEqual({ replaces: [], updates: [] });
        expect(diff(state(7), checked({ name: "n", rotationDays: 7 })).replaces).toEqual(["rotateAt"]);
    });

    test("applies a changed rotationDays in place, unless it makes the key due", () => {
        const change = (to?: number) => diff(state(60), checked({ name: "n", rotationDays: to }));
        expect(change(90)).toEqual({ replaces: [], updates: ["rotationDays"] });
        expect(change()).toEqual({ replaces: [], updates: ["rotationDays"] });
        expect(change(7).replaces).toEqual(["rotateAt"]);
    });

    test("requires a positive number", () => {
        for (const rotationDays of [0, -1, "7", 36_501, 999_999_999]) {
            expect(check({ resourceName: "bot" }, {}, { rotationDays }, now).failures).toMatchObject([
                { property: "rotationDays" },
            ]);
        }
    });
});

test("rotationTriggers rotate only on a change, at any depth", () => {
    const state = checked({ name: "n", rotationTriggers: { a: 1, b: { c: [1, 2] } } });
    const change = (rotationTriggers?: object) => diff(state, checked({ name: "n", rotationTriggers })).replaces;
    expect(change({ b: { c: [1, 2] }, a: 1 })).toEqual([]);
    expect(change({ a: 1, b: { c: [2, 1] } })).toEqual(["rotationTriggers"]);
    expect(change({ a: 1 })).toEqual(["rotationTriggers"]);
    expect(change()).toEqual(["rotationTriggers"]);
});

test("rejects a replacement if the configuration is of another environment", () => {
    const state = { ...checked({ name: "n" }), apiKeyId: "i", environment: "demo" };
    expect(() => diffIn(state, checked({ name: "m" }), "prod")).toThrow(/\bdemo\b.*\bprod\b.*KALSHI_OTHER_ENVIRONMENT/);
    expect(diffIn(state, checked({ name: "n" }), "prod").replaces).toEqual([]);
});

test("checks `adopt`, and never prints its private key", () => {
    const failuresOf = (adopt: unknown) => check({ resourceName: "bot" }, {}, { adopt }, now).failures;
    const reason = (text: RegExp): unknown => [
        expect.objectContaining({ property: "adopt", sensitive: true, reason: expect.stringMatching(text) as unknown }),
    ];
    expect(failuresOf({ apiKeyId: "" })).toEqual(reason(/must not be empty: the id of the key/));
    expect(failuresOf({ apiKeyId: "i", privateKey: 7 })).toEqual(reason(/a private key in PEM/));
    expect(failuresOf({ apiKeyId: "i", privateKey: "x" })).toEqual(reason(/not a readable private key/));
    const misplaced = [{ property: "adopt", sensitive: true, code: "KALSHI_PRIVATE_KEY_IN_PROGRAM" }];
    expect(failuresOf({ apiKeyId: own.privateKey })).toMatchObject(misplaced);
    expect(failuresOf(own.privateKey)).toMatchObject(misplaced);
    expect(failuresOf({ apiKeyId: "i", [own.privateKey]: "x" })).toMatchObject(misplaced);
    expect(failuresOf({ apiKeyId: "i", pem: "x" })).toEqual(reason(/takes no pem/));
    expect(failuresOf("id")).toEqual(reason(/an object with apiKeyId/));
    expect(failuresOf({ apiKeyId: "i", privateKey: own.privateKey })).toEqual([]);
    expect(checked({ adopt: { apiKeyId: "i" } })).toEqual({
        adopt: { apiKeyId: "i" },
        scopes: ["read", "write"],
        __adopted: true,
    });
});
