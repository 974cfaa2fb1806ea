import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import which from "which";
import type { Emulator } from "../../emulator/index";
import type { EmulatorOptions } from "../../emulator/options";
import type { Entry } from "../../provider/src/journal/entry";
import { currentBackend } from "../../provider/src/journal/stackIdentity";
import { journalFolder, newFile, readJournal, writeEntry } from "../../provider/src/journal/journal";
import { thisProcess } from "../../provider/src/journal/processIdentity";
import { root } from "../../tools/paths";
import { run, type Ended } from "../../tools/processes";
import {
    accountKeys,
    calls,
    cleanUp,
    clientOf,
    emulatorWith,
    environmentOf,
    forgetRequests,
    inject,
    onCleanUp,
    ownKeyPair,
    release,
    rootKeyPem,
    scratchFolder,
    until,
    untilStruck,
} from "../support/harness";
import {
    ageEntries,
    creatingUp,
    entriesOf,
    killEngine,
    killProviders,
    openEntriesIn,
    untilEnded,
    waitingUp,
} from "../support/killing";
import { leaks } from "../support/leaks";
import { sample, testInFull } from "../support/full";
import {
    providers,
    dynamicProvider,
    resourcePlugin,
    type ProviderUnderTest,
    type TestProject,
} from "../support/project";

afterEach(cleanUp);

/** The tests find the processes that a killed engine leaves in /proc, which only Linux has. */
const [onLinux, testOnLinux] = process.platform === "linux" ? [describe, test] : [describe.skip, test.skip];

/** For what the doctor does alike for both providers, after the states and journals that both leave were tested. */
const oneProvider = sample([resourcePlugin, dynamicProvider]);

const up = ["up", "--yes", "--skip-preview"];
const program = join(root, "provider", "dist", "cli", "main.js");

async function doctorIn(cwd: string, env: NodeJS.ProcessEnv, ...args: string[]): Promise<Ended> {
    return run(process.execPath, [program, "doctor", ...args], { cwd, env });
}

/** Runs the doctor in the project's folder, without a terminal. */
async function doctor({ stack }: TestProject, ...args: string[]): Promise<Ended> {
    return doctorIn(stack.options.project, stack.env, ...args);
}

interface Findings {
    readonly ok: boolean;
    readonly checks: { name: string; status: string; text: string; details?: string[]; fixed: boolean }[];
    readonly stackKeys: { name: string; apiKeyId: string; status: string }[];
    readonly otherKeys: { name: string; apiKeyId: string; signs: boolean }[];
    readonly interruptedCreates: {
        name: string;
        uniqueName: boolean;
        sources: string[];
        verdict: string;
        orphans: string[];
        candidates: string[];
        processes: { pid: number; host: string }[];
    }[];
    readonly actions: { what: string; text: string }[];
}

async function findings(project: TestProject, ...args: string[]): Promise<Findings> {
    return JSON.parse((await doctor(project, "--json", ...args)).stdout) as Findings;
}

/** Returns the names of the resources with pending operations in the stack's state. */
async function pending({ stack }: TestProject): Promise<string[]> {
    const { deployment } = JSON.parse(await stack.must("stack", "export")) as {
        deployment: { pending_operations?: { resource: { urn: string } }[] };
    };
    return (deployment.pending_operations ?? []).map(({ resource }) => resource.urn.split("::").at(-1) ?? "");
}

/** Returns the identity of a process that has ended. */
async function endedProcess(): Promise<Entry["process"]> {
    const child = spawn(process.execPath, ["--version"], { stdio: "ignore" });
    await once(child, "exit");
    return { ...thisProcess(), pid: child.pid ?? 0, startTime: undefined };
}

