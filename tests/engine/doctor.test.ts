import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { symlinkSync, writeFileSync } from "node:fs";
import { mkdir, readdir, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { hostname } from "node:os";
import { join } from "node:path";
import which from "which";
import type { Emulator } from "../../emulator/index";
import { journalFolder, newFile, readJournal, write, type NoteFile } from "../../provider/journal";
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
    rootKeyPem,
    scratchFolder,
} from "../harness";
import { killEngine, killProviders, notesOf, untilEnded, waitingUp } from "./killing";
import { leaks } from "./leaks";
import { doors, dynamicDoor, pluginDoor, type TestProject } from "./project";

afterEach(cleanUp);

/** Linux alone shows which processes a killed engine leaves. */
const [onLinux, testOnLinux] = process.platform === "linux" ? [describe, test] : [describe.skip, test.skip];

const up = ["up", "--yes", "--skip-preview"];
const program = join(root, "provider", "bin", "cli", "main.js");

async function doctorIn(cwd: string, env: NodeJS.ProcessEnv, ...args: string[]): Promise<Ended> {
    return run(process.execPath, [program, "doctor", ...args], { cwd, env });
}

/** Runs the doctor as a user of the project would, who has no terminal. */
async function doctor({ stack }: TestProject, ...args: string[]): Promise<Ended> {
    return doctorIn(stack.options.project, stack.env, ...args);
}

interface Findings {
    readonly ok: boolean;
    readonly checks: { name: string; status: string; text: string; details?: string[]; fixed: boolean }[];
    readonly stackKeys: { name: string; apiKeyId: string; status: string }[];
    readonly otherKeys: { name: string; apiKeyId: string; signs: boolean }[];
    readonly creations: {
        name: string;
        proof: boolean;
        source: string;
        verdict: string;
        orphans: string[];
        candidates: string[];
        processes: { process: number; host: string }[];
    }[];
    readonly actions: { what: string; text: string }[];
}

async function findings(project: TestProject, ...args: string[]): Promise<Findings> {
    return JSON.parse((await doctor(project, "--json", ...args)).stdout) as Findings;
}

/** The pending operations in the stack's state, by their resources' names. */
async function pending({ stack }: TestProject): Promise<string[]> {
    const { deployment } = JSON.parse(await stack.must("stack", "export")) as {
        deployment: { pending_operations?: { resource: { urn: string } }[] };
    };
    return (deployment.pending_operations ?? []).map(({ resource }) => resource.urn.split("::").at(-1) ?? "");
}

/** A process that is no more. */
async function endedProcess(): Promise<number> {
    const child = spawn(process.execPath, ["--version"], { stdio: "ignore" });
    await once(child, "exit");
    return child.pid ?? 0;
}

