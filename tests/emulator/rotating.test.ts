import type { Emulator } from "kalshi-emulator";
import { ApiKeyResource } from "../../provider/src/apiKey/resource";
import { KalshiClient } from "../../provider/src/kalshi/client";
import type { Platform } from "../../provider/src/apiKey/platform";
import { unknownText } from "../../provider/src/apiKey/properties";
import { check } from "../../provider/src/rotatingApiKey/check";
import { generationName } from "../../provider/src/rotatingApiKey/names";
import type { RotatingApiKeyInputs } from "../../provider/src/rotatingApiKey/inputs";
import { inputsOf, PartialRotationError, RotatingApiKeyResource } from "../../provider/src/rotatingApiKey/resource";
import {
    accountKeys,
    calls,
    cleanUp,
    clientOf,
    emulatorWith,
    forgetRequests,
    inject,
    noJournal,
    platformOn,
} from "../support/harness";

afterEach(cleanUp);

const day = 24 * 60 * 60 * 1000;
const origin = { project: "tests", stack: "dev", resource: "bot" };

const unreadableId = "7ab1e452-1645-4ba0-9e85-a31a93a14e29";

/** Makes the next response to a create contain a private key that cannot be read. */
const injectUnreadableKey = (emulator: Emulator) =>
    inject(emulator, {
        operation: "generate",
        when: "after",
        kind: "status",
        status: 201,
        contentType: "application/json",
        body: JSON.stringify({ api_key_id: unreadableId, private_key: "torn" }),
    });

/** Sets up the resource on an emulator's account. This machine's clock is so many days ahead of the emulator's. */
async function setUp(platform: Partial<Platform> = {}) {
    const emulator = await emulatorWith();
    const messages: string[] = [];
    let ahead = 0;
    const now = () => Date.now() + ahead * day;
    const resourceOn = () => {
        const used = platformOn(
            emulator,
            { now, sleep: () => undefined },
            { log: (message) => messages.push(message), ...platform },
        );
        return new RotatingApiKeyResource(used, new ApiKeyResource(used));
    };
    const inputs = (news: object = {}, olds: object = {}) =>
        check("bot", { ...olds }, { rotationDays: 30, keyType: "ed25519", ...news }, now())
            .inputs as unknown as RotatingApiKeyInputs;
    return { emulator, messages, inputs, resourceOn, advance: (days: number) => (ahead += days) };
}

describe("a clock of this machine that is ahead of Kalshi's", () => {
    test("does not rotate a key that is not due by Kalshi's clock", async () => {
        const { emulator, messages, inputs, resourceOn, advance } = await setUp();
        const first = inputs();
        const state = await resourceOn().create(first, origin);
        advance(31);
        const news = inputs({}, first);
        expect(resourceOn().diff(state, news).updates).toContain("current");
        const after = await resourceOn().update(state, news, origin);
        expect(after.current).toEqual(state.current);
        expect(messages.at(-1)).toMatch(/clock is ahead: it is only 20\d\d-.*neither rotates nor revokes/);
        expect(await accountKeys(emulator)).toEqual([state.current?.apiKeyId]);
    });

    test("does not revoke a previous key whose overlap has not ended by Kalshi's clock", async () => {
        const { emulator, inputs, resourceOn, advance } = await setUp();
        const first = inputs();
        const second = inputs({ rotationTriggers: { i: 1 } }, first);
        const state = await resourceOn().update(await resourceOn().create(first, origin), second, origin);
        advance(3);
        const news = inputs({ rotationTriggers: { i: 1 }, overlapDays: 2.5 }, second);
        const after = await resourceOn().update(state, news, origin);
        expect(after).toMatchObject({ current: state.current, previous: state.previous, overlapDays: 2.5 });
        expect(await accountKeys(emulator)).toHaveLength(2);
    });

    test("rotates for a changed input", async () => {
        const { inputs, resourceOn, advance } = await setUp();
        const first = inputs();
        const state = await resourceOn().create(first, origin);
        advance(31);
        const after = await resourceOn().update(state, inputs({ scopes: ["read"] }, first), origin);
        expect(after.previous?.apiKeyId).toBe(state.current?.apiKeyId);
    });
});

