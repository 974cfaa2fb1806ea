import { cleanUp, clientOf, emulatorWith, rootKeyPem } from "../support/harness";
import { dynamicProvider } from "../support/project";

const { createProject } = dynamicProvider;

afterEach(cleanUp);

const up = ["up", "--yes", "--skip-preview"];

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
