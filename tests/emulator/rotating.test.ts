import { ApiKeyResource } from "../../provider/src/apiKey/resource";
import { KalshiClient } from "../../provider/src/kalshi/client";
import type { Platform } from "../../provider/src/apiKey/platform";
import { check } from "../../provider/src/rotatingApiKey/check";
import type { RotatingApiKeyInputs } from "../../provider/src/rotatingApiKey/inputs";
import { inputsOf, RotatingApiKeyResource } from "../../provider/src/rotatingApiKey/resource";
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
    await inject(emulator, {
        operation: "generate",
        when: "after",
        kind: "status",
        status: 201,
        contentType: "application/json",
        body: JSON.stringify({ api_key_id: "7ab1e452-1645-4ba0-9e85-a31a93a14e29", private_key: "torn" }),
    });
    const news = inputs({ scopes: ["read"] }, first);
    const failure: unknown = await resourceOn()
        .update(state, news, origin)
        .catch((error: unknown) => error);
    expect(failure).toMatchObject({
        code: "KALSHI_PRIVATE_KEY_UNREADABLE",
        state: { current: state.current, scopes: state.scopes, __outdated: [{ privateKey: "torn" }] },
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
    expect(await calls(emulator)).toEqual([]);
});

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
    const program = { scopes: ["read"], rotationDays: 90 };
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