test("keeps the current key if the private key of the next one cannot be read, and revokes that one later", async () => {
    const { emulator, inputs, resourceOn } = await setUp();
    const first = inputs();
    const state = await resourceOn().create(first, origin);
    await injectUnreadableKey(emulator);
    const news = inputs({ scopes: ["read"] }, first);
    const failure: unknown = await resourceOn()
        .update(state, news, origin)
        .catch((error: unknown) => error);
    expect(failure).toMatchObject({
        code: "KALSHI_PRIVATE_KEY_UNREADABLE",
        state: {
            current: state.current,
            scopes: state.scopes,
            __outdated: [{ privateKey: "torn" }],
            // So the next rotation uses another name.
            __generations: 2,
        },
    });
});

test("refuses to revoke the signing key before it creates another one", async () => {
    const { emulator, inputs, resourceOn } = await setUp();
    const first = inputs();
    const state = await resourceOn().create(first, origin);
    const signing = { ...state, current: state.current && { ...state.current, apiKeyId: emulator.rootKeyId } };
    await forgetRequests(emulator);
    const news = inputs({ revokeNow: {} }, first);
    await expect(resourceOn().update(signing, news, origin)).rejects.toThrow(/KALSHI_SIGNING_KEY_PROTECTED/);
    await expect(resourceOn().delete(signing)).rejects.toThrow(/KALSHI_SIGNING_KEY_PROTECTED/);
    expect(await calls(emulator)).toEqual([]);
});

test("rotates with overlap if the current key signs the provider's own requests", async () => {
    const { emulator, inputs, resourceOn } = await setUp();
    const first = inputs();
    const state = await resourceOn().create(first, origin);
    const signing = { ...state, current: state.current && { ...state.current, apiKeyId: emulator.rootKeyId } };
    const after = await resourceOn().update(signing, inputs({ scopes: ["read"] }, first), origin);
    expect(after.previous?.apiKeyId).toBe(emulator.rootKeyId);
});

test("neither rotates nor revokes in another environment", async () => {
    const { emulator, inputs, resourceOn } = await setUp();
    const first = inputs();
    const state = { ...(await resourceOn().create(first, origin)), environment: "prod" };
    await forgetRequests(emulator);
    const news = inputs({ scopes: ["read"] }, first);
    expect(() => resourceOn().diff(state, news)).toThrow(/KALSHI_OTHER_ENVIRONMENT/);
    await expect(resourceOn().update(state, news, origin)).rejects.toThrow(/KALSHI_OTHER_ENVIRONMENT/);
    await expect(resourceOn().read(state)).rejects.toThrow(/KALSHI_OTHER_ENVIRONMENT/);
    await expect(resourceOn().delete(state)).rejects.toThrow(/KALSHI_OTHER_ENVIRONMENT/);
    const left = { ...state, __outdated: state.current && [{ ...state.current, apiKeyId: "left" }] };
    expect(() => resourceOn().diff(left, first)).toThrow(/rotate.*KALSHI_OTHER_ENVIRONMENT/);
    expect(await calls(emulator)).toEqual([]);
});

