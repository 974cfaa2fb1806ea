import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mustRun } from "../../tools/processes";
import { isFull, sample } from "../support/full";
import {
    accountKeys,
    calls,
    cleanUp,
    emulatorWith,
    forgetRequests,
    ownKeyPair,
    requests,
    rootKeyPem,
} from "../support/harness";
import { createKeys, importFileIn, keysFolder, resourcesIn, type ImportedResource } from "../support/importFile";
import { leaks } from "../support/leaks";
import { assertHolds, resourcePlugin, type TestProject } from "../support/project";

// What the command makes of keys, states, private keys and bad input is tested in tests/emulator/importFile.test.ts, with a stubbed
// engine. Here the real engine imports the file.

const { createProject, type } = resourcePlugin;

afterEach(cleanUp);

const importing = ["import", "--yes", "--skip-preview", "--generate-code=false", "--protect=false", "--file"];

async function importFile({ stack }: TestProject, ...args: string[]) {
    return importFileIn(stack.options.project, stack.env, ...args);
}

/** Returns declarations of imported keys with their inputs in the state, as the code that `pulumi import` generates. */
async function declarationsOf({ stack }: TestProject, imported: readonly ImportedResource[]): Promise<string> {
    const resources = (await stack.resources()).filter((one) => imported.some(({ id }) => id === one.id));
    const declarations = resources.map(({ urn, inputs = {} }) => {
        const declared = Object.entries(inputs).filter(([name]) => !name.startsWith("__"));
        const name = JSON.stringify(urn.split("::").at(-1));
        return `new Key(${name}, ${JSON.stringify(Object.fromEntries(declared))});`;
    });
    return declarations
        .join("\n")
        .replaceAll('"read"', "kalshi.Scope.Read")
        .replaceAll('"ed25519"', "kalshi.KeyType.Ed25519");
}

test("`pulumi import` accepts the file and its private keys: nothing changes afterwards, and nothing leaks", async () => {
    const emulator = await emulatorWith();
    const project = await createProject(emulator, `new Key("held");`);
    await project.stack.must("up", "--yes", "--skip-preview");
    const odd = ["null", "kalshi", "2fa", "日本", 'Zoë\'s "desk" $(id) `id`', "a\u001b[31m\nb", "x".repeat(200), "-"];
    const keys = await createKeys(emulator, ["bot", "bot", "bot-2", ...odd]);
    const withFile = keys.slice(0, 5);
    const folder = await keysFolder(withFile);
    const [{ apiKeyId: first } = { apiKeyId: "" }] = keys;
    renameSync(join(folder, `${first}.pem`), join(folder, `${first.toUpperCase()}.PEM`));
    await forgetRequests(emulator);

    const written = await importFile(project, "--keys", folder);
    expect(written).toMatchObject({ code: 0 });
    // The list, and a request that each private key signs.
    const expectedCalls = Array.from({ length: 1 + withFile.length }, () => "GET api_keys");
    expect(await calls(emulator)).toEqual(expectedCalls);
    const resources = resourcesIn(written);
    expect(resources.map(({ id }) => id).sort()).toEqual(keys.map(({ apiKeyId }) => apiKeyId).sort());
    expect(written.stderr).toMatch(/ 1 key that the stack organization\/tests\/test holds\n/);
    expect(written.stderr).toMatch(new RegExp(`Left out: .*signing key "root" \\(${emulator.rootKeyId}\\)`));
    expect(written.stderr).not.toMatch(/\u001b/);

    const file = join(project.scratch, "import.json");
    writeFileSync(file, written.stdout);
    // The last line is a command for a shell.
    const command = written.stderr.trim().split("\n").at(-1) ?? "";
    expect(command).toContain(
        `KALSHI_IMPORT_PRIVATE_KEYS_DIR='${folder}' pulumi import --stack organization/tests/test --file`,
    );
    const options = "--yes --skip-preview --generate-code=false --non-interactive";
    await forgetRequests(emulator);
    const { project: cwd } = project.stack.options;
    const imported = await mustRun("sh", ["-c", `${command.replace("import.json", file)} ${options}`], {
        cwd,
        env: project.stack.env,
    });
    expect(imported).toContain(`= ${keys.length} imported`);
    expect(imported).toMatch(/is imported without its private key, because .* has no file for it/);
    expect(await calls(emulator)).toEqual(expectedCalls);

    const state = await project.stack.resources("--show-secrets");
    const privateKeys = new Map(withFile.map(({ apiKeyId, privateKey }) => [apiKeyId, privateKey]));
    for (const { name, id } of resources) {
        const { urn, outputs = {} } = state.find((one) => one.id === id) ?? { urn: "" };
        expect(urn.endsWith(`::${name}`)).toBe(true);
        expect(name).toMatch(/^[A-Za-z]\w*$/);
        expect(outputs["name"]).toBe(keys.find(({ apiKeyId }) => apiKeyId === id)?.name);
        const { plaintext } = (outputs["privateKey"] ?? {}) as { plaintext?: string };
        expect(plaintext && (JSON.parse(plaintext) as unknown)).toBe(privateKeys.get(id));
    }
    project.write(`new Key("held"); ${await declarationsOf(project, resources)}`);
    await project.stack.must("preview", "--refresh", "--expect-no-changes");
    expect(resourcesIn(await importFile(project))).toEqual([]);

    const printed = new Map(Object.entries({ ...written, imported }).map(([title, text]) => [title, String(text)]));
    const secrets = [...keys.map(({ privateKey }) => privateKey), rootKeyPem(emulator)];
    expect(leaks(secrets, project.scratch, printed)).toEqual([]);
});

