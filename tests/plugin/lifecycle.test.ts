import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import type { Emulator } from "../../emulator/index";
import { journalFolder, readJournal } from "../../provider/src/journal/journal";
import {
    accountKeys,
    calls,
    cleanUp,
    clientOf,
    emulatorWith,
    environmentOf,
    forgetRequests,
    inject,
    ownKeyPair,
    release,
    scratchFolder,
    until,
    untilStruck,
} from "../support/harness";
import { Plugin, secret, struct, unknown, urn, type Properties } from "../support/plugin";

afterEach(cleanUp);

const pem = (kind: string) => expect.stringMatching(new RegExp(`^-----BEGIN ${kind}`)) as unknown;
const autoName = expect.stringMatching(/^bot-[0-9a-f]{7}$/) as unknown;
/** The sentinel for an unknown list. */
const unknownList = "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2";

describe("Check", () => {
    test("keeps secret envelopes at every depth, and wraps a value that it changes within one as a whole", async () => {
        const plugin = await Plugin.start({});
        const rotationTriggers = { plain: 1, deep: { list: [secret("a"), "b", { x: secret({ y: 1 }) }] } };
        expect(await plugin.checked({ rotationTriggers, scopes: [secret("write::trade"), "read"] })).toEqual({
            name: autoName,
            keyType: "rsa",
            scopes: secret(["read", "write::trade"]),
            rotationTriggers,
            __defaults: ["name"],
        });
        expect(await plugin.checked({ namePrefix: secret("desk") })).toMatchObject({
            namePrefix: secret("desk"),
            name: secret(expect.stringMatching(/^desk-[0-9a-f]{7}$/)),
        });
        expect(await plugin.checked({ name: secret("exact"), scopes: ["read"] })).toMatchObject({
            name: secret("exact"),
            scopes: ["read"],
        });
    });

    test("accepts unknown values, plain, in a secret envelope, and nested", async () => {
        const plugin = await Plugin.start({});
        const news = {
            name: unknown,
            scopes: unknownList,
            subaccount: "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
            publicKey: secret(unknown),
            rotationTriggers: { a: { b: [unknown] } },
        };
        expect(await plugin.checked(news)).toEqual(news);
        expect(await plugin.checked({ scopes: ["read", unknown] })).toMatchObject({ scopes: ["read", unknown] });
    });

    test("rejects invalid inputs by property, without a value that may be a private key", async () => {
        const plugin = await Plugin.start({});
        const { privateKey } = ownKeyPair("rsa");
        const { failures, inputs } = await plugin.check({ subaccount: 99, publicKey: privateKey });
        expect(failures).toEqual([
            { property: "", reason: expect.stringMatching(/^publicKey: .*KALSHI_PRIVATE_KEY_IN_PROGRAM/) as unknown },
            { property: "subaccount", reason: "must be at most 63 (KALSHI_INPUT_INVALID)" },
        ]);
        expect(inputs).toEqual({ subaccount: 99, publicKey: privateKey });
        const adoption = await plugin.check({ adopt: { apiKeyId: "id" } });
        expect(adoption.failures).toEqual([
            {
                property: "",
                reason: expect.stringMatching(/adopt: .*rotationDays \(KALSHI_INPUT_INVALID\)$/) as unknown,
            },
        ]);
    });

    test("generates a new name for each key, even with the same seed, and keeps an existing one", async () => {
        const plugin = await Plugin.start({});
        const seeded = async (seed: string) =>
            (await plugin.check({}, {}, (request) => request.setRandomseed(Buffer.from(seed)))).inputs["name"];
        expect(await seeded("one")).toEqual(autoName);
        // An update plan keeps the seed, and may be run twice.
        expect(await seeded("one")).not.toBe(await seeded("one"));
        const inputs = await plugin.checked({});
        expect((await plugin.checked({}, inputs))["name"]).toBe(inputs["name"]);
    });

    test("applies the stack's autonaming unless the program sets the name or its prefix", async () => {
        const plugin = await Plugin.start({});
        const { Mode } = rpc.CheckRequest.AutonamingOptions;
        const autonamed = async (mode: keyof typeof Mode, news: Properties, olds: Properties = {}) =>
            plugin.check(news, olds, (request) =>
                request.setAutonaming(
                    new rpc.CheckRequest.AutonamingOptions().setMode(Mode[mode]).setProposedName("bot-by-pattern"),
                ),
            );
        for (const mode of ["PROPOSE", "ENFORCE"] as const) {
            const { inputs } = await autonamed(mode, {});
            expect(inputs).toMatchObject({ name: "bot-by-pattern", __defaults: ["name"], __autonamed: true });
            expect(await plugin.checked({}, inputs)).toMatchObject({ name: "bot-by-pattern", __autonamed: true });
        }
        expect((await autonamed("ENFORCE", { name: "exact" })).inputs).toMatchObject({ name: "exact" });
        expect((await autonamed("ENFORCE", { namePrefix: "desk" })).inputs["name"]).toMatch(/^desk-[0-9a-f]{7}$/);
        expect((await autonamed("DISABLE", {})).failures).toMatchObject([{ property: "name" }]);
        expect((await autonamed("DISABLE", { name: "exact" })).failures).toEqual([]);
    });

    test("warns about an unknown scope", async () => {
        const plugin = await Plugin.start({});
        await plugin.checked({ scopes: ["read", "write::margin"] });
        // The log may arrive after the response.
        await until(async () => plugin.stderr.length > 0);
        expect(plugin.stderr.join("\n")).toMatch(/write::margin is not among the scopes that this version knows/);
    });

    test("returns an error that a gRPC header can carry, even if it quotes half a surrogate pair", async () => {
        const plugin = await Plugin.start({});
        const half = (request: rpc.CheckRequest) => request.setType("half a pair \ud83d");
        await expect(plugin.check({}, {}, half)).rejects.toThrow(/no resource half a pair \ufffd/);
    });

    test("rejects other resource types", async () => {
        const plugin = await Plugin.start({});
        const other = (request: rpc.CheckRequest) => request.setUrn(urn.replace("ApiKey", "Bot"));
        await expect(plugin.check({}, {}, other)).rejects.toThrow(/no resource kalshi:index:Bot/);
    });
});