describe("with the credentials of another account,", () => {
    const inDemo = { environment: "demo" };

    test.each(["complete", "unreadable"])(
        "an older key without private key stays in the state (response to the create: %s)",
        async (response) => {
            const [first, other] = [await setUp(inDemo), await setUp(inDemo)];
            const { apiKeyId } = await clientOf(first.emulator).generateApiKey({ name: "by hand", scopes: ["read"] });
            const imported = await first.resourceOn().import({ apiKeyId });
            const old = { ...imported, current: imported.current && { ...imported.current, createdAt: "2026-01-01" } };
            if (response === "unreadable") {
                await injectUnreadableKey(other.emulator);
            }
            const rotated = await other
                .resourceOn()
                .update(old, other.inputs(), origin)
                .catch((error: unknown) => (error as PartialRotationError).state);
            expect(rotated.__ids).toContain(apiKeyId);
            const older = { ...rotated, current: undefined, previous: old.current, __outdated: undefined };
            // `pulumi state delete` would drop the other keys of the resource, too.
            await expect(other.resourceOn().read(older)).rejects.toThrow(/`pulumi state edit`.*KALSHI_OTHER_ACCOUNT/);
            await expect(other.resourceOn().delete(older)).rejects.toThrow(/KALSHI_OTHER_ACCOUNT/);
            expect(await accountKeys(first.emulator)).toEqual([apiKeyId]);
        },
    );

    test("a refresh that keeps a key because it signs does not record its signing key", async () => {
        const [first, other] = [await setUp(inDemo), await setUp({ ...inDemo, verifyKey: async () => "accepted" })];
        const state = await first.resourceOn().create(first.inputs(), origin);
        expect(await other.resourceOn().read(state)).toEqual(state);
    });
});

test.each(["complete", "unreadable"])(
    "a new key has the environment in which it is created if the state holds no other one: %s",
    async (response) => {
        const [gone, next] = [await setUp(), await setUp()];
        const first = gone.inputs();
        const state = await gone.resourceOn().create(first, origin);
        await clientOf(gone.emulator).deleteApiKey(String(state.current?.apiKeyId));
        const empty = await gone.resourceOn().read(state);
        expect(empty.__ids).toEqual([]);
        const news = next.inputs({}, first);
        expect(next.resourceOn().diff(empty, news)).toMatchObject({
            updates: ["current", "rotateAt", "environment"],
            expected: { environment: next.emulator.baseUrl },
        });
        if (response === "unreadable") {
            const body = JSON.stringify({ api_key_id: "7ab1e452-1645-4ba0-9e85-a31a93a14e29", private_key: "torn" });
            const torn = { status: 201, contentType: "application/json", body };
            await inject(next.emulator, { operation: "generate", when: "after", kind: "status", ...torn });
        }
        const after = await next
            .resourceOn()
            .update(empty, news, origin)
            .catch((error: unknown) => (error as { state: typeof state }).state);
        expect(after).toMatchObject({ environment: next.emulator.baseUrl, __ids: [expect.any(String)] });
        // So the environment's credentials revoke it.
        await next.resourceOn().delete(after);
    },
);

test("the journal records the new key until the older ones are revoked", async () => {
    const revoke = jest.spyOn(KalshiClient.prototype, "deleteApiKey");
    const events: string[] = [];
    const { emulator, inputs, resourceOn } = await setUp({
        journal: {
            ...noJournal,
            begin: async ({ name, uniqueName }) => {
                events.push(`${name}, unique: ${uniqueName}`);
                return { close: ({ status }) => events.push(`${status}, revoked: ${revoke.mock.calls.length}`) };
            },
        },
    });
    const first = inputs();
    const state = await resourceOn().create(first, origin);
    const after = await resourceOn().update(state, inputs({ revokeNow: {} }, first), origin);
    expect(events).toEqual([
        `${state.current?.name}, unique: true`,
        "created, revoked: 0",
        `${after.current?.name}, unique: true`,
        "created, revoked: 1",
    ]);
    expect(await accountKeys(emulator)).toEqual([after.current?.apiKeyId]);
    revoke.mockRestore();
});

