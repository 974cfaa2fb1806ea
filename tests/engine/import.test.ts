import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { accountKeys, calls, cleanUp, clientOf, emulatorWith, forgetRequests } from "../support/harness";
import { callsOf, resourcePlugin, type TestProject } from "../support/project";

const { createProject } = resourcePlugin;

afterEach(cleanUp);

const up = ["up", "--yes", "--skip-preview"];
const importing = ["import", "--yes", "--skip-preview", "--generate-code=false", "--protect=false"];
const type = "kalshi:index:ApiKey";

/** Returns the ids of the API keys in the state, by resource. */
async function heldBy({ stack }: TestProject): Promise<Record<string, string | undefined>> {
    const resources = await stack.resources();
    return Object.fromEntries(resources.map(({ urn, id }) => [urn.split("::").at(-1) ?? "", id]));
}

test("imports keys by command, by file and by the option `import`; then nothing changes, and destroy revokes them", async () => {
    const emulator = await emulatorWith();
    const account = clientOf(emulator);
    const scopes = ["read"] as const;
    const bot = await account.generateApiKey({ name: "by hand", scopes, subaccount: 3, keyType: "ed25519" });
    const [one, two, three] = await Promise.all(
        ["one", "two", "three"].map((name) => account.generateApiKey({ name, scopes })),
    );
    const theirs = await account.generateApiKey({ name: "theirs", scopes });
    const project = await createProject(emulator, "");
    const file = join(project.scratch, "key.pem");
    writeFileSync(file, bot.privateKey);
    await forgetRequests(emulator);
    const command = [...importing, type, "bot", bot.apiKeyId];
    expect(await project.stack.pulumi(command, { KALSHI_IMPORT_PRIVATE_KEY_PATH: file })).toMatchObject({ code: 0 });
    // The list, and a request that the imported private key signs.
    expect(await calls(emulator)).toEqual(["GET api_keys", "GET api_keys"]);
    const inputs = { name: "by hand", scopes, subaccount: 3 };
    expect(await project.stack.resources()).toMatchObject([{ id: bot.apiKeyId, inputs }]);
    expect(await project.stack.must("stack", "export")).not.toContain(bot.privateKey.split("\n")[1]);

    const unknown = "7f1c1f0e-5d0b-4b8e-8f5e-222222222222";
    const failed = await project.stack.pulumi([...importing, type, "unknown", unknown]);
    expect(failed.stdout + failed.stderr).toMatch(/7f1c1f0e-.*KALSHI_KEY_NOT_FOUND/);
    expect(failed.code).not.toBe(0);

    const list = join(project.scratch, "import.json");
    const keys = { two: two?.apiKeyId, three: three?.apiKeyId };
    const resources = Object.entries(keys).map(([name, id]) => ({ type, name, id }));
    writeFileSync(list, JSON.stringify({ resources }));
    await project.stack.must(...importing, "--file", list);
    expect(await heldBy(project)).toEqual({ bot: bot.apiKeyId, ...keys });

    // The name of `bot` is not declared, so it stays. The functions accept outputs.
    const program = (name: object) => `
        const bot = new Key("bot", ${JSON.stringify({ ...name, scopes, subaccount: 3, keyType: "ed25519" })});
        for (const name of ["two", "three"]) new Key(name, { name, scopes: ["read"] });
        new Key("one", { name: "one", scopes: ["read"] }, { import: "${one?.apiKeyId}" });
        const known = Key.get("known", "${theirs.apiKeyId}");
        module.exports = {
            privateKey: bot.privateKey,
            name: known.name,
            scopes: known.scopes,
            found: kalshi.getApiKeyOutput({ apiKeyId: known.apiKeyId }).name,
            listed: kalshi.getApiKeysOutput({ namePrefix: known.name }).apiKeys.apply((keys) => keys.length),
            classes: [Key.isInstance(known), kalshi.Provider.isInstance(known)],
        };`;
    project.write(program({ name: "by hand" }));
    expect(await project.stack.must(...up)).toMatch(/= 1 imported\n +4 unchanged/);
    expect(await project.stack.outputs()).toEqual({
        privateKey: bot.privateKey,
        name: "theirs",
        scopes,
        found: "theirs",
        listed: 1,
        classes: [true, false],
    });
    project.write(program({}));
    await project.stack.must(...up, "--refresh", "--expect-no-changes");
    await project.stack.must("destroy", "--yes", "--skip-preview");
    expect(await accountKeys(emulator)).toEqual([theirs.apiKeyId]);
});

