import { createPrivateKey } from "node:crypto";
import { appendFileSync, lstatSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { rename, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { readRecords, rotationsFolder } from "../../provider/src/cli/rotationRecord";
import { thisProcess } from "../../provider/src/journal/processIdentity";
import { root } from "../../tools/paths";
import { mustRun, type Ended } from "../../tools/processes";
import { findingsIn } from "../support/doctor";
import { sample } from "../support/full";
import {
    calls,
    cleanUp,
    clientOf,
    emulatorWith,
    forgetRequests,
    inject,
    rootKeyPem,
    scratchFolder,
} from "../support/harness";
import { withInterceptedCall } from "../support/interceptedCall";
import { ageEntries, entriesOf, killEngine, untilGone, waitingUp } from "../support/killing";
import { leaks } from "../support/leaks";
import {
    configuredPair,
    newVariables,
    savedKeyFiles,
    keyFileMode,
    keyFileOf,
    leftovers,
    listedByConfigured,
    projectWith,
    rotate,
    sources,
    withVariables,
    type RotationProject,
    type Source,
} from "../support/rotatedCredentials";

afterEach(cleanUp);

/** Names of keys that replace the root key. */
const newName = /^root-[0-9a-f]{7}$/;

/** Expects that the configured key is the account's only one and replaces the root key, and that nothing of the rotation is left. */
async function expectRotated(project: RotationProject): Promise<void> {
    const { apiKeyId } = await configuredPair(project);
    expect(apiKeyId).not.toBe(project.emulator.rootKeyId);
    const name: unknown = expect.stringMatching(newName);
    expect(await listedByConfigured(project)).toEqual([{ apiKeyId, name, scopes: ["read", "write"] }]);
    expect(await leftovers(project)).toEqual([]);
}

/** Expects that the root key is still configured and the account's only one, and that nothing is left. */
async function expectUnchanged(project: RotationProject): Promise<void> {
    const { rootKeyId } = project.emulator;
    expect((await configuredPair(project)).apiKeyId).toBe(rootKeyId);
    expect((await listedByConfigured(project)).map(({ apiKeyId }) => apiKeyId)).toEqual([rootKeyId]);
    expect(await leftovers(project)).toEqual([]);
    expect(savedKeyFiles(project)).toEqual([]);
}

/** Returns the files and outputs that contain a private key but must not. */
async function leaksOf(project: RotationProject, runs: readonly Ended[]): Promise<string[]> {
    const secrets = [rootKeyPem(project.emulator), (await configuredPair(project)).privateKey];
    const printed = new Map(runs.map(({ stdout, stderr }, index) => [`run ${index}`, stdout + stderr]));
    const found = leaks(secrets, project.scratch, printed);
    return found.filter((place) => place !== keyFileOf(project) && !savedKeyFiles(project).includes(place));
}

async function findings({ stack, env }: RotationProject, ...args: string[]) {
    return findingsIn(stack.options.project, env, ...args);
}

describe("with --yes", () => {
    test("replaces the credentials in the stack's configuration", async () => {
        const emulator = await emulatorWith({ usageLevel: "basic", rootKeyType: "rsa" });
        const project = await projectWith(emulator, "stack configuration");
        const file = join(project.stack.options.project, "Pulumi.test.yaml");
        writeFileSync(file, `# A comment\n${readFileSync(file, "utf8")}`);
        const ended = await rotate(project, "--yes");
        expect(ended).toMatchObject({ code: 0, stderr: "" });
        expect(ended.stdout).toMatch(/^✓ New key: created "root-[0-9a-f]{7}" \([\w-]+\), read, write$/m);
        expect(ended.stdout).toContain(`✓ Old key: revoked "root" (${project.emulator.rootKeyId})\n`);
        await expectRotated(project);
        expect(createPrivateKey((await configuredPair(project)).privateKey).asymmetricKeyType).toBe("rsa");
        expect(readFileSync(file, "utf8")).toMatch(/^# A comment\n[^]*kalshi:privateKey:\n\s*secure: /);
        expect(await leaksOf(project, [ended])).toEqual([]);
        expect(await findings(project)).toMatchObject({ ok: true, interruptedCreates: [] });
    });

    test("replaces the file of the private key and keeps its mode", async () => {
        const project = await projectWith(await emulatorWith(), "privateKeyPath");
        const ended = await rotate(project, "--yes");
        expect(ended).toMatchObject({ code: 0, stderr: "" });
        await expectRotated(project);
        expect(readFileSync(keyFileOf(project), "utf8")).toBe((await configuredPair(project)).privateKey);
        expect(statSync(keyFileOf(project)).mode & 0o777).toBe(keyFileMode);
        expect(await project.stack.must("config", "get", "kalshi:privateKeyPath")).toBe("key.pem\n");
        expect(await leaksOf(project, [ended])).toEqual([]);
    });

    test("replaces the file that a link names, and keeps the link", async () => {
        const project = await projectWith(await emulatorWith(), "privateKeyPath");
        const file = join(project.scratch, "real.pem");
        await rename(keyFileOf(project), file);
        await symlink(file, keyFileOf(project));
        expect((await rotate(project, "--yes")).code).toBe(0);
        await expectRotated(project);
        expect(lstatSync(keyFileOf(project)).isSymbolicLink()).toBe(true);
        expect(statSync(file).mode & 0o777).toBe(keyFileMode);
    });

    test("finds the file of the private key from the program's folder, as the provider does", async () => {
        const project = await projectWith(await emulatorWith(), "privateKeyPath");
        const { project: folder } = project.stack.options;
        mkdirSync(join(folder, "src"));
        await rename(keyFileOf(project), join(folder, "src", "key.pem"));
        writeFileSync(join(folder, "src", "index.js"), "");
        appendFileSync(join(folder, "Pulumi.yaml"), "main: src/index.js\n");
        expect(await rotate(project, "--yes")).toMatchObject({ code: 0 });
        const { apiKeyId } = await clientOf(
            project.emulator,
            {},
            {
                apiKeyId: (await project.stack.must("config", "get", "kalshi:apiKeyId")).trim(),
                privateKey: readFileSync(join(folder, "src", "key.pem"), "utf8"),
            },
        )
            .listApiKeys()
            .then(([only]) => only ?? { apiKeyId: "" });
        expect(apiKeyId).not.toBe(project.emulator.rootKeyId);
    });

    test.each(["variables", "variable with a path"] as const)(
        "asks the user to set the new credentials (%s)",
        async (source) => {
            const project = await projectWith(await emulatorWith(), source);
            const first = await rotate(project, "--yes");
            expect(first.code).toBe(1);
            const [file = "", ...others] = savedKeyFiles(project);
            expect(others).toEqual([]);
            expect(statSync(file).mode & 0o777).toBe(0o600);
            const variables = newVariables(project);
            expect(first.stdout).toContain(`the variable KALSHI_API_KEY_ID to ${variables["KALSHI_API_KEY_ID"]}\n`);
            expect(first.stdout).toMatch(
                source === "variables"
                    ? `the variable KALSHI_PRIVATE_KEY to the content of ${file}\n`
                    : `the variable KALSHI_PRIVATE_KEY_PATH to ${file}\n`,
            );
            expect(await listedByConfigured(project)).toHaveLength(2);

            // Until the variables are set, nothing happens.
            await forgetRequests(project.emulator);
            const second = await rotate(project, "--yes");
            expect(second.code).toBe(1);
            expect(second.stdout).toContain(`the variable KALSHI_API_KEY_ID to ${variables["KALSHI_API_KEY_ID"]}\n`);
            expect(await calls(project.emulator)).not.toContain("POST generate");

            const updated = withVariables(project, variables);
            const last = await rotate(updated, "--yes");
            expect(last).toMatchObject({ code: 0, stderr: "" });
            expect(last.stdout.includes(`${file} holds the new private key, too.`)).toBe(source === "variables");
            await expectRotated(updated);
            expect(await leaksOf(updated, [first, second, last])).toEqual([]);
        },
    );

    test("needs no project", async () => {
        const project = await projectWith(await emulatorWith(), "variables");
        const anywhere = await scratchFolder();
        expect((await rotate(project, "--yes", "--cwd", anywhere)).code).toBe(1);
        const updated = withVariables(project, newVariables(project));
        const { code, stdout } = await rotate(updated, "--yes", "--cwd", anywhere);
        expect(stdout).not.toContain("--run-program");
        expect(code).toBe(0);
        await expectRotated(updated);
    });

    test("asks the user, too, if the stack's own configuration has only a part of the credentials", async () => {
        const project = await projectWith(await emulatorWith(), "variables");
        const { rootKeyId } = project.emulator;
        await project.stack.must("config", "set", "kalshi:apiKeyId", rootKeyId);
        const { code, stdout } = await rotate(project, "--yes");
        expect(code).toBe(1);
        expect(stdout).toMatch(/the option kalshi:apiKeyId to .*`pulumi config set kalshi:apiKeyId [\w-]+`/);
        expect(stdout).toContain("the variable KALSHI_PRIVATE_KEY to the content of ");
        expect((await configuredPair(project)).apiKeyId).toBe(rootKeyId);
        const { KALSHI_API_KEY_ID, ...variables } = newVariables(project);
        await project.stack.must("config", "set", "kalshi:apiKeyId", String(KALSHI_API_KEY_ID));
        const updated = withVariables(project, variables);
        expect((await rotate(updated, "--yes")).code).toBe(0);
        await expectRotated(updated);
    });
});

test("creates a key with broad scopes if Kalshi lists those of the old one as their children", async () => {
    const project = await projectWith(await emulatorWith({ expandScopes: true }), "stack configuration");
    const { code, stdout } = await rotate(project, "--yes");
    expect(stdout).toMatch(/New key: created "root-[0-9a-f]{7}" \(.*\), read, write\n/);
    expect(code).toBe(0);
    expect((await listedByConfigured(project)).map(({ name }) => name)).toEqual([expect.stringMatching(newName)]);
});

test("without a terminal it revokes nothing, the doctor reports that, and a later run revokes the old key", async () => {
    const project = await projectWith(await emulatorWith(), "stack configuration");
    const first = await rotate(project);
    expect(first.code).toBe(1);
    expect(first.stdout).toContain("The old one was not revoked and is still valid.\n");
    expect((await listedByConfigured(project)).map(({ name }) => name)).toEqual([
        "root",
        expect.stringMatching(newName),
    ]);
    const { ok, checks } = await findings(project);
    expect(ok).toBe(false);
    expect(checks.filter(({ status }) => status === "failed").map(({ name }) => name)).toEqual([
        "rotation of the credentials",
    ]);

    await forgetRequests(project.emulator);
    const { code, stdout } = await rotate(project, "--yes");
    expect(code).toBe(0);
    expect(stdout).toContain("this run continues it");
    expect(await calls(project.emulator)).not.toContain("POST generate");
    await expectRotated(project);
});

test("does not revoke an old key that a resource of the stack manages", async () => {
    const emulator = await emulatorWith();
    const project = await projectWith(emulator, "stack configuration");
    project.write(`module.exports = new Key("signer");`);
    await project.stack.must("up", "--yes", "--skip-preview");
    const [{ id: managed = "" } = {}] = await project.stack.resources();
    const { privateKey } = await project.stack.outputs();
    await project.stack.must("config", "set", "kalshi:apiKeyId", managed);
    await project.stack.setSecret("kalshi:privateKey", String(privateKey));
    const { code, stdout } = await rotate(project, "--yes");
    expect(stdout).toContain(`(${managed}) is a resource of organization/tests/test, so it was not revoked`);
    expect(code).toBe(0);
    const { apiKeyId } = await configuredPair(project);
    const ids = (await listedByConfigured(project)).map((key) => key.apiKeyId);
    expect(ids).toEqual([emulator.rootKeyId, managed, apiKeyId]);
    expect(await project.stack.must("up", "--yes", "--skip-preview")).toMatch(/Resources:\n\s+2 unchanged\n/);
    expect((await findings(project)).ok).toBe(true);
});

describe("changes nothing", () => {
    test("if Kalshi refuses the create", async () => {
        const emulator = await emulatorWith();
        const reader = await clientOf(emulator).generateApiKey({ name: "reader", scopes: ["read"] });
        const project = await projectWith(emulator, "stack configuration", reader);
        const { code, stdout } = await rotate(project, "--yes");
        expect(stdout).toMatch(/✗ Rotation: Could not create the API key "reader-.*\(KALSHI_PERMISSION_DENIED\)/);
        expect(stdout).toContain("The old credentials are still configured and valid.");
        expect(code).toBe(1);
        expect((await configuredPair(project)).apiKeyId).toBe(reader.apiKeyId);
        expect((await listedByConfigured(project)).map(({ name }) => name)).toEqual(["root", "reader"]);
        expect(await leftovers(project)).toEqual([]);
    });

    test("if the credentials are those of another account", async () => {
        const project = await projectWith(await emulatorWith(), "stack configuration");
        await rotate(project);
        const other = await emulatorWith();
        const { code, stdout } = await rotate(withVariables(project, { KALSHI_BASE_URL: other.baseUrl }), "--yes");
        expect(stdout).toContain("(KALSHI_CREDENTIALS_REFUSED)");
        expect(stdout).toContain("Nothing was changed.");
        expect(code).toBe(1);
        expect(await listedByConfigured(project)).toHaveLength(2);
        expect(await clientOf(other).listApiKeys()).toHaveLength(1);
    });

    test("if the stack cannot be read, even if variables have credentials", async () => {
        const project = await projectWith(await emulatorWith(), "variables");
        const { code, stdout } = await rotate(project, "--yes", "--stack", "nope");
        expect(stdout).toContain("Nothing was changed.");
        expect(code).toBe(1);
        await expectUnchanged(project);
    });

    test("for a stack of another project, whose configuration is not here", async () => {
        const project = await projectWith(await emulatorWith(), "stack configuration");
        const other = join(project.scratch, "other");
        mkdirSync(other);
        writeFileSync(join(other, "Pulumi.yaml"), "name: other\nruntime: nodejs\n");
        await mustRun("pulumi", ["stack", "init", "test", "--non-interactive"], { cwd: other, env: project.env });
        const { code, stdout } = await rotate(project, "--yes", "--stack", "organization/other/test");
        expect(stdout).toContain("organization/other/test is a stack of another project than ");
        expect(code).toBe(1);
        await expectUnchanged(project);
    });

    test("if the records of rotations cannot be read, which the doctor reports, too", async () => {
        const project = await projectWith(await emulatorWith(), "stack configuration");
        const folder = rotationsFolder(project.env);
        mkdirSync(dirname(folder), { recursive: true });
        writeFileSync(folder, "");
        const failed = (await findings(project)).checks.filter(({ status }) => status === "failed");
        expect(failed.map(({ name }) => name)).toEqual(["rotation of the credentials"]);
        expect(failed[0]?.text).toContain(folder);
        const { code, stdout } = await rotate(project, "--yes");
        expect(stdout).toMatch(/✗ Rotation: Could not read the records .*ENOTDIR.*\(KALSHI_ROTATION_FAILED\)/);
        expect(code).toBe(1);
        rmSync(folder);
        await expectUnchanged(project);
    });

    test("if the configuration cannot be written", async () => {
        const project = await projectWith(await emulatorWith(), "stack configuration");
        const env = await withInterceptedCall(project.env, {
            command: "config set",
            script: 'echo "error: no passphrase" >&2; exit 255',
        });
        const { code, stdout } = await rotate({ ...project, env }, "--yes");
        expect(stdout).toMatch(/✗ Rotation: .*error: no passphrase\. No key was created.*\(KALSHI_ROTATION_FAILED\)/);
        expect(code).toBe(1);
        expect(await calls(project.emulator)).not.toContain("POST generate");
        await expectUnchanged(project);
    });

    test("if the private key's file is a link into a folder that cannot be written", async () => {
        const project = await projectWith(await emulatorWith(), "privateKeyPath");
        const file = join(project.scratch, "real.pem");
        await rename(keyFileOf(project), file);
        await symlink(file, keyFileOf(project));
        // Permissions do not apply to root, but a folder in place of the draft does.
        mkdirSync(`${file}.rotation`);
        const { code, stdout } = await rotate(project, "--yes");
        expect(stdout).toMatch(/✗ Rotation: Could not prepare .*real\.pem.*No key was created/);
        expect(code).toBe(1);
        await expectUnchanged(project);
    });

    test.each([
        ["fails", "exit 255"],
        ["meets another change", 'echo "  tests:other: 1" >> Pulumi.test.yaml; "$pulumi" "$@"'],
    ])("and revokes the new key, if its configuration %s", async (_, script) => {
        const project = await projectWith(await emulatorWith(), "stack configuration");
        const env = await withInterceptedCall(project.env, { command: "config set", count: 3, script });
        const { code, stdout } = await rotate({ ...project, env }, "--yes");
        expect(stdout).toMatch(/✗ Rotation: Could not configure .*It was revoked\. .*\(KALSHI_ROTATION_FAILED\)/);
        expect(code).toBe(1);
        await expectUnchanged(project);
    });

    test("while another run rotates the same credentials, or after a third key was configured", async () => {
        const emulator = await emulatorWith();
        const project = await projectWith(emulator, "stack configuration");
        await rotate(project);
        const folder = rotationsFolder(project.env);
        const [found] = readRecords(folder);
        const { file = "", record } = found ?? {};
        writeFileSync(file, JSON.stringify({ ...record, process: thisProcess() }));
        const during = await rotate(project, "--yes");
        expect(during.stdout).toMatch(/✗ Rotation: Process \d+ on .*\(KALSHI_ROTATION_CONFLICT\)/);
        expect(during.code).toBe(1);

        const third = await clientOf(emulator).generateApiKey({ name: "third" });
        await project.stack.must("config", "set", "kalshi:apiKeyId", third.apiKeyId);
        await project.stack.setSecret("kalshi:privateKey", third.privateKey);
        const after = await rotate(project, "--yes");
        expect(after.stdout).toMatch(/✗ Rotation: Another rotation .*\(KALSHI_ROTATION_CONFLICT\)/);
        expect(after.stdout).toContain(file);
        expect(after.code).toBe(1);
        expect(await listedByConfigured(project)).toHaveLength(3);
    });
});

test("keeps the new key if somebody has put the old credentials back", async () => {
    const project = await projectWith(await emulatorWith(), "stack configuration");
    const file = join(project.stack.options.project, "Pulumi.test.yaml");
    const old = readFileSync(file);
    await rotate(project);
    const rotated = readFileSync(file);
    writeFileSync(file, old);
    const { code, stdout } = await rotate(project, "--yes");
    expect(stdout).toMatch(
        /✗ Rotation: The rotation in .* but the configuration has the old one.*\(KALSHI_ROTATION_CONFLICT\)/,
    );
    expect(code).toBe(1);
    expect(await listedByConfigured(project)).toHaveLength(2);

    writeFileSync(file, rotated);
    expect((await rotate(project, "--yes")).code).toBe(0);
    await expectRotated(project);
});

test("keeps the file of the new private key if somebody has configured a link to it meanwhile", async () => {
    const project = await projectWith(await emulatorWith(), "privateKeyPath");
    await rotate(project);
    const path = (await project.stack.must("config", "get", "kalshi:privateKeyPath")).trim();
    await symlink(path, join(project.stack.options.project, "link.pem"));
    await project.stack.must("config", "set", "kalshi:privateKeyPath", "link.pem");
    expect((await rotate(project, "--yes")).code).toBe(0);
    expect(await listedByConfigured(project)).toHaveLength(1);
    expect(await leftovers(project)).toEqual([path, "link.pem"]);
});

test("does not revoke an old key while a create that it signs is in flight, so that no key is orphaned", async () => {
    const emulator = await emulatorWith();
    const project = await projectWith(emulator, "stack configuration");
    project.write(`new Key("bot");`);
    const up = await waitingUp(emulator, project);
    const during = await rotate(project, "--yes");
    expect(during.stdout).toMatch(
        /✗ Rotation: Process \d+ on .* creating the API key "bot-[0-9a-f]{7}".*\(KALSHI_ROTATION_FAILED\)/,
    );
    expect(during.code).toBe(1);
    expect((await listedByConfigured(project)).map(({ name }) => name)).toContain("root");

    await killEngine(up);
    await untilGone(up);
    expect((await rotate(project, "--yes")).code).toBe(0);
    await project.stack.must("cancel", "--yes");
    const { interruptedCreates } = await findings(project, "--fix", "--yes");
    expect(interruptedCreates).toMatchObject([{ verdict: "orphaned" }]);
    await expectRotated(project);
});

test("loses no option if another run removes the new configuration file while it is written", async () => {
    const project = await projectWith(await emulatorWith(), "stack configuration");
    await project.stack.must("config", "set", "tests:other", "kept");
    const removed = { command: "config set", count: 2, script: 'rm .Pulumi.test.rotation-*; "$pulumi" "$@"' };
    const env = await withInterceptedCall(project.env, removed);
    const { code, stdout } = await rotate({ ...project, env }, "--yes");
    expect(await project.stack.must("config", "get", "tests:other")).toBe("kept\n");
    expect(stdout).toMatch(/✗ Rotation: Could not configure .*It was revoked\. .*\(KALSHI_ROTATION_FAILED\)/);
    expect(code).toBe(1);
    await expectUnchanged(project);
});

test("does not touch the new configuration file of another run while it only tries whether it can write", async () => {
    const project = await projectWith(await emulatorWith(), "stack configuration");
    const draft = join(project.stack.options.project, ".Pulumi.test.rotation-of-another-run.yaml");
    writeFileSync(draft, "");
    const env = await withInterceptedCall(project.env, {
        command: "config set",
        count: 2,
        script: `ls -a >&2; exit 255`,
    });
    const { stdout } = await rotate({ ...project, env }, "--yes");
    expect(stdout).toContain(".Pulumi.test.rotation-of-another-run.yaml");
});

test("finishes if somebody has removed the old private key's file meanwhile", async () => {
    const project = await projectWith(await emulatorWith(), "privateKeyPath");
    await rotate(project);
    rmSync(keyFileOf(project));
    expect((await rotate(project, "--yes")).code).toBe(0);
    await expectRotated(project);
    expect(statSync(keyFileOf(project)).mode & 0o777).toBe(keyFileMode);
});

describe("if a response is lost", () => {
    test("to the create, it revokes that key and creates another one", async () => {
        const project = await projectWith(await emulatorWith(), "stack configuration");
        await inject(project.emulator, { operation: "generate", when: "after", kind: "reset" });
        expect((await rotate(project, "--yes")).code).toBe(0);
        await expectRotated(project);
    });

    test("to the revocation, a list confirms it", async () => {
        const project = await projectWith(await emulatorWith(), "privateKeyPath");
        await inject(project.emulator, { operation: "delete", when: "after", kind: "reset" });
        expect((await rotate(project, "--yes")).code).toBe(0);
        await expectRotated(project);
    });

    test("to the check of the new credentials, it revokes nothing, and a later run finishes", async () => {
        const project = await projectWith(await emulatorWith(), "stack configuration");
        const fault = { operation: "list", when: "before", kind: "status", status: 500, times: 2 };
        const inject = `fetch("${project.emulator.origin}/_emulator/faults", { method: "POST", headers: { "content-type": "application/json" }, body: '${JSON.stringify(fault)}' })`;
        const env = await withInterceptedCall(project.env, {
            command: "stack export",
            count: 2,
            script: `node -e '${inject.replaceAll("'", `'"'"'`)}'; "$pulumi" "$@"`,
        });
        const old = readFileSync(join(project.stack.options.project, "Pulumi.test.yaml"));
        const first = await rotate({ ...project, env }, "--yes");
        expect(first.stdout).toMatch(/✗ Rotation: The new API key .* is configured, but .*\(KALSHI_ROTATION_FAILED\)/);
        expect(first.code).toBe(1);
        expect(await listedByConfigured(project)).toHaveLength(2);

        // Somebody puts the old credentials back, although the new ones may be in use in another checkout.
        const file = join(project.stack.options.project, "Pulumi.test.yaml");
        const rotated = readFileSync(file);
        writeFileSync(file, old);
        expect(await findings(project, "--fix", "--yes")).toMatchObject({ interruptedCreates: [], actions: [] });
        expect(await listedByConfigured(project)).toHaveLength(2);
        writeFileSync(file, rotated);

        expect((await rotate(project, "--yes")).code).toBe(0);
        await expectRotated(project);
    });
});

/** The number of points at which the command is killed. */
const killPoints = 20;
/** Of them, one while the new key exists and is in no use, and one after it was configured. */
const typical = [7, 14];

/** Returns the variables with which a run is killed at a step, or with which it records its steps. */
function killing(variables: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
    return { ...variables, NODE_OPTIONS: `--require ${join(root, "tests", "support", "killAt.cjs")}` };
}

/** Returns the steps of a run that is not killed. */
async function stepsOf(source: Source): Promise<string[]> {
    const project = await projectWith(await emulatorWith(), source);
    const file = join(project.scratch, "steps");
    await rotate(withVariables(project, killing({ KILL_STEPS: file })), "--yes");
    return readFileSync(file, "utf8").trim().split("\n");
}

/** Runs the command until it has finished, as its output says, and returns the project with the variables that it asked for. */
async function finishLater(project: RotationProject, runs: Ended[]): Promise<RotationProject> {
    // Divides the pauses between lists by 25.
    const fast = { NODE_OPTIONS: `--require ${join(root, "tests", "support", "fastTime.cjs")}` };
    runs.push(await rotate(withVariables(project, fast), "--yes"));
    if (runs.at(-1)?.code === 0) {
        return project;
    }
    const updated = withVariables(project, newVariables(project));
    runs.push(await rotate(withVariables(updated, fast), "--yes"));
    expect(runs.at(-1)?.code).toBe(0);
    return updated;
}

describe.each(sources.slice(0, 3))("killed (%s)", (source) => {
    let steps: Promise<string[]> | undefined;
    const others = Array.from({ length: killPoints }, (_, index) => index).filter((point) => !typical.includes(point));

    test.each(sample([...typical, ...others], typical.length))(
        "at point %i of 20, it leaves a working key, and a later run finishes",
        async (point) => {
            steps ??= stepsOf(source);
            const names = await steps;
            // Nothing changes before.
            const first = names.findIndex((name) => !/^(start|close|request|response)/.test(name));
            const at = first + Math.round(((names.length - 1 - first) * point) / (killPoints - 1));
            const project = await projectWith(await emulatorWith(), source);
            const killed = await rotate(withVariables(project, killing({ KILL_AT: String(at + 1) })), "--yes");
            expect(killed.code).toBeNull();
            await listedByConfigured(project);
            const runs = [killed];
            const finished = await finishLater(project, runs);
            await expectRotated(finished);
            expect(await leaksOf(finished, runs)).toEqual([]);
            await ageEntries(finished);
            expect(await findings(finished, "--fix", "--yes")).toMatchObject({ ok: true });
            expect(await entriesOf(finished)).toEqual([]);
            if (source === "privateKeyPath") {
                expect(statSync(keyFileOf(project)).mode & 0o777).toBe(keyFileMode);
            }
        },
    );
});
