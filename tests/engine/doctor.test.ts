import { readFileSync, writeFileSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Entry } from "../../provider/src/journal/entry";
import { journalFolder } from "../../provider/src/journal/journal";
import type { Ended } from "../../tools/processes";
import { doctorIn, findingsIn, type Findings } from "../support/doctor";
import { isFull, testInFull } from "../support/full";
import { withInterceptedCall } from "../support/interceptedCall";
import {
    accountKeys,
    cleanUp,
    clientOf,
    emulatorWith,
    forgetRequests,
    inject,
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
import {
    dynamicProvider,
    providers,
    resourcePlugin,
    type ProviderUnderTest,
    type TestProject,
} from "../support/project";

// What the doctor makes of a state, a journal and an account is tested in tests/emulator/doctor.test.ts, with a stubbed engine. Here are
// the states and journals that the real engine and both providers leave, and what the engine does for --fix.

afterEach(cleanUp);

/** The tests find the processes that a killed engine leaves in /proc, which only Linux has. */
const isLinux = process.platform === "linux";
const [onLinux, testOnLinux] = isLinux ? [describe, test] : [describe.skip, test.skip];
const testOnLinuxInFull = isLinux && isFull ? test : test.skip;

const up = ["up", "--yes", "--skip-preview"];
/** Runs the doctor in the project's folder, without a terminal. */
async function doctor({ stack }: TestProject, ...args: string[]): Promise<Ended> {
    return doctorIn(stack.options.project, stack.env, ...args);
}

async function findings(project: TestProject, ...args: string[]): Promise<Findings> {
    return findingsIn(project.stack.options.project, project.stack.env, ...args);
}

/** Returns the names of the resources with pending operations in the stack's state. */
async function pending({ stack }: TestProject): Promise<string[]> {
    const { deployment } = JSON.parse(await stack.must("stack", "export")) as {
        deployment: { pending_operations?: { resource: { urn: string } }[] };
    };
    return (deployment.pending_operations ?? []).map(({ resource }) => resource.urn.split("::").at(-1) ?? "");
}

describe.each(providers)("on a healthy stack ($name)", ({ createProject, name }) => {
    test("passes every check without printing a secret, and keeps a key that is removed from the state", async () => {
        const emulator = await emulatorWith({ usageLevel: "basic" });
        const project = await createProject(emulator, `module.exports = { privateKey: new Key("bot").privateKey };`);
        await project.stack.setSecret("kalshi:privateKey", rootKeyPem(emulator));
        await project.stack.must(...up);
        const [apiKeyId = ""] = await accountKeys(emulator);
        const other = await clientOf(emulator).generateApiKey({ name: "somebody's" });
        const { privateKey } = await project.stack.outputs();

        const text = await doctor(project);
        expect(text).toMatchObject({ code: 0, stderr: "" });
        expect(text.stdout).not.toContain("✗");
        expect(text.stdout).toMatch(/^✓ Engine: Pulumi v?3\.\d+\.\d+$/m);
        expect(text.stdout).toMatch(/^✓ Stack: organization\/tests\/test in \//m);
        expect(text.stdout).toContain(`apiKeyId:       ${emulator.rootKeyId} (variable KALSHI_API_KEY_ID)`);
        expect(text.stdout).toContain("privateKey:     set (secret) (option kalshi:privateKey)");
        expect(text.stdout).toContain("• Usage level: basic; 200 tokens a second, 600 at once");
        expect(text.stdout).toContain("✓ Clock: ");
        expect(text.stdout).toMatch(new RegExp(`^    ✓ "bot-[0-9a-f]{7}" \\(${apiKeyId}\\)$`, "m"));
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

        const [{ urn } = { urn: "" }] = await project.stack.resources();
        await project.stack.must("state", "delete", urn, "--yes");
        const { interruptedCreates, actions } = await findings(project, "--fix", "--yes");
        // The dynamic provider does not know whether the engine received the key, so it keeps the entry.
        expect(interruptedCreates.map(({ verdict, candidates }) => ({ verdict, candidates }))).toEqual(
            name === "dynamic provider" ? [{ verdict: "delivered", candidates: [apiKeyId] }] : [],
        );
        expect(actions).toEqual([]);
        expect(await accountKeys(emulator)).toHaveLength(2);
    });
});

test("reports the engine's error about a stack", async () => {
    const emulator = await emulatorWith();
    const project = await resourcePlugin.createProject(emulator, "");
    const { code, stdout } = await doctor(project, "--stack", "nope");
    expect(stdout).toContain("✗ Stack: no stack: error: no stack named 'nope' found");
    expect(stdout).toContain("✓ Credentials: accepted");
    expect(code).toBe(1);
});

testOnLinux.each(providers)(
    "--fix revokes the orphaned key of a killed engine, then that of a killed provider ($name)",
    async ({ createProject, name: provider }) => {
        const emulator = await emulatorWith();
        const project = await createProject(emulator, `new Key("bot");`);
        const healthy = await clientOf(emulator).generateApiKey({ name: "bot" });
        const killed = await waitingUp(emulator, project);
        const [orphan = ""] = (await accountKeys(emulator)).filter((id) => id !== healthy.apiKeyId);
        const organization = provider === "dynamic provider" ? { organization: "organization" } : {};
        expect(killed.entries).toMatchObject([{ backend: project.stack.env["PULUMI_BACKEND_URL"], ...organization }]);
        const [{ name, process }] = killed.entries as [Entry];
        const create = { name, uniqueName: true, sources: ["state", "journal"] };
        expect(await findings(project, "--fix", "--yes")).toMatchObject({
            ok: false,
            interruptedCreates: [{ ...create, verdict: "inFlight", processes: [{ pid: process.pid }] }],
            actions: [],
        });

        await killEngine(killed);
        await untilEnded(killed);
        await project.stack.must("cancel", "--yes");
        const { ok, interruptedCreates, actions } = await findings(project, "--fix", "--yes");
        expect(interruptedCreates).toMatchObject([
            { ...create, verdict: "orphaned", orphans: [orphan], candidates: [] },
        ]);
        expect(actions.map(({ what }) => what)).toEqual(["cleared", "revoked", "kept"]);
        expect(ok).toBe(true);
        expect(await accountKeys(emulator)).toEqual([healthy.apiKeyId]);
        expect(await pending(project)).toEqual([]);
        expect(await openEntriesIn(journalFolder(project.stack.env))).toEqual([]);
        const later = await project.stack.pulumi(up);
        expect(later.code).toBe(0);
        expect(later.stdout + later.stderr).not.toMatch(/pending|interrupted/);
        await ageEntries(project);
        await project.stack.must("refresh", "--yes", "--skip-preview");
        expect(await entriesOf(project)).toEqual([]);

        const before = await accountKeys(emulator);
        project.write(`new Key("bot"); new Key("late");`);
        await forgetRequests(emulator);
        const other = await waitingUp(emulator, project);
        await killProviders(other);
        await untilEnded(other);
        const orphans = (await accountKeys(emulator)).filter((id) => !before.includes(id));
        const fixed = await findings(project, "--fix", "--yes");
        expect(fixed).toMatchObject({
            ok: true,
            interruptedCreates: [{ name: other.entries[0]?.name, sources: ["journal"], verdict: "orphaned", orphans }],
            actions: [{ what: "revoked" }, { what: "kept" }],
        });
        expect(await accountKeys(emulator)).toEqual(before);
    },
);

/**
 * Creates a project, kills its engine during a create, which leaves the stack locked, and returns both with the orphaned key.
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
    const env = await withInterceptedCall(project.stack.env, { command, count, script });
    return doctorIn(project.stack.options.project, env, "--fix", "--yes");
}

/** Another `pulumi up`, which succeeds. */
const otherUp = '"$pulumi" up --yes --skip-preview --non-interactive < /dev/null > /dev/null 2>&1';
const call = '"$pulumi" "$@"';

onLinux("if another run updates the stack during --fix", () => {
    const stops = /✗ Fix: .* \(update of .*\).*KALSHI_FIX_CONCURRENT/;

    // tests/emulator/doctor.test.ts has all of them with a stubbed engine.
    testInFull.each<[string, string, number, string[], RegExp]>([
        ["before the second export", "stack export", 2, [otherUp, call], /✗ Fix: .*KALSHI_FIX_OUTDATED/],
        ["before the pending operations are cleared", "refresh", 1, [otherUp, call], stops],
        ["after the pending operations are cleared", "refresh", 1, [call, otherUp], stops],
        ["before the third export", "stack export", 3, [otherUp, call], /✓ Revoked the API key/],
    ])("%s, nothing is rolled back, and no live key is revoked", async (_, command, count, script, expected) => {
        const { emulator, project, orphan } = await interruptedProject(resourcePlugin);
        await project.stack.must("cancel", "--yes");
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
        const { emulator, project, orphan } = await interruptedProject(dynamicProvider);
        await project.stack.must("cancel", "--yes");
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

testOnLinuxInFull("--fix does not revoke a key that another run imports meanwhile", async () => {
    const { emulator, project, orphan } = await interruptedProject(resourcePlugin);
    await project.stack.must("cancel", "--yes");
    const importIt = `"$pulumi" import ${resourcePlugin.type} rescued ${orphan} --yes --skip-preview --generate-code=false --protect=false`;
    const script = [`${importIt} < /dev/null > /dev/null 2>&1`, call].join("\n");
    const { code, stdout } = await doctorInterruptedAt(project, "stack export", 3, script);
    expect(stdout).toMatch(/✗ Fix: .*"bot-[0-9a-f]{7}".*KALSHI_FIX_OUTDATED/);
    expect(code).toBe(1);
    expect((await project.stack.resources()).map(({ id }) => id)).toEqual([orphan]);
    expect(await accountKeys(emulator)).toEqual([orphan]);
});

testOnLinux(
    "--fix needs the stack's lock to clear pending operations, but neither a provider nor a program",
    async () => {
        const { emulator, project, orphan, held } = await interruptedProject(resourcePlugin, `new Key("held");`);
        const folder = project.stack.options.project;
        await rm(join(folder, "node_modules"));
        await rm(join(folder, "index.js"));
        writeFileSync(join(folder, "Pulumi.yaml"), "name: tests\nruntime: nodejs\n");
        const locked = await doctor(project, "--fix", "--yes");
        expect(locked.stdout).toContain("the stack is currently locked");
        expect(locked.stdout).toContain("(KALSHI_FIX_FAILED)");
        expect(locked.code).toBe(1);
        expect(await accountKeys(emulator)).toContain(orphan);
        expect(await pending(project)).toEqual(["bot"]);

        await project.stack.must("cancel", "--yes");
        const { code, stdout } = await doctor(project, "--fix", "--yes");
        expect(stdout).toMatch(new RegExp(`✓ Revoked the API key "bot-[0-9a-f]{7}" \\(${orphan}\\)`));
        expect(stdout).toMatch(/\nEverything is in order\.\n$/);
        expect(code).toBe(0);
        expect(await accountKeys(emulator)).toEqual(held);
        expect(await pending(project)).toEqual([]);
    },
);

testOnLinux("--fix clears the pending operations of a state without resources", async () => {
    const { emulator, project } = await interruptedProject(dynamicProvider);
    await project.stack.must("cancel", "--yes");
    const file = stateFile(project);
    const state = JSON.parse(readFileSync(file, "utf8")) as { checkpoint: { latest: { resources: unknown[] } } };
    state.checkpoint.latest.resources = [];
    writeFileSync(file, JSON.stringify(state));
    expect(await findings(project, "--fix", "--yes")).toMatchObject({ ok: true });
    expect(await pending(project)).toEqual([]);
    expect(await accountKeys(emulator)).toEqual([]);
});

testOnLinuxInFull.each(providers)(
    "a journal entry belongs to a stack, not to a folder ($name)",
    async ({ createProject }) => {
        const emulator = await emulatorWith();
        const project = await createProject(emulator, `new Key("bot");`);
        const run = await waitingUp(emulator, project);
        await killProviders(run);
        await untilEnded(run);
        const [orphan] = await accountKeys(emulator);
        const { options, env } = project.stack;
        const json = async (folder: string, more: NodeJS.ProcessEnv) =>
            findingsIn(folder, { ...env, ...more }, "--fix", "--yes");

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

testOnLinuxInFull.each(providers)(
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