/** Creates a key and returns it with its checked inputs and its state. */
async function createKey(
    plugin: Plugin,
    news: Properties,
): Promise<{ id: string; inputs: Properties; state: Properties }> {
    const inputs = await plugin.checked({ keyType: "ed25519", ...news });
    const { id, properties } = await plugin.create(inputs);
    return { id, inputs, state: properties };
}

describe("Diff", () => {
    test("reports each property once in the summary and once in detail, with its kind", async () => {
        const plugin = await Plugin.on(await emulatorWith());
        const { inputs, state } = await createKey(plugin, { subaccount: 1, name: "exact" });
        const { subaccount: _, ...without } = inputs;
        const news = { ...without, scopes: ["read"], rotationTriggers: { a: secret(1) }, rotationDays: 3 };
        const difference = await plugin.diff(state, news);
        expect(difference.detailed).toEqual({
            scopes: "UPDATE_REPLACE",
            subaccount: "DELETE_REPLACE",
            rotationTriggers: "ADD_REPLACE",
            rotationDays: "ADD",
        });
        expect([...difference.diffs].sort()).toEqual(Object.keys(difference.detailed).sort());
        expect([...difference.replaces].sort()).toEqual(["rotationTriggers", "scopes", "subaccount"]);
        expect(difference.stables).toEqual([]);
    });

    test("reports the stable properties of an update, and no change between a secret and the same plain value", async () => {
        const plugin = await Plugin.on(await emulatorWith());
        const { inputs, state } = await createKey(plugin, { name: "exact", rotationTriggers: { a: secret("x") } });
        expect(await plugin.diff(state, { ...inputs, rotationDays: 3 })).toMatchObject({
            detailed: { rotationDays: "ADD" },
            replaces: [],
            stables: ["apiKeyId", "privateKey", "publicKey", "fingerprint", "createdAt", "environment"],
        });
        for (const same of [inputs, { ...inputs, name: secret("exact"), rotationTriggers: { a: "x" } }]) {
            expect(await plugin.diff(state, same)).toMatchObject({ changes: false, diffs: [], detailed: {} });
        }
    });

    test("explains an invalid edited state without quoting its value", async () => {
        const plugin = await Plugin.on(await emulatorWith());
        const { inputs, state } = await createKey(plugin, {});
        for (const name of [7, ["edited"], { toString: "edited" }]) {
            await expect(plugin.diff({ ...state, name }, inputs)).rejects.toThrow(
                /`pulumi state edit`.* name: Invalid input: expected string, received \w+\. \(KALSHI_STATE_INVALID\)$/,
            );
        }
    });

    test("treats an unknown value as changed", async () => {
        const plugin = await Plugin.on(await emulatorWith());
        const { inputs, state } = await createKey(plugin, {});
        expect((await plugin.diff(state, { ...inputs, scopes: unknownList })).replaces).toEqual(["scopes"]);
    });
});

