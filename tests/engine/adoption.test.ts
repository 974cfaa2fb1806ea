import { accountKeys, calls, cleanUp, clientOf, emulatorWith, environmentOf, forgetRequests } from "../support/harness";
import { sample, testInFull } from "../support/full";
import { leaks } from "../support/leaks";
import { callsOf, dynamicProvider } from "../support/project";

const { createProject, createProjectWithEnvironment } = dynamicProvider;

afterEach(cleanUp);

const up = ["up", "--yes", "--skip-preview"];
const destroy = ["destroy", "--yes", "--skip-preview"];

test("adopts an existing key as a secret, keeps it in a forced replacement, and destroys it, but never the signing key", async () => {
    const emulator = await emulatorWith();
    const key = await clientOf(emulator).generateApiKey({ name: "by hand", scopes: ["read"], keyType: "ed25519" });
    const { apiKeyId, privateKey } = key;
    const program = (adopt: object, more = "") =>
        `const key = new Key("bot", ${JSON.stringify({ scopes: ["read"], ...adopt })});
         module.exports = { privateKey: key.privateKey, name: key.name }; ${more}`;
    const adopting = program({ adopt: { apiKeyId, privateKey } });
    const project = await createProject(emulator, adopting);
    // With its preview, which makes none of these calls.
    expect(await callsOf(emulator, project, "up", "--yes")).toEqual(["GET api_keys", "GET api_keys"]);
    expect(await project.stack.outputs()).toEqual({ privateKey, name: "by hand" });
    expect(await project.stack.must("stack", "export")).not.toContain(privateKey.split("\n")[1]);
    const [{ urn } = { urn: "" }] = await project.stack.resources();
    await project.stack.must(...up, "--replace", urn);
    expect(await accountKeys(emulator)).toEqual([apiKeyId]);

    const signing = `new Key("signing", ${JSON.stringify({ adopt: { apiKeyId: emulator.rootKeyId } })});`;
    project.write(program({}, signing));
    expect(await project.stack.must("up", "--yes")).toMatch(/\+ 1 created\n +2 unchanged/);
    await project.stack.must("up", "--yes", "--refresh", "--skip-preview", "--expect-no-changes");
    await forgetRequests(emulator);
    const { code, stdout } = await project.stack.pulumi([...destroy, "--continue-on-error"]);
    expect(code).not.toBe(0);
    expect(stdout).toMatch(/"root".*pulumi state delete.*KALSHI_SIGNING_KEY_PROTECTED/);
    expect(await calls(emulator)).toEqual(["DELETE id"]);
    expect(await accountKeys(emulator)).toEqual([]);
});

testInFull("keeps an adopted key with retainOnDelete", async () => {
    const emulator = await emulatorWith();
    const { apiKeyId } = await clientOf(emulator).generateApiKey({ name: "by hand", keyType: "ed25519" });
    const args = JSON.stringify({ adopt: { apiKeyId } });
    const { stack } = await createProject(emulator, `new Key("bot", ${args}, { retainOnDelete: true });`);
    await stack.must(...up);
    await stack.must(...destroy);
    expect(await accountKeys(emulator)).toEqual([apiKeyId]);
});

// tests/emulator/resource.test.ts and tests/unit/adopt.test.ts have every difference.
testInFull("fails with every difference if the adopted key does not match the inputs", async () => {
    const emulator = await emulatorWith();
    const { apiKeyId } = await clientOf(emulator).generateApiKey({
        name: "by hand",
        scopes: ["read"],
        keyType: "ed25519",
    });
    const { stack } = await createProject(
        emulator,
        `new Key("bot", ${JSON.stringify({ name: "bot", subaccount: 1, adopt: { apiKeyId } })});`,
    );
    const { code, stdout } = await stack.pulumi(up);
    expect(code).not.toBe(0);
    expect(stdout).toMatch(
        /name is "by hand", not "bot"; scopes is \["read"\], not \["read","write"\]; subaccount is not set, not 1.*KALSHI_ADOPTION_MISMATCH/,
    );
    expect(await accountKeys(emulator)).toEqual([apiKeyId]);
});

test("leaks no private key of an adopted key, even if the program passes it in plaintext", async () => {
    const emulator = await emulatorWith();
    const { stack, scratch, ...project } = await createProjectWithEnvironment("", environmentOf(emulator));
    const secrets: string[] = [];
    const printed = new Map<string, string>();
    // With --debug the engine prints the most.
    for (const how of sample(["--debug", "--diff", "--json"])) {
        const { apiKeyId, privateKey } = await clientOf(emulator).generateApiKey({ name: "by hand", scopes: ["read"] });
        secrets.push(privateKey);
        const adopt = JSON.stringify({ apiKeyId, privateKey });
        for (const [command, scopes, succeeds] of [
            ["up", ["read"], true],
            ["up", ["read", "write"], false],
            ["destroy", [], true],
        ] as const) {
            project.write(`new Key("bot", { scopes: ${JSON.stringify(scopes)}, adopt: ${adopt} });`);
            const refresh = command === "up" && !succeeds ? ["--refresh"] : [];
            const { code, stdout, stderr } = await stack.pulumi([command, "--yes", "--skip-preview", how, ...refresh]);
            expect([command, how, code === 0]).toEqual([command, how, succeeds]);
            printed.set(`the output of pulumi ${command} ${how}, run ${printed.size}`, stdout + stderr);
        }
        project.write("");
    }
    expect(leaks(secrets, scratch, printed)).toEqual([]);
});