test("destroy revokes all keys, also those that an earlier update did not revoke", async () => {
    const { emulator, inputs, resourceOn } = await setUp();
    const first = inputs();
    const created = await resourceOn().create(first, origin);
    const second = inputs({ rotationTriggers: { i: 1 } }, first);
    const both = await resourceOn().update(created, second, origin);
    await inject(emulator, { operation: "delete", when: "before", kind: "status", status: 403, times: 1 });
    const third = inputs({ rotationTriggers: { i: 2 } }, second);
    const partial = (await resourceOn()
        .update(both, third, origin)
        .catch((error: unknown) => error)) as { state: typeof both };
    expect(partial.state.__ids).toHaveLength(3);
    expect(await accountKeys(emulator)).toHaveLength(3);
    await resourceOn().delete(partial.state);
    expect(await accountKeys(emulator)).toEqual([]);
    // A second attempt succeeds, because there is evidence that the keys are gone.
    await resourceOn().delete(partial.state);
});

test("an import has the key as the current one, and the first update applies the program's values without a call", async () => {
    const { emulator, inputs, resourceOn } = await setUp();
    const { apiKeyId, privateKey } = await clientOf(emulator).generateApiKey({
        name: "by hand",
        scopes: ["read"],
        keyType: "ed25519",
    });
    const state = await resourceOn().import({ apiKeyId, privateKey });
    expect(state).toMatchObject({
        current: { apiKeyId, privateKey, name: "by hand" },
        scopes: ["read"],
        keyType: "ed25519",
    });
    expect(state.previous).toBeUndefined();
    const program = { scopes: ["read"], rotationDays: 90, rotationTriggers: { i: 1 } };
    const first = inputs(program, inputsOf(state));
    await forgetRequests(emulator);
    const updated = await resourceOn().update(state, first, origin);
    expect(await calls(emulator)).toEqual([]);
    expect(updated).toMatchObject({ rotationDays: 90, current: state.current });
    expect(updated.__imported).toBeUndefined();
    const rotated = await resourceOn().update(updated, inputs({ ...program, revokeNow: {} }, first), origin);
    expect(rotated.current?.name).toMatch(/^bot-[0-9a-f]{7}$/);
    expect(await accountKeys(emulator)).toEqual([rotated.current?.apiKeyId]);
});

test("an import needs an update in its own run, so that the engine records the program's inputs", async () => {
    const { emulator, inputs, resourceOn } = await setUp();
    const { apiKeyId, privateKey } = await clientOf(emulator).generateApiKey({
        name: "by hand",
        scopes: ["read"],
        keyType: "ed25519",
    });
    const resource = resourceOn();
    const state = await resource.import({ apiKeyId, privateKey });
    const program = inputs({ scopes: ["read"] }, inputsOf(state));
    expect(resource.diff(state, program).updates).toEqual(["__imported"]);
    const updated = await resource.update(state, program, origin);
    expect(resource.diff(updated, program).updates).toEqual([]);
    // A key that another run imported needs none.
    expect(resourceOn().diff(state, program).updates).toEqual([]);
});