test("leaves out what the given stacks hold, also those of other projects, and refuses a stack that it cannot read", async () => {
    const emulator = await emulatorWith();
    const project = await createProject(emulator, "");
    const { stack, scratch } = project;
    const [own, second, elsewhere, free] = await createKeys(emulator, ["own", "second", "elsewhere", "free"]);
    const other = join(scratch, "other");
    mkdirSync(other);
    const manifest = readFileSync(join(stack.options.project, "Pulumi.yaml"), "utf8");
    writeFileSync(
        join(other, "Pulumi.yaml"),
        manifest.replace("name: tests", "name: other").replace("node_modules", "../project/node_modules"),
    );
    const inOther = async (...args: string[]) => mustRun("pulumi", args, { cwd: other, env: stack.env });
    const importKey = [...importing.slice(0, -1), type];
    await stack.must(...importKey, "own", own?.apiKeyId ?? "");
    await stack.must("stack", "init", "second", "--no-select");
    await stack.must(...importKey, "second", second?.apiKeyId ?? "", "--stack", "second");
    await inOther("stack", "init", "test", "--non-interactive");
    await inOther(...importKey, "elsewhere", elsewhere?.apiKeyId ?? "", "--non-interactive");
    const before = await stack.must("stack", "export");

    const ids = async (...args: string[]) =>
        resourcesIn(await importFile(project, ...args))
            .map(({ id }) => id)
            .sort();
    const all = [second, elsewhere, free].map((key) => key?.apiKeyId).sort();
    expect(await ids()).toEqual(all);
    expect(await ids("--stack", "second", "--stack", "organization/other/test")).toEqual([free?.apiKeyId]);
    expect(await ids("--filter", "se")).toEqual([second?.apiKeyId]);

    const refused = await importFile(project, "--stack", "second", "--stack", "organization/other/typo");
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toMatch(/✗ .*organization\/other\/typo .*KALSHI_STACK_UNREADABLE/);
    expect(await stack.must("stack", "export")).toBe(before);
    const unselected = { ...stack.env, PULUMI_STACK: "" };
    const noStack = await importFileIn(stack.options.project, unselected);
    expect(noStack).toMatchObject({ code: 1, stdout: "" });
    expect(noStack.stderr).toMatch(/no stack selected.*KALSHI_STACK_UNREADABLE/);
    const named = await importFileIn(stack.options.project, unselected, "--stack", "second");
    expect(named.stderr).toContain("pulumi import --stack organization/tests/second --file import.json");
});

