import { createKey } from "../../provider/src/apiKey/create";
import type { CreateOutcome, CreateRecord, Platform } from "../../provider/src/apiKey/platform";
import { SharedList } from "../../provider/src/apiKey/listing";
import type { ApiKey, ApiKeyInputs } from "../../provider/src/apiKey/inputs";
import { reasonOf } from "../../provider/src/apiKey/errors";
import { KalshiError } from "../../provider/src/kalshi/errors";
import { noJournal } from "../support/harness";

const inputs: ApiKeyInputs = { name: "bot-1a2b3c4", scopes: ["read"], keyType: "ed25519", __defaults: ["name"] };
const { __defaults, ...explicit } = { ...inputs, name: "bot" };
const origin = { project: "tests", stack: "dev", resource: "bot" };
const now = Date.parse("2026-11-23T12:00:00.000Z");

const lost = new KalshiError("generate", "timeout", { summary: "no response in time", mayHaveSucceeded: true });
const refused = new KalshiError("delete", "forbidden", { summary: "status 403" });

interface Setting {
    /** The number of keys that each attempt creates before its response is lost. The attempt after them succeeds. */
    readonly lostAttempts?: readonly number[];
    /** The keys that the last attempt finds, because Kalshi completed an earlier one late. */
    readonly late?: readonly ApiKey[];
    /** Whether lists still show revoked keys. */
    readonly isListLagging?: boolean;
    readonly platform?: Partial<Platform>;
    readonly client?: Partial<Platform["client"]>;
}

/** Sets up an account in memory. Its keys have the ids `key1`, `key2` and so on. */
function setUp({ lostAttempts = [], late = [], isListLagging = false, platform, client }: Setting = {}) {
    let count = 0;
    let keys: readonly ApiKey[] = [{ apiKeyId: "signer", name: "root" }];
    const [deleted, messages, records]: [string[], string[], CreateRecord[]] = [[], [], []];
    const outcomes: CreateOutcome[] = [];
    const left = [...lostAttempts];
    const add = (name: string) => {
        const apiKeyId = `key${++count}`;
        keys = [...keys, { apiKeyId, name }];
        return { apiKeyId, privateKey: "private" };
    };
    const post = async ({ name }: { readonly name: string }) => {
        const created = left.shift();
        if (created !== undefined) {
            Array.from({ length: created }, () => add(name));
            throw lost;
        }
        keys = [...keys, ...late];
        return add(name);
    };
    const used: Platform = {
        client: {
            generateApiKey: post,
            createApiKey: post,
            listApiKeys: async () => keys,
            deleteApiKey: async (id) => {
                deleted.push(id);
                keys = keys.filter(({ apiKeyId }) => isListLagging || apiKeyId !== id);
            },
            ...client,
        },
        environment: "demo",
        signingKeyId: "signer",
        verifyKey: async () => "accepted",
        journal: {
            ...noJournal,
            begin: async (create) => {
                records.push(create);
                return { close: (outcome) => outcomes.push(outcome) };
            },
        },
        now: () => now,
        kalshiTime: () => now,
        sleep: async () => undefined,
        isEngineConnected: () => true,
        log: (message) => messages.push(message),
        ...platform,
    };
    const create = async (news: ApiKeyInputs = inputs) => {
        const { key, close } = await createKey(news, origin, used, new SharedList(used));
        close();
        return key;
    };
    return { create, used, deleted, messages, records, outcomes };
}

const created = (apiKeyId: string, earlierAttemptMayExist = false) => ({
    status: "created",
    apiKeyId,
    earlierAttemptMayExist,
});

test.each([
    ["unique", inputs, true],
    ["explicit", explicit, false],
])("records a create with a name that is %s", async (_which, news, uniqueName) => {
    const { create, records } = setUp();
    await create(news);
    const account = { environment: "demo", signedBy: "signer" };
    expect(records).toEqual([
        { ...origin, ...account, name: news.name, uniqueName, startedAt: "2026-11-23T12:00:00.000Z" },
    ]);
});

test("does not record a create without a resource", async () => {
    const { used, records } = setUp();
    await createKey(inputs, undefined, used, new SharedList(used));
    expect(records).toEqual([]);
});

