import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../tools/processes";
import { journalFolder, newFile, writeEntry } from "../../provider/src/journal/journal";
import {
    accountKeys,
    calls,
    cleanUp,
    emulatorWith,
    forgetRequests,
    ownKeyPair,
    scratchFolder,
} from "../support/harness";
import { cliProgram } from "../support/doctor";
import { createKeys, importFileIn, keysFolder, resourcesIn } from "../support/importFile";
import { endedProcess } from "../support/killing";
import { filesUnder, leaks } from "../support/leaks";
import { StubbedStack } from "../support/stubbedStack";

// The file is imported by the real engine in tests/engine/importFile.test.ts.

afterEach(cleanUp);

/** Creates keys, a folder with their private keys, and a stack whose state is empty. */
async function accountWith(...names: string[]) {
    const emulator = await emulatorWith();
    const keys = await createKeys(emulator, names);
    const folder = await keysFolder(keys);
    const stack = await StubbedStack.create(emulator);
    const ids = keys.map(({ apiKeyId }) => apiKeyId);
    const path = (id = "") => join(folder, `${id}.pem`);
    const importFile = async (...args: string[]) => importFileIn(stack.folder, stack.env, ...args);
    await forgetRequests(emulator);
    return { emulator, keys, ids, folder, stack, path, importFile };
}

/** Returns the files of a stack, its project and its journal, without the stub's record of its calls. */
function contentsOf({ folder }: StubbedStack): [string, string][] {
    const files = filesUnder(join(folder, "..")).filter((file) => !file.endsWith("/calls"));
    return files.map((file) => [file, readFileSync(file, "utf8")]);
}

const unknown = "7f1c1f0e-5d0b-4b8e-8f5e-222222222222";
/** A private key that belongs to no key of the account. */
const { privateKey: foreign } = ownKeyPair("ed25519");