describe("a rotating key", () => {
    const rotatingType = "kalshi:index:RotatingApiKey";

    test("imports its current key by command, with the private key; later rotations are as usual", async () => {
        const emulator = await emulatorWith();
        const { apiKeyId, privateKey } = await clientOf(emulator).generateApiKey({
            name: "by hand",
            scopes: ["read"],
            keyType: "ed25519",
        });
        const project = await createProject(emulator, "");
        const file = join(project.scratch, "key.pem");
        writeFileSync(file, privateKey);
        await forgetRequests(emulator);
        const command = [...importing, rotatingType, "bot", apiKeyId];
        expect(await project.stack.pulumi(command, { KALSHI_IMPORT_PRIVATE_KEY_PATH: file })).toMatchObject({
            code: 0,
        });
        expect(await calls(emulator)).toEqual(["GET api_keys", "GET api_keys"]);
        expect(await project.stack.must("stack", "export")).not.toContain(privateKey.split("\n")[1]);
        const program = (args: object) => `
            const key = new RotatingKey("bot", ${JSON.stringify({ scopes: ["read"], keyType: "ed25519", ...args })});
            module.exports = { privateKey: key.current.privateKey, rotateAt: key.rotateAt, createdAt: key.current.createdAt };`;
        project.write(program({ rotationDays: 30 }));
        await project.stack.must(...up, "--expect-no-changes");
        expect(await project.stack.outputs()).toMatchObject({ privateKey });

        project.write(program({ rotationDays: 60 }));
        await forgetRequests(emulator);
        expect(await project.stack.must(...up)).toMatch(/~ 1 updated/);
        expect(await calls(emulator)).toEqual([]);
        const { rotateAt, createdAt } = await project.stack.outputs();
        expect(Date.parse(String(rotateAt)) - Date.parse(String(createdAt))).toBe(60 * 24 * 60 * 60 * 1000);

        project.write(program({ rotationDays: 60, revokeNow: { leak: 1 } }));
        await project.stack.must(...up);
        expect(await accountKeys(emulator)).toHaveLength(1);
        expect(await accountKeys(emulator)).not.toContain(apiKeyId);
        const [resource] = await project.stack.resources();
        expect(resource).toMatchObject({
            id: apiKeyId,
            outputs: { current: { name: expect.stringMatching(/^bot-/) as unknown } },
        });
        await project.stack.must("destroy", "--yes", "--skip-preview");
        expect(await accountKeys(emulator)).toEqual([]);
    });

    test("imports by the option `import`, which applies the program's own values without a rotation", async () => {
        const emulator = await emulatorWith();
        const { apiKeyId } = await clientOf(emulator).generateApiKey({ name: "by hand", scopes: ["read"] });
        const program = (args: object, options: string) => `
            const args = ${JSON.stringify({ scopes: ["read"], rotationDays: 90, overlapDays: 5, ...args })};
            new RotatingKey("bot", args${options});`;
        const triggers = { rotationTriggers: { i: 1 }, revokeNow: { i: 1 } };
        const project = await createProject(emulator, program(triggers, `, { import: "${apiKeyId}" }`));
        expect(await callsOf(emulator, project, ...up)).toEqual(["GET api_keys"]);
        expect(await project.stack.resources()).toMatchObject([
            { id: apiKeyId, outputs: { rotationDays: 90, overlapDays: 5, ...triggers, current: { apiKeyId } } },
        ]);
        project.write(program(triggers, ""));
        await project.stack.must(...up, "--refresh", "--expect-no-changes");
        project.write(program({ ...triggers, revokeNow: { i: 2 } }, ""));
        expect(await callsOf(emulator, project, ...up)).toEqual(["POST generate", "DELETE id"]);
    });

    test("rotates by a trigger that the program adds after an import by the option `import` that changed nothing", async () => {
        const emulator = await emulatorWith();
        const { apiKeyId } = await clientOf(emulator).generateApiKey({ name: "by hand", scopes: ["read"] });
        const program = (args: object) => `
            const args = ${JSON.stringify({ scopes: ["read"], rotationDays: 30, ...args })};
            new RotatingKey("bot", args, { import: "${apiKeyId}" });`;
        const project = await createProject(emulator, program({}));
        expect(await callsOf(emulator, project, "up", "--yes")).toEqual(["GET api_keys", "GET api_keys"]);
        project.write(program({ revokeNow: { leak: 1 } }));
        expect(await callsOf(emulator, project, ...up)).toEqual(["POST generate", "DELETE id"]);
    });

    test("rotates by a trigger that the program adds after an unchanged run and a refresh", async () => {
        const emulator = await emulatorWith();
        const { apiKeyId } = await clientOf(emulator).generateApiKey({ name: "by hand", scopes: ["read"] });
        const project = await createProject(emulator, "");
        await project.stack.must(...importing, rotatingType, "bot", apiKeyId);
        const program = (args: object) =>
            `new RotatingKey("bot", ${JSON.stringify({ scopes: ["read"], rotationDays: 30, ...args })});`;
        project.write(program({}));
        await project.stack.must(...up, "--expect-no-changes");
        await project.stack.must("refresh", "--yes", "--skip-preview", "--expect-no-changes");
        project.write(program({ revokeNow: { leak: 1 } }));
        expect(await callsOf(emulator, project, ...up)).toEqual(["POST generate", "DELETE id"]);
    });
});