describe("doctor on a healthy stack", () => {
    test.each(providers)("passes every check, and the output contains no secret ($name)", async ({ createProject }) => {
        const emulator = await emulatorWith({ usageLevel: "basic" });
        const project = await createProject(emulator, `module.exports = { privateKey: new Key("bot").privateKey };`);
        await project.stack.must(...up);
        const [apiKeyId] = await accountKeys(emulator);
        const other = await clientOf(emulator).generateApiKey({ name: "somebody's" });
        const { privateKey } = await project.stack.outputs();

        const text = await doctor(project);
        expect(text).toMatchObject({ code: 0, stderr: "" });
        expect(text.stdout).not.toContain("✗");
        expect(text.stdout).toMatch(/^✓ Engine: Pulumi v?3\.\d+\.\d+$/m);
        expect(text.stdout).toMatch(/^✓ Stack: organization\/tests\/test in \//m);
        expect(text.stdout).toContain(`apiKeyId:       ${emulator.rootKeyId} (variable KALSHI_API_KEY_ID)`);
        expect(text.stdout).toContain("• Usage level: basic; 200 tokens a second, 600 at once");
        expect(text.stdout).toContain("✓ Clock: ");
        expect(text.stdout).toMatch(new RegExp(`^    ✓ "bot-[0-9a-f]{7}" \\(${String(apiKeyId)}\\)$`, "m"));
        expect(text.stdout).toContain(`    "somebody's" (${other.apiKeyId})\n`);
        expect(text.stdout).toContain(`    "root" (${emulator.rootKeyId}), the signing key\n`);
        expect(text.stdout).toMatch(/\nEverything is in order\.\n$/);

        const json = await doctor(project, "--json", "--fix", "--yes");
        expect(json).toMatchObject({ code: 0, stderr: "" });
        expect(JSON.parse(json.stdout)).toMatchObject({
            ok: true,
            stackKeys: [{ apiKeyId, status: "listed" }],
            otherKeys: [
                { name: "root", signs: true },
                { name: "somebody's", signs: false },
            ],
            interruptedCreates: [],
            actions: [],
        });
        const secrets = [String(privateKey), rootKeyPem(emulator)];
        const printed = new Map([
            ["text", text.stdout],
            ["json", json.stdout],
        ]);
        expect(leaks(secrets, project.scratch, printed)).toEqual([]);
        expect(await accountKeys(emulator)).toHaveLength(2);
    });

    test("prefers the stack's options to variables, and reports a private key in plaintext", async () => {
        const emulator = await emulatorWith();
        const project = await resourcePlugin.createProjectWithEnvironment("", {
            ...environmentOf(emulator),
            KALSHI_API_KEY_ID: "another",
            KALSHI_PRIVATE_KEY_PATH: "/nowhere.pem",
        });
        await project.stack.must("config", "set", "kalshi:apiKeyId", emulator.rootKeyId);
        await project.stack.must("config", "set", "kalshi:privatKey", "a typo");
        await project.stack.setSecret("kalshi:privateKey", rootKeyPem(emulator));
        const { code: refused, stdout: mistyped } = await doctor(project);
        expect(mistyped).toMatch(/✗ kalshi:privatKey .*kalshi:privateKey\b.*KALSHI_OPTION_UNKNOWN/);
        expect(mistyped).toContain("Credentials: not checked");
        expect(refused).toBe(1);

        await project.stack.must("config", "rm", "kalshi:privatKey");
        const { code, stdout } = await doctor(project);
        expect(stdout).toContain(`apiKeyId:       ${emulator.rootKeyId} (option kalshi:apiKeyId)`);
        expect(stdout).toContain("privateKey:     set (secret) (option kalshi:privateKey)");
        expect(stdout).toContain("/nowhere.pem (variable KALSHI_PRIVATE_KEY_PATH; not used");
        expect(code).toBe(0);

        await project.stack.must("config", "set", "--plaintext", "kalshi:privateKey", "--", rootKeyPem(emulator));
        const { code: failed, stdout: unsafe } = await doctor(project);
        expect(unsafe).toContain("pulumi config set --secret kalshi:privateKey");
        expect(failed).toBe(1);
        const printed = new Map([["text", stdout + unsafe]]);
        expect(leaks([rootKeyPem(emulator)], await scratchFolder(), printed)).toEqual([]);
    });

    test("reports a key that was revoked outside Pulumi", async () => {
        const emulator = await emulatorWith();
        const project = await resourcePlugin.createProject(emulator, `new Key("bot");`);
        await project.stack.must(...up);
        const [apiKeyId = ""] = await accountKeys(emulator);
        await clientOf(emulator).deleteApiKey(apiKeyId);
        const { options, env } = project.stack;
        const { code, stdout } = await doctorIn(await scratchFolder(), env, "--cwd", options.project);
        expect(stdout).toMatch(new RegExp(`✗ "bot-\\w{7}" \\(${apiKeyId}\\): .*pulumi refresh`));
        expect(stdout).toContain("1 thing needs attention.");
        expect(code).toBe(1);
    });
});

describe("doctor without a stack", () => {
    test("runs the other checks", async () => {
        const emulator = await emulatorWith();
        const env = { PATH: process.env["PATH"], PULUMI_HOME: await scratchFolder(), ...environmentOf(emulator) };
        const { code, stdout } = await doctorIn(await scratchFolder(), env);
        expect(stdout).toMatch(/^• Stack: no stack: .* is in no Pulumi project$/m);
        expect(stdout).toContain("✓ Credentials: accepted");
        expect(stdout).toContain(`"root" (${emulator.rootKeyId}), the signing key`);
        expect(code).toBe(0);
    });

    test("reports the engine's error in a project", async () => {
        const emulator = await emulatorWith();
        const project = await resourcePlugin.createProjectWithEnvironment("", environmentOf(emulator));
        const { code, stdout } = await doctor(project, "--stack", "nope");
        expect(stdout).toContain("✗ Stack: no stack: error: no stack named 'nope' found");
        expect(stdout).toContain("✓ Credentials: accepted");
        expect(code).toBe(1);
    });

    test("reports how to install a missing engine, and runs the other checks", async () => {
        const emulator = await emulatorWith();
        const path = await scratchFolder();
        symlinkSync(process.execPath, join(path, "node"));
        const env = { PATH: path, PULUMI_HOME: await scratchFolder(), ...environmentOf(emulator) };
        const { code, stdout } = await doctorIn(await scratchFolder(), env);
        expect(stdout).toMatch(/^✗ Engine: there is no `pulumi` on PATH.*https:/m);
        expect(stdout).toContain("✓ Credentials: accepted");
        expect(stdout).toContain("1 thing needs attention.");
        expect(code).toBe(1);
    });
});

test("doctor names the Node version that it needs if Node is too old", async () => {
    const old = join(await scratchFolder(), "old.cjs");
    writeFileSync(
        old,
        `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "22.11.0" } });`,
    );
    const { code, stdout, stderr } = await run(process.execPath, ["--require", old, program, "doctor"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^pulumi-kalshi .*22\.12 .*22\.11\.0\. .*\(KALSHI_NODE_TOO_OLD\)\n$/);
});

describe("doctor without a usable account", () => {
    test.each<[string, (emulator: Emulator) => Record<string, string>, RegExp]>([
        [
            "an unknown key id",
            () => ({ KALSHI_API_KEY_ID: randomUUID() }),
            /✗ Credentials: .*status 401.*\(KALSHI_CREDENTIALS_REFUSED\)$/m,
        ],
        ["missing credentials", () => ({ KALSHI_API_KEY_ID: "" }), /✗ .*KALSHI_CREDENTIALS_MISSING/],
        [
            "a closed port",
            () => ({ KALSHI_BASE_URL: "http://127.0.0.1:9/trade-api/v2" }),
            /✗ Credentials: .*ECONNREFUSED.*\(KALSHI_UNREACHABLE\)$/m,
        ],
    ])("reports %s", async (_, more, expected) => {
        const emulator = await emulatorWith();
        const env = { ...environmentOf(emulator), ...more(emulator) };
        const all = { PATH: process.env["PATH"], PULUMI_HOME: await scratchFolder(), ...env };
        const { code, stdout } = await doctorIn(await scratchFolder(), all);
        expect(stdout).toMatch(expected);
        expect(code).toBe(1);
    });

    test.each([
        ["a missing endpoint for the usage level", "signer", /^• Usage level: not available on this server$/m, 0],
        ["a list without the signing key", "another", /^✗ Credentials: accepted, but the list .* is incomplete/m, 1],
    ])("reports %s", async (_, apiKeyId, expected, exitCode) => {
        const server = createServer(({ url }, answer) => {
            const body =
                url?.endsWith("/api_keys") === true ? { api_keys: [{ api_key_id: apiKeyId, name: "root" }] } : {};
            answer.writeHead("api_keys" in body ? 200 : 404).end(JSON.stringify(body));
        });
        server.listen(0, "127.0.0.1");
        await once(server, "listening");
        onCleanUp(async () => void server.close());
        const { port } = server.address() as AddressInfo;
        const env = {
            PATH: process.env["PATH"],
            PULUMI_HOME: await scratchFolder(),
            KALSHI_BASE_URL: `http://127.0.0.1:${port}/trade-api/v2`,
            KALSHI_API_KEY_ID: "signer",
            KALSHI_PRIVATE_KEY: ownKeyPair("ed25519").privateKey,
        };
        const { code, stdout } = await doctorIn(await scratchFolder(), env);
        expect(stdout).toMatch(expected);
        expect(code).toBe(exitCode);
    });

    test("reports clock skew", async () => {
        const emulator = await emulatorWith({ now: () => Date.now() + 120_000 });
        const env = { PATH: process.env["PATH"], PULUMI_HOME: await scratchFolder(), ...environmentOf(emulator) };
        const { code, stdout } = await doctorIn(await scratchFolder(), env);
        expect(stdout).toMatch(/✗ Clock: this machine's is 1(19|20|21) s behind Kalshi's.*NTP/);
        expect(stdout).toContain("✓ Credentials: accepted");
        expect(code).toBe(1);
    });
});

onLinux.each(providers)("after the engine was killed during a create ($name)", ({ createProject }) => {
    test("--fix revokes the orphaned key and leaves the rest of the stack unchanged", async () => {
        const emulator = await emulatorWith();
        const project = await createProject(emulator, `new Key("bot");`);
        const healthy = await clientOf(emulator).generateApiKey({ name: "bot" });
        const run = await waitingUp(emulator, project);
        const [orphan = ""] = (await accountKeys(emulator)).filter((id) => id !== healthy.apiKeyId);
        const [{ name, process: provider }] = run.entries as [Entry];

        const inFlight = await findings(project, "--fix", "--yes");
        expect(inFlight).toMatchObject({
            ok: false,
            interruptedCreates: [
                { name, verdict: "inFlight", sources: ["state", "journal"], processes: [{ pid: provider.pid }] },
            ],
            actions: [],
        });

        await killEngine(run);
        await untilEnded(run);
        await forgetRequests(emulator);

        // The killed engine has left its lock.
        const locked = await doctor(project, "--fix", "--yes");
        expect(locked.stdout).toContain("the stack is currently locked");
        expect(locked.stdout).toContain("(KALSHI_FIX_FAILED)");
        expect(locked.code).toBe(1);
        await project.stack.must("cancel", "--yes");

        const refused = await doctor(project, "--fix");
        expect(refused.stderr).toContain("Nothing was touched");
        expect(refused.stderr).toContain("--yes");
        expect(refused.stdout).toContain(`orphan: ${orphan}`);
        expect(refused.code).toBe(1);
        expect(await findings(project)).toMatchObject({
            interruptedCreates: [
                {
                    name,
                    uniqueName: true,
                    sources: ["state", "journal"],
                    verdict: "orphaned",
                    orphans: [orphan],
                    candidates: [],
                },
            ],
        });
        expect(await calls(emulator)).not.toContain("DELETE id");
        expect(await pending(project)).toEqual(["bot"]);

        const { code, stdout } = await doctor(project, "--fix", "--yes");
        expect(stdout).toContain(`✓ Revoked the API key "${name}" (${orphan})`);
        expect(stdout).toMatch(/\nEverything is in order\.\n$/);
        expect(code).toBe(0);
        expect(await accountKeys(emulator)).toEqual([healthy.apiKeyId]);
        expect(await pending(project)).toEqual([]);
        expect(await openEntriesIn(journalFolder(project.stack.env))).toEqual([]);
        const said = await project.stack.pulumi(up);
        expect(said.code).toBe(0);
        expect(said.stdout + said.stderr).not.toMatch(/pending|interrupted/);
        expect(await accountKeys(emulator)).toHaveLength(2);
    });
});

onLinux.each(oneProvider)("after the engine was killed during a create ($name)", ({ createProject }) => {
    test("without the journal, the state's other key reveals credentials of another account", async () => {
        const emulator = await emulatorWith();
        const project = await createProject(emulator, `new Key("held");`);
        await project.stack.must(...up);
        project.write(`new Key("held"); new Key("bot");`);
        const run = await waitingUp(emulator, project);
        await killEngine(run);
        await untilEnded(run);
        await rm(journalFolder(project.stack.env), { recursive: true });
        await project.stack.must("cancel", "--yes");
        const env = { ...project.stack.env, ...environmentOf(await emulatorWith()) };
        const { stdout } = await doctorIn(project.stack.options.project, env, "--json", "--fix", "--yes");
        expect(JSON.parse(stdout)).toMatchObject({ interruptedCreates: [{ verdict: "otherAccount" }], actions: [] });
        expect(await pending(project)).toEqual(["bot"]);
        expect(await findings(project)).toMatchObject({ interruptedCreates: [{ verdict: "orphaned" }] });
    });

    test("without the journal, the state identifies the orphaned key", async () => {
        const emulator = await emulatorWith();
        const project = await createProject(emulator, `new Key("bot");`);
        const run = await waitingUp(emulator, project);
        await killEngine(run);
        await untilEnded(run);
        await rm(journalFolder(project.stack.env), { recursive: true });

        // The doctor records the name in the journal before it changes the state.
        await doctor(project, "--fix", "--yes");
        expect(await entriesOf(project)).toMatchObject([
            { name: run.entries[0]?.name, uniqueName: true, resource: "bot" },
        ]);
        expect(await accountKeys(emulator)).toHaveLength(1);
        await rm(journalFolder(project.stack.env), { recursive: true });

        await project.stack.must("cancel", "--yes");
        const { ok, actions } = await findings(project, "--fix", "--yes");
        expect(actions.map(({ what }) => what)).toEqual(["recorded", "cleared", "revoked", "kept"]);
        expect(ok).toBe(true);
        expect(await accountKeys(emulator)).toEqual([]);
    });
});

testOnLinux.each(providers)(
    "the journal entry of a killed provider identifies the orphaned key ($name)",
    async ({ createProject }) => {
        const emulator = await emulatorWith();
        const project = await createProject(emulator, `new Key("bot");`);
        const run = await waitingUp(emulator, project);
        await killProviders(run);
        await untilEnded(run);
        const [orphan] = await accountKeys(emulator);
        expect(await pending(project)).toEqual([]);
        const create = { name: run.entries[0]?.name, sources: ["journal"], verdict: "orphaned", orphans: [orphan] };
        expect(await findings(project)).toMatchObject({ ok: false, interruptedCreates: [create] });
        const { ok, actions } = await findings(project, "--fix", "--yes");
        expect(actions.map(({ what }) => what)).toEqual(["revoked", "kept"]);
        expect(ok).toBe(true);
        expect(await accountKeys(emulator)).toEqual([]);
        await project.stack.must(...up);
    },
);

testOnLinux("reports and keeps a key with an explicit name, with its records", async () => {
    const emulator = await emulatorWith();
    const project = await resourcePlugin.createProject(
        emulator,
        `new Key("auto"); new Key("explicit", { name: "explicit" });`,
    );
    const run = await waitingUp(emulator, project, 2);
    await killEngine(run);
    await untilEnded(run);
    await project.stack.must("cancel", "--yes");
    const keys = await clientOf(emulator).listApiKeys();
    const candidate = keys.find(({ name }) => name === "explicit")?.apiKeyId ?? "";

    const first = await findings(project, "--fix", "--yes");
    expect(first.interruptedCreates.find(({ name }) => name === "explicit")).toMatchObject({
        uniqueName: false,
        verdict: "candidate",
        orphans: [],
        candidates: [candidate],
    });
    // The journal identifies the other key. Its pending operation stays, because the engine clears all or none.
    expect(first.checks.find(({ name }) => name === "pending operations")?.text).toContain("1 must stay");
    expect(first.ok).toBe(false);
    expect(first.actions.map(({ what }) => what)).toEqual(["revoked", "kept"]);
    expect(await accountKeys(emulator)).toEqual([candidate]);
    expect((await pending(project)).sort()).toEqual(["auto", "explicit"]);

    await clientOf(emulator).deleteApiKey(candidate);
    await ageEntries(project);
    const second = await findings(project, "--fix", "--yes");
    expect(second.actions.map(({ what }) => what)).toEqual(["cleared", "removed", "removed"]);
    expect(second.ok).toBe(true);
    expect(await pending(project)).toEqual([]);
    expect(await entriesOf(project)).toEqual([]);
});

test.each(providers)(
    "does not treat a key that was removed from the state as orphaned ($name)",
    async ({ createProject, name }) => {
        const emulator = await emulatorWith();
        const project = await createProject(emulator, `new Key("bot");`);
        await project.stack.must(...up);
        const [{ urn, id } = { urn: "", id: "" }] = await project.stack.resources();
        await project.stack.must("state", "delete", urn, "--yes");
        const { interruptedCreates, actions } = await findings(project, "--fix", "--yes");
        // The dynamic provider does not know whether the engine received the key, so it keeps the entry.
        expect(interruptedCreates.map(({ verdict, candidates }) => ({ verdict, candidates }))).toEqual(
            name === "dynamic provider" ? [{ verdict: "delivered", candidates: [id] }] : [],
        );
        expect(actions).toEqual([]);
        expect(await accountKeys(emulator)).toEqual([id]);
    },
);

testOnLinux("keeps the record of an orphaned key until it is revoked", async () => {
    const emulator = await emulatorWith();
    const project = await dynamicProvider.createProject(emulator, `new Key("bot");`);
    const run = await waitingUp(emulator, project);
    await killEngine(run);
    await untilEnded(run);
    await project.stack.must("cancel", "--yes");
    const [orphan = ""] = await accountKeys(emulator);
    const [{ file, entry } = { file: "" }] = await readJournal(journalFolder(project.stack.env));
    // A host leaves such an entry if it returned the key to an engine that had ended.
    writeFileSync(file, JSON.stringify({ ...entry, status: "delivered", apiKeyId: orphan }));
    await inject(emulator, { operation: "delete", when: "before", kind: "status", status: 403 });
    const first = await doctor(project, "--fix", "--yes");
    expect(first.stdout).toMatch(new RegExp(`✗ Fix: .*\\(${orphan}\\): status 403.*KALSHI_FIX_FAILED`));
    expect(await pending(project)).toEqual([]);
    expect((await findings(project, "--fix", "--yes")).ok).toBe(true);
    expect(await accountKeys(emulator)).toEqual([]);
    expect(await openEntriesIn(journalFolder(project.stack.env))).toEqual([]);
});

/**
 * Creates a project, kills its engine during a create, and returns both with the orphaned key.
 *
 * @param before the program of an earlier run that succeeds
 */
async function interruptedProject({ createProject }: ProviderUnderTest, before = "") {
    const emulator = await emulatorWith();
    const project = await createProject(emulator, before);
    if (before !== "") {
        await project.stack.must(...up);
    }
    const held = await accountKeys(emulator);
    project.write(`${before} new Key("bot");`);
    const run = await waitingUp(emulator, project);
    await killEngine(run);
    await untilEnded(run);
    await project.stack.must("cancel", "--yes");
    const [orphan = ""] = (await accountKeys(emulator)).filter((id) => !held.includes(id));
    return { emulator, project, orphan, held };
}

/** Returns the file in which the backend keeps the stack's state. */
function stateFile({ scratch }: TestProject): string {
    return join(scratch, "pulumi", "backend", ".pulumi", "stacks", "tests", "test.json");
}

/**
 * Runs the doctor with a `pulumi` on PATH that runs a script instead of one of the doctor's calls.
 *
 * @param command the `pulumi` command that the script replaces
 * @param count which call of that command it replaces, from 1 on
 * @param script the script; `"$pulumi" "$@"` in it is the replaced call
 */
async function doctorInterruptedAt(project: TestProject, command: string, count: number, script: string) {
    const folder = await scratchFolder();
    const wrapper = `#!/bin/sh
        pulumi=${await which("pulumi")}
        case "$*" in *"${command}"*)
            echo >> ${folder}/calls
            if [ $(wc -l < ${folder}/calls) = ${count} ]; then
                ${script}
                exit
            fi;;
        esac
        exec "$pulumi" "$@"`;
    writeFileSync(join(folder, "pulumi"), wrapper, { mode: 0o755 });
    const { options, env } = project.stack;
    const path = `${folder}:${env["PATH"] ?? ""}`;
    return doctorIn(options.project, { ...env, PATH: path }, "--fix", "--yes");
}

/** Another `pulumi up`, which succeeds. */
const otherUp = '"$pulumi" up --yes --skip-preview --non-interactive < /dev/null > /dev/null 2>&1';
const call = '"$pulumi" "$@"';

onLinux.each(oneProvider)("if another run updates the stack during --fix ($name)", (provider) => {
    const stops = /✗ Fix: .* \(update of .*\).*KALSHI_FIX_CONCURRENT/;

    test.each<[string, string, number, string[], RegExp]>([
        ["before the second export", "stack export", 2, [otherUp, call], /✗ Fix: .*KALSHI_FIX_OUTDATED/],
        ["before the pending operations are cleared", "refresh", 1, [otherUp, call], stops],
        ["after the pending operations are cleared", "refresh", 1, [call, otherUp], stops],
        ["before the third export", "stack export", 3, [otherUp, call], /✓ Revoked the API key/],
    ])("%s, nothing is rolled back, and no live key is revoked", async (_, command, count, script, expected) => {
        const { emulator, project, orphan } = await interruptedProject(provider);
        const { stdout } = await doctorInterruptedAt(project, command, count, script.join("\n"));
        expect(stdout).toMatch(expected);
        const [live = ""] = (await project.stack.resources()).map(({ id }) => id);
        const left = stdout.includes("✓ Revoked") ? [live] : [live, orphan];
        expect((await accountKeys(emulator)).sort()).toEqual(left.sort());

        expect((await findings(project, "--fix", "--yes")).ok).toBe(true);
        expect(await accountKeys(emulator)).toEqual([live]);
        expect((await project.stack.resources()).map(({ id }) => id)).toEqual([live]);
    });

    test("while the engine clears the pending operations, no key is revoked", async () => {
        const { emulator, project, orphan } = await interruptedProject(provider);
        const state = stateFile(project);
        // The engine reads the state before the other run finishes.
        const script = [`cp ${state} ${state}.read`, otherUp, `mv ${state}.read ${state}`, call];
        const { code, stdout } = await doctorInterruptedAt(project, "refresh", 1, script.join("\n"));
        expect(stdout).toMatch(stops);
        expect(code).toBe(1);
        expect(await project.stack.resources()).toEqual([]);
        const keys = await accountKeys(emulator);
        expect(keys).toHaveLength(2);

        // The other run's key stays even if the state is not restored.
        await doctor(project, "--fix", "--yes");
        expect(await accountKeys(emulator)).toEqual(keys.filter((id) => id !== orphan));
    });
});

testOnLinux("--fix does not revoke a key that another run imports meanwhile", async () => {
    const { emulator, project, orphan } = await interruptedProject(resourcePlugin);
    const importIt = `"$pulumi" import ${resourcePlugin.type} rescued ${orphan} --yes --skip-preview --generate-code=false --protect=false`;
    const script = [`${importIt} < /dev/null > /dev/null 2>&1`, call].join("\n");
    const { code, stdout } = await doctorInterruptedAt(project, "stack export", 3, script);
    expect(stdout).toMatch(/✗ Fix: .*"bot-[0-9a-f]{7}".*KALSHI_FIX_OUTDATED/);
    expect(code).toBe(1);
    expect((await project.stack.resources()).map(({ id }) => id)).toEqual([orphan]);
    expect(await accountKeys(emulator)).toEqual([orphan]);
});

onLinux.each(oneProvider)("--fix clears the pending operations ($name)", (provider) => {
    test("needs neither a provider nor a program", async () => {
        const { emulator, project, held } = await interruptedProject(provider, `new Key("held");`);
        const folder = project.stack.options.project;
        await rm(join(folder, "node_modules"));
        await rm(join(folder, "index.js"));
        writeFileSync(join(folder, "Pulumi.yaml"), "name: tests\nruntime: nodejs\n");
        const { ok, actions } = await findings(project, "--fix", "--yes");
        expect(actions.map(({ what }) => what)).toEqual(["cleared", "revoked", "kept"]);
        expect(ok).toBe(true);
        expect(await accountKeys(emulator)).toEqual(held);
    });

    test("accepts a state without resources", async () => {
        const { emulator, project } = await interruptedProject(provider);
        const file = stateFile(project);
        const state = JSON.parse(readFileSync(file, "utf8")) as { checkpoint: { latest: { resources: unknown[] } } };
        state.checkpoint.latest.resources = [];
        writeFileSync(file, JSON.stringify(state));
        expect(await findings(project, "--fix", "--yes")).toMatchObject({ ok: true });
        expect(await pending(project)).toEqual([]);
        expect(await accountKeys(emulator)).toEqual([]);
    });
});

test("treats a second key with the unique name of a key in the state as orphaned, without any record", async () => {
    const emulator = await emulatorWith();
    const project = await resourcePlugin.createProject(
        emulator,
        `new Key("bot"); new Key("explicit", { name: "explicit" });`,
    );
    await project.stack.must(...up);
    const before = await accountKeys(emulator);
    const { name = "" } = (await findings(project)).stackKeys.find((key) => key.name.startsWith("bot-")) ?? {};
    const late = await clientOf(emulator).generateApiKey({ name });
    const twin = await clientOf(emulator).generateApiKey({ name: "explicit" });
    expect(await findings(project)).toMatchObject({
        ok: false,
        interruptedCreates: [{ name, sources: ["list"], verdict: "orphaned", orphans: [late.apiKeyId] }],
    });
    const { ok, actions } = await findings(project, "--fix", "--yes");
    expect(actions.map(({ what }) => what)).toEqual(["revoked"]);
    expect(ok).toBe(true);
    expect((await accountKeys(emulator)).sort()).toEqual([...before, twin.apiKeyId].sort());
});

testOnLinux("prints names and other text from Kalshi without control characters", async () => {
    const emulator = await emulatorWith();
    const project = await resourcePlugin.createProject(
        emulator,
        `new Key("bot", { name: "bot\\u001b[2J\\u202e\\u009b31m" });`,
    );
    const run = await waitingUp(emulator, project);
    await killEngine(run);
    await untilEnded(run);
    await project.stack.must("cancel", "--yes");
    const controls = /(?!\n)[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/;
    expect((await doctor(project, "--fix", "--yes")).stdout).not.toMatch(controls);
    expect((await doctor(project, "--json")).stdout).not.toMatch(controls);
    const [create] = (await findings(project)).interruptedCreates;
    expect(create?.name).toBe("bot\u001b[2J\u202e\u009b31m");
});

testOnLinux.each(oneProvider)(
    "a journal entry belongs to a stack, not to a folder ($name)",
    async ({ createProject, name }) => {
        const emulator = await emulatorWith();
        const project = await createProject(emulator, `new Key("bot");`);
        const run = await waitingUp(emulator, project);
        const known = name === "dynamic provider" ? { organization: "organization" } : {};
        expect(run.entries).toMatchObject([{ backend: project.stack.env["PULUMI_BACKEND_URL"], ...known }]);
        await killProviders(run);
        await untilEnded(run);
        const [orphan] = await accountKeys(emulator);
        const { options, env } = project.stack;
        const json = async (folder: string, more: NodeJS.ProcessEnv) =>
            JSON.parse((await doctorIn(folder, { ...env, ...more }, "--json", "--fix", "--yes")).stdout) as Findings;

        // Another backend, with the same project, stack and folder.
        const other = { PULUMI_BACKEND_URL: `file://${await scratchFolder()}` };
        await project.stack.pulumi(["stack", "init", "test"], other);
        const elsewhere = await json(options.project, other);
        expect(elsewhere.interruptedCreates).toEqual([]);
        expect(elsewhere.checks.map(({ name }) => name)).toContain("interrupted creates of other stacks");
        expect(await accountKeys(emulator)).toEqual([orphan]);

        // A renamed stack.
        await project.stack.must("stack", "rename", "renamed");
        const renamed = await json(options.project, { PULUMI_STACK: "renamed" });
        expect(renamed.interruptedCreates).toMatchObject([{ verdict: "candidate", candidates: [orphan] }]);
        expect(await accountKeys(emulator)).toEqual([orphan]);
        await project.stack.pulumi(["stack", "rename", "test"], { PULUMI_STACK: "renamed" });

        // A moved project folder.
        const moved = join(await scratchFolder(), "moved");
        await rename(options.project, moved);
        const { ok, actions } = await json(moved, {});
        await rename(moved, options.project);
        expect(actions.map(({ what }) => what)).toEqual(["revoked", "kept"]);
        expect(ok).toBe(true);
        expect(await accountKeys(emulator)).toEqual([]);
    },
);

describe("doctor and the journal", () => {
    /** Creates a project with a key in its state, and an old journal entry of another create that left no key. */
    async function withEntry(more: Partial<Entry>, options: Partial<EmulatorOptions> = {}) {
        const emulator = await emulatorWith(options);
        const project = await resourcePlugin.createProject(emulator, `new Key("bot");`);
        await project.stack.must(...up);
        const [{ apiKeyId, name } = { apiKeyId: "", name: "" }] = (await findings(project)).stackKeys;
        const { project: folder } = project.stack.options;
        const file = newFile(journalFolder(project.stack.env));
        await writeEntry(file, {
            name,
            uniqueName: true,
            environment: emulator.baseUrl,
            signedBy: emulator.rootKeyId,
            project: "tests",
            stack: "test",
            resource: "bot",
            folder,
            backend: await currentBackend(project.stack.env, folder),
            startedAt: "2026-01-01T00:00:00.000Z",
            noKeySince: "2026-01-01T00:00:00.000Z",
            process: await endedProcess(),
            status: "pending",
            earlierAttemptMayExist: false,
            ...more,
        });
        return { emulator, project, apiKeyId, name, folder, file };
    }

    test("removes the entry of a key that the state holds, and keeps the key", async () => {
        const { emulator, project, apiKeyId } = await withEntry({});
        const { ok, interruptedCreates } = await findings(project, "--fix", "--yes");
        expect(interruptedCreates).toMatchObject([{ verdict: "noKey", orphans: [] }]);
        expect(ok).toBe(true);
        expect(await accountKeys(emulator)).toEqual([apiKeyId]);
        expect(await entriesOf(project)).toEqual([]);
    });

    test.each(["is in the state", "was removed from the state"])(
        "revokes only the late key of the first attempt if the key of the retried create %s",
        async (which) => {
            const { emulator, project, apiKeyId, name, file } = await withEntry({});
            const [{ urn } = { urn: "" }] = await project.stack.resources();
            const retried = { status: "delivered", apiKeyId, earlierAttemptMayExist: true };
            const [entry] = await entriesOf(project);
            writeFileSync(file, JSON.stringify({ ...entry, ...retried }));
            const late = await clientOf(emulator).generateApiKey({ name });
            if (which !== "is in the state") {
                await project.stack.must("state", "delete", urn, "--yes");
            }
            const { ok, interruptedCreates } = await findings(project, "--fix", "--yes");
            expect(interruptedCreates).toMatchObject([{ verdict: "orphaned", orphans: [late.apiKeyId] }]);
            expect(ok).toBe(true);
            expect(await accountKeys(emulator)).toEqual([apiKeyId]);
        },
    );

    /** The script of a process that creates a key with the name that the entry records. */
    const maker = (keys: string) => `
        const { readConfig } = require("${keys}/config.js");
        const { platformOf } = require("${keys}/createPlatform.js");
        const { client } = platformOf(readConfig({ option: () => undefined, env: process.env }));
        client.generateApiKey({ name: "bot-0000000" });`;

    test.each([
        ["the stack is changed", "echo", /✗ Fix: The stack .*KALSHI_FIX_OUTDATED/],
        ["the account's keys change", "node", /✗ Fix: The account's keys .*KALSHI_FIX_OUTDATED/],
    ])("changes nothing if %s while it asks for confirmation", async (_, what, expected) => {
        const { emulator, project } = await withEntry({ name: "bot-0000000" });
        const script = join(await scratchFolder(), "maker.cjs");
        writeFileSync(script, maker(join(root, "provider", "dist")));
        const command = what === "echo" ? "echo" : `"${process.execPath}" ${script}`;
        const before = await accountKeys(emulator);
        const { code, stdout } = await doctorInterruptedAt(project, "stack export", 2, `${command}\n${call}`);
        expect(stdout).toMatch(expected);
        expect(code).toBe(1);
        expect(await accountKeys(emulator)).toEqual(expect.arrayContaining(before));
        expect(await entriesOf(project)).toHaveLength(1);
    });

    test("treats an entry of the program's folder within the project as this stack's", async () => {
        const { emulator, project, folder } = await withEntry({ name: "bot-0000000" });
        const orphan = await clientOf(emulator).generateApiKey({ name: "bot-1111111" });
        const program = join(folder, "program");
        await mkdir(program);
        const [entry] = (await entriesOf(project)) as [Entry];
        await writeEntry(newFile(journalFolder(project.stack.env)), { ...entry, name: "bot-1111111", folder: program });
        const { ok, interruptedCreates } = await findings(project, "--fix", "--yes");
        expect(interruptedCreates.find(({ name }) => name === "bot-1111111")).toMatchObject({
            orphans: [orphan.apiKeyId],
        });
        expect(ok).toBe(true);
        expect(await accountKeys(emulator)).toHaveLength(1);
    });

    const others: readonly (readonly [string, Partial<Entry>, string])[] = [
        ["another stack", { stack: "prod", backend: undefined }, "other stacks: 1; run this there"],
        ["another folder", { folder: root, backend: undefined }, `${root}, stack tests/test: 1`],
        ["another backend", { backend: "https://api.pulumi.com" }, "other stacks: 1; run this there"],
        ["another organization", { organization: "acme" }, "other stacks: 1; run this there"],
        ["another environment", { environment: "demo" }, "environment demo, signing key"],
    ];

    // tests/unit/journal.test.ts compares stacks row by row.
    test.each(sample(others))("reports and keeps the entry of %s", async (_, more, expected) => {
        const { emulator, project } = await withEntry({ name: "bot-0000000", ...more });
        await clientOf(emulator).generateApiKey({ name: "bot-0000000" });
        const { code, stdout } = await doctor(project, "--fix", "--yes");
        expect(stdout).toContain(expected);
        expect(code).toBe(0);
        expect(await accountKeys(emulator)).toHaveLength(2);
        expect(await entriesOf(project)).toHaveLength(1);
    });

    testInFull("lists a candidate for an entry with a revoked signing key if the list contains its name", async () => {
        const { emulator, project } = await withEntry({ name: "bot-0000000", signedBy: randomUUID() });
        const elsewhere = await findings(project, "--fix", "--yes");
        expect(elsewhere).toMatchObject({ ok: true, interruptedCreates: [{ verdict: "otherAccount" }], actions: [] });
        const { apiKeyId } = await clientOf(emulator).generateApiKey({ name: "bot-0000000" });
        const { stdout } = await doctor(project, "--fix", "--yes");
        expect(stdout).toMatch(/candidate: .*\n *It may belong to another account: the key that signed its create/);
        expect(await accountKeys(emulator)).toContain(apiKeyId);
    });

    testInFull("lists a candidate for an entry with a missing folder and no backend", async () => {
        const { emulator, project } = await withEntry({ name: "bot-0000000", folder: "/gone", backend: undefined });
        const { apiKeyId } = await clientOf(emulator).generateApiKey({ name: "bot-0000000" });
        const { interruptedCreates, actions } = await findings(project, "--fix", "--yes");
        expect(interruptedCreates).toMatchObject([{ verdict: "candidate", candidates: [apiKeyId] }]);
        expect(actions).toEqual([]);
        expect(await accountKeys(emulator)).toContain(apiKeyId);
    });

    const retried = { status: "delivered", earlierAttemptMayExist: true, noKeySince: undefined } as const;

    test("keeps the entry of a young retried create, and removes an old one with its second key", async () => {
        const { emulator, project, apiKeyId, name, file } = await withEntry(retried);
        const [entry] = (await entriesOf(project)) as [Entry];
        for (const [startedAt, then] of [
            [new Date().toISOString(), "kept"],
            [entry.startedAt, "removed"],
        ] as const) {
            await writeEntry(file, { ...entry, apiKeyId, startedAt });
            await clientOf(emulator).generateApiKey({ name });
            const { ok, actions } = await findings(project, "--fix", "--yes");
            expect(actions.map(({ what }) => what)).toEqual(["revoked", then]);
            expect(ok).toBe(true);
            expect(await accountKeys(emulator)).toEqual([apiKeyId]);
        }
    });

    testInFull("keeps the entry of a retried create while a lagging list lacks its key", async () => {
        const { project, apiKeyId, name, file } = await withEntry(retried, { listLag: 60_000 });
        const [entry] = (await entriesOf(project)) as [Entry];
        await writeEntry(file, { ...entry, apiKeyId });
        const { interruptedCreates, actions } = await findings(project, "--fix", "--yes");
        expect(interruptedCreates).toMatchObject([{ name, verdict: "unsettled", orphans: [], candidates: [] }]);
        expect(actions.map(({ what }) => what)).toEqual(["kept"]);
        expect(await entriesOf(project)).toHaveLength(1);
    });

    testInFull("ignores the entry of another stack's delivered key", async () => {
        const { project } = await withEntry({
            stack: "prod",
            backend: undefined,
            status: "delivered",
            apiKeyId: randomUUID(),
        });
        const { code, stdout } = await doctor(project, "--fix", "--yes");
        expect(stdout).not.toContain("other stacks");
        expect(code).toBe(0);
        expect(await entriesOf(project)).toHaveLength(1);
    });

    testInFull("reports and keeps an entry of another version", async () => {
        const { project } = await withEntry({ stack: "other", backend: undefined });
        const file = newFile(journalFolder(project.stack.env));
        writeFileSync(file, JSON.stringify({ version: 9, name: "bot" }));
        const { code, stdout } = await doctor(project, "--fix", "--yes");
        expect(stdout).toContain(file);
        expect(stdout).toMatch(/1 entry file\(s\) cannot be read: another version/);
        expect(code).toBe(1);
        expect(await readdir(journalFolder(project.stack.env))).toHaveLength(2);
    });

    test("removes a truncated entry, because its request was never sent", async () => {
        const { project } = await withEntry({ stack: "other", backend: undefined });
        const truncated = newFile(journalFolder(project.stack.env));
        writeFileSync(truncated, '{"name": "bo');
        const { code, stdout } = await doctor(project);
        expect(stdout).toContain(truncated);
        expect(code).toBe(1);
        expect(await findings(project, "--fix", "--yes")).toMatchObject({ ok: true, actions: [{ what: "removed" }] });
        expect(await readdir(journalFolder(project.stack.env))).toHaveLength(1);
    });
});

testOnLinux.each(oneProvider)(
    "a later run finds the key of a request that Kalshi completes after --fix ($name)",
    async ({ createProject }) => {
        const emulator = await emulatorWith();
        const project = await createProject(emulator, `new Key("bot");`);
        await inject(emulator, { operation: "generate", when: "before", kind: "hold" });
        const run = await creatingUp(project);
        await untilStruck(emulator, "before hold", 1);
        await killEngine(run);
        await untilEnded(run);
        await project.stack.must("cancel", "--yes");
        const [{ name }] = run.entries as [Entry];

        const first = await findings(project, "--fix", "--yes");
        expect(first).toMatchObject({ ok: true, interruptedCreates: [{ name, verdict: "unsettled" }] });
        expect(first.actions.map(({ what }) => what)).toEqual(["cleared", "kept"]);
        expect(await entriesOf(project)).toMatchObject([{ name, noKeySince: expect.any(String) as unknown }]);
        const waiting = await findings(project, "--fix", "--yes");
        expect(waiting).toMatchObject({ ok: true, interruptedCreates: [{ name, verdict: "unsettled" }] });
        expect(waiting.actions.map(({ what }) => what)).toEqual(["kept"]);
        const quiet = await project.stack.must(...up);
        expect(quiet).not.toMatch(/pending|interrupted/);
        const [kept] = await accountKeys(emulator);

        await release(emulator);
        await until(async () => (await accountKeys(emulator)).length === 2);
        await project.stack.must("refresh", "--yes", "--skip-preview");
        const late = await findings(project, "--fix", "--yes");
        expect(late).toMatchObject({ ok: true, interruptedCreates: [{ name, verdict: "orphaned" }] });
        expect(await accountKeys(emulator)).toEqual([kept]);

        await ageEntries(project);
        await project.stack.must("refresh", "--yes", "--skip-preview");
        expect(await entriesOf(project)).toEqual([]);
    },
);

testOnLinux("waits until a lagging list shows a new key", async () => {
    const emulator = await emulatorWith({ listLag: 4_000 });
    const project = await resourcePlugin.createProject(emulator, `new Key("bot");`);
    const run = await waitingUp(emulator, project);
    await killProviders(run);
    await untilEnded(run);
    expect(await findings(project)).toMatchObject({ interruptedCreates: [{ verdict: "orphaned" }] });
});
