import { accountKeys, calls, cleanUp, clientOf, emulatorWith, environmentOf, forgetRequests } from "../support/harness";
import { leaks } from "../support/leaks";
import { dynamicProvider } from "../support/project";

const { createProject, createProjectWithEnvironment } = dynamicProvider;

afterEach(cleanUp);

const up = ["up", "--yes", "--skip-preview"];
const unchanged = ["preview", "--expect-no-changes"];

test("adopts an existing key, verifies its private key, keeps it as a secret, and destroys it after `adopt` is removed", async () => {
    const emulator = await emulatorWith();
    const key = await clientOf(emulator).generateApiKey({ name: "by hand", scopes: ["read"], keyType: "ed25519" });
    const { apiKeyId, privateKey } = key;
    const program = (more: object) =>
        `const key = new Key("bot", ${JSON.stringify({ scopes: ["read"], ...more })});
         module.exports = { privateKey: key.privateKey, name: key.name };`;
    const project = await createProject(emulator, program({ adopt: { apiKeyId, privateKey } }));
    await forgetRequests(emulator);
    await project.stack.must("preview");
    expect(await calls(emulator)).toEqual([]);
    await project.stack.must(...up);
    expect(await calls(emulator)).toEqual(["GET api_keys", "GET api_keys"]);
    expect(await project.stack.outputs()).toEqual({ privateKey, name: "by hand" });
    expect(await project.stack.must("stack", "export")).not.toContain(privateKey.split("\n")[1]);
    await project.stack.must(...unchanged);

    project.write(program({}));
    await project.stack.must(...unchanged);
    await project.stack.must(...up);
    await project.stack.must("refresh", "--yes", "--skip-preview", "--expect-no-changes");
    await project.stack.must(...unchanged);
    await project.stack.must("destroy", "--yes", "--skip-preview");
    expect(await accountKeys(emulator)).toEqual([]);
});

test("keeps an adopted key with retainOnDelete and in a forced replacement", async () => {
    const emulator = await emulatorWith();
    const { apiKeyId } = await clientOf(emulator).generateApiKey({
        name: "by hand",
        scopes: ["read"],
        keyType: "ed25519",
    });
    const program = (opts: object) =>
        `new Key("bot", ${JSON.stringify({ scopes: ["read"], adopt: { apiKeyId } })}, ${JSON.stringify(opts)});`;
    const project = await createProject(emulator, program({}));
    await project.stack.must(...up);
    const [resource] = await project.stack.resources();
    await project.stack.must(...up, "--replace", resource?.urn ?? "");
    expect(await accountKeys(emulator)).toEqual([apiKeyId]);

    project.write(program({ retainOnDelete: true }));
    await project.stack.must(...up);
    await project.stack.must("destroy", "--yes", "--skip-preview");
    expect(await accountKeys(emulator)).toEqual([apiKeyId]);
});

test("fails with every difference if the adopted key does not match the inputs", async () => {
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

test("never revokes the signing key: destroy fails and says what to do", async () => {
    const emulator = await emulatorWith();
    const { stack } = await createProject(
        emulator,
        `new Key("bot", ${JSON.stringify({ adopt: { apiKeyId: emulator.rootKeyId } })});`,
    );
    await stack.must(...up);
    await forgetRequests(emulator);
    const { code, stdout } = await stack.pulumi(["destroy", "--yes", "--skip-preview"]);
    expect(code).not.toBe(0);
    expect(stdout).toMatch(/"root".*pulumi state delete.*KALSHI_SIGNING_KEY_PROTECTED/);
    expect(await calls(emulator)).toEqual([]);
});

test("leaks no private key of an adopted key, even if the program passes it in plaintext", async () => {
    const emulator = await emulatorWith();
    const { stack, scratch, ...project } = await createProjectWithEnvironment("", environmentOf(emulator));
    const secrets: string[] = [];
    const printed = new Map<string, string>();
    for (const how of [["--diff"], ["--json"], ["--debug"]]) {
        const { apiKeyId, privateKey } = await clientOf(emulator).generateApiKey({
            name: "by hand",
            scopes: ["read"],
        });
        secrets.push(privateKey);
        project.write(`new Key("bot", { scopes: ["read"], adopt: ${JSON.stringify({ apiKeyId, privateKey })} });`);
        for (const [command, expected] of [
            ["up", true],
            ["refresh", true],
            ["up", false],
            ["destroy", true],
        ] as const) {
            if (!expected) {
                project.write(`new Key("bot", { adopt: ${JSON.stringify({ apiKeyId, privateKey })} });`);
            }
            const { code, stdout, stderr } = await stack.pulumi([command, "--yes", "--skip-preview", ...how]);
            expect([command, how, code === 0]).toEqual([command, how, expected]);
            printed.set(`the output of pulumi ${command} ${how.join(" ")}, run ${printed.size}`, stdout + stderr);
        }
        project.write("");
    }
    expect(leaks(secrets, scratch, printed)).toEqual([]);
});