describe("Create", () => {
    test("makes no API calls in a preview, and leaves unknown outputs out", async () => {
        const emulator = await emulatorWith();
        const plugin = await Plugin.on(emulator);
        const inputs = await plugin.checked({ rotationDays: 3, scopes: unknownList });
        expect(await plugin.create(inputs, { preview: true })).toEqual({
            id: "",
            properties: { ...inputs, environment: emulator.baseUrl },
        });
        const { publicKey } = ownKeyPair("ed25519");
        const own = await plugin.create(await plugin.checked({ publicKey }), { preview: true });
        expect(own.properties).toMatchObject({
            publicKey,
            fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
        });
        expect(await calls(emulator)).toEqual([]);
    });

    test("returns the private key and secret inputs as secrets", async () => {
        const emulator = await emulatorWith();
        const plugin = await Plugin.on(emulator);
        const { id, inputs, state } = await createKey(plugin, {
            name: secret("exact"),
            rotationTriggers: { a: secret(1) },
        });
        expect(state).toMatchObject({
            ...inputs,
            apiKeyId: id,
            privateKey: secret(pem("PRIVATE KEY")),
            publicKey: pem("PUBLIC KEY"),
        });
        expect(await accountKeys(emulator)).toEqual([id]);
    });

    test("stops waiting to retry after its customTimeouts, and says so", async () => {
        const emulator = await emulatorWith();
        const plugin = await Plugin.on(emulator);
        await inject(emulator, { operation: "generate", when: "before", kind: "status", status: 429, times: 100 });
        const inputs = await plugin.checked({});
        await expect(plugin.create(inputs, { timeout: 1 })).rejects.toThrow(
            /"bot-.*`customTimeouts`.*KALSHI_INTERRUPTED/,
        );
        expect(await accountKeys(emulator)).toEqual([]);
    });

    test.each([0.0005, 1.001])(
        "accepts customTimeouts of %d seconds, which are not whole milliseconds",
        async (timeout) => {
            const plugin = await Plugin.on(await emulatorWith());
            await plugin.create(await plugin.checked({ keyType: "ed25519" }), { timeout });
        },
    );

    test.each([2_600_000, 9e9])(
        "accepts customTimeouts of %d seconds, longer than a timer's maximum",
        async (timeout) => {
            const emulator = await emulatorWith();
            const plugin = await Plugin.on(emulator);
            await inject(emulator, { operation: "generate", when: "before", kind: "status", status: 429 });
            await plugin.create(await plugin.checked({ keyType: "ed25519" }), { timeout });
        },
    );
});

