import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { accountKeys, calls, cleanUp, clientOf, emulatorWith, forgetRequests } from "../support/harness";
import { resourcePlugin } from "../support/project";

const { createProject } = resourcePlugin;

afterEach(cleanUp);

const up = ["up", "--yes", "--skip-preview"];
const importing = ["import", "--yes", "--skip-preview", "--generate-code=false", "--protect=false"];
const type = "kalshi:index:ApiKey";

test("imports a key: the next preview of the same inputs shows no change, and destroy revokes it", async () => {
    const emulator = await emulatorWith();
    const key = await clientOf(emulator).generateApiKey({ name: "by hand", scopes: ["read"], subaccount: 3 });
    const inputs = { name: "by hand", scopes: ["read"], subaccount: 3 };
    const project = await createProject(emulator, `new Key("bot", ${JSON.stringify(inputs)});`);
    await forgetRequests(emulator);
    await project.stack.must(...importing, type, "bot", key.apiKeyId);
    expect(await calls(emulator)).toEqual(["GET api_keys"]);
    const [resource] = await project.stack.resources();
    expect(resource).toMatchObject({ id: key.apiKeyId, inputs });
    await project.stack.must("preview", "--expect-no-changes");
    await project.stack.must(...up);
    await project.stack.must("refresh", "--yes", "--skip-preview", "--expect-no-changes");
    await project.stack.must("preview", "--expect-no-changes");
    project.write(`new Key("bot", { scopes: ["read"], subaccount: 3 });`);
    await project.stack.must("preview", "--expect-no-changes");
    await project.stack.must("destroy", "--yes", "--skip-preview");
    expect(await accountKeys(emulator)).toEqual([]);
});

test("imports the private key in KALSHI_IMPORT_PRIVATE_KEY_PATH as a secret of the stack", async () => {
    const emulator = await emulatorWith();
    const key = await clientOf(emulator).generateApiKey({ name: "by hand", scopes: ["read"], keyType: "ed25519" });
    const project = await createProject(
        emulator,
        `const key = new Key("bot", { name: "by hand", scopes: ["read"], keyType: "ed25519" });
         module.exports = { privateKey: key.privateKey };`,
    );
    const file = join(project.scratch, "key.pem");
    writeFileSync(file, key.privateKey);
    const { code } = await project.stack.pulumi([...importing, type, "bot", key.apiKeyId], {
        KALSHI_IMPORT_PRIVATE_KEY_PATH: file,
    });
    expect(code).toBe(0);
    expect(await project.stack.must("stack", "export")).not.toContain(key.privateKey.split("\n")[1]);
    await project.stack.must("preview", "--expect-no-changes", "--diff");
    await project.stack.must(...up);
    expect(await project.stack.outputs()).toEqual({ privateKey: key.privateKey });
});

test("fails for an unknown id, and imports nothing", async () => {
    const emulator = await emulatorWith();
    const { stack } = await createProject(emulator, "");
    const { code, stdout, stderr } = await stack.pulumi([
        ...importing,
        type,
        "bot",
        "7f1c1f0e-5d0b-4b8e-8f5e-222222222222",
    ]);
    expect(code).not.toBe(0);
    expect(stdout + stderr).toMatch(/7f1c1f0e-.*KALSHI_KEY_NOT_FOUND/);
    expect(await stack.resources()).toEqual([]);
});

test("imports by the resource option `import`, and many keys by a file", async () => {
    const emulator = await emulatorWith();
    const account = clientOf(emulator);
    const made = [];
    for (const name of ["one", "two", "three"]) {
        made.push(await account.generateApiKey({ name, scopes: ["read"], keyType: "ed25519" }));
    }
    const [one, ...others] = made;
    const declared = (name: string, opts: object = {}) =>
        `new Key("${name}", { name: "${name}", scopes: ["read"] }, ${JSON.stringify(opts)});`;
    const project = await createProject(emulator, declared("one", { import: one?.apiKeyId }));
    await project.stack.must(...up);
    const file = join(project.scratch, "import.json");
    const resources = ["two", "three"].map((name, index) => ({ type, name, id: others[index]?.apiKeyId }));
    writeFileSync(file, JSON.stringify({ resources }));
    await project.stack.must(...importing, "--file", file);
    project.write(["one", "two", "three"].map((name) => declared(name)).join("\n"));
    await project.stack.must("preview", "--expect-no-changes");
    expect((await project.stack.resources()).map(({ id }) => id).sort()).toEqual(
        made.map((key) => key.apiKeyId).sort(),
    );
});

test("`get` reads a key and does not revoke it, and the functions accept outputs", async () => {
    const emulator = await emulatorWith();
    const { apiKeyId } = await clientOf(emulator).generateApiKey({ name: "theirs", scopes: ["read"] });
    const { stack } = await createProject(
        emulator,
        `const known = Key.get("known", ${JSON.stringify(apiKeyId)});
         module.exports = {
             name: known.name,
             scopes: known.scopes,
             found: kalshi.getApiKeyOutput({ apiKeyId: known.apiKeyId }).name,
             listed: kalshi.getApiKeysOutput({ namePrefix: known.name }).apiKeys.apply((keys) => keys.length),
             classes: [Key.isInstance(known), kalshi.Provider.isInstance(known)],
         };`,
    );
    await stack.must(...up);
    const expected = { name: "theirs", scopes: ["read"], found: "theirs", listed: 1, classes: [true, false] };
    expect(await stack.outputs()).toEqual(expected);
    await stack.must("destroy", "--yes", "--skip-preview");
    expect(await accountKeys(emulator)).toEqual([apiKeyId]);
});
