import { listKeys, lookUpKey } from "../../provider/src/apiKey/lookup";
import type { Platform } from "../../provider/src/apiKey/platform";
import { KalshiError } from "../../provider/src/kalshi/errors";
import type { ApiKey } from "../../provider/src/apiKey/inputs";

const keys = [
    { apiKeyId: "B2", name: "bot", scopes: ["read", "write"] },
    { apiKeyId: "c3", name: "watcher", scopes: ["read"] },
    { apiKeyId: "a1", name: "bot", scopes: ["write::trade"] },
    { apiKeyId: "d4", name: "Archive", scopes: undefined },
] as unknown as ApiKey[];

function platformWith(listApiKeys: () => Promise<readonly ApiKey[]>): Platform {
    return { client: { listApiKeys }, environment: "demo" } as unknown as Platform;
}

const platform = platformWith(async () => keys);

describe("getApiKeys", () => {
    test.each<[string, Parameters<typeof listKeys>[1], string[]]>([
        ["returns all keys by name, then by id", {}, ["d4", "B2", "a1", "c3"]],
        ["selects by the beginning of the name", { namePrefix: "bo" }, ["B2", "a1"]],
        ["selects no key by the middle of its name", { namePrefix: "ot" }, []],
        ["selects by a scope", { scope: "read" }, ["B2", "c3"]],
        ["selects by a scope or its parent", { scope: "write::trade" }, ["B2", "a1"]],
        ["does not select by a child of the scope", { scope: "write" }, ["B2"]],
        ["does not select by a sibling of the scope", { scope: "write::transfer" }, ["B2"]],
        ["selects by both", { scope: "write::trade", namePrefix: "b" }, ["B2", "a1"]],
    ])("%s", async (_, args, expected) => {
        for (const listed of [keys, keys.toReversed()]) {
            const found = await listKeys(
                platformWith(async () => listed),
                args,
            );
            expect(found.map(({ apiKeyId }) => apiKeyId)).toEqual(expected);
        }
    });

    test.each<[object, RegExp]>([
        [{ scope: "trade" }, /\(scope: must be a scope/],
        [{ scope: "write:trade" }, /\(scope: must be a scope/],
        [{ names: "bot" }, /names/],
    ])("rejects an invalid query, and says why: %j", async (query, reason) => {
        const listApiKeys = jest.fn();
        await expect(listKeys({ client: { listApiKeys } } as unknown as Platform, query)).rejects.toMatchObject({
            code: "KALSHI_QUERY_INVALID",
            message: expect.stringMatching(reason) as unknown,
        });
        expect(listApiKeys).not.toHaveBeenCalled();
    });

    test("explains a failed list", async () => {
        const failing = platformWith(async () => {
            throw new KalshiError("list", "forbidden", { summary: "status 403" });
        });
        await expect(listKeys(failing, {})).rejects.toThrow(
            /\(environment demo\): status 403\. .*KALSHI_PERMISSION_DENIED/,
        );
    });
});

describe("getApiKey", () => {
    test("returns the key of an id, in any case of its letters", async () => {
        expect(await lookUpKey(platform, { apiKeyId: "b2" })).toBe(keys[0]);
    });

    test("returns the only key of a name", async () => {
        expect(await lookUpKey(platform, { name: "watcher" })).toBe(keys[1]);
    });

    test.each<[string, Parameters<typeof lookUpKey>[1], RegExp]>([
        ["neither id nor name", {}, /apiKeyId .*name.*KALSHI_QUERY_INVALID/],
        ["both id and name", { apiKeyId: "B2", name: "bot" }, /apiKeyId .*name.*KALSHI_QUERY_INVALID/],
        ["an unknown id", { apiKeyId: "e5" }, / e5 \(environment demo\).*`getApiKeys`.*KALSHI_KEY_NOT_FOUND/],
        ["an unknown name", { name: "wat" }, /"wat" \(environment demo\).*KALSHI_KEY_NOT_FOUND/],
        [
            "a name that several keys have",
            { name: "bot" },
            /"bot" \(environment demo\).* 2: "bot" \(B2\), "bot" \(a1\)\..*KALSHI_NAME_AMBIGUOUS/,
        ],
    ])("refuses %s", async (_, args, message) => {
        await expect(lookUpKey(platform, args)).rejects.toThrow(message);
    });
});