describe("a create that Pulumi cancelled", () => {
    const platform = { isEngineConnected: () => false };

    test("names the key that it revokes", async () => {
        const { create, deleted, messages, outcomes } = setUp({ platform });
        await expect(create()).rejects.toThrow(/"bot-1a2b3c4".*KALSHI_CREATE_CANCELLED/);
        expect(messages).toEqual([expect.stringContaining('"bot-1a2b3c4" (key1)')]);
        expect(deleted).toEqual(["key1"]);
        expect(outcomes).toEqual([{ status: "failed" }]);
    });

    test("names a key that it cannot revoke, and records it", async () => {
        const { create, outcomes } = setUp({ platform, client: { deleteApiKey: () => Promise.reject(refused) } });
        await expect(create()).rejects.toThrow(
            /"bot-1a2b3c4" \(key1\).*\(status 403\).*doctor --fix.*KALSHI_ORPHAN_NOT_REVOKED/,
        );
        expect(outcomes).toEqual([created("key1")]);
    });
});

describe("after a lost response", () => {
    test("a late key of the same name is revoked, and no attempt is left", async () => {
        const late = [
            { apiKeyId: "other", name: "other" },
            { apiKeyId: "late", name: inputs.name },
        ];
        const { create, deleted, messages, outcomes } = setUp({ lostAttempts: [0], late });
        expect(await create()).toMatchObject({ apiKeyId: "key1" });
        expect(deleted).toEqual(["late"]);
        expect(messages.at(-1)).toContain('"bot-1a2b3c4" (late)');
        expect(outcomes).toEqual([created("key1")]);
    });

    test("a revoked key that a list still shows is not revoked again", async () => {
        const { create, deleted, outcomes } = setUp({ lostAttempts: [1, 0], isListLagging: true });
        expect(await create()).toMatchObject({ apiKeyId: "key2" });
        expect(deleted).toEqual(["key1"]);
        expect(outcomes).toEqual([created("key2", true)]);
    });

    test("one of several keys of the user's own key pair is kept, and the others are revoked", async () => {
        const { create, deleted, outcomes } = setUp({ lostAttempts: [2] });
        expect(await create({ ...inputs, publicKey: "a public key" })).toEqual({ apiKeyId: "key1", name: inputs.name });
        expect(deleted).toEqual(["key2"]);
        expect(outcomes).toEqual([created("key1")]);
    });

    test("no fourth attempt follows, and the create stays recorded", async () => {
        const { create, outcomes } = setUp({ lostAttempts: [0, 0, 0] });
        await expect(create()).rejects.toThrow(/no response in time.*doctor --fix.*KALSHI_CREATE_UNRESOLVED/);
        expect(outcomes).toEqual([]);
    });

    test("a key that cannot be revoked stays recorded", async () => {
        const client = { deleteApiKey: () => Promise.reject(refused) };
        const { create, outcomes } = setUp({ lostAttempts: [1], client });
        await expect(create()).rejects.toThrow(
            /"bot-1a2b3c4".*\bkey1\b.*\(status 403\).*doctor --fix.*KALSHI_ORPHAN_NOT_REVOKED/,
        );
        expect(outcomes).toEqual([]);
    });

    test("an internal error is not taken for Kalshi's", async () => {
        const client = { listApiKeys: () => Promise.reject(new Error("internal error")) };
        await expect(setUp({ lostAttempts: [1], client }).create()).rejects.toThrow(/^internal error$/);
    });

    test.each([
        ["none", [0], /^(?!.*--show-ids).*"bot".*no response in time.*KALSHI_CREATE_AMBIGUOUS/],
        ["all", [2], /"bot".*no response in time.*pulumi stack --show-ids.*key1, key2.*KALSHI_CREATE_AMBIGUOUS/],
    ])("the error of an explicit name shows the candidates: %s", async (_which, lostAttempts, expected) => {
        const { create, deleted } = setUp({ lostAttempts });
        await expect(create(explicit)).rejects.toThrow(expected);
        expect(deleted).toEqual([]);
    });
});

test.each([
    ["what Kalshi answered", refused, "status 403"],
    ["an error's message", new Error("broken"), "broken"],
    ["anything else as text", 7, "7"],
])("the reason of a failure is %s", (_what, error, expected) => {
    expect(reasonOf(error)).toBe(expected);
});