describe("refuses by name, and changes nothing:", () => {
    interface Context {
        readonly ids: readonly string[];
        readonly folder: string;
        /** Returns the path of a private key file. */
        readonly path: (id?: string) => string;
        /** Writes a map beside the folder, and returns its path. */
        readonly writeMap: (map: object) => string;
    }

    test.each<[string, (context: Context) => string[], (ids: readonly string[]) => RegExp, number]>([
        [
            "a folder that is not there",
            ({ folder }) => ["--keys", `${folder}/none`],
            () => /^✗ The option --keys names .*private keys\/none: .*ENOENT.*KALSHI_IMPORT_FILE_INVALID/,
            0,
        ],
        [
            "the private key of another key",
            ({ ids, path, folder }) => {
                writeFileSync(path(ids[0]), foreign);
                return ["--keys", folder];
            },
            ([id]) =>
                new RegExp(
                    `^✗ /.*${id}\\.pem: .*"one" \\(${id}\\) belongs to another key.*KALSHI_PRIVATE_KEY_MISMATCH`,
                ),
            3,
        ],
        [
            "two private keys that are exchanged",
            ({ ids, path, folder }) => {
                const [one, two] = ids.map((id) => readFileSync(path(id)));
                writeFileSync(path(ids[0]), two ?? "");
                writeFileSync(path(ids[1]), one ?? "");
                return ["--keys", folder];
            },
            ([one, two]) => new RegExp(`${one}\\.pem: .*MISMATCH[^]*${two}\\.pem: .*MISMATCH|${two}[^]*${one}`),
            3,
        ],
        [
            "a private key that fits no key of the account",
            ({ path, folder }) => {
                writeFileSync(path(unknown), foreign);
                return ["--keys", folder];
            },
            () => new RegExp(`^✗ .*${unknown}\\.pem is for the API key "${unknown}".*KALSHI_KEY_NOT_FOUND`),
            1,
        ],
        [
            "a private key whose file is not named after an id",
            ({ path, folder }) => {
                writeFileSync(path("bot"), foreign);
                return ["--keys", folder];
            },
            () => /^✗ .*bot\.pem is for the API key "bot", which the account does not have.*KALSHI_KEY_NOT_FOUND/,
            1,
        ],
        [
            "a map with an unknown id",
            ({ ids, writeMap }) => ["--keys", writeMap({ [unknown]: "a.pem", [ids[0] ?? ""]: "b.pem" })],
            () => new RegExp(`^✗ .*a\\.pem is for the API key "${unknown}".*KALSHI_KEY_NOT_FOUND`),
            1,
        ],
        [
            "a map with a file that is not there",
            ({ ids, path, writeMap }) => [
                "--keys",
                writeMap({ [ids[0] ?? ""]: path(ids[0]), [ids[1] ?? ""]: "none.pem" }),
            ],
            ([, id]) =>
                new RegExp(`^✗ The entry for the API key "two" \\(${id}\\) names .*none\\.pem.*ENOENT.*FILE_INVALID`),
            1,
        ],
        [
            "a file that is no private key",
            ({ ids, path, folder }) => {
                writeFileSync(path(ids[1]), ownKeyPair("ed25519").publicKey);
                return ["--keys", folder];
            },
            ([, id]) =>
                new RegExp(`^✗ .*"two" \\(${id}\\) names .*${id}\\.pem: not a readable.*KALSHI_IMPORT_FILE_INVALID`),
            1,
        ],
        [
            "a private key instead of a map",
            ({ ids, path }) => ["--keys", path(ids[0])],
            () =>
                /^✗ The option --keys names .*\.pem: it is neither a folder nor a JSON map.*KALSHI_IMPORT_FILE_INVALID/,
            0,
        ],
        [
            "a private key instead of a path",
            ({ ids, path }) => ["--keys", readFileSync(path(ids[0]), "utf8")],
            () => /^✗ The option --keys must name a folder or a map.*KALSHI_IMPORT_FILE_INVALID/,
            0,
        ],
    ])("%s", async (_, argsOf, message, lists) => {
        const { emulator, keys, ids, folder, path, stack, importFile } = await accountWith("one", "two");
        const writeMap = (map: object) => {
            const file = join(folder, "..", "map.json");
            writeFileSync(file, JSON.stringify(map));
            return file;
        };
        const args = argsOf({ ids, folder, path, writeMap });
        const before = contentsOf(stack);
        const { code, stdout, stderr } = await importFile(...args);
        expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
        expect(stderr).toMatch(message(ids));
        expect(stderr).toMatch(/\nNo file was written, and nothing was changed\.\n$/);
        expect(await calls(emulator)).toEqual(Array.from({ length: lists }, () => "GET api_keys"));
        expect((await accountKeys(emulator)).sort()).toEqual([...ids].sort());
        expect(contentsOf(stack)).toEqual(before);
        const secrets = [...keys.map(({ privateKey }) => privateKey), foreign];
        expect(leaks(secrets, stack.folder, new Map([["stderr", stderr]]))).toEqual([]);
    });

    test("credentials that Kalshi refuses or that are missing", async () => {
        const { emulator, stack } = await accountWith("one");
        const [other] = await createKeys(await emulatorWith(), ["other"]);
        const file = join(await scratchFolder(), "other.pem");
        writeFileSync(file, other?.privateKey ?? "");
        const env = { ...stack.env, KALSHI_API_KEY_ID: other?.apiKeyId, KALSHI_PRIVATE_KEY_PATH: file };
        const { code, stdout, stderr } = await importFileIn(stack.folder, env);
        expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
        expect(stderr).toMatch(/^✗ .*KALSHI_CREDENTIALS_REFUSED/);
        const without = { ...stack.env, KALSHI_API_KEY_ID: "" };
        expect((await importFileIn(stack.folder, without)).stderr).toMatch(/✗ .*KALSHI_CREDENTIALS_MISSING/);
        expect(await accountKeys(emulator)).toHaveLength(1);
    });
});

// Only Linux has a device that is always full.
test.each(["/dev/full"].filter((device) => existsSync(device)))(
    "fails if standard output is full (%s)",
    async (device) => {
        const { stack } = await accountWith("one");
        const command = `exec '${process.execPath}' '${cliProgram}' import-file > ${device}`;
        const { code, stderr } = await run("sh", ["-c", command], { cwd: stack.folder, env: stack.env });
        expect(code).toBe(1);
        expect(stderr).toMatch(/✗ The file could not be written to standard output: ENOSPC/);
        expect(stderr).not.toContain("Next, if the file is");
    },
);

