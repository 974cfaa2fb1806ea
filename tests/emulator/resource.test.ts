import { setTimeout as sleep } from "node:timers/promises";
import type { Emulator, EmulatorOptions, Fault } from "kalshi-emulator";
import { ApiKeyResource, inputsOf, PartialCreateError } from "../../provider/src/apiKey/resource";
import { check } from "../../provider/src/apiKey/check";
import { diff as diffIn } from "../../provider/src/apiKey/diff";
import type { CreateOutcome, Journal, Platform } from "../../provider/src/apiKey/platform";
import type { ApiKey, ApiKeyInputs } from "../../provider/src/apiKey/inputs";
import type { ApiKeyState } from "../../provider/src/apiKey/outputs";
import { KalshiError, type FailureKind } from "../../provider/src/kalshi/errors";
import {
    accountKeys,
    calls,
    cleanUp,
    clientOf,
    emulatorWith,
    forgetRequests,
    inject,
    noJournal,
    ownKeyPair,
    platformOn,
    requests,
} from "../support/harness";

afterEach(cleanUp);

interface Fixture {
    emulator: Emulator;
    keys: ApiKeyResource;
    /** The warnings that the resource has logged. */
    messages: string[];
    /**
     * Advances the clock of this machine and of Kalshi. A wait of the resource advances it too, and takes no real time.
     */
    advance: (milliseconds: number) => void;
}

const minutes = 60_000;

const diff = (state: ApiKeyState, news: object) => diffIn({ ...state }, { ...news }, state.environment);

/** Creates the resource on the real client and an emulator, with a clock that the test controls. */
async function setUp(options: Partial<EmulatorOptions> = {}, platform: Partial<Platform> = {}): Promise<Fixture> {
    let shift = 0;
    const now = () => Date.now() + shift;
    const emulator = await emulatorWith({ ...options, now, clockWindow: [3600, 3600] });
    const messages: string[] = [];
    const keys = new ApiKeyResource(
        platformOn(
            emulator,
            { now, sleep: (milliseconds) => (shift += milliseconds) },
            {
                // A request that hangs takes this long. All others are faster, even on a busy machine.
                client: clientOf(emulator, { retries: 0, timeouts: { connect: 10_000, response: 2_000 }, now }),
                log: (message) => messages.push(message),
                ...platform,
            },
        ),
    );
    return { emulator, keys, messages, advance: (milliseconds) => (shift += milliseconds) };
}

/** Returns checked inputs, by default of an Ed25519 key, because such keys are generated fast. */
function inputs(news: object = { keyType: "ed25519" }): ApiKeyInputs {
    const result = check({ resourceName: "bot" }, {}, { ...news }, Date.now());
    expect(result.failures).toEqual([]);
    return result.inputs as unknown as ApiKeyInputs;
}

describe("create", () => {
    test.each(["rsa", "ed25519"] as const)("generates an %s key in one call", async (keyType) => {
        const { emulator, keys } = await setUp();
        const state = await keys.create(inputs({ keyType, scopes: ["read"] }));
        expect(state).toMatchObject({ keyType, scopes: ["read"], environment: emulator.baseUrl, __defaults: ["name"] });
        expect(state.fingerprint).toMatch(/^[0-9a-f]{64}$/);
        expect(Date.parse(state.createdAt)).toBeGreaterThan(Date.now() - minutes);
        expect(await calls(emulator)).toEqual(["POST generate"]);
        const own = clientOf(emulator, {}, { apiKeyId: state.apiKeyId, privateKey: state.privateKey ?? "" });
        await own.listApiKeys();
        // The derived public key is the one that Kalshi holds, so passing it as `publicKey` is no change.
        expect(diff(state, { ...inputs({ ...given(state), publicKey: state.publicKey }) }).replaces).toEqual([]);
    });

    test("registers a user-supplied public key, without a private key", async () => {
        const { emulator, keys } = await setUp();
        const own = ownKeyPair("ed25519");
        const state = await keys.create(inputs({ publicKey: own.publicKey }));
        expect(state.privateKey).toBeUndefined();
        expect(state).not.toHaveProperty("keyType");
        expect(await calls(emulator)).toEqual(["POST api_keys"]);
        await clientOf(emulator, {}, { apiKeyId: state.apiKeyId, privateKey: own.privateKey }).listApiKeys();
    });

    test("explains a 403 for the usage level", async () => {
        const { emulator, keys } = await setUp({ usageLevel: "advanced" });
        const creation = keys.create(inputs({ name: "bot", publicKey: ownKeyPair("ed25519").publicKey }));
        await expect(creation).rejects.toThrow(/"bot".*403.*`publicKey`.*KALSHI_USAGE_LEVEL_TOO_LOW/);
        expect(await accountKeys(emulator)).toEqual([]);
    });

    test("explains Kalshi's 403 for subaccounts", async () => {
        const { emulator, keys } = await setUp();
        const code = "subaccount_creation_requires_advanced_api_usage_level";
        const body = JSON.stringify({ error: { code, message: code.replaceAll("_", " ") } });
        await inject(emulator, { operation: "generate", when: "before", kind: "status", status: 403, body });
        await expect(keys.create(inputs({ name: "bot", subaccount: 1 }))).rejects.toThrow(
            /status 403, subaccount creation requires advanced api usage level\. .*`subaccount`.*KALSHI_USAGE_LEVEL_TOO_LOW/,
        );
    });

    test("logs Kalshi's warning", async () => {
        const client = {
            generateApiKey: async () => ({
                apiKeyId: "i",
                privateKey: ownKeyPair("ed25519").privateKey,
                warning: `mind ${"a".repeat(64)}`,
            }),
        };
        const { keys, messages } = await setUp({}, { client: client as unknown as Platform["client"] });
        await keys.create(inputs({ name: "bot" }));
        expect(messages).toEqual(['Kalshi on the API key "bot" (i): mind […]']);
    });

    test("returns an unreadable private key in a partial failure", async () => {
        const client = { generateApiKey: async () => ({ apiKeyId: "i", privateKey: "not PEM" }) };
        const { keys } = await setUp({}, { client: client as unknown as Platform["client"] });
        const error = await keys.create(inputs()).catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(PartialCreateError);
        expect((error as PartialCreateError).state).toMatchObject({ apiKeyId: "i", privateKey: "not PEM" });
        expect((error as PartialCreateError).message).not.toContain("not PEM");
    });

    test("does not treat a public key as a private key", async () => {
        const { publicKey } = ownKeyPair("ed25519");
        const client = { generateApiKey: async () => ({ apiKeyId: "i", privateKey: publicKey }) };
        const { keys } = await setUp({}, { client: client as unknown as Platform["client"] });
        const error = await keys.create(inputs()).catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(PartialCreateError);
        expect((error as PartialCreateError).state).toMatchObject({ apiKeyId: "i", privateKey: publicKey });
        expect((error as PartialCreateError).state.fingerprint).toBeUndefined();
    });
});

