import { accountKeys, calls, cleanUp, emulatorWith, forgetRequests } from "../support/harness";
import { Plugin, rotatingUrn, secret, unknown, type Properties } from "../support/plugin";

afterEach(cleanUp);

const pem = expect.stringMatching(/^-----BEGIN PRIVATE KEY/) as unknown;
const autoName = expect.stringMatching(/^bot-[0-9a-f]{7}$/) as unknown;

async function setUp() {
    const emulator = await emulatorWith();
    const plugin = await Plugin.on(emulator);
    plugin.urn = rotatingUrn;
    const inputs = await plugin.checked({ rotationDays: 30, keyType: "ed25519", scopes: ["read"] });
    const { id, properties: state } = await plugin.create(inputs);
    return { emulator, plugin, inputs, id, state };
}

/** Returns the state as if its current key were so many days older. */
function aged(state: Properties, days: number): Properties {
    const current = state["current"] as Properties;
    const createdAt = new Date(Date.parse(String(current["createdAt"])) - days * 24 * 60 * 60 * 1000).toISOString();
    return { ...state, current: { ...current, createdAt } };
}

test("a create returns a nested secret, and its id is that of the first key", async () => {
    const { plugin, inputs, id, state } = await setUp();
    expect(state).toMatchObject({
        current: { apiKeyId: id, name: autoName, privateKey: secret(pem) },
        rotationDays: 30,
        overlapDays: 2,
        __ids: [id],
    });
    expect(state).not.toHaveProperty("previous");
    expect((await plugin.create(inputs, { preview: true })).properties).toMatchObject({
        current: unknown,
        rotateAt: unknown,
        scopes: ["read"],
    });
});

describe("Diff", () => {
    test("has every change of a rotation in place, and in detail", async () => {
        const { plugin, inputs, state } = await setUp();
        const news = await plugin.checked({ rotationDays: 30, keyType: "ed25519", scopes: ["read"] }, inputs);
        expect(await plugin.diff(state, news)).toMatchObject({ changes: false, replaces: [], detailed: {} });
        const due = aged(state, 31);
        expect(await plugin.diff(due, news)).toMatchObject({
            changes: true,
            replaces: [],
            detailed: { current: "UPDATE", previous: "ADD", rotateAt: "UPDATE", revokeAt: "ADD" },
        });
        const narrower = await plugin.checked(
            { rotationDays: 30, keyType: "ed25519", scopes: ["read", "write"] },
            inputs,
        );
        expect(await plugin.diff(state, narrower)).toMatchObject({
            replaces: [],
            detailed: { scopes: "UPDATE", current: "UPDATE", previous: "ADD", rotateAt: "UPDATE", revokeAt: "ADD" },
        });
        const longer = await plugin.checked({ rotationDays: 60, keyType: "ed25519", scopes: ["read"] }, inputs);
        expect((await plugin.diff(state, longer)).detailed).toEqual({ rotationDays: "UPDATE", rotateAt: "UPDATE" });
    });
});

test("a preview of a rotation makes no API calls, and knows all but the new key", async () => {
    const { emulator, plugin, inputs, state } = await setUp();
    await forgetRequests(emulator);
    const news = await plugin.checked({ rotationDays: 30, keyType: "ed25519" }, inputs);
    expect(await plugin.update(state, news, { preview: true })).toMatchObject({
        current: unknown,
        previous: { privateKey: secret(pem) },
        rotateAt: unknown,
        revokeAt: unknown,
        scopes: ["read", "write"],
    });
    expect(await calls(emulator)).toEqual([]);
});

test("an update keeps secrets, and makes the names secrets if their prefix is one", async () => {
    const { emulator, plugin, inputs, id, state } = await setUp();
    const news = await plugin.checked(
        { rotationDays: 30, keyType: "ed25519", namePrefix: secret("desk"), rotationTriggers: { by: secret("me") } },
        inputs,
    );
    expect(news).toMatchObject({ namePrefix: secret("desk"), __prefix: secret("desk") });
    const updated = await plugin.update(state, news);
    expect(updated).toMatchObject({
        current: { name: secret(expect.stringMatching(/^desk-[0-9a-f]{7}$/)), privateKey: secret(pem) },
        previous: { apiKeyId: id, privateKey: secret(pem) },
        rotationTriggers: { by: secret("me") },
        namePrefix: secret("desk"),
    });
    expect(await accountKeys(emulator)).toHaveLength(2);
    await plugin.delete(id, updated);
    expect(await accountKeys(emulator)).toEqual([]);
});

test("a refresh returns the inputs and the keys as they are", async () => {
    const { emulator, plugin, inputs, id, state } = await setUp();
    await forgetRequests(emulator);
    expect(await plugin.read(id, state, inputs)).toEqual({ id, properties: state, inputs });
    expect(await calls(emulator)).toEqual(["GET api_keys"]);
});

test("takes null in an edited state for an absent value", async () => {
    const { emulator, plugin, inputs, id, state } = await setUp();
    const edited = { ...state, current: null, previous: null, __outdated: null };
    expect((await plugin.diff(edited, inputs)).detailed).toMatchObject({ current: "ADD" });
    const [key] = await accountKeys(emulator);
    expect(key).toBe(id);
    await plugin.delete(id, { ...state, previous: null, __outdated: null });
    expect(await accountKeys(emulator)).toEqual([]);
});

test("neither `get` nor a delete without a state finds keys by an id", async () => {
    const { emulator, plugin, id } = await setUp();
    await forgetRequests(emulator);
    await expect(plugin.read(id, {}, {})).rejects.toThrow(/stack reference.*KALSHI_STATE_NEEDED/);
    await expect(plugin.delete(id, {})).rejects.toThrow(/kalshi:index:ApiKey.*KALSHI_STATE_NEEDED/);
    expect(await calls(emulator)).toEqual([]);
});

test.each<[string, Properties, RegExp]>([
    ["a current key without an id", { current: { name: "x" } }, /current\.apiKeyId/],
    ["a list of ids that is none", { __ids: "x" }, /__ids/],
    ["a count that is no number", { __generations: "1" }, /__generations/],
])("refuses a state with %s before any API call", async (_what, edit, property) => {
    const { emulator, plugin, inputs, id, state } = await setUp();
    await forgetRequests(emulator);
    const edited = { ...state, ...edit };
    for (const step of [
        () => plugin.diff(edited, inputs),
        () => plugin.update(edited, inputs),
        () => plugin.read(id, edited, inputs),
        () => plugin.delete(id, edited),
    ]) {
        await expect(step()).rejects.toThrow(property);
        await expect(step()).rejects.toThrow(/KALSHI_STATE_INVALID/);
    }
    expect(await calls(emulator)).toEqual([]);
});