test("`pulumi import` with unusable private keys imports nothing", async () => {
    const emulator = await emulatorWith();
    const project = await createProject(emulator, "");
    const { stack, scratch } = project;
    const keys = await createKeys(emulator, ["one", "two"]);
    const folder = await keysFolder(keys);
    const file = join(scratch, "import.json");
    const resources = keys.map(({ name, apiKeyId }): ImportedResource => ({ type, name, id: apiKeyId }));
    writeFileSync(file, JSON.stringify({ resources }));
    const [one] = keys;
    writeFileSync(join(folder, `${one?.apiKeyId}.pem`), ownKeyPair("ed25519").privateKey);
    const variables: [Record<string, string>, RegExp][] = [
        [{ KALSHI_IMPORT_PRIVATE_KEYS_DIR: folder }, /"one" \(.*KALSHI_PRIVATE_KEY_MISMATCH/],
        [{ KALSHI_IMPORT_PRIVATE_KEYS_DIR: `${folder}/no` }, /private keys\/no: .*ENOENT.*KALSHI_IMPORT_FILE_INVALID/],
        [
            { KALSHI_IMPORT_PRIVATE_KEYS_DIR: folder, KALSHI_IMPORT_PRIVATE_KEY_PATH: file },
            /are both set.*KALSHI_IMPORT_FILE_INVALID/,
        ],
    ];
    for (const [env, message] of variables) {
        const { code, stdout, stderr } = await stack.pulumi([...importing, file], env);
        expect(code).not.toBe(0);
        expect(stdout + stderr).toMatch(message);
    }
    expect((await accountKeys(emulator)).sort()).toEqual(keys.map(({ apiKeyId }) => apiKeyId).sort());
    expect((await stack.resources()).filter(({ id }) => id === one?.apiKeyId)).toEqual([]);
});

const fleets = [
    { count: 20, usageLevel: "basic" },
    { count: 200, usageLevel: "basic" },
    { count: 200, usageLevel: "premier" },
] as const;

test.each(sample(fleets))(
    "imports $count keys with their private keys ($usageLevel)",
    async ({ count, usageLevel }) => {
        const emulator = await emulatorWith({ usageLevel });
        const names = Array.from({ length: count }, (_, index) => `bot ${index}`);
        const keys = await createKeys(emulator, names);
        const project = await createProject(emulator, "");
        const folder = await keysFolder(keys);
        const timed = async (what: string, step: () => Promise<void>) => {
            await forgetRequests(emulator);
            const start = performance.now();
            await step();
            const seconds = ((performance.now() - start) / 1000).toFixed(1);
            const made = await requests(emulator);
            const refused = made.filter(({ status }) => status === 429).length;
            if (isFull) {
                console.log(
                    `${what} of ${count} keys, ${usageLevel}: ${seconds} s, ${made.length} calls, ${refused} of them refused`,
                );
            }
            // A list, a request for each private key, and perhaps one for the account's limits.
            expect(made.length - refused).toBeGreaterThanOrEqual(count + 1);
            expect(made.length - refused).toBeLessThanOrEqual(count + 2);
        };
        const file = join(project.scratch, "import.json");
        await timed("import-file", async () => {
            const written = await importFile(project, "--keys", folder);
            expect(written).toMatchObject({ code: 0 });
            expect(resourcesIn(written)).toHaveLength(count);
            writeFileSync(file, written.stdout);
        });
        await timed("pulumi import", async () => {
            const env = { KALSHI_IMPORT_PRIVATE_KEYS_DIR: folder };
            expect(await project.stack.pulumi([...importing, file], env)).toMatchObject({ code: 0 });
        });
        await assertHolds(emulator, project.stack, count);
    },
);