describe("a create that Pulumi cancelled", () => {
    test.each([
        ["generated", { keyType: "ed25519" }],
        ["user-supplied, with an explicit name", { name: "explicit", publicKey: ownKeyPair("ed25519").publicKey }],
    ])("revokes a key that is %s", async (_which, news) => {
        const { emulator, keys, messages } = await setUp({}, { isEngineConnected: () => false });
        await expect(keys.create(inputs(news))).rejects.toThrow(/KALSHI_CREATE_CANCELLED/);
        expect(messages).toEqual([expect.stringContaining("after Pulumi cancelled it: revoking it")]);
        expect(await accountKeys(emulator)).toEqual([]);
    });
});

test("a gateway's response and a lagging list do not prove that the key of a cancelled create is revoked", async () => {
    const { emulator, keys } = await setUp({ listLag: 25_000 }, { isEngineConnected: () => false });
    const page = { status: 200, contentType: "text/html", body: "<html>Sign in</html>" };
    await inject(emulator, { operation: "delete", when: "before", kind: "status", ...page });
    await expect(keys.create(inputs())).rejects.toThrow(/KALSHI_CREATE_CANCELLED/);
    expect(await calls(emulator)).toEqual(["POST generate", "DELETE id", "GET api_keys", "DELETE id"]);
    await inject(emulator, { operation: "delete", when: "before", kind: "status", ...page, times: 2 });
    await expect(keys.create(inputs())).rejects.toThrow(/KALSHI_ORPHAN_NOT_REVOKED/);
});