describe("a healthy stack", () => {
    test.each(doors)("is in order, and nothing secret is printed ($name)", async ({ projectOn }) => {
        const emulator = await emulatorWith({ usageLevel: "basic" });
        const project = await projectOn(emulator, `module.exports = { privateKey: new Key("bot").privateKey };`);
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
        expect(text.stdout).toContain(`    "root" (${emulator.rootKeyId}), which signs\n`);
        expect(text.stdout).toMatch(/\nEverything is in order\.\n$/);

        const json = await doctor(project, "--json", "--fix", "--yes");
        expect(json).toMatchObject({ code: 0, stderr: "" });
        expect(JSON.parse(json.stdout)).toMatchObject({
            ok: true,
            stackKeys: [{ apiKeyId, status: "there" }],
            otherKeys: [
                { name: "root", signs: true },
                { name: "somebody's", signs: false },
            ],
            creations: [],
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

    test("has its configuration from the stack, which wins, and a private key that is stored in clear is told", async () => {
        const emulator = await emulatorWith();
        const project = await pluginDoor.projectWith("", {
            ...environmentOf(emulator),
            KALSHI_API_KEY_ID: "another",
            KALSHI_PRIVATE_KEY_PATH: "/nowhere.pem",
        });
        await project.stack.must("config", "set", "kalshi:apiKeyId", emulator.rootKeyId);
        await project.stack.must("config", "set", "kalshi:privatKey", "a slip");
        await project.stack.setSecret("kalshi:privateKey", rootKeyPem(emulator));
        const { code, stdout } = await doctor(project);
        expect(stdout).toContain(`apiKeyId:       ${emulator.rootKeyId} (option kalshi:apiKeyId)`);
        expect(stdout).toContain("privateKey:     set (secret) (option kalshi:privateKey)");
        expect(stdout).toContain("/nowhere.pem (variable KALSHI_PRIVATE_KEY_PATH; not used");
        expect(stdout).toContain("kalshi:privatKey is no option");
        expect(code).toBe(0);

        await project.stack.must("config", "set", "--plaintext", "kalshi:privateKey", "--", rootKeyPem(emulator));
        const { code: failed, stdout: unsafe } = await doctor(project);
        expect(unsafe).toContain("pulumi config set --secret kalshi:privateKey");
        expect(failed).toBe(1);
        const printed = new Map([["text", stdout + unsafe]]);
        expect(leaks([rootKeyPem(emulator)], await scratchFolder(), printed)).toEqual([]);
    });

    test("lacks a key that was revoked behind its back", async () => {
        const emulator = await emulatorWith();
        const project = await pluginDoor.projectOn(emulator, `new Key("bot");`);
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

describe("without a stack", () => {
    test("the rest is checked", async () => {
        const emulator = await emulatorWith();
        const env = { PATH: process.env["PATH"], PULUMI_HOME: await scratchFolder(), ...environmentOf(emulator) };
        const { code, stdout } = await doctorIn(await scratchFolder(), env);
        expect(stdout).toMatch(/^• Stack: no stack: .* is in no Pulumi project$/m);
        expect(stdout).toContain("✓ Credentials: accepted");
        expect(stdout).toContain(`"root" (${emulator.rootKeyId}), which signs`);
        expect(code).toBe(0);
    });

    test("in a project, the engine's reason is told", async () => {
        const emulator = await emulatorWith();
        const project = await pluginDoor.projectWith("", environmentOf(emulator));
        const { code, stdout } = await doctor(project, "--stack", "nope");
        expect(stdout).toContain("✗ Stack: no stack: error: no stack named 'nope' found");
        expect(stdout).toContain("✓ Credentials: accepted");
        expect(code).toBe(1);
    });

    test("and without an engine, how to get one is told, and the rest is checked", async () => {
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

test("with a Node that is too old, it says what it needs", async () => {
    const old = join(await scratchFolder(), "old.cjs");
    writeFileSync(
        old,
        `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "22.11.0" } });`,
    );
    const { code, stdout, stderr } = await run(process.execPath, ["--require", old, program, "doctor"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^pulumi-kalshi needs Node 22\.12 or newer\. .* is 22\.11\.0\. .*\n$/);
});

describe("an account that does not answer as it should", () => {
    test.each<[string, (emulator: Emulator) => Record<string, string>, RegExp]>([
        [
            "with an unknown key id",
            () => ({ KALSHI_API_KEY_ID: randomUUID() }),
            /✗ Credentials: Could not list .*status 401.*knows no key of the API key id/,
        ],
        ["with no credentials", () => ({ KALSHI_API_KEY_ID: "" }), /✗ The provider has no credentials to sign with/],
        [
            "where nobody is",
            () => ({ KALSHI_BASE_URL: "http://127.0.0.1:9/trade-api/v2" }),
            /✗ Credentials: Could not list .*ECONNREFUSED.*Check the network/,
        ],
    ])("%s", async (_, more, expected) => {
        const emulator = await emulatorWith();
        const env = { ...environmentOf(emulator), ...more(emulator) };
        const all = { PATH: process.env["PATH"], PULUMI_HOME: await scratchFolder(), ...env };
        const { code, stdout } = await doctorIn(await scratchFolder(), all);
        expect(stdout).toMatch(expected);
        expect(code).toBe(1);
    });

    test.each([
        ["that does not tell what it grants", "signer", /^• Usage level: the server does not tell$/m, 0],
        [
            "whose list lacks the key that signs",
            "another",
            /^✗ Credentials: accepted, but the list .* is not whole/m,
            1,
        ],
    ])("%s", async (_, apiKeyId, expected, exitCode) => {
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

    test("with another time", async () => {
        const emulator = await emulatorWith({ now: () => Date.now() + 120_000 });
        const env = { PATH: process.env["PATH"], PULUMI_HOME: await scratchFolder(), ...environmentOf(emulator) };
        const { code, stdout } = await doctorIn(await scratchFolder(), env);
        expect(stdout).toMatch(/✗ Clock: this machine's is 1(19|20|21) s behind Kalshi's.*NTP/);
        expect(stdout).toContain("✓ Credentials: accepted");
        expect(code).toBe(1);
    });
});

onLinux.each(doors)("the engine was killed in the middle of a creation ($name)", ({ projectOn }) => {
    test("its key is an orphan, which --fix revokes, and the stack is as good as new", async () => {
        const emulator = await emulatorWith();
        const project = await projectOn(emulator, `new Key("bot");`);
        const healthy = await clientOf(emulator).generateApiKey({ name: "bot" });
        const run = await waitingUp(emulator, project);
        const [orphan = ""] = (await accountKeys(emulator)).filter((id) => id !== healthy.apiKeyId);
        const [{ name, process: provider }] = run.notes as [NoteFile];

        const underWay = await findings(project, "--fix", "--yes");
        expect(underWay).toMatchObject({
            ok: false,
            creations: [{ name, verdict: "underWay", source: "both", processes: [{ process: provider }] }],
            actions: [],
        });

        await killEngine(run);
        await untilEnded(run);
        await forgetRequests(emulator);

        // The lock of the killed engine stands.
        const locked = await doctor(project, "--fix", "--yes");
        expect(locked.stdout).toContain("the stack is currently locked");
        expect(locked.stdout).toContain("No key was revoked.");
        expect(locked.code).toBe(1);
        await project.stack.must("cancel", "--yes");

        const refused = await doctor(project, "--fix");
        expect(refused.stderr).toContain("Nothing was touched");
        expect(refused.stderr).toContain("--yes");
        expect(refused.stdout).toContain(`orphan: ${orphan}`);
        expect(refused.code).toBe(1);
        expect(await findings(project)).toMatchObject({
            creations: [{ name, proof: true, source: "both", verdict: "orphaned", orphans: [orphan], candidates: [] }],
        });
        expect(await calls(emulator)).not.toContain("DELETE id");
        expect(await pending(project)).toEqual(["bot"]);

        const { code, stdout } = await doctor(project, "--fix", "--yes");
        expect(stdout).toContain(`✓ Revoked the API key "${name}" (${orphan})`);
        expect(stdout).toMatch(/\nEverything is in order\.\n$/);
        expect(code).toBe(0);
        expect(await accountKeys(emulator)).toEqual([healthy.apiKeyId]);
        expect(await pending(project)).toEqual([]);
        expect(await notesOf(project)).toEqual([]);
        const said = await project.stack.pulumi(up);
        expect(said.code).toBe(0);
        expect(said.stdout + said.stderr).not.toMatch(/pending|interrupted/);
        expect(await accountKeys(emulator)).toHaveLength(2);
    });

    test("with a journal that is lost and credentials of another account, the state's other key tells that", async () => {
        const emulator = await emulatorWith();
        const project = await projectOn(emulator, `new Key("held");`);
        await project.stack.must(...up);
        project.write(`new Key("held"); new Key("bot");`);
        const run = await waitingUp(emulator, project);
        await killEngine(run);
        await untilEnded(run);
        await rm(journalFolder(project.stack.env), { recursive: true });
        await project.stack.must("cancel", "--yes");
        const env = { ...project.stack.env, ...environmentOf(await emulatorWith()) };
        const { stdout } = await doctorIn(project.stack.options.project, env, "--json", "--fix", "--yes");
        expect(JSON.parse(stdout)).toMatchObject({ creations: [{ verdict: "elsewhere" }], actions: [] });
        expect(await pending(project)).toEqual(["bot"]);
        expect(await findings(project)).toMatchObject({ creations: [{ verdict: "orphaned" }] });
    });

    test("with a journal that is lost, the state alone proves it", async () => {
        const emulator = await emulatorWith();
        const project = await projectOn(emulator, `new Key("bot");`);
        const run = await waitingUp(emulator, project);
        await killEngine(run);
        await untilEnded(run);
        await rm(journalFolder(project.stack.env), { recursive: true });

        // Before anything leaves the state, the journal has the name.
        await doctor(project, "--fix", "--yes");
        expect(await notesOf(project)).toMatchObject([{ name: run.notes[0]?.name, proof: true, resource: "bot" }]);
        expect(await accountKeys(emulator)).toHaveLength(1);
        await rm(journalFolder(project.stack.env), { recursive: true });

        await project.stack.must("cancel", "--yes");
        const { ok, actions } = await findings(project, "--fix", "--yes");
        expect(actions.map(({ what }) => what)).toEqual(["noted", "cleared", "revoked", "forgotten"]);
        expect(ok).toBe(true);
        expect(await accountKeys(emulator)).toEqual([]);
        expect(await readdir(journalFolder(project.stack.env))).toEqual([]);
    });
});

testOnLinux.each(doors)("the provider alone was killed: its note proves the orphan ($name)", async ({ projectOn }) => {
    const emulator = await emulatorWith();
    const project = await projectOn(emulator, `new Key("bot");`);
    const run = await waitingUp(emulator, project);
    await killProviders(run);
    await untilEnded(run);
    const [orphan] = await accountKeys(emulator);
    expect(await pending(project)).toEqual([]);
    const creation = { name: run.notes[0]?.name, source: "journal", verdict: "orphaned", orphans: [orphan] };
    expect(await findings(project)).toMatchObject({ ok: false, creations: [creation] });
    const { ok, actions } = await findings(project, "--fix", "--yes");
    expect(actions.map(({ what }) => what)).toEqual(["revoked", "forgotten"]);
    expect(ok).toBe(true);
    expect(await accountKeys(emulator)).toEqual([]);
    await project.stack.must(...up);
});

testOnLinux("an exact name proves nothing: its key is reported and stays, with what remembers it", async () => {
    const emulator = await emulatorWith();
    const project = await pluginDoor.projectOn(emulator, `new Key("drawn"); new Key("exact", { name: "exact" });`);
    const run = await waitingUp(emulator, project, 2);
    await killEngine(run);
    await untilEnded(run);
    await project.stack.must("cancel", "--yes");
    const keys = await clientOf(emulator).listApiKeys();
    const candidate = keys.find(({ name }) => name === "exact")?.apiKeyId ?? "";

    const first = await findings(project, "--fix", "--yes");
    expect(first.creations.find(({ name }) => name === "exact")).toMatchObject({
        proof: false,
        verdict: "unproven",
        orphans: [],
        candidates: [candidate],
    });
    // The journal proves the other one. What the state says of it stays, since an import takes out all or nothing.
    expect(first.checks.find(({ name }) => name === "pending operations")?.text).toContain("has to keep 1");
    expect(first.ok).toBe(false);
    expect(first.actions.map(({ what }) => what)).toEqual(["revoked", "forgotten"]);
    expect(await accountKeys(emulator)).toEqual([candidate]);
    expect((await pending(project)).sort()).toEqual(["drawn", "exact"]);
    expect(await notesOf(project)).toMatchObject([{ name: "exact" }]);

    await clientOf(emulator).deleteApiKey(candidate);
    const second = await findings(project, "--fix", "--yes");
    expect(second.actions.map(({ what }) => what)).toEqual(["cleared", "forgotten"]);
    expect(second.ok).toBe(true);
    expect(await pending(project)).toEqual([]);
    expect(await notesOf(project)).toEqual([]);
});

test.each(doors)(
    "a key that somebody has taken out of the state is nobody's orphan ($name)",
    async ({ projectOn, name }) => {
        const emulator = await emulatorWith();
        const project = await projectOn(emulator, `new Key("bot");`);
        await project.stack.must(...up);
        const [{ urn, id } = { urn: "", id: "" }] = await project.stack.resources();
        await project.stack.must("state", "delete", urn, "--yes");
        const { creations, actions } = await findings(project, "--fix", "--yes");
        // The dynamic host cannot tell whether the engine had the key, and leaves a note.
        expect(creations.map(({ verdict, candidates }) => ({ verdict, candidates }))).toEqual(
            name === "dynamic" ? [{ verdict: "handedOver", candidates: [id] }] : [],
        );
        expect(actions).toEqual([]);
        expect(await accountKeys(emulator)).toEqual([id]);
    },
);

testOnLinux("a key that the state alone proves an orphan is remembered until it is revoked", async () => {
    const emulator = await emulatorWith();
    const project = await dynamicDoor.projectOn(emulator, `new Key("bot");`);
    const run = await waitingUp(emulator, project);
    await killEngine(run);
    await untilEnded(run);
    await project.stack.must("cancel", "--yes");
    const [orphan = ""] = await accountKeys(emulator);
    const [{ file, note } = { file: "" }] = await readJournal(journalFolder(project.stack.env));
    // As a host leaves it that has answered an engine which was no more.
    writeFileSync(file, JSON.stringify({ ...note, answered: orphan }));
    await inject(emulator, { operation: "delete", when: "before", kind: "status", status: 403 });
    const first = await doctor(project, "--fix", "--yes");
    expect(first.stdout).toContain("What is left is remembered: run this again.");
    expect(await pending(project)).toEqual([]);
    expect((await findings(project, "--fix", "--yes")).ok).toBe(true);
    expect(await accountKeys(emulator)).toEqual([]);
    expect(await notesOf(project)).toEqual([]);
});

describe("notes that were left", () => {
    /** A project with a key in its state, and a note as it might be left of that key's creation. */
    async function withNote(more: Partial<NoteFile>) {
        const emulator = await emulatorWith();
        const project = await pluginDoor.projectOn(emulator, `new Key("bot");`);
        await project.stack.must(...up);
        const [{ apiKeyId, name } = { apiKeyId: "", name: "" }] = (await findings(project)).stackKeys;
        const { project: folder } = project.stack.options;
        const file = newFile(journalFolder(project.stack.env));
        await write(file, {
            name,
            proof: true,
            environment: emulator.baseUrl,
            signedBy: emulator.rootKeyId,
            project: "tests",
            stack: "test",
            resource: "bot",
            folder,
            startedAt: "2026-01-01T00:00:00.000Z",
            host: hostname(),
            process: await endedProcess(),
            ...more,
        });
        return { emulator, project, apiKeyId, folder };
    }

    test("of a key that the state holds: the key stays, the note goes", async () => {
        const { emulator, project, apiKeyId } = await withNote({});
        const { ok, creations } = await findings(project, "--fix", "--yes");
        expect(creations).toMatchObject([{ verdict: "nothing", orphans: [] }]);
        expect(ok).toBe(true);
        expect(await accountKeys(emulator)).toEqual([apiKeyId]);
        expect(await notesOf(project)).toEqual([]);
    });

    test.each(["the state holds", "somebody has taken out of the state"])(
        "of an attempt before the key that %s: that key stays, and what came late of the attempt is revoked",
        async (which) => {
            const { emulator, project, apiKeyId } = await withNote({});
            const [{ urn } = { urn: "" }] = await project.stack.resources();
            const [{ file, note } = { file: "" }] = await readJournal(journalFolder(project.stack.env));
            writeFileSync(file, JSON.stringify({ ...note, answered: apiKeyId, unanswered: true }));
            const late = await clientOf(emulator).generateApiKey({ name: note?.name ?? "" });
            if (which !== "the state holds") {
                await project.stack.must("state", "delete", urn, "--yes");
            }
            const { ok, creations } = await findings(project, "--fix", "--yes");
            expect(creations).toMatchObject([{ verdict: "orphaned", orphans: [late.apiKeyId] }]);
            expect(ok).toBe(true);
            expect(await accountKeys(emulator)).toEqual([apiKeyId]);
        },
    );

    /** Makes a key of the name that the note tells. */
    const maker = (keys: string) => `
        const { readConfig } = require("${keys}/config.js");
        const { platformOf } = require("${keys}/platform.js");
        const { client } = platformOf(readConfig({ option: () => undefined, env: process.env }));
        client.generateApiKey({ name: "bot-0000000" });`;

    test.each([
        ["the stack is changed", "echo", /✗ Fix: The stack has changed since .*, so nothing was touched\./],
        [
            "the account's keys change",
            "node",
            /✗ Fix: The account's keys have changed since .*, so nothing was touched\./,
        ],
    ])("stay where %s while the question is asked", async (_, what, expected) => {
        const { emulator, project } = await withNote({ name: "bot-0000000" });
        const folder = await scratchFolder();
        const script = join(folder, "maker.cjs");
        writeFileSync(script, maker(join(root, "provider", "bin")));
        // Does something when the state is exported for the second time.
        const command = what === "echo" ? "echo" : `"${process.execPath}" ${script}`;
        const changing = `#!/bin/sh
            case "$*" in *"stack export"*) if [ -e ${folder}/first ]; then ${command}; fi; touch ${folder}/first;; esac
            exec ${await which("pulumi")} "$@"`;
        writeFileSync(join(folder, "pulumi"), changing, { mode: 0o755 });
        const { options, env } = project.stack;
        const path = `${folder}:${env["PATH"] ?? ""}`;
        const before = await accountKeys(emulator);
        const { code, stdout } = await doctorIn(options.project, { ...env, PATH: path }, "--fix", "--yes");
        expect(stdout).toMatch(expected);
        expect(code).toBe(1);
        expect(await accountKeys(emulator)).toEqual(expect.arrayContaining(before));
        expect(await notesOf(project)).toHaveLength(1);
    });

    test("from the folder in the project where its program runs are this stack's", async () => {
        const { emulator, project, folder } = await withNote({ name: "bot-0000000" });
        const orphan = await clientOf(emulator).generateApiKey({ name: "bot-1111111" });
        const program = join(folder, "program");
        await mkdir(program);
        const [note] = (await notesOf(project)) as [NoteFile];
        await write(newFile(journalFolder(project.stack.env)), { ...note, name: "bot-1111111", folder: program });
        const { ok, creations } = await findings(project, "--fix", "--yes");
        expect(creations.find(({ name }) => name === "bot-1111111")).toMatchObject({ orphans: [orphan.apiKeyId] });
        expect(ok).toBe(true);
        expect(await accountKeys(emulator)).toHaveLength(1);
    });

    test.each([
        ["another stack", { stack: "prod" }, "other stacks: 1; run this there"],
        ["another folder", { folder: "/elsewhere" }, "/elsewhere, stack tests/test: 1"],
        ["another environment", { environment: "demo" }, "environment demo, signed by"],
        ["another account", { signedBy: randomUUID() }, "of another environment or account"],
    ])("by %s are told and stay", async (_, more, expected) => {
        const { emulator, project } = await withNote({ name: "bot-0000000", ...more });
        await clientOf(emulator).generateApiKey({ name: "bot-0000000" });
        const { code, stdout } = await doctor(project, "--fix", "--yes");
        expect(stdout).toContain(expected);
        expect(code).toBe(0);
        expect(await accountKeys(emulator)).toHaveLength(2);
        expect(await notesOf(project)).toHaveLength(1);
    });

    test("by another stack of a key that was handed over are none of an interrupted creation", async () => {
        const { project } = await withNote({ stack: "prod", answered: randomUUID() });
        const { code, stdout } = await doctor(project, "--fix", "--yes");
        expect(stdout).not.toContain("other stacks");
        expect(code).toBe(0);
        expect(await notesOf(project)).toHaveLength(1);
    });

    test("torn are of creations that were never asked for, and go", async () => {
        const { project } = await withNote({ stack: "other" });
        const torn = newFile(journalFolder(project.stack.env));
        writeFileSync(torn, '{"name": "bo');
        const { code, stdout } = await doctor(project);
        expect(stdout).toContain(torn);
        expect(code).toBe(1);
        expect(await findings(project, "--fix", "--yes")).toMatchObject({ ok: true, actions: [{ what: "forgotten" }] });
        expect(await readdir(journalFolder(project.stack.env))).toHaveLength(1);
    });
});

testOnLinux("a key that was asked for moments ago gets time to show up in the list", async () => {
    const emulator = await emulatorWith({ listLag: 4_000 });
    const project = await pluginDoor.projectOn(emulator, `new Key("bot");`);
    const run = await waitingUp(emulator, project);
    await killProviders(run);
    await untilEnded(run);
    expect(await findings(project)).toMatchObject({ creations: [{ verdict: "orphaned" }] });
});