describe("Read", () => {
    test("keeps state, inputs and secret envelopes in a refresh, and returns the listed values", async () => {
        const emulator = await emulatorWith();
        const plugin = await Plugin.on(emulator);
        const { id, inputs, state } = await createKey(plugin, {
            name: secret("exact"),
            scopes: ["read"],
            rotationTriggers: { a: [secret(1)] },
        });
        expect(await plugin.read(id, state, inputs)).toEqual({ id, inputs, properties: state });
        await clientOf(emulator).deleteApiKey(id);
        const old = { ...state, createdAt: "2026-01-01T00:00:00.000Z" };
        // In a new process, because the reads of one process share a list.
        const next = await Plugin.on(emulator);
        expect(await next.read(id, old, inputs)).toEqual({ id: "", inputs: {}, properties: {} });
    });

    test("returns the listed key in an import, and inputs without a diff", async () => {
        const emulator = await emulatorWith();
        const plugin = await Plugin.on(emulator);
        const { apiKeyId } = await clientOf(emulator).generateApiKey({
            name: "by hand",
            scopes: ["read"],
            subaccount: 3,
        });
        await forgetRequests(emulator);
        const found = await plugin.read(apiKeyId);
        expect(await calls(emulator)).toEqual(["GET api_keys"]);
        const inputs = { name: "by hand", scopes: ["read"], subaccount: 3, __adopted: true };
        expect(found).toMatchObject({ id: apiKeyId, inputs, properties: { ...inputs, apiKeyId } });
        expect(found.properties).not.toHaveProperty("privateKey");
        for (const program of [
            { name: "by hand", scopes: ["read"], subaccount: 3 },
            { scopes: ["read"], subaccount: 3 },
        ]) {
            const news = await plugin.checked(program, found.inputs);
            expect(await plugin.diff(found.properties, news)).toMatchObject({ changes: false });
        }
    });

    test("fails in a refresh if the state lacks the key's id", async () => {
        const emulator = await emulatorWith();
        const plugin = await Plugin.on(emulator);
        const { id, inputs, state } = await createKey(plugin, { keyType: "ed25519" });
        const { apiKeyId, environment, ...broken } = state;
        await forgetRequests(emulator);
        await expect(plugin.read(id, broken, inputs)).rejects.toThrow(/ apiKeyId: .*KALSHI_STATE_INVALID/);
        await expect(plugin.read(id, { ...broken, apiKeyId }, inputs)).rejects.toThrow(/KALSHI_OTHER_ENVIRONMENT/);
        expect(environment).toBe(emulator.baseUrl);
        expect(await calls(emulator)).toEqual([]);
    });

    test.each([
        ["an import keeps", [], 1],
        ["`get` does not keep", [{ name: "x" }, { name: "x" }], 0],
        ["`get` without a state does not keep", [{}, {}], 0],
    ])("%s a key from being revoked in the same run", async (_what, sent, kept) => {
        const emulator = await emulatorWith();
        const { id, state } = await createKey(await Plugin.on(emulator), { keyType: "ed25519" });
        const plugin = await Plugin.on(emulator);
        expect(await plugin.read(id, ...sent)).toMatchObject({ id, properties: { name: state["name"] } });
        await plugin.delete(id, state);
        expect(await accountKeys(emulator)).toHaveLength(kept);
    });

    test("an import keeps a key whose id a state has in upper case", async () => {
        const emulator = await emulatorWith();
        const { id, state } = await createKey(await Plugin.on(emulator), { keyType: "ed25519" });
        const plugin = await Plugin.on(emulator);
        await plugin.read(id);
        await forgetRequests(emulator);
        await plugin.delete(id, { ...state, apiKeyId: id.toUpperCase() });
        expect(await calls(emulator)).toEqual([]);
    });

    test("fails in an import of an unknown id", async () => {
        const plugin = await Plugin.on(await emulatorWith());
        await expect(plugin.read("7f1c1f0e-5d0b-4b8e-8f5e-222222222222")).rejects.toThrow(
            /7f1c.*getApiKeys.*KALSHI_KEY_NOT_FOUND/,
        );
    });

    test("verifies the private key of an import, returns it as a secret, and rejects another key's", async () => {
        const emulator = await emulatorWith();
        const key = await clientOf(emulator).generateApiKey({ name: "by hand", scopes: ["read"], keyType: "ed25519" });
        const path = join(await scratchFolder(), "key.pem");
        const read = async (content: string | undefined) => {
            if (content !== undefined) {
                writeFileSync(path, content);
            }
            const plugin = await Plugin.start({
                KALSHI_BASE_URL: emulator.baseUrl,
                KALSHI_API_KEY_ID: emulator.rootKeyId,
                KALSHI_PRIVATE_KEY_PATH: emulator.rootKeyPath,
                KALSHI_IMPORT_PRIVATE_KEY_PATH: path,
            });
            await plugin.configure({});
            return plugin.read(key.apiKeyId);
        };
        await expect(read(undefined)).rejects.toThrow(
            /KALSHI_IMPORT_PRIVATE_KEY_PATH .*key\.pem.*ENOENT.*KALSHI_IMPORT_FILE_INVALID/,
        );
        expect((await read(key.privateKey)).properties).toMatchObject({
            privateKey: secret(key.privateKey),
            keyType: "ed25519",
            publicKey: pem("PUBLIC KEY"),
        });
        await expect(read(ownKeyPair("ed25519").privateKey)).rejects.toThrow(/KALSHI_PRIVATE_KEY_MISMATCH/);
        await expect(read("no key")).rejects.toThrow(/^(?!.*ENOENT).*key\.pem: .*KALSHI_IMPORT_FILE_INVALID/);
    });

    test("`get` ignores KALSHI_IMPORT_PRIVATE_KEY_PATH, and requires a private key that is secret and signs", async () => {
        const emulator = await emulatorWith();
        const key = await clientOf(emulator).generateApiKey({ name: "own", keyType: "ed25519" });
        const env = { ...environmentOf(emulator), KALSHI_IMPORT_PRIVATE_KEY_PATH: "no such file" };
        const plugin = await Plugin.start(env);
        await plugin.configure({});
        const get = async (privateKey: unknown) => plugin.read(key.apiKeyId, { privateKey }, { privateKey });
        expect((await get(secret(key.privateKey))).properties).toMatchObject({
            privateKey: secret(key.privateKey),
            publicKey: pem("PUBLIC KEY"),
        });
        await expect(get(key.privateKey)).rejects.toThrow(/KALSHI_PRIVATE_KEY_IN_PLAINTEXT/);
        await expect(get(secret(ownKeyPair("ed25519").privateKey))).rejects.toThrow(/KALSHI_PRIVATE_KEY_MISMATCH/);
    });
});