describe("a create whose response is lost", () => {
    test("revokes the key and does not retry if Pulumi cancelled the create", async () => {
        const { emulator, keys } = await setUp({}, { isEngineConnected: () => false });
        await inject(emulator, { operation: "generate", when: "after", kind: "reset" });
        await expect(keys.create(inputs())).rejects.toThrow();
        expect(await calls(emulator)).toEqual(["POST generate", "GET api_keys", "DELETE id"]);
        expect(await accountKeys(emulator)).toEqual([]);
    });

    test.each(["reset", "hang", "garbage", "status"] as const)(
        "revokes a generated key and creates another (%s)",
        async (kind) => {
            const { emulator, keys, messages } = await setUp();
            await inject(emulator, { operation: "generate", when: "after", kind });
            const state = await keys.create(inputs());
            expect(messages).toEqual([
                expect.stringMatching(/^The response to the creation of the API key "bot-.*" was lost/),
                expect.stringMatching(/^Kalshi created the API key "bot-.*, but the response was lost: revoking it/),
            ]);
            expect(await accountKeys(emulator)).toEqual([state.apiKeyId]);
            await clientOf(
                emulator,
                {},
                { apiKeyId: state.apiKeyId, privateKey: state.privateKey ?? "" },
            ).listApiKeys();
            expect(await calls(emulator)).toContain("DELETE id");
        },
    );

    test("fails after repeated losses, and leaves no key", async () => {
        const { emulator, keys } = await setUp();
        await inject(emulator, { operation: "generate", when: "after", kind: "reset", times: 3 });
        await expect(keys.create(inputs())).rejects.toThrow(/KALSHI_UNREACHABLE/);
        expect(await accountKeys(emulator)).toEqual([]);
    });

    test("revokes the late key of the first attempt once the second has succeeded", async () => {
        const emulator = await emulatorWith();
        const client = clientOf(emulator);
        const generate = client.generateApiKey.bind(client);
        // The first request is still in flight when the client gives up, and Kalshi completes it before the second.
        jest.spyOn(client, "generateApiKey")
            .mockRejectedValueOnce(
                new KalshiError("generate", "timeout", { summary: "no response in time", mayHaveSucceeded: true }),
            )
            .mockImplementationOnce(async (request) => {
                await generate(request);
                return generate(request);
            });
        const { keys, messages } = await setUp(
            {},
            { client, environment: emulator.baseUrl, signingKeyId: emulator.rootKeyId },
        );
        const state = await keys.create(inputs());
        expect(await accountKeys(emulator)).toEqual([state.apiKeyId]);
        expect(messages.join()).toMatch(/created the API key .* late, .*: revoking it/);
    });

    test.each([
        ["revokes a generated key and creates another", { keyType: "ed25519" }, "generateApiKey", 1],
        ["keeps a user-supplied key", { publicKey: ownKeyPair("ed25519").publicKey }, "createApiKey", 0],
    ] as const)(
        "except for the id, which identifies the key even with an explicit name, %s",
        async (_what, news, call, deletions) => {
            const emulator = await emulatorWith();
            const client = clientOf(emulator);
            const real = client[call].bind(client) as (request: object) => Promise<{ apiKeyId: string }>;
            const half = async (request: object, ..._: unknown[]): Promise<never> => {
                const { apiKeyId } = await real(request);
                jest.restoreAllMocks();
                throw new KalshiError("generate", "unreadable", {
                    summary: "half a response",
                    mayHaveSucceeded: true,
                    apiKeyId,
                });
            };
            jest.spyOn(client, call).mockImplementation(half);
            const { keys } = await setUp(
                {},
                { client, environment: emulator.baseUrl, signingKeyId: emulator.rootKeyId },
            );
            const state = await keys.create(inputs({ name: "explicit", ...news }));
            const made = await calls(emulator);
            expect(made.filter((one) => one === "DELETE id")).toHaveLength(deletions);
            expect(made).not.toContain("GET api_keys");
            expect(await accountKeys(emulator)).toEqual([state.apiKeyId]);
        },
    );

    test("retries a request that Kalshi did not act on, once no list shows its key", async () => {
        const { emulator, keys } = await setUp();
        await inject(emulator, { operation: "generate", when: "before", kind: "reset" });
        const state = await keys.create(inputs());
        expect(await accountKeys(emulator)).toEqual([state.apiKeyId]);
    });

    test("keeps a user-supplied key", async () => {
        const { emulator, keys } = await setUp();
        await inject(emulator, { operation: "create", when: "after", kind: "reset" });
        const state = await keys.create(inputs({ publicKey: ownKeyPair("ed25519").publicKey }));
        expect(await accountKeys(emulator)).toEqual([state.apiKeyId]);
        expect(await calls(emulator)).not.toContain("DELETE id");
    });

    test("waits until a lagging list shows the key", async () => {
        const { emulator, keys } = await setUp({ listLag: 5_000 });
        await inject(emulator, { operation: "generate", when: "after", kind: "reset" });
        const state = await keys.create(inputs());
        expect(await calls(emulator)).toContain("DELETE id");
        expect(state.privateKey).toBeDefined();
    });

    test("changes nothing with an explicit name, and the error lists the candidates", async () => {
        const { emulator, keys } = await setUp();
        const bystander = await keys.create(inputs({ name: "bot", keyType: "ed25519" }));
        await inject(emulator, { operation: "generate", when: "after", kind: "reset" });
        const error = await keys
            .create(inputs({ name: "bot", keyType: "ed25519" }))
            .catch((reason: unknown) => String(reason));
        const both = await accountKeys(emulator);
        expect(both).toHaveLength(2);
        expect(both).toContain(bystander.apiKeyId);
        for (const id of both) {
            expect(error).toContain(id);
        }
        expect(error).toMatch(/pulumi stack --show-ids.*KALSHI_CREATE_AMBIGUOUS/);
    });

    test("reports that Kalshi probably created no key, if no key has the explicit name", async () => {
        const { emulator, keys } = await setUp();
        await inject(emulator, { operation: "generate", when: "before", kind: "reset" });
        await expect(keys.create(inputs({ name: "bot" }))).rejects.toThrow(
            /^(?!.*--show-ids).*"bot".*KALSHI_CREATE_AMBIGUOUS/,
        );
        expect(await calls(emulator)).not.toContain("DELETE id");
    });

    test("keeps the new key if the search for a late key fails, with a warning that names the doctor", async () => {
        const emulator = await emulatorWith();
        const client = clientOf(emulator);
        const list = client.listApiKeys.bind(client);
        jest.spyOn(client, "generateApiKey").mockRejectedValueOnce(
            new KalshiError("generate", "timeout", { summary: "no response in time", mayHaveSucceeded: true }),
        );
        let lists = 0;
        jest.spyOn(client, "listApiKeys").mockImplementation(async () => {
            if (++lists <= 5) {
                return list();
            }
            throw new KalshiError("list", "server", { summary: "status 503" });
        });
        const { keys, messages } = await setUp(
            {},
            { client, environment: emulator.baseUrl, signingKeyId: emulator.rootKeyId },
        );
        const state = await keys.create(inputs());
        expect(messages.at(-1)).toMatch(/Could not check whether an earlier attempt .* \(status 503\).*doctor --fix/);
        expect(await accountKeys(emulator)).toEqual([state.apiKeyId]);
    });

    test.each([429, 401, 503])("reports that a key may exist if the search for it fails, too (%d)", async (status) => {
        const { emulator, keys } = await setUp();
        await inject(emulator, { operation: "generate", when: "after", kind: "reset" });
        await inject(emulator, { operation: "list", when: "before", kind: "status", status, times: 2 });
        await expect(keys.create(inputs())).rejects.toThrow(
            new RegExp(`\\(status ${status}.*pulumi-kalshi doctor --fix.*KALSHI_CREATE_UNRESOLVED`),
        );
        expect(await calls(emulator)).not.toContain("DELETE id");
    });

    test("names an orphaned key that it cannot revoke", async () => {
        const { emulator, keys } = await setUp();
        await inject(emulator, { operation: "generate", when: "after", kind: "reset" });
        await inject(emulator, { operation: "delete", when: "before", kind: "status", status: 403 });
        const error = await keys.create(inputs()).catch((reason: unknown) => String(reason));
        const [orphan] = await accountKeys(emulator);
        expect(error).toContain(orphan);
    });
});

describe("the journal of a create", () => {
    /** Sets up a journal that records the outcome of each create; undefined if it is unknown. */
    async function setUpWithJournal(options: Partial<EmulatorOptions> = {}, platform: Partial<Platform> = {}) {
        const outcomes: (CreateOutcome | undefined)[] = [];
        const journal: Journal = {
            ...noJournal,
            begin: async () => {
                const at = outcomes.push(undefined) - 1;
                return { close: (outcome) => void (outcomes[at] = outcome) };
            },
        };
        return { ...(await setUp(options, { journal, ...platform })), outcomes };
    }
    const origin = { project: "tests", stack: "dev", resource: "bot" };

    test("is written before the request is sent", async () => {
        const order: string[] = [];
        const journal = {
            ...noJournal,
            begin: async () => {
                await sleep(20);
                order.push("recorded");
                return { close: () => order.push("closed") };
            },
        };
        const generateApiKey = async () => {
            order.push("sent");
            return { apiKeyId: "i", privateKey: ownKeyPair("ed25519").privateKey };
        };
        const client = { generateApiKey } as unknown as Platform["client"];
        const { keys } = await setUp({}, { journal, client });
        await keys.create(inputs(), origin);
        expect(order).toEqual(["recorded", "sent", "closed"]);
    });

    test("records a key whose private key cannot be read, because the state holds it", async () => {
        const client = { generateApiKey: async () => ({ apiKeyId: "i", privateKey: "not PEM" }) };
        const { keys, outcomes } = await setUpWithJournal({}, { client: client as unknown as Platform["client"] });
        await expect(keys.create(inputs(), origin)).rejects.toThrow(PartialCreateError);
        expect(outcomes).toMatchObject([{ status: "created", apiKeyId: "i" }]);
    });

    type Faults = readonly (Partial<Fault> & Pick<Fault, "when" | "kind">)[];
    const created = (earlierAttemptMayExist: boolean) => ({ status: "created", earlierAttemptMayExist });
    test.each<[string, object, Faults, Partial<EmulatorOptions>, object | undefined]>([
        ["closes with the key", {}, [], {}, created(false)],
        [
            "closes without one after a refusal",
            {},
            [{ when: "before", kind: "status", status: 400 }],
            {},
            { status: "failed" },
        ],
        [
            "closes once the key of the lost response is revoked",
            {},
            [{ when: "after", kind: "reset" }],
            {},
            created(false),
        ],
        [
            "leaves an earlier attempt open if its key was not found",
            {},
            [{ when: "before", kind: "reset" }],
            {},
            created(true),
        ],
        [
            "leaves an earlier attempt open if a lagging list does not show its key",
            {},
            [{ when: "after", kind: "reset" }],
            { listLag: 60_000 },
            created(true),
        ],
        [
            "leaves an earlier attempt open that Kalshi answered with an internal error",
            {},
            [{ when: "before", kind: "status", status: 500 }],
            {},
            created(true),
        ],
        [
            "closes without a key once the keys of all lost responses are revoked",
            {},
            [{ when: "after", kind: "reset", times: 3 }],
            {},
            { status: "failed" },
        ],
        [
            "leaves an earlier attempt open if the list that could show its key fails",
            {},
            [
                { when: "before", kind: "reset" },
                { operation: "list", when: "before", kind: "slow", delayMs: 0, times: 5 },
                { operation: "list", when: "before", kind: "status", status: 403 },
            ],
            {},
            created(true),
        ],
        [
            "stays open if the search for the key fails, too",
            {},
            [
                { when: "after", kind: "reset" },
                { operation: "list", when: "before", kind: "status", status: 403 },
            ],
            {},
            undefined,
        ],
        [
            "stays open if no key was found for the lost responses",
            {},
            [{ when: "before", kind: "reset", times: 3 }],
            {},
            undefined,
        ],
        [
            "stays open if Kalshi refuses the retry after a lost response",
            {},
            [
                { when: "before", kind: "reset" },
                { when: "before", kind: "status", status: 403 },
            ],
            {},
            undefined,
        ],
        ["stays open if the name is explicit", { name: "explicit" }, [{ when: "after", kind: "reset" }], {}, undefined],
    ])("%s", async (_what, news, faults, options, outcome) => {
        const { emulator, keys, outcomes } = await setUpWithJournal(options);
        for (const fault of faults) {
            await inject(emulator, { operation: "generate", ...fault });
        }
        const failure = await keys
            .create(inputs({ keyType: "ed25519", ...news }), origin)
            .catch((error: unknown) => error);
        expect(outcomes).toHaveLength(1);
        if (outcome === undefined) {
            expect(outcomes).toEqual([undefined]);
            expect(String(failure)).toMatch(/doctor --fix.*KALSHI_CREATE_UNRESOLVED|KALSHI_CREATE_AMBIGUOUS/);
        } else {
            expect(outcomes[0]).toMatchObject(outcome);
        }
    });

    test("does not count a revoked key twice if a lagging list still shows it", async () => {
        const { emulator, keys, outcomes, advance } = await setUpWithJournal({ listLag: 3_000 });
        await inject(emulator, { operation: "generate", when: "after", kind: "reset", times: 2 });
        await inject(emulator, { operation: "generate", when: "before", kind: "status", status: 403 });
        await expect(keys.create(inputs(), origin)).rejects.toThrow(/status 403.*KALSHI_PERMISSION_DENIED/);
        advance(10_000);
        expect(await accountKeys(emulator)).toEqual([]);
        expect(outcomes).toEqual([{ status: "failed" }]);
    });

    test("does not treat two keys of one attempt as those of two", async () => {
        const emulator = await emulatorWith();
        const client = clientOf(emulator);
        const generate = client.generateApiKey.bind(client);
        const lost = new KalshiError("generate", "connection", { summary: "no response", mayHaveSucceeded: true });
        jest.spyOn(client, "generateApiKey")
            .mockImplementationOnce(async (request) => {
                await generate(request);
                await generate(request);
                throw lost;
            })
            .mockRejectedValueOnce(lost);
        const account = { client, environment: emulator.baseUrl, signingKeyId: emulator.rootKeyId };
        const { keys, outcomes } = await setUpWithJournal({}, account);
        const state = await keys.create(inputs(), origin);
        expect(await accountKeys(emulator)).toEqual([state.apiKeyId]);
        expect(outcomes).toEqual([{ ...created(true), apiKeyId: state.apiKeyId }]);
    });

    test("keeps one user-supplied key, revokes its duplicates, and records that none is left", async () => {
        const emulator = await emulatorWith();
        const client = clientOf(emulator);
        const create = client.createApiKey.bind(client);
        jest.spyOn(client, "createApiKey").mockImplementationOnce(async (request) => {
            // A gateway that repeats the request creates two keys.
            await create(request);
            await create(request);
            throw new KalshiError("create", "connection", { summary: "no response", mayHaveSucceeded: true });
        });
        const account = { client, environment: emulator.baseUrl, signingKeyId: emulator.rootKeyId };
        const { keys, outcomes } = await setUpWithJournal({}, account);
        const state = await keys.create(inputs({ publicKey: ownKeyPair("ed25519").publicKey }), origin);
        expect(await accountKeys(emulator)).toEqual([state.apiKeyId]);
        expect(outcomes).toEqual([{ ...created(false), apiKeyId: state.apiKeyId }]);
    });

    test("receives every complete list, and none without the signing key", async () => {
        const reconcile = jest.fn();
        const listApiKeys = jest.fn();
        const emulator = await emulatorWith();
        const account = { environment: emulator.baseUrl, signingKeyId: emulator.rootKeyId };
        const client = { listApiKeys } as unknown as Platform["client"];
        const { keys } = await setUp({}, { ...account, client, journal: { ...noJournal, reconcile } });
        const listed = await clientOf(emulator).listApiKeys();
        const state = { apiKeyId: emulator.rootKeyId, environment: emulator.baseUrl } as ApiKeyState;
        for (const list of [[], listed]) {
            listApiKeys.mockResolvedValue(list);
            await keys.read(state).catch(() => undefined);
        }
        expect(reconcile.mock.calls).toEqual([[{ environment: emulator.baseUrl, keys: listed }]]);
    });
});

describe("a key with the unique name of one in the state", () => {
    test("is reported once, whichever list shows it", async () => {
        const { emulator, keys, messages } = await setUp();
        const state = await keys.create(inputs());
        const late = await clientOf(emulator).generateApiKey({ name: state.name, keyType: "ed25519" });
        await keys.read(state);
        await inject(emulator, { operation: "generate", when: "after", kind: "reset" });
        await keys.create(inputs());
        expect(messages.filter((message) => message.includes(late.apiKeyId))).toEqual([
            expect.stringMatching(/holds another API key .* with the unique name of .*doctor --fix/),
        ]);
        expect(await accountKeys(emulator)).toContain(late.apiKeyId);
    });

    test("is reported if the list is older than the first sight of the state's key", async () => {
        const { emulator, keys, messages } = await setUp();
        const [first, second] = [await keys.create(inputs()), await keys.create(inputs())];
        const late = await clientOf(emulator).generateApiKey({ name: second.name, keyType: "ed25519" });
        await keys.read(first);
        expect(messages).toEqual([]);
        keys.diff({ ...second }, { ...inputs() });
        expect(messages.join()).toContain(late.apiKeyId);
    });

    test("is reported by a create that lists keys, for a state that only a diff has seen", async () => {
        const { emulator, keys, messages } = await setUp();
        const state = await (await setUp({}, {})).keys.create(inputs());
        keys.diff({ ...state, environment: emulator.baseUrl }, { ...inputs() });
        const late = await clientOf(emulator).generateApiKey({ name: state.name, keyType: "ed25519" });
        await inject(emulator, { operation: "generate", when: "after", kind: "reset" });
        await keys.create(inputs());
        expect(messages.join()).toContain(late.apiKeyId);
    });

    test.each([
        ["explicit", { name: "explicit" }],
        ["generated by pulumi:autonaming", { __autonamed: true }],
    ])("is not reported if the name is %s", async (_what, more) => {
        const { emulator, keys, messages } = await setUp();
        const state = {
            ...(await keys.create(inputs({ keyType: "ed25519", name: "explicit" }))),
            __defaults: ["name"],
        };
        const { __defaults, ...explicit } = state;
        await clientOf(emulator).generateApiKey({ name: state.name, keyType: "ed25519" });
        await keys.read("__autonamed" in more ? { ...state, ...more } : explicit);
        expect(messages).toEqual([]);
    });
});

describe("read", () => {
    test("keeps the private key and changes nothing", async () => {
        const { keys } = await setUp();
        const state = await keys.create(inputs());
        const read = await keys.read(state);
        expect(read).toEqual(state);
        expect(inputsOf(state)).toEqual({
            name: state.name,
            scopes: state.scopes,
            keyType: "ed25519",
            __defaults: ["name"],
        });
    });

    test("shares one list among all keys until a create or delete", async () => {
        const { emulator, keys } = await setUp();
        const states = await Promise.all([1, 2, 3, 4, 5].map(() => keys.create(inputs())));
        await forgetRequests(emulator);
        await Promise.all(states.map((state) => keys.read(state)));
        await Promise.all(states.map((state) => keys.read(state)));
        expect(await calls(emulator)).toEqual(["GET api_keys"]);
        await keys.create(inputs());
        await Promise.all(states.map((state) => keys.read(state)));
        expect(await calls(emulator)).toEqual(["GET api_keys", "POST generate", "GET api_keys"]);
    });

    test("does not use a list older than a minute", async () => {
        const { emulator, keys, advance } = await setUp();
        const state = await keys.create(inputs());
        await keys.read(state);
        advance(2 * minutes);
        await forgetRequests(emulator);
        await keys.read(state);
        expect(await calls(emulator)).toEqual(["GET api_keys"]);
    });

    test("drops unlisted keys only if Kalshi also rejects their signatures as unknown", async () => {
        const { emulator, keys } = await setUp();
        const states = await Promise.all([1, 2, 3].map(() => keys.create(inputs())));
        for (const id of await accountKeys(emulator)) {
            await clientOf(emulator).deleteApiKey(id);
        }
        await forgetRequests(emulator);
        expect(await Promise.all(states.map((state) => keys.read(state)))).toEqual([undefined, undefined, undefined]);
        const lists = await requests(emulator);
        expect(lists.map(({ keyId }) => keyId).sort()).toEqual(
            [emulator.rootKeyId, ...states.map(({ apiKeyId }) => apiKeyId)].sort(),
        );
    });

    test.each<[string, (keys: readonly ApiKey[], rootKeyId: string) => readonly ApiKey[]]>([
        ["lags", (all, rootKeyId) => all.filter(({ apiKeyId }) => apiKeyId === rootKeyId)],
        ["is empty", () => []],
        ["is another account's", () => [{ apiKeyId: "other", name: "other" }]],
    ])("keeps a key that still signs, although the list %s, and warns", async (_what, listed) => {
        const { emulator, keys } = await setUp();
        const state = { ...(await keys.create(inputs())), createdAt: "2020-01-01T00:00:00.000Z" };
        const listApiKeys = async () => listed(await clientOf(emulator).listApiKeys(), emulator.rootKeyId);
        const client = { listApiKeys } as unknown as Platform["client"];
        const platform = platformOn(emulator, { now: Date.now, sleep: () => undefined });
        const others = await setUp(
            {},
            { client, environment: platform.environment, verifyKey: (key) => platform.verifyKey(key) },
        );
        expect(await others.keys.read(state)).toBe(state);
        expect(others.messages).toEqual([expect.stringContaining("Kalshi still knows the key")]);
    });

    test.each(["wrongPrivateKey", "accepted"] as const)(
        "keeps a key if its signed request yields %s",
        async (verdict) => {
            const { keys, emulator } = await setUp({ listLag: 60 * minutes });
            const state = await keys.create(inputs());
            const platform = {
                client: clientOf(emulator),
                signingKeyId: emulator.rootKeyId,
                environment: emulator.baseUrl,
            };
            const others = await setUp({}, { ...platform, verifyKey: async () => verdict });
            expect(await others.keys.read(state)).toBe(state);
        },
    );

    test("keeps a key if the response to its signed request is not in Kalshi's format", async () => {
        const { emulator, keys } = await setUp({ listLag: 60 * minutes });
        const state = await keys.create(inputs());
        const verifyKey = async () => {
            throw new KalshiError("list", "unexpected", { summary: "status 401, an empty body", status: 401 });
        };
        const platform = {
            client: clientOf(emulator),
            signingKeyId: emulator.rootKeyId,
            environment: emulator.baseUrl,
        };
        const others = await setUp({}, { ...platform, verifyKey });
        await expect(others.keys.read(state)).rejects.toThrow(/status 401, an empty body.*KALSHI_UNEXPECTED_RESPONSE/);
    });

    describe("of a user-supplied key", () => {
        const byOwner = () => inputs({ publicKey: ownKeyPair("ed25519").publicKey });

        test("drops it once two fresh, complete lists lack it, and shares them", async () => {
            const { emulator, keys, advance } = await setUp();
            const states = await Promise.all([1, 2, 3].map(() => keys.create(byOwner())));
            advance(6 * minutes);
            for (const { apiKeyId } of states) {
                await clientOf(emulator, { now: () => Date.now() + 6 * minutes }).deleteApiKey(apiKeyId);
            }
            await forgetRequests(emulator);
            expect(await Promise.all(states.map((state) => keys.read(state)))).toEqual([
                undefined,
                undefined,
                undefined,
            ]);
            expect(await calls(emulator)).toEqual(["GET api_keys", "GET api_keys"]);
        });

        test("keeps it if the second list shows it", async () => {
            const { emulator, keys } = await setUp();
            const state = await keys.create(byOwner());
            const whole = await clientOf(emulator).listApiKeys();
            const listApiKeys = jest.fn().mockResolvedValueOnce(whole.slice(0, 1)).mockResolvedValue(whole);
            const client = { listApiKeys } as unknown as Platform["client"];
            const platform = { client, environment: emulator.baseUrl, signingKeyId: emulator.rootKeyId };
            const { keys: others } = await setUp({}, platform);
            expect(await others.read(state)).toEqual(state);
            expect(listApiKeys).toHaveBeenCalledTimes(2);
        });

        test("fails, and keeps it, if it is too young to be in a lagging list", async () => {
            const { keys, advance } = await setUp({ listLag: 60 * minutes });
            const state = await keys.create(byOwner());
            advance(4.9 * minutes);
            await expect(keys.read(state)).rejects.toThrow(/\b5 minutes.*KALSHI_EXISTENCE_UNKNOWN/);
        });

        test("judges its age by Kalshi's clock, which is the same on every machine", async () => {
            const emulator = await emulatorWith({ listLag: 60 * minutes });
            const behind = { now: () => Date.now() - 60 * minutes, kalshiTime: Date.now };
            const platform = { ...behind, client: clientOf(emulator), environment: emulator.baseUrl };
            const of = () => setUp({}, { ...platform, signingKeyId: emulator.rootKeyId });
            const state = await (await of()).keys.create(byOwner());
            expect(Math.abs(Date.parse(state.createdAt) - Date.now())).toBeLessThan(minutes);
            const ahead = await setUp({}, { ...platform, now: Date.now, signingKeyId: emulator.rootKeyId });
            await expect(ahead.keys.read(state)).rejects.toThrow(/\b5 minutes.*KALSHI_EXISTENCE_UNKNOWN/);
        });

        test.each<[string, RegExp, Partial<Platform>]>([
            ["without the signing key", /\(not listed\).*KALSHI_EXISTENCE_UNKNOWN/, { signingKeyId: "not listed" }],
            ["of another account", /\(of the other account\).*KALSHI_OTHER_ACCOUNT/, {}],
        ])("fails, and keeps it, if the list is %s", async (_what, message, platform) => {
            const { emulator, keys, advance } = await setUp();
            const state = { ...(await keys.create(byOwner())), __signedBy: "of the other account" };
            await clientOf(emulator).deleteApiKey(state.apiKeyId);
            advance(10 * minutes);
            const client = clientOf(emulator);
            const otherPlatform = {
                client,
                environment: emulator.baseUrl,
                signingKeyId: emulator.rootKeyId,
                ...platform,
            };
            const { keys: others, advance: advanceOther } = await setUp({}, otherPlatform);
            advanceOther(10 * minutes);
            await expect(others.read(state)).rejects.toThrow(message);
            await expect(others.delete(state)).rejects.toThrow(message);
        });
    });

    test("keeps the state's scopes if the list has none", async () => {
        const { emulator, keys } = await setUp();
        const state = await keys.create(inputs());
        const [listed] = (await clientOf(emulator).listApiKeys()).slice(1);
        const client = { listApiKeys: async () => [{ ...listed, scopes: undefined }] } as unknown as Platform["client"];
        const platform = { client, environment: emulator.baseUrl, signingKeyId: emulator.rootKeyId };
        const { keys: others } = await setUp({}, platform);
        expect(await others.read(state)).toEqual(state);
    });

    test("fails if the list fails, and keeps the key", async () => {
        const { emulator, keys } = await setUp();
        const state = await keys.create(inputs());
        await inject(emulator, { operation: "list", when: "before", kind: "status", status: 500 });
        await expect(keys.read(state)).rejects.toThrow(/".*" \(.*\).*status 500.*KALSHI_SERVER_FAILURE/);
        expect(await keys.read(state)).toEqual(state);
    });

    test("returns the listed values, and does not treat a changed name as auto-generated", async () => {
        const { emulator, keys } = await setUp();
        const state = await keys.create(inputs());
        const renamed = { ...(await clientOf(emulator).listApiKeys())[1], name: "theirs", scopes: ["read"] };
        const client = { listApiKeys: async () => [renamed] };
        const { keys: others } = await setUp(
            {},
            { client: client as unknown as Platform["client"], environment: emulator.baseUrl },
        );
        const read = await others.read(state);
        expect(read).toMatchObject({ name: "theirs", scopes: ["read"], privateKey: state.privateKey });
        expect(read).not.toHaveProperty("__defaults");
    });
});

describe("delete", () => {
    test("revokes in one call, and accepts a 404 for a key that no longer signs", async () => {
        const { emulator, keys } = await setUp();
        const state = await keys.create(inputs());
        await forgetRequests(emulator);
        await keys.delete(state);
        await keys.delete(state);
        expect(await calls(emulator)).toEqual(["DELETE id", "DELETE id", "GET api_keys"]);
        expect(await accountKeys(emulator)).toEqual([]);
    });

    test("accepts a 404 for a user-supplied key if a fresh list lacks it", async () => {
        const { emulator, keys } = await setUp();
        const state = await keys.create(inputs({ publicKey: ownKeyPair("ed25519").publicKey }));
        await keys.delete(state);
        await forgetRequests(emulator);
        await keys.delete(state);
        expect(await calls(emulator)).toEqual(["DELETE id", "GET api_keys"]);
    });

    test("waits until a lagging list no longer shows a revoked key", async () => {
        const { emulator, keys } = await setUp({ listLag: 5_000 });
        const state = await keys.create(inputs({ publicKey: ownKeyPair("ed25519").publicKey }));
        await keys.delete(state);
        await keys.delete(state);
        expect(await accountKeys(emulator, { now: () => Date.now() })).toEqual([]);
    });

    test("never revokes the signing key, even if it has the name of a lost create", async () => {
        const { emulator, keys } = await setUp();
        await inject(emulator, { operation: "generate", when: "before", kind: "reset" });
        await expect(keys.create({ ...inputs(), name: "root" })).rejects.toThrow(
            new RegExp(`\\(${emulator.rootKeyId}\\).*kalshi:apiKeyId.*KALSHI_ORPHAN_NOT_REVOKED`),
        );
        await clientOf(emulator).listApiKeys();
    });

    test("never revokes the signing key", async () => {
        const { emulator, keys } = await setUp();
        const state = await keys.create(inputs());
        for (const apiKeyId of [emulator.rootKeyId, emulator.rootKeyId.toUpperCase()]) {
            await expect(keys.delete({ ...state, apiKeyId })).rejects.toThrow(/KALSHI_SIGNING_KEY_PROTECTED/);
        }
        expect(await calls(emulator)).toEqual(["POST generate"]);
    });

    test("rejects a key of another environment, and so does read", async () => {
        const { emulator, keys } = await setUp();
        const state = { ...(await keys.create(inputs())), environment: "prod" };
        const refusal = new RegExp(`\\bprod\\b.*${emulator.baseUrl}.*KALSHI_OTHER_ENVIRONMENT`);
        await expect(keys.delete(state)).rejects.toThrow(refusal);
        await expect(keys.read(state)).rejects.toThrow(refusal);
        expect(await accountKeys(emulator)).toEqual([state.apiKeyId]);
    });

    test("explains a 401", async () => {
        const { emulator, keys } = await setUp();
        const state = await keys.create(inputs());
        await clientOf(emulator).deleteApiKey(emulator.rootKeyId);
        await expect(keys.delete(state)).rejects.toThrow(
            /NOT_FOUND.*KALSHI_API_KEY_ID.*--run-program.*KALSHI_CREDENTIALS_REFUSED/,
        );
    });
});

describe("delete by id", () => {
    test("revokes a key that is in no state, and reports Kalshi's refusal", async () => {
        const { emulator, keys } = await setUp();
        const { apiKeyId } = await clientOf(emulator).generateApiKey({ name: "bot", keyType: "ed25519" });
        const listed = inputs({ publicKey: ownKeyPair("ed25519").publicKey });
        const state = await keys.create(listed);
        await keys.read(state);
        await keys.deleteById(apiKeyId);
        expect(await accountKeys(emulator)).toEqual([state.apiKeyId]);
        await expect(keys.deleteById(emulator.rootKeyId)).rejects.toThrow(/KALSHI_SIGNING_KEY_PROTECTED/);
        await inject(emulator, { operation: "delete", when: "before", kind: "status", status: 403 });
        await expect(keys.deleteById(state.apiKeyId)).rejects.toThrow(
            new RegExp(` ${state.apiKeyId} \\(environment .*status 403.*KALSHI_PERMISSION_DENIED`),
        );
        expect(await accountKeys(emulator)).toEqual([state.apiKeyId]);
    });

    test("discards the list for the next read", async () => {
        const { emulator, keys } = await setUp();
        const own = await keys.create(inputs({ publicKey: ownKeyPair("ed25519").publicKey }));
        const other = await keys.create(inputs());
        await keys.read(other);
        await keys.deleteById(own.apiKeyId);
        await forgetRequests(emulator);
        await keys.read(other);
        expect(await calls(emulator)).toEqual(["GET api_keys"]);
    });
});

describe("update and preview", () => {
    test("apply the new rotation age without calls", async () => {
        const { emulator, keys } = await setUp();
        const state = await keys.create(inputs());
        await forgetRequests(emulator);
        const updated = keys.update(state, { rotationDays: 30, __autonamed: true });
        const rotateAt = new Date(Date.parse(state.createdAt) + 30 * 24 * 60 * minutes).toISOString();
        expect(updated).toEqual({ ...state, rotationDays: 30, __autonamed: true, rotateAt });
        expect(await calls(emulator)).toEqual([]);
    });

    test("show the public key and its fingerprint if the program supplies them", async () => {
        const { emulator, keys } = await setUp();
        const own = ownKeyPair("ed25519");
        const supplied = inputs({ publicKey: own.publicKey });
        const state = await keys.create(supplied);
        const { publicKey, fingerprint, environment } = state;
        expect(keys.preview(supplied)).toEqual({ ...supplied, publicKey, fingerprint, environment });
        const generated = inputs();
        expect(keys.preview(generated)).toEqual({ ...generated, environment: emulator.baseUrl });
        const later = inputs({ publicKey: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" });
        expect(keys.preview(later)).toEqual({ ...later, environment: emulator.baseUrl });
    });
});

describe("get", () => {
    test("returns a key as listed, without adopting it", async () => {
        const { emulator, keys } = await setUp();
        const made = await clientOf(emulator).generateApiKey({ name: "bot", scopes: ["read"], keyType: "ed25519" });
        const { apiKeyId, privateKey } = made;
        const found = await keys.get({ apiKeyId, privateKey });
        const scopes = ["read"];
        expect(found).toMatchObject({ apiKeyId, privateKey, name: "bot", scopes, __signedBy: emulator.rootKeyId });
        expect(found).not.toHaveProperty("createdAt");
        await keys.delete({ ...found, createdAt: "2026-01-01T00:00:00.000Z" });
        expect(await accountKeys(emulator)).toEqual([]);
        await expect(keys.get({ apiKeyId })).rejects.toThrow(new RegExp(`${apiKeyId}.*KALSHI_KEY_NOT_FOUND`));
    });

    test.each(["get", "import"] as const)("names the key in an error (%s)", async (how) => {
        const { emulator, keys } = await setUp();
        await inject(emulator, { operation: "list", when: "before", kind: "status", status: 403 });
        await expect(keys[how]({ apiKeyId: "some-id" })).rejects.toThrow(
            /some-id .*status 403.*KALSHI_PERMISSION_DENIED/,
        );
    });
});

describe("adoption", () => {
    /** Creates a key outside Pulumi, and returns it with the inputs that adopt it. */
    async function existingKey(emulator: Emulator, more: Record<string, unknown> = {}, withKey = true) {
        const made = await clientOf(emulator).generateApiKey({ name: "by hand", scopes: ["read"], keyType: "ed25519" });
        const key = { apiKeyId: made.apiKeyId, privateKey: made.privateKey };
        const adopt = withKey ? { apiKeyId: key.apiKeyId, privateKey: key.privateKey } : { apiKeyId: key.apiKeyId };
        await forgetRequests(emulator);
        return { key, adopting: (news: object = {}) => inputs({ adopt, scopes: ["read"], ...more, ...news }) };
    }

    test("adopts a key by one list, and verifies its private key by one signed request", async () => {
        const { emulator, keys } = await setUp();
        const { key, adopting } = await existingKey(emulator);
        const state = await keys.create(adopting());
        expect(await calls(emulator)).toEqual(["GET api_keys", "GET api_keys"]);
        expect(state).toMatchObject({ ...key, name: "by hand", scopes: ["read"], keyType: "ed25519", __adopted: true });
        expect(state.fingerprint).toBeDefined();
        expect(state).not.toHaveProperty("adopt");
        expect(await keys.read(state)).toEqual(state);
    });

    test("adopts a key without its private key by one list", async () => {
        const { emulator, keys } = await setUp();
        const { adopting } = await existingKey(emulator, {}, false);
        const state = await keys.create(adopting());
        expect(await calls(emulator)).toEqual(["GET api_keys"]);
        expect(state.privateKey).toBeUndefined();
        expect(state.keyType).toBeUndefined();
    });

    test("yields no diff afterwards, with and without the input, and after a refresh", async () => {
        const { emulator, keys } = await setUp();
        for (const withKey of [true, false]) {
            const { adopting } = await existingKey(emulator, {}, withKey);
            const first = adopting();
            const state = await keys.create(first);
            const refreshed = { ...inputsOf(state) };
            for (const olds of [{ ...first }, refreshed]) {
                for (const news of [{ adopt: { apiKeyId: state.apiKeyId }, scopes: ["read"] }, { scopes: ["read"] }]) {
                    const { inputs: again, failures } = check({ resourceName: "bot" }, olds, news, Date.now());
                    expect(failures).toEqual([]);
                    expect(diff(state, again)).toEqual({ replaces: [], updates: [] });
                }
            }
        }
    });

    test("fails with every difference from the inputs, and changes nothing", async () => {
        const { emulator, keys } = await setUp();
        const { adopting } = await existingKey(emulator);
        const wrong = adopting({ name: "other", scopes: ["read", "write"], subaccount: 3, keyType: "rsa" });
        await expect(keys.create(wrong)).rejects.toThrow(
            /name is "by hand", not "other"; scopes is \["read"\], not \["read","write"\]; subaccount is not set, not 3; keyType is ed25519, not rsa.*KALSHI_ADOPTION_MISMATCH/,
        );
        expect(await accountKeys(emulator)).toHaveLength(1);
    });

    test("rejects another key's private key, and an unknown id", async () => {
        const { emulator, keys } = await setUp();
        const { key } = await existingKey(emulator);
        const privateKey = ownKeyPair("ed25519").privateKey;
        const wrong = inputs({ adopt: { apiKeyId: key.apiKeyId, privateKey }, scopes: ["read"] });
        await expect(keys.create(wrong)).rejects.toThrow(/KALSHI_PRIVATE_KEY_MISMATCH/);
        const unknown = inputs({ adopt: { apiKeyId: "0d7d9d5e-6a8f-4c7e-9d8e-111111111111" } });
        await expect(keys.create(unknown)).rejects.toThrow(/0d7d9d5e.*KALSHI_KEY_NOT_FOUND/);
    });

    test("treats a 403 as proof of the private key, because Kalshi verified the signature", async () => {
        const { emulator, keys } = await setUp();
        const key = await clientOf(emulator).generateApiKey({
            name: "narrow",
            scopes: ["write::trade"],
            keyType: "ed25519",
        });
        const { apiKeyId, privateKey } = key;
        const state = await keys.create(inputs({ adopt: { apiKeyId, privateKey }, scopes: ["write::trade"] }));
        expect(state.privateKey).toBe(key.privateKey);
    });

    test.each(["adopted", "imported"])("does not revoke a key that replaces itself (%s)", async (how) => {
        const { emulator, keys, messages } = await setUp();
        const { key, adopting } = await existingKey(emulator);
        const state = await (how === "adopted" ? keys.create(adopting()) : keys.import({ apiKeyId: key.apiKeyId }));
        await keys.delete(state);
        expect(await accountKeys(emulator)).toEqual([state.apiKeyId]);
        expect(messages.join()).toMatch(/was adopted or imported again in this run, so it is not revoked/);
    });

    test("rejects a replacement while `adopt` is set", async () => {
        const { emulator, keys } = await setUp();
        const { adopting } = await existingKey(emulator);
        const state = await keys.create(adopting());
        expect(() => diff(state, adopting({ scopes: ["read", "write"] }))).toThrow(
            /scopes.*`adopt`.*KALSHI_ADOPTION_BLOCKS_REPLACEMENT/,
        );
        const unknown = { rotationTriggers: { later: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" } };
        expect(diff(state, adopting(unknown)).replaces).toEqual(["rotationTriggers"]);
    });

    test("compares the public key of a user-supplied key pair", async () => {
        const { emulator, keys } = await setUp();
        const [own, other] = [ownKeyPair("ed25519"), ownKeyPair("ed25519")];
        const { apiKeyId } = await clientOf(emulator).createApiKey({ name: "own", scopes: ["read"], ...own });
        const adopting = (publicKey: string, more = {}) =>
            inputs({ adopt: { apiKeyId, privateKey: own.privateKey }, scopes: ["read"], publicKey, ...more });
        await expect(keys.create(adopting(other.publicKey))).rejects.toThrow(
            /publicKey .*`adopt`.*KALSHI_ADOPTION_MISMATCH/,
        );
        const state = await keys.create(adopting(own.publicKey));
        expect(state).toMatchObject({ apiKeyId, privateKey: own.privateKey, __adopted: true });
        expect(state.keyType).toBeUndefined();
        const without = await keys.create(inputs({ adopt: { apiKeyId }, scopes: ["read"], publicKey: own.publicKey }));
        expect(without.fingerprint).toBe(state.fingerprint);
        expect(without.privateKey).toBeUndefined();
    });

    test("compares the id of an FCM subtrader", async () => {
        const { emulator, keys } = await setUp({ fcmMember: true });
        const fcm = await clientOf(emulator).generateApiKey({
            name: "fcm",
            scopes: ["read"],
            fcmSubtraderId: "user_one",
        });
        const adopt = { apiKeyId: fcm.apiKeyId };
        await expect(keys.create(inputs({ adopt, scopes: ["read"], fcmSubtraderId: "user_two" }))).rejects.toThrow(
            /fcmSubtraderId is "user_one", not "user_two".*KALSHI_ADOPTION_MISMATCH/,
        );
        const state = await keys.create(inputs({ adopt, scopes: ["read"], fcmSubtraderId: "user_one" }));
        expect(state.fcmSubtraderId).toBe("user_one");
    });

    test("names the key in an error", async () => {
        const { emulator, keys } = await setUp();
        await inject(emulator, { operation: "list", when: "before", kind: "status", status: 403 });
        const adopting = inputs({ adopt: { apiKeyId: "0d7d9d5e-6a8f-4c7e-9d8e-111111111111" } });
        await expect(keys.create(adopting)).rejects.toThrow(/0d7d9d5e.*status 403.*KALSHI_PERMISSION_DENIED/);
    });

    test("rejects a private key that is added after the adoption", async () => {
        const { emulator, keys } = await setUp();
        const { key, adopting } = await existingKey(emulator, {}, false);
        const state = await keys.create(adopting());
        const late = adopting({ adopt: key });
        expect(() => diff(state, late)).toThrow(/KALSHI_PRIVATE_KEY_MISMATCH/);
    });
});

describe("the account", () => {
    test("is the same after a change of credentials: read records the new signing key", async () => {
        const { emulator, keys } = await setUp();
        const state = { ...(await keys.create(inputs())), __signedBy: "a revoked key" };
        expect((await keys.read(state))?.__signedBy).toBe(emulator.rootKeyId);
        await keys.delete(state);
        expect(await accountKeys(emulator)).toEqual([]);
    });
});

describe("on given lists of the account,", () => {
    const signer = { apiKeyId: "signer", name: "root" };
    const key = { apiKeyId: "key", name: "bot", scopes: ["read"] };
    const state: ApiKeyState = {
        ...key,
        publicKey: ownKeyPair("ed25519").publicKey,
        environment: "demo",
        createdAt: new Date().toISOString(),
    };

    /** Sets up the resource on lists of the account's keys. The last list is returned again and again. */
    function setUpLists(lists: readonly (readonly ApiKey[])[], deleteApiKey = async (): Promise<void> => undefined) {
        const [held, messages]: [string[], string[]] = [[], []];
        const left = [...lists];
        const listApiKeys = jest.fn(async () => (left.length > 1 ? left.shift() : left[0]));
        const platform = {
            client: { listApiKeys, deleteApiKey },
            environment: "demo",
            signingKeyId: "signer",
            journal: { ...noJournal, held: (apiKeyId: string) => held.push(apiKeyId) },
            now: Date.now,
            kalshiTime: Date.now,
            sleep: async () => undefined,
            log: (message: string) => messages.push(message),
        };
        return { keys: new ApiKeyResource(platform as unknown as Platform), held, messages, listApiKeys };
    }

    test("diff, read and delete report to the journal which key the state holds", async () => {
        const { keys, held } = setUpLists([[signer, key]]);
        keys.diff({ ...state }, { ...state });
        expect(held).toEqual(["key"]);
        await keys.read(state);
        await keys.delete(state);
        expect(held).toEqual(["key", "key", "key"]);
    });

    test("a read after a delete uses a new list", async () => {
        const { keys, listApiKeys } = setUpLists([[signer, key]]);
        await keys.read(state);
        await keys.delete(state);
        await keys.read(state);
        expect(listApiKeys).toHaveBeenCalledTimes(2);
    });

    test("after a 404, a delete does not trust a list from before it", async () => {
        const other = { ...key, apiKeyId: "other" };
        const { keys } = setUpLists(
            [
                [signer, other],
                [signer, other, key],
            ],
            async () => {
                throw new KalshiError("delete", "notFound", { summary: "status 404" });
            },
        );
        await keys.read({ ...state, apiKeyId: "other" });
        await expect(keys.delete(state)).rejects.toThrow(/status 404, but the key still exists.*may lag/);
    });

    test("a read returns what only the second list shows, without a warning", async () => {
        const { keys, messages } = setUpLists([[signer], [signer, { ...key, name: "theirs" }]]);
        expect(await keys.read(state)).toMatchObject({ apiKeyId: "key", name: "theirs" });
        expect(messages).toEqual([]);
    });

    test.each<[string, string[], string[]]>([
        ["sorts other scopes", ["write", "read"], ["read", "write"]],
        ["keeps a parent that Kalshi expands", ["read::portfolio_balance", "read::block_trade_accept"], ["read"]],
    ])("a read %s", async (_what, scopes, expected) => {
        const { keys } = setUpLists([[signer, { ...key, scopes }]]);
        expect((await keys.read(state))?.scopes).toEqual(expected);
    });

    test("a read marks no explicit name as auto-generated", async () => {
        const { keys } = setUpLists([[signer, key]]);
        expect(await keys.read({ ...state, __defaults: [] })).not.toHaveProperty("__defaults");
    });

    test.each<[string, FailureKind, RegExp | undefined]>([
        ["succeeds after a 404", "notFound", undefined],
        ["is uncertain after a lost response", "timeout", /\b5 minutes.*KALSHI_EXISTENCE_UNKNOWN/],
    ])("the delete of a young key that no list shows %s", async (_what, kind, message) => {
        const { keys } = setUpLists([[signer]], async () => {
            throw new KalshiError("delete", kind, { summary: "failed", mayHaveSucceeded: kind !== "notFound" });
        });
        const outcome = await keys.delete(state).catch((error: unknown) => String(error));
        expect(outcome).toEqual(message === undefined ? undefined : expect.stringMatching(message));
    });
});

test.each<[string, Partial<ApiKeyState>]>([
    ["without the derived public key of a generated pair", { keyType: "ed25519" }],
    ["with a user-supplied public key", { publicKey: "public" }],
])("returns the inputs of a state, %s", (_which, pair) => {
    const all = {
        name: "bot",
        namePrefix: "b",
        scopes: ["read"],
        subaccount: 0,
        fcmSubtraderId: "fcm",
        rotationTriggers: { by: "hand" },
        rotationDays: 30,
        __defaults: ["name"],
        __autonamed: true,
        __adopted: true,
        __checkedAt: "2026-01-01T00:00:00.000Z",
        ...pair,
    };
    const outputs = { apiKeyId: "id", environment: "demo", fingerprint: "f", privateKey: "private" };
    expect(inputsOf({ publicKey: "derived", ...outputs, ...all })).toEqual(all);
    expect(inputsOf({ name: "bot", scopes: ["read"], ...outputs })).toStrictEqual({ name: "bot", scopes: ["read"] });
});

function given(state: ApiKeyInputs): Record<string, unknown> {
    return { name: state.name, scopes: state.scopes };
}
