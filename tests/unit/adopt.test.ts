import { adopt, importAsIs } from "../../provider/src/apiKey/adopt";
import { SharedList } from "../../provider/src/apiKey/listing";
import type { Platform } from "../../provider/src/apiKey/platform";
import type { AdoptedInputs, ApiKey } from "../../provider/src/apiKey/inputs";
import { ownKeyPair } from "../support/harness";

const own = ownKeyPair("ed25519");
const key: ApiKey = { apiKeyId: "key", name: "by hand", scopes: ["write", "read"] };
const byId = { adopt: { apiKeyId: "key" }, scopes: ["read", "write"] };
const withPrivateKey = { ...byId, adopt: { apiKeyId: "key", privateKey: own.privateKey } };

/** Creates a platform with the given successive lists, of which the last one repeats. */
function setUp(lists: ApiKey[][] = [[key]], verifyKey: Platform["verifyKey"] = async () => "accepted") {
    let listed = 0;
    const platform = {
        client: { listApiKeys: async () => lists[Math.min(listed++, lists.length - 1)] ?? [] },
        environment: "demo",
        signingKeyId: "signer",
        verifyKey,
        now: () => 0,
        kalshiTime: () => 0,
        sleep: async () => undefined,
    } as unknown as Platform;
    return { platform, list: new SharedList(platform), lists: () => listed };
}

describe("a key is adopted", () => {
    test.each<[string, AdoptedInputs, ApiKey]>([
        ["by its id", byId, key],
        ["by its id and its own name", { ...byId, name: "by hand" }, key],
        ["by its id and a key type that nothing contradicts", { ...byId, keyType: "ed25519" }, key],
        ["by its private key and its own key type", { ...withPrivateKey, keyType: "ed25519" }, key],
        ["with the program's scopes if the list shows none", byId, { ...key, scopes: undefined }],
        ["with its subaccount", { ...byId, subaccount: 0 }, { ...key, subaccount: 0 }],
    ])("%s", async (_what, inputs, listed) => {
        const { platform, list } = setUp([[listed]]);
        const state = await adopt(inputs, platform, list);
        const { adopt: _adopt, ...rest } = inputs;
        expect(state).toMatchObject({ ...rest, apiKeyId: "key", name: "by hand", environment: "demo" });
    });

    test("even if the shared list is older than the key", async () => {
        const { platform, list, lists } = setUp([[], [key]]);
        await list.get();
        expect(await adopt(byId, platform, list)).toMatchObject({ apiKeyId: "key" });
        expect(lists()).toBe(2);
    });
});

describe("a key is not adopted", () => {
    test.each([
        ["if its name differs", { name: "by Hand" }, /name is "by hand", not "by Hand".*KALSHI_ADOPTION_MISMATCH/],
        [
            "if it is bound to no subaccount",
            { subaccount: 0 },
            /subaccount is not set, not 0.*KALSHI_ADOPTION_MISMATCH/,
        ],
        [
            "if it is bound to no subtrader",
            { fcmSubtraderId: "u_a" },
            /fcmSubtraderId is not set, not "u_a".*KALSHI_ADOPTION_MISMATCH/,
        ],
        [
            "if its key type differs",
            { ...withPrivateKey, keyType: "rsa" as const },
            /keyType is ed25519, not rsa.*KALSHI_ADOPTION_MISMATCH/,
        ],
    ])("%s", async (_what, more, message) => {
        const { platform, list } = setUp();
        await expect(adopt({ ...byId, ...more }, platform, list)).rejects.toThrow(message);
    });

    test.each([
        ["unknownKey", /KALSHI_PRIVATE_KEY_UNVERIFIED/],
        ["wrongPrivateKey", /KALSHI_PRIVATE_KEY_MISMATCH/],
    ] as const)("if a request that it signs yields %s", async (verdict, message) => {
        const { platform, list } = setUp([[key]], async () => verdict);
        await expect(adopt(withPrivateKey, platform, list)).rejects.toThrow(message);
        await expect(importAsIs(withPrivateKey.adopt, platform, list)).rejects.toThrow(message);
    });
});

test.each([
    ["those of the list, sorted", key],
    ["Kalshi's default if the list shows none", { ...key, scopes: undefined }],
])("the scopes of an imported key are %s", async (_what, listed) => {
    const { platform, list } = setUp([[listed]]);
    expect((await importAsIs({ apiKeyId: "key" }, platform, list)).scopes).toEqual(["read", "write"]);
});