test("Update returns the new rotateAt without API calls, also in a preview", async () => {
    const emulator = await emulatorWith();
    const plugin = await Plugin.on(emulator);
    const { inputs, state } = await createKey(plugin, { rotationTriggers: { a: secret(1) } });
    await forgetRequests(emulator);
    const news = { ...inputs, rotationDays: 3 };
    const rotateAt = new Date(Date.parse(String(state["createdAt"])) + 3 * 24 * 60 * 60 * 1000).toISOString();
    for (const preview of [true, false]) {
        expect(await plugin.update(state, news, { preview })).toEqual({ ...state, rotationDays: 3, rotateAt });
    }
    const later = await plugin.update(
        state,
        { ...news, rotationDays: "3eeb2bf0-c639-47a8-9e75-3b44932eb421" },
        { preview: true },
    );
    expect(later).not.toHaveProperty("rotateAt");
    expect(await calls(emulator)).toEqual([]);
});

test("Delete revokes a key, and accepts that it is already revoked", async () => {
    const emulator = await emulatorWith();
    const plugin = await Plugin.on(emulator);
    const { id, state } = await createKey(plugin, {});
    await plugin.delete(id, state);
    await plugin.delete(id, state);
    expect(await accountKeys(emulator)).toEqual([]);
});

test("warns about a journal that cannot be written, and creates the key", async () => {
    const emulator = await emulatorWith();
    const home = await scratchFolder();
    writeFileSync(join(home, "kalshi"), "");
    const plugin = await Plugin.start({ ...environmentOf(emulator), PULUMI_HOME: home });
    await plugin.configure({});
    await createKey(plugin, { keyType: "ed25519" });
    await createKey(plugin, { keyType: "ed25519" });
    expect(await accountKeys(emulator)).toHaveLength(2);
    expect(plugin.stderr).toEqual([
        expect.stringMatching(/^Cannot record in the journal which API keys are being created \(.*ENOTDIR\)/),
    ]);
});

