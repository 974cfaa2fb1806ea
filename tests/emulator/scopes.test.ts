import { ApiKeyResource, inputsOf } from "../../provider/src/apiKey/resource";
import { check } from "../../provider/src/apiKey/check";
import { isExpansion, sameSet } from "../../provider/src/apiKey/scopes";
import { cleanUp, clientOf, emulatorWith, platformOn } from "../support/harness";

afterEach(cleanUp);

const ofRead = ["read::block_trade_accept", "read::portfolio_balance"];
const ofWrite = ["write::block_trade_accept", "write::fcm_risk", "write::trade", "write::transfer"];

test.each([
    [["read", "write"], ["write", "read", "read"], true],
    [["read"], ["read", "write"], false],
    [["read"], undefined, false],
    [[], undefined, false],
])("sameSet(%j, %j) is %s, whatever the order and the repeats", (one, other, expected) => {
    expect(sameSet(one, other)).toBe(expected);
});

test.each([
    ["the same scopes", ["read", "write"], ["write", "read"]],
    ["all children instead of their parents", ["read", "write"], [...ofRead, ...ofWrite]],
    ["all children of one parent", ["read", "write"], ["read", ...ofWrite]],
    ["all children and their parents", ["read", "write"], ["read", "write", ...ofRead, ...ofWrite]],
    ["some children and their parent", ["read"], ["read", "read::portfolio_balance"]],
    ["a child that this version does not know", ["read", "write"], [...ofRead, ...ofWrite, "write::new"]],
    ["a parent without a child that the program also lists", ["read", "read::portfolio_balance"], ["read"]],
    ["an expanded parent and a child of another one", ["read", "write::trade"], [...ofRead, "write::trade"]],
    ["the same children", ["write::trade", "write::transfer"], ["write::transfer", "write::trade"]],
])("a list may show a key's scopes as %s", (_what, scopes, listed) => {
    expect(isExpansion(scopes, listed)).toBe(true);
});

test.each([
    ["without one known child", ["read", "write"], [...ofRead, ...ofWrite.slice(1)]],
    ["without one parent", ["read", "write"], ["read"]],
    ["with a parent that the key should not have", ["read"], ["read", "write"]],
    ["with a parent instead of its children", ["read", ...ofWrite], ["read", "write"]],
    ["with a child of a parent that the key should not have", ["read"], ["read", "write::trade"]],
    ["with an unknown child and the program's children", ["write::trade"], ["write::trade", "write::new"]],
    ["with an unknown child alone", ["read"], ["read::new"]],
    ["with a scope whose name only begins like a parent's", ["read"], ["read", "readonly"]],
    ["with no scopes", ["read"], []],
    ["with no scopes instead of a child", ["write::trade"], []],
    ["without the child of another parent", ["read", "write::trade"], ["read"]],
])("a list %s shows other scopes", (_what, scopes, listed) => {
    expect(isExpansion(scopes, listed)).toBe(false);
});

describe("if Kalshi lists a broad scope expanded into its children,", () => {
    async function world() {
        const emulator = await emulatorWith({ expandScopes: true });
        const keys = new ApiKeyResource(platformOn(emulator, { now: Date.now, sleep: () => undefined }));
        return { emulator, keys };
    }

    function inputs(news: object, olds: object = {}) {
        const result = check({ resourceName: "bot" }, { ...olds }, { ...news }, Date.now());
        expect(result.failures).toEqual([]);
        return result.inputs;
    }

    test.each([[["read", "write"]], [["read", "write::trade"]]])(
        "reports no drift of a key that was created with %j",
        async (scopes) => {
            const { keys } = await world();
            const news = inputs({ keyType: "ed25519", scopes });
            const state = await keys.create(news as never);
            const read = await keys.read(state);
            expect(read).toEqual(state);
            expect(keys.diff({ ...read }, news).replaces).toEqual([]);
        },
    );

    test("replaces a created key if the program changes a parent to all its children, or the reverse", async () => {
        const { keys } = await world();
        for (const [before, after] of [
            [["read"], ofRead],
            [ofRead, ["read"]],
        ]) {
            const state = await keys.create(inputs({ keyType: "ed25519", scopes: before }) as never);
            const news = inputs({ keyType: "ed25519", scopes: after }, inputsOf(state));
            expect(keys.diff({ ...state }, news).replaces).toEqual(["scopes"]);
        }
    });

    test("accepts the parent in the program for an adopted or imported key", async () => {
        const { emulator, keys } = await world();
        const { apiKeyId } = await clientOf(emulator).generateApiKey({ name: "a", scopes: ["read", "write"] });
        const adopting = inputs({ adopt: { apiKeyId }, scopes: ["read", "write"] });
        const adopted = await keys.create(adopting as never);
        expect(keys.diff({ ...(await keys.read(adopted)) }, adopting).replaces).toEqual([]);

        const imported = await keys.import({ apiKeyId });
        expect(imported.scopes).toEqual([...ofRead, ...ofWrite]);
        for (const scopes of [["read", "write"], imported.scopes]) {
            expect(keys.diff({ ...imported }, inputs({ scopes }, inputsOf(imported))).replaces).toEqual([]);
        }
        const narrower = inputs({ scopes: ["read"] }, inputsOf(imported));
        expect(keys.diff({ ...imported }, narrower).replaces).toEqual(["scopes"]);
    });

    test("does not adopt a key whose scopes differ from the program's", async () => {
        const { emulator, keys } = await world();
        const { apiKeyId } = await clientOf(emulator).generateApiKey({ name: "a", scopes: ["read", "write::trade"] });
        await expect(keys.create(inputs({ adopt: { apiKeyId } }) as never)).rejects.toThrow(
            /scopes is .*KALSHI_ADOPTION_MISMATCH/,
        );
    });
});