test("a first key whose private key cannot be read is in the state, and the next update replaces it", async () => {
    const { emulator, inputs, resourceOn } = await setUp();
    await injectUnreadableKey(emulator);
    const first = inputs();
    const failure: unknown = await resourceOn()
        .create(first, origin)
        .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(PartialRotationError);
    const { state } = failure as PartialRotationError;
    expect(state).toMatchObject({ current: { apiKeyId: unreadableId, privateKey: "torn" }, __generations: 1 });
    const news = inputs({}, first);
    expect(resourceOn().diff(state, news).descriptions).toMatchObject([
        { text: expect.stringContaining("the current private key cannot be read") as unknown },
        { text: expect.stringMatching(/"bot-.*is revoked, because its private key cannot be read/) as unknown },
    ]);
    const after = await resourceOn().update(state, news, origin);
    expect(after.__ids).toEqual([after.current?.apiKeyId]);
    expect(after.current).toMatchObject({ fingerprint: expect.any(String) as unknown });
});

test("the state is known before a create, except for what Kalshi returns", async () => {
    const { emulator, inputs, resourceOn } = await setUp();
    expect(resourceOn().preview(inputs())).toMatchObject({
        rotationDays: 30,
        current: unknownText,
        rotateAt: unknownText,
        environment: emulator.baseUrl,
    });
});

describe("the names", () => {
    test("are the same for a rotation that is repeated after a failure, and others after each rotation", async () => {
        const { emulator, inputs, resourceOn } = await setUp();
        const first = inputs();
        const state = await resourceOn().create(first, origin);
        const news = inputs({ rotationTriggers: { i: 1 } }, first);
        // The POST is received, and its response gets lost with the process.
        await clientOf(emulator).generateApiKey({
            name: generationName({ ...news }, 1),
            scopes: ["read"],
            keyType: "ed25519",
        });
        const second = await resourceOn().update(state, news, origin);
        expect(second.current?.name).toBe(generationName({ ...news }, 1));
        const third = await resourceOn().update(second, inputs({ rotationTriggers: { i: 2 } }, first), origin);
        const names = [state, second, third].map(({ current }) => current?.name);
        expect(new Set(names).size).toBe(3);
        expect(third.__generations).toBe(3);
    });

    test("identify a key that an interrupted rotation left, in a refresh", async () => {
        const { emulator, messages, inputs, resourceOn } = await setUp();
        const state = await resourceOn().create(inputs(), origin);
        const name = String(state.current?.name);
        const orphan = await clientOf(emulator).generateApiKey({ name, scopes: ["read"], keyType: "ed25519" });
        await resourceOn().read(state);
        expect(messages).toEqual([expect.stringMatching(new RegExp(`${orphan.apiKeyId}.*doctor --fix`))]);
        // An imported key's name is not generated, so others may have it.
        messages.length = 0;
        await resourceOn().read({ ...state, __generations: 0 });
        expect(messages).toEqual([]);
    });
});

test("diff reports to the journal which keys the state holds, with their unique names", async () => {
    const held: [string, string?][] = [];
    const journal = { ...noJournal, held: (...key: [string, string?]) => held.push(key) };
    const { inputs, resourceOn } = await setUp({ journal });
    const first = inputs();
    const second = inputs({ rotationTriggers: { i: 1 } }, first);
    const state = await resourceOn().update(await resourceOn().create(first, origin), second, origin);
    held.length = 0;
    resourceOn().diff(state, second);
    expect(held).toEqual([state.previous, state.current].map((key) => [key?.apiKeyId, key?.name]));
});

test("a key that an earlier update did not revoke is reason enough for an update", async () => {
    const { emulator, inputs, resourceOn } = await setUp();
    const first = inputs();
    const state = await resourceOn().create(first, origin);
    expect(resourceOn().diff(state, first).updates).toEqual([]);
    await inject(emulator, { operation: "delete", when: "before", kind: "status", status: 403, times: 1 });
    const news = inputs({ revokeNow: {} }, first);
    const failure: unknown = await resourceOn()
        .update(state, news, origin)
        .catch((error: unknown) => error);
    const partial = (failure as PartialRotationError).state;
    expect((failure as Error).message).toContain(`"${partial.current?.name}"`);
    expect(resourceOn().diff(partial, news).updates).toEqual(["__outdated"]);
    expect((await resourceOn().update(partial, news, origin)).__outdated).toBeUndefined();
});

test("changes an input in place without a call, even if the state is of another environment", async () => {
    const { inputs, resourceOn } = await setUp();
    const first = inputs();
    const state = { ...(await resourceOn().create(first, origin)), environment: "prod" };
    const news = inputs({ rotationDays: 60 }, first);
    expect(resourceOn().diff(state, news).updates).toEqual(["rotationDays", "rotateAt"]);
    expect(await resourceOn().update(state, news, origin)).toMatchObject({ rotationDays: 60, environment: "prod" });
});

test("destroy touches no key if one of them is the signing key", async () => {
    const { emulator, inputs, resourceOn } = await setUp();
    const state = await resourceOn().create(inputs(), origin);
    const previous = state.current && { ...state.current, apiKeyId: emulator.rootKeyId };
    await expect(resourceOn().delete({ ...state, current: previous, previous: state.current })).rejects.toThrow(
        /KALSHI_SIGNING_KEY_PROTECTED/,
    );
    expect(await accountKeys(emulator)).toHaveLength(1);
});

describe("a refresh", () => {
    /** Sets up a state with a current, a previous and an outdated key. */
    async function threeKeys() {
        const { emulator, messages, inputs, resourceOn } = await setUp();
        const first = inputs();
        const second = inputs({ rotationTriggers: { i: 1 } }, first);
        const both = await resourceOn().update(await resourceOn().create(first, origin), second, origin);
        await inject(emulator, { operation: "delete", when: "before", kind: "status", status: 403, times: 1 });
        const failure: unknown = await resourceOn()
            .update(both, inputs({ rotationTriggers: { i: 2 } }, second), origin)
            .catch((error: unknown) => error);
        const { state } = failure as PartialRotationError;
        const revoke = (id: string | undefined) => clientOf(emulator).deleteApiKey(String(id));
        return { emulator, messages, resourceOn, state, revoke };
    }

    test("changes nothing if all keys exist", async () => {
        const { emulator, messages, resourceOn, state } = await threeKeys();
        await forgetRequests(emulator);
        expect(await resourceOn().read(state)).toEqual(state);
        expect(await calls(emulator)).toEqual(["GET api_keys"]);
        expect(messages).toEqual([]);
    });

    test("keeps keys that the list does not show, because they sign themselves", async () => {
        const { emulator, messages, resourceOn, state } = await threeKeys();
        const body = JSON.stringify({ api_keys: [{ api_key_id: emulator.rootKeyId, name: "root", scopes: ["read"] }] });
        const lagging = { status: 200, contentType: "application/json", body };
        await inject(emulator, { operation: "list", when: "before", kind: "status", times: 1, ...lagging });
        expect(await resourceOn().read(state)).toEqual(state);
        expect(messages).toEqual(
            state.__ids.map(() => expect.stringContaining("does not show the API key") as unknown),
        );
    });

    test("removes a current key that is gone, and reports it", async () => {
        const { messages, resourceOn, state, revoke } = await threeKeys();
        await revoke(state.current?.apiKeyId);
        const after = await resourceOn().read(state);
        expect(after).toMatchObject({ previous: state.previous, __outdated: state.__outdated, scopes: state.scopes });
        expect([after.current, after.rotateAt, after.revokeAt]).toEqual([undefined, undefined, undefined]);
        expect(messages).toEqual([expect.stringContaining(`"${state.current?.name}"`)]);
        // Once is enough.
        await resourceOn().read(after);
        expect(messages).toHaveLength(1);
    });

    test("removes other keys that are gone", async () => {
        const { messages, resourceOn, state, revoke } = await threeKeys();
        await revoke(state.previous?.apiKeyId);
        await revoke(state.__outdated?.[0]?.apiKeyId);
        const after = await resourceOn().read(state);
        expect(after).toMatchObject({ current: state.current, __ids: [state.current?.apiKeyId] });
        expect([after.previous, after.revokeAt, after.__outdated]).toEqual([undefined, undefined, undefined]);
        expect(messages).toEqual([]);
    });

    test("shows what Kalshi lists of the current key", async () => {
        const { resourceOn, state } = await threeKeys();
        const drifted = { ...state, scopes: ["write::trade"], subaccount: 7, fcmSubtraderId: "u_1" };
        expect(await resourceOn().read(drifted)).toMatchObject({
            scopes: state.scopes,
            subaccount: undefined,
            fcmSubtraderId: undefined,
        });
    });

    test("returns the inputs with which a program would get the state", async () => {
        const { state } = await threeKeys();
        expect(inputsOf(state)).toEqual({
            rotationDays: 30,
            overlapDays: 2,
            keyType: "ed25519",
            scopes: ["read", "write"],
            rotationTriggers: { i: 2 },
            __checkedAt: state.__checkedAt,
            __nameSeed: state.__nameSeed,
            __prefix: "bot",
        });
    });
});
