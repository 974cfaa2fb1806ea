import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import type { ApiKey } from "../../provider/src/apiKey/inputs";
import { selectKeys, type HoldingStack } from "../../provider/src/cli/importKeySelection";
import type { Account } from "../../provider/src/cli/account";
import { verifyPrivateKeys } from "../../provider/src/cli/privateKeyCheck";
import { resourceNames } from "../../provider/src/cli/resourceNames";
import type { Entry } from "../../provider/src/journal/entry";
import { cleanUp, ownKeyPair, scratchFolder } from "../support/harness";
import { KalshiError } from "../../provider/src/kalshi/errors";

afterEach(cleanUp);

function key(name: string, apiKeyId: string): ApiKey {
    return { name, apiKeyId };
}

describe("resourceNames", () => {
    test.each([
        ["market-maker", "market_maker"],
        ["Zoë's desk (NY)", "Zoe_s_desk_NY"],
        ["2fa", "key_2fa"],
        ["__proto__", "proto"],
        ["a\u001b[31m\u202eb", "a_b"],
        ["日本", "key_0a1b2c3d"],
        ["", "key_0a1b2c3d"],
        ["null", "null_0a1b2c3d"],
        ["Module", "Module_0a1b2c3d"],
        ["kalshi", "kalshi"],
        ["taken", "taken_0a1b2c3d"],
        ["x".repeat(500), "x".repeat(50)],
    ])("names the resource of %j %s", (name, expected) => {
        expect(resourceNames([key(name, "0a1b2c3d-1645-4ba0-9e85-a31a93a14e29")], ["ta-ken"])).toEqual([expected]);
    });

    test("adds a part of the id to names that are equal in some language, whatever the order of the keys", () => {
        const keys = [key("bot", "11111111-a"), key("Bot", "22222222-a"), key("b_ot", "33333333-a"), key("c", "4")];
        const expected = ["bot_11111111", "Bot_22222222", "b_ot_33333333", "c"];
        expect(resourceNames(keys, [])).toEqual(expected);
        expect(resourceNames(keys.toReversed(), [])).toEqual(expected.toReversed());
        const sameStart = [key("bot", "11111111-a"), key("bot", "11111111-b")];
        expect(resourceNames(sameStart, [])).toEqual(["bot_11111111", "bot_11111111b"]);
    });

    test("returns different identifiers for any names and ids", () => {
        const text = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("bot", "b-ot", "null", "key", "key_1_0"));
        const keys = fc.array(fc.record({ name: text, apiKeyId: fc.oneof(text, fc.uuid()) }));
        fc.assert(
            fc.property(keys, fc.array(text), (all, taken) => {
                const names = resourceNames(all, taken);
                expect(names.filter((name) => !/^[A-Za-z]\w*$/.test(name))).toEqual([]);
                const comparable = [...names, ...new Set(taken.map((name) => name.replace(/[^A-Za-z0-9]/g, "")))].map(
                    (name) => name.replaceAll("_", "").toLowerCase(),
                );
                const own = comparable.slice(0, names.length);
                expect(new Set(own).size).toBe(own.length);
                expect(comparable.slice(names.length).filter((name) => own.includes(name))).toEqual([]);
            }),
        );
    });
});

describe("selectKeys", () => {
    const account = {
        environment: "demo",
        signingKeyId: "S",
        keys: [key("root", "s"), key("b", "B"), key("a", "A"), key("bot-0123456", "C")],
    };
    const ids = (keys: readonly ApiKey[]) => keys.map(({ apiKeyId }) => apiKeyId);
    const entry = (more: Partial<Entry>) =>
        ({ environment: "demo", status: "pending", uniqueName: true, ...more }) as Entry;
    const stack = (name: string, held: string[], creating: { name?: string; uniqueName: boolean }[] = []) =>
        ({ name, state: { held: new Set(held), pendingCreates: creating } }) as unknown as HoldingStack;

    test("leaves out the signing key and the keys of stacks, and sorts the others by name", () => {
        const { selected, leftOut } = selectKeys(account, [stack("one", ["x"]), stack("two", ["b", "s"])], [], "");
        expect(ids(selected)).toEqual(["A", "C"]);
        expect(ids(leftOut.signing)).toEqual(["s"]);
        expect(leftOut.held.map(({ stack, keys }) => [stack, ids(keys)])).toEqual([
            ["one", []],
            ["two", ["B"]],
        ]);
    });

    test("selects by the beginning of the name", () => {
        const { selected, leftOut } = selectKeys(account, [], [], "bo");
        expect([ids(selected), ids(leftOut.filtered)]).toEqual([["C"], ["A", "B"]]);
    });

    test.each<[string, Parameters<typeof entry>[0], boolean]>([
        ["pending with its unique name", { name: "a" }, true],
        ["undelivered with its id", { status: "undelivered", apiKeyId: "a", uniqueName: false, name: "z" }, true],
        ["pending with its explicit name", { name: "a", uniqueName: false }, false],
        ["of another environment", { name: "a", environment: "prod" }, false],
        ["delivered", { status: "delivered", apiKeyId: "a" }, false],
    ])("if a journal entry is %s", (_, more, isLeftOut) => {
        const { leftOut } = selectKeys(account, [], [entry(more)], "");
        expect(ids(leftOut.interrupted)).toEqual(isLeftOut ? ["A"] : []);
    });

    test("leaves out the key of a stack's pending create by its unique name", () => {
        const creating = [{ name: "a", uniqueName: true }, { name: "b", uniqueName: false }, { uniqueName: true }];
        const { leftOut } = selectKeys(account, [stack("one", [], creating)], [], "");
        expect(ids(leftOut.interrupted)).toEqual(["A"]);
    });

    test("suspects a name that looks auto-generated, and a key that the journal says was delivered", () => {
        const delivered = entry({ status: "delivered", apiKeyId: "b" });
        expect(ids(selectKeys(account, [], [delivered], "").suspects)).toEqual(["B", "C"]);
    });
});

test("verifyPrivateKeys stops at the first request without a verdict", async () => {
    const file = join(await scratchFolder(), "key.pem");
    writeFileSync(file, ownKeyPair("ed25519").privateKey);
    const verifyKey = jest.fn(async () => {
        if (verifyKey.mock.calls.length === 30) {
            throw new KalshiError("list", "connection", { summary: "down" });
        }
        return "accepted";
    });
    const endRetries = jest.fn();
    const config = { endpoint: { environment: "demo", baseUrl: "https://example.com" } };
    const account = { verifyKey, endRetries, config } as unknown as Account;
    const keys = Array.from({ length: 100 }, (_, index) => ({ key: key("bot", String(index)), file }));
    const progress = jest.fn();
    await expect(verifyPrivateKeys(keys, account, progress)).rejects.toMatchObject({
        code: "KALSHI_UNREACHABLE",
        message: expect.stringContaining('verify the private key of the API key "bot" (29)') as unknown,
    });
    expect(endRetries).toHaveBeenCalledTimes(1);
    await new Promise(setImmediate);
    expect(verifyKey.mock.calls.length).toBeLessThan(50);
});
