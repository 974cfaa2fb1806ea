import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { accountKeys, calls, cleanUp, clientOf, emulatorWith, forgetRequests } from "../support/harness";
import { resourcePlugin, type TestProject } from "../support/project";

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