/** Starts a create, then cancels the call and sends SIGINT, as the engine does at the second Ctrl-C. */
async function startCancelledCreate(
    emulator: Emulator,
): Promise<{ plugin: Plugin; entries: () => ReturnType<typeof readJournal> }> {
    const home = await scratchFolder();
    const plugin = await Plugin.start({ ...environmentOf(emulator), PULUMI_HOME: home });
    await plugin.configure({});
    await inject(emulator, { operation: "generate", when: "after", kind: "hold" });
    const request = new rpc.CreateRequest()
        .setUrn(urn)
        .setProperties(struct(await plugin.checked({ keyType: "ed25519" })));
    const call = plugin.client.create(request, () => undefined);
    await untilStruck(emulator, "after hold");
    call.cancel();
    plugin.process.kill("SIGINT");
    await plugin.hasReceivedAll();
    await release(emulator);
    return { plugin, entries: () => readJournal(journalFolder({ PULUMI_HOME: home })) };
}

test("revokes the key of a cancelled call, and leaves no journal entry", async () => {
    const emulator = await emulatorWith();
    const { plugin, entries } = await startCancelledCreate(emulator);
    expect(await once(plugin.process, "close")).toEqual([0, null]);
    expect(await accountKeys(emulator)).toEqual([]);
    expect(await entries()).toEqual([]);
    expect(plugin.stderr).toEqual([
        expect.stringMatching(/^Kalshi created the API key "bot-.* after Pulumi cancelled it: revoking it/),
    ]);
});

test("keeps an undelivered journal entry if it cannot revoke the key of a cancelled call", async () => {
    const emulator = await emulatorWith();
    await inject(emulator, { operation: "delete", when: "before", kind: "status", status: 403 });
    const { plugin, entries } = await startCancelledCreate(emulator);
    await once(plugin.process, "close");
    const [apiKeyId] = await accountKeys(emulator);
    expect(apiKeyId).toBeDefined();
    expect((await entries()).map(({ entry }) => entry)).toMatchObject([{ status: "undelivered", apiKeyId }]);
});

test.each([
    ["SIGINT", 0],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
] as const)("%s: the plugin completes calls in flight, rejects new ones, and exits", async (signal, code) => {
    const emulator = await emulatorWith();
    const plugin = await Plugin.on(emulator);
    const inputs = await plugin.checked({ keyType: "ed25519" });
    await inject(emulator, { operation: "generate", when: "after", kind: "hold" });
    const creation = plugin.create(inputs);
    await untilStruck(emulator, "after hold");
    const ended = once(plugin.process, "close");
    plugin.process.kill(signal);
    await plugin.hasReceivedAll();
    await expect(plugin.create(inputs)).rejects.toThrow(new RegExp(`${signal}.*KALSHI_INTERRUPTED`));
    await release(emulator);
    expect([(await creation).id]).toEqual(await accountKeys(emulator));
    plugin.client.close();
    expect(await ended).toEqual([code, null]);
});

test("a plugin without calls exits at once on a signal", async () => {
    const plugin = await Plugin.start({});
    const ended = once(plugin.process, "close");
    plugin.process.kill("SIGTERM");
    expect(await ended).toEqual([null, "SIGTERM"]);
});

test("warns once about clock skew", async () => {
    const emulator = await emulatorWith({ now: () => Date.now() - 120_000 });
    const plugin = await Plugin.on(emulator);
    await createKey(plugin, { keyType: "ed25519" });
    await createKey(plugin, { keyType: "ed25519" });
    expect(plugin.stderr).toEqual([expect.stringMatching(/^This machine's clock is 1[12]\d s ahead of Kalshi's/)]);
});

test("continues if its standard error is closed because the engine was killed", async () => {
    const emulator = await emulatorWith({ now: () => Date.now() - 120_000 });
    const home = await scratchFolder();
    writeFileSync(join(home, "kalshi"), "");
    const plugin = await Plugin.start({ ...environmentOf(emulator), PULUMI_HOME: home });
    await plugin.configure({});
    plugin.process.stderr?.destroy();
    // Two warnings, about journal and clock, because Node ignores the first write error.
    await createKey(plugin, { keyType: "ed25519" });
    await createKey(plugin, { keyType: "ed25519" });
    expect(await accountKeys(emulator)).toHaveLength(2);
});

test("List rejects an unknown query", async () => {
    const plugin = await Plugin.on(await emulatorWith());
    await expect(plugin.list({ namePrefix: 7 })).rejects.toThrow(/\(namePrefix: .*KALSHI_QUERY_INVALID/);
    await expect(plugin.list({ prefix: "x" })).rejects.toThrow(/\(.*"prefix"\).*KALSHI_QUERY_INVALID/);
});

describe("Cancel", () => {
    test.each<[string, (plugin: Plugin) => unknown]>([
        ["Cancel", async (plugin) => plugin.cancel()],
        ["SIGTERM", (plugin) => plugin.process.kill("SIGTERM")],
    ])("ends the waits for a retry and for a list that still shows a revoked key (%s)", async (_how, interrupt) => {
        const emulator = await emulatorWith();
        const plugin = await Plugin.on(emulator);
        const { id, state } = await createKey(plugin, {
            publicKey: ownKeyPair("ed25519").publicKey,
            keyType: null,
        });
        await inject(emulator, { operation: "delete", when: "before", kind: "status", status: 404 });
        await inject(emulator, { operation: "generate", when: "before", kind: "status", status: 429, times: 100 });
        const creation = plugin.create(await plugin.checked({}));
        const ends = Promise.allSettled([creation, plugin.delete(id, state)]);
        // After the second list both calls are waiting.
        await until(async () => (await calls(emulator)).filter((call) => call === "GET api_keys").length >= 2);
        await interrupt(plugin);
        expect((await ends).map((end) => end.status === "rejected" && String(end.reason))).toEqual([
            expect.stringMatching(/"bot-\w+" \(environment .*KALSHI_INTERRUPTED/),
            expect.stringMatching(new RegExp(`\\(${id}\\).*KALSHI_INTERRUPTED`)),
        ]);
    });

    test("completes a create in flight, and returns its state", async () => {
        const emulator = await emulatorWith();
        const plugin = await Plugin.on(emulator);
        await inject(emulator, { operation: "generate", when: "after", kind: "hold" });
        const creation = plugin.create(await plugin.checked({ keyType: "ed25519" }));
        await untilStruck(emulator, "after hold");
        await plugin.cancel();
        await release(emulator);
        const { id, properties } = await creation;
        expect(properties["privateKey"]).toEqual(secret(pem("PRIVATE KEY")));
        expect(await accountKeys(emulator)).toEqual([id]);
    });
});
