import type { Emulator } from "../../emulator/index";
import { accountKeys, calls, cleanUp, clientOf, emulatorWith, forgetRequests, rootKeyPem } from "../support/harness";
import { isFull } from "../support/full";
import { dynamicProvider } from "../support/project";

const { createProject } = dynamicProvider;

afterEach(cleanUp);

const up = ["up", "--yes", "--skip-preview"];

/**
 * Returns a program that runs on that day. Keys rotate every 10 days with an overlap of 3; a rotation is due on day 0.
 */
const onDay = (day: number) => `
    const { RotatingKalshiApiKey } = require("pulumi-kalshi");
    Date.now = () => ${(20_000 + day) * 24 * 60 * 60 * 1000};
    const key = new RotatingKalshiApiKey("bot", { rotationDays: 10, overlapDays: 3, keyType: "ed25519" });
    module.exports = { current: key.current.apiKeyId, previous: key.previous?.apiKeyId, privateKey: key.current.privateKey };`;

async function assertSigns(emulator: Emulator, { current, privateKey }: Record<string, unknown>): Promise<void> {
    await clientOf(emulator, {}, { apiKeyId: String(current), privateKey: String(privateKey) }).listApiKeys();
}

// tests/unit/rotating.test.ts has the generations of every other day.
test("keeps the current generation, and the previous one during the overlap", async () => {
    const emulator = await emulatorWith();
    const project = await createProject(emulator, onDay(5));
    const runOn = async (day: number) => {
        project.write(onDay(day));
        await project.stack.must(...up);
        const outputs = await project.stack.outputs();
        await assertSigns(emulator, outputs);
        const ids = [outputs["current"], outputs["previous"]].filter((id) => id !== undefined);
        expect(new Set(await accountKeys(emulator))).toEqual(new Set(ids));
        return outputs;
    };
    // The first run is past the overlap: one key.
    const first = await runOn(5);
    expect(first).not.toHaveProperty("previous");
    // The rotation keeps the old key beside the new one.
    const rotated = await runOn(10);
    expect(rotated["previous"]).toBe(first["current"]);
    // After the overlap the old key is revoked.
    expect(await runOn(13)).toEqual({ current: rotated["current"], privateKey: rotated["privateKey"] });
    if (isFull) {
        // On another day nothing changes.
        await forgetRequests(emulator);
        expect(await runOn(14)).toEqual({ current: rotated["current"], privateKey: rotated["privateKey"] });
        expect((await calls(emulator)).filter((call) => call !== "GET api_keys")).toEqual([]);
        // The clock steps back into the overlap, then before the rotation, and forward again: every run converges.
        expect(await runOn(12)).toMatchObject({ current: rotated["current"] });
        await runOn(9);
        // Three periods without a run: both generations are new, and the old keys are revoked.
        const late = await runOn(41);
        expect(late["current"]).not.toBe(rotated["current"]);
        expect(late).toHaveProperty("previous");
    }
});

test("getApiKeys sorts by name, filters by prefix and scope, returns no secret, and uses the stack's configuration", async () => {
    const emulator = await emulatorWith();
    const account = clientOf(emulator);
    for (const [name, scopes] of [
        ["b-trader", ["read", "write::trade"]],
        ["b-owner", ["read", "write"]],
        ["a-reader", ["read"]],
    ] as const) {
        await account.generateApiKey({ name, scopes: [...scopes], keyType: "ed25519" });
    }
    await account.generateApiKey({ name: "b-bound", scopes: ["read"], subaccount: 7, keyType: "ed25519" });
    const { stack } = await createProject(
        emulator,
        `const { getApiKeys } = require("pulumi-kalshi");
         const names = ({ apiKeys }) => apiKeys.map((key) => key.name);
         module.exports = {
             all: getApiKeys().then(names),
             prefixed: getApiKeys({ namePrefix: "b-" }).then(names),
             traders: getApiKeys({ namePrefix: "b-", scope: "write::trade" }).then(names),
             bound: getApiKeys({ namePrefix: "b-bound" }),
         };`,
    );
    Object.assign(stack.env, { KALSHI_API_KEY_ID: "", KALSHI_PRIVATE_KEY_PATH: "" });
    await stack.must("config", "set", "kalshi:apiKeyId", emulator.rootKeyId);
    await stack.setSecret("kalshi:privateKey", rootKeyPem(emulator));
    await stack.must(...up);
    expect(await stack.outputs()).toEqual({
        all: ["a-reader", "b-bound", "b-owner", "b-trader", "root"],
        prefixed: ["b-bound", "b-owner", "b-trader"],
        traders: ["b-owner", "b-trader"],
        bound: {
            apiKeys: [{ apiKeyId: expect.any(String) as unknown, name: "b-bound", scopes: ["read"], subaccount: 7 }],
        },
    });
    await stack.must("config", "rm", "kalshi:apiKeyId");
    const { code, stdout } = await stack.pulumi(["preview"], { KALSHI_API_KEY_ID: "nobody" });
    expect(code).not.toBe(0);
    expect(stdout).toMatch(/401.*KALSHI_CREDENTIALS_REFUSED/);
});
