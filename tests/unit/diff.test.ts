import { diff as diffIn } from "../../provider/src/apiKey/diff";
import { inputNames, inputOf, type InputName } from "../../provider/src/apiKey/inputs";
import { readPublicKey } from "../../provider/src/apiKey/publicKey";
import type { RawProperties } from "../../provider/src/apiKey/properties";
import { ownKeyPair } from "../support/harness";

const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const [own, other] = [ownKeyPair("ed25519"), ownKeyPair("ed25519")];
const diff = (state: RawProperties, news: RawProperties) => diffIn(state, news, "demo");

describe("the diff of an adopted key", () => {
    const inputs = { scopes: ["read"], __adopted: true };
    const state = { ...inputs, apiKeyId: "id-a", name: "by hand", subaccount: 1, environment: "demo" };
    const same = { ...inputs, subaccount: 1 };

    test.each<[string, RawProperties, string[]]>([
        ["shows no change if the program omits the name", {}, []],
        ["shows no change if `adopt` writes its id in other letters", { adopt: { apiKeyId: "ID-A" } }, []],
        [
            "shows no change if `adopt` holds a private key that is not known yet",
            { adopt: { apiKeyId: "id-a", privateKey: unknown } },
            [],
        ],
        ["replaces it if `adopt` names another key", { adopt: { apiKeyId: "id-b" } }, ["adopt"]],
        [
            "replaces it if `adopt` names another key by its private key",
            { adopt: { apiKeyId: "id-b", privateKey: other.privateKey } },
            ["adopt"],
        ],
        ["replaces it if the program sets another name", { name: "mine" }, ["name"]],
        ["replaces it if the program omits its subaccount", { subaccount: undefined }, ["subaccount"]],
        [
            "replaces it if the program supplies a public key that the state lacks",
            { publicKey: own.publicKey },
            ["publicKey"],
        ],
    ])("%s", (_what, more, replaces) => {
        expect(diff(state, { ...same, ...more })).toEqual({ replaces, updates: [] });
    });

    test("accepts its private key in `adopt`, and rejects another one", () => {
        const { fingerprint } = readPublicKey(own.publicKey);
        const adopting = ({ privateKey }: { privateKey: string }) =>
            diff({ ...state, fingerprint }, { ...same, adopt: { apiKeyId: "id-a", privateKey } });
        expect(adopting(own)).toEqual({ replaces: [], updates: [] });
        expect(() => adopting(other)).toThrow(/"by hand" \(id-a\).*KALSHI_PRIVATE_KEY_MISMATCH/);
    });
});

test("a public key that is not known yet replaces a generated key pair", () => {
    const inputs = { name: "n", scopes: ["read"] };
    const state = { ...inputs, keyType: "ed25519", publicKey: own.publicKey, environment: "demo" };
    expect(diff(state, { ...inputs, publicKey: unknown }).replaces).toEqual(["publicKey"]);
});

test("accepts another environment while the only change is an unknown value, which may turn out to be the same", () => {
    const state = { name: "n", scopes: ["read"], environment: "demo" };
    expect(diffIn(state, { name: unknown, scopes: ["read"] }, "prod").replaces).toEqual(["name"]);
});

test("a changed prefix replaces nothing by itself, because a new prefix results in a new name", () => {
    const state = { name: "bot-1a2b3c4", namePrefix: "bot", scopes: ["read"], environment: "demo" };
    expect(diff(state, { ...state, namePrefix: "trader" }).replaces).toEqual([]);
    expect(diff(state, { ...state, namePrefix: "trader", name: "trader-1a2b3c4" }).replaces).toEqual(["name"]);
});

test.each<[string, RawProperties, RawProperties, string, RegExp]>([
    [
        "it is due",
        { createdAt: "2026-01-01T00:00:00.000Z" },
        { rotationDays: 1 },
        "rotateAt",
        /due for rotation on 2026-01-02/,
    ],
    ["its private key is unreadable", { privateKey: "no PEM" }, {}, "privateKey", /private key cannot be read/],
])("a key without changed inputs is replaced for a reason: %s", (_what, more, news, property, reason) => {
    const inputs = { name: "bot", scopes: ["read"], __checkedAt: "2026-02-01T00:00:00.000Z" };
    const state = { ...inputs, apiKeyId: "id", environment: "demo", ...more, ...news };
    expect(diff(state, { ...inputs, ...news })).toEqual({
        replaces: [property],
        updates: [],
        reason: expect.stringMatching(reason) as unknown,
    });
});

test.each<[string, string, RawProperties, string[], string[]]>([
    ["not due a millisecond before its rotation", "2026-01-31T23:59:59.999Z", { rotationDays: 31 }, [], []],
    ["due at its rotation", "2026-02-01T00:00:00.000Z", { rotationDays: 31 }, ["rotateAt"], []],
    ["not due by its new age", "2026-02-01T00:00:00.000Z", { rotationDays: 32 }, [], ["rotationDays"]],
])("a key is %s", (_what, checkedAt, news, replaces, updates) => {
    const inputs = { name: "bot", scopes: ["read"], __checkedAt: checkedAt };
    const createdAt = "2026-01-01T00:00:00.000Z";
    const state = { ...inputs, apiKeyId: "id", environment: "demo", createdAt, rotationDays: 31 };
    expect(diff(state, { ...inputs, ...news })).toMatchObject({ replaces, updates });
});

/** A value of each input, and another one. */
const values: Readonly<Record<InputName, readonly [unknown, unknown]>> = {
    name: ["one", "other"],
    namePrefix: ["one", "other"],
    scopes: [["read"], ["read", "write"]],
    keyType: ["rsa", "ed25519"],
    publicKey: [own.publicKey, other.publicKey],
    subaccount: [1, 2],
    fcmSubtraderId: ["user_one", "user_other"],
    rotationTriggers: [{ incident: 1 }, { incident: 2 }],
    rotationDays: [1, 2],
};

test.each(inputNames)("a change of %s has the declared effect", (input) => {
    const [was, is] = values[input];
    const state = { apiKeyId: "id", name: "bot", environment: "demo", [input]: was };
    const { replaces, updates } = diff(state, { name: "bot", [input]: is });
    // The name that is generated from another prefix replaces the key.
    const replaced = inputOf(input).onChange === "replace" && input !== "namePrefix";
    expect(replaces).toEqual(replaced ? [input] : []);
    expect(updates).toEqual(inputOf(input).onChange === "update" ? [input] : []);
    expect(diff(state, { name: "bot", [input]: was })).toEqual({ replaces: [], updates: [] });
});