test("reads no private key of a key that a stack holds or that the filter leaves out", async () => {
    const { emulator, ids, folder, path, stack, importFile } = await accountWith("bot-1", "bot-2", "desk");
    stack.setState([{ resource: "one", name: "bot-1", apiKeyId: ids[0] ?? "" }]);
    [ids[0], ids[2]].forEach((id) => writeFileSync(path(id), "no key"));
    const written = await importFile("--keys", folder, "--filter", "bot");
    expect(written).toMatchObject({ code: 0 });
    expect(resourcesIn(written)).toEqual([{ type: "kalshi:index:ApiKey", name: "bot_2", id: ids[1] }]);
    expect(written.stderr).toContain("Left out: 1 key that the stack organization/tests/test holds\n");
    expect(written.stderr).toContain('Left out: 1 key whose name does not begin with "bot"\n');
    expect(await calls(emulator)).toEqual(["GET api_keys", "GET api_keys"]);
});

test("takes the variable of the import for --keys, a map too, and prints it as an absolute path", async () => {
    const { ids, path, stack } = await accountWith("one", "two");
    const map = join(stack.folder, "it's a map.json");
    writeFileSync(map, JSON.stringify({ [ids[0] ?? ""]: path(ids[0]) }));
    const env = { ...stack.env, KALSHI_IMPORT_PRIVATE_KEYS_DIR: "it's a map.json" };
    const { stdout, stderr } = await importFileIn(stack.folder, env);
    expect(stdout).not.toContain("map");
    expect(stderr).toContain("Private keys: 1 verified, each by one request that it signed.\n");
    expect(stderr).toMatch(/^Without a private key: 1 key\..*\n {4}"two" \(/m);
    const quoted = map.replace("'", "'\\''");
    expect(stderr).toContain(
        `\n    KALSHI_IMPORT_PRIVATE_KEYS_DIR='${quoted}' pulumi import --stack organization/tests/test --file import.json\n`,
    );
});

test("warns of private keys that other users can read, and names files that it ignores", async () => {
    const { ids, folder, path, importFile } = await accountWith("one", "two");
    chmodSync(path(ids[0]), 0o644);
    writeFileSync(join(folder, "README"), "");
    const { code, stderr } = await importFile("--keys", folder);
    expect(code).toBe(0);
    expect(stderr).toContain(`(\`chmod go= FILE\` prevents it):\n    ${path(ids[0])}\n`);
    expect(stderr).not.toContain(path(ids[1]));
    expect(stderr).toMatch(/^Ignored in .*:\n {4}README$/m);
});

test("leaves out keys of interrupted creates, and warns of keys that another stack may hold", async () => {
    const { emulator, ids, stack, importFile } = await accountWith("bot-0000001", "bot-0000002", "bot-0000003");
    stack.setState([], [{ resource: "bot", name: "bot-0000001" }]);
    const entry = {
        name: "bot-0000002",
        uniqueName: true,
        environment: emulator.baseUrl,
        signedBy: emulator.rootKeyId,
        project: "other",
        stack: "test",
        resource: "bot",
        folder: stack.folder,
        startedAt: new Date().toISOString(),
        process: endedProcess(),
        status: "pending" as const,
        earlierAttemptMayExist: false,
    };
    await writeEntry(newFile(journalFolder(stack.env)), entry);
    const written = await importFile();
    expect(resourcesIn(written).map(({ id }) => id)).toEqual([ids[2]]);
    expect(written.stderr).toMatch(/^Left out: 2 keys of creates .* doctor`\.\n.*"bot-0000001".*\n.*"bot-0000002"/m);
    expect(written.stderr).toMatch(/^Warning: another stack may hold 1 key .*\n {4}"bot-0000003"/m);
});

test("without a project, warns that it leaves out no stack's keys", async () => {
    const { ids, stack } = await accountWith("one");
    const written = await importFileIn(await scratchFolder(), stack.env);
    expect(resourcesIn(written).map(({ id }) => id)).toEqual(ids);
    expect(written.stderr).toContain("Warning: this folder is in no Pulumi project");
    expect(written.stderr).toMatch(/\n {4}pulumi import --file import\.json\n$/);
    const none = await importFileIn(await scratchFolder(), stack.env, "--filter", "none");
    expect(resourcesIn(none)).toEqual([]);
    expect(none.stderr).toMatch(/\nThere is no key to import\.\n$/);
});
