import { once } from "node:events";
import { rm } from "node:fs/promises";
import type { Emulator } from "../../emulator/index";
import { journalFolder } from "../../provider/src/journal/journal";
import { findingsIn, fixUntilDone } from "../support/doctor";
import { testIf, testInFull } from "../support/full";
import { accountKeys, cleanUp, emulatorWith, inject, onCleanUp, release, until, untilStruck } from "../support/harness";
import { killEngine, spawnUp, untilEnded, waitingUp } from "../support/killing";
import { isRunning, killAllIn, providerOf, signalAll } from "../support/processTree";
import { dynamicProvider, providers, type ProviderUnderTest, type TestProject } from "../support/project";
import { allOf, assertAccountHolds, generationsIn, type Generations } from "../support/rotatingKeys";

// What tests/engine/crash.test.ts and tests/engine/signals.test.ts test of creates, here for rotations.

afterEach(cleanUp);

const up = ["up", "--yes", "--skip-preview"];

/** Each emergency rotates and revokes the older keys, so that it makes a create and a delete. */
const program = (emergency: number) =>
    `new RotatingKey("bot", { keyType: "ed25519", rotationDays: 30, revokeNow: { emergency: ${emergency} } });`;

interface Prepared {
    readonly emulator: Emulator;
    readonly project: TestProject;
    /** The keys before the rotation. */
    readonly before: Generations;
}

/** Creates a stack whose next `pulumi up` rotates. */
async function prepare({ createProject }: ProviderUnderTest): Promise<Prepared> {
    const emulator = await emulatorWith();
    const project = await createProject(emulator, program(1));
    await project.stack.must(...up);
    const before = await keysOf(project);
    project.write(program(2));
    return { emulator, project, before };
}

async function keysOf({ stack }: TestProject): Promise<Generations> {
    return (await generationsIn(stack)).get("bot") ?? { outdated: [] };
}

/** Starts the `pulumi up`, waits until the emulator holds one of its requests or responses, and returns its processes. */
async function rotateUntilHeld(
    { emulator, project }: Prepared,
    operation: "generate" | "delete",
    when: "before" | "after",
) {
    await inject(emulator, { operation, when, kind: "hold" });
    const engine = spawnUp(project);
    onCleanUp(async () => killAllIn(project.scratch));
    const ended = once(engine, "close");
    await untilStruck(emulator, `${when} hold`);
    const provider = providerOf(engine.pid ?? 0) ?? 0;
    expect(provider).not.toBe(0);
    return { engine, provider, ended };
}

/**
 * Kills the engine and the provider during the POST of a rotation and removes the journal, as if the next command ran on another machine.
 *
 * @returns the ids of the orphaned keys
 */
async function leaveOrphan({ emulator, project, before }: Prepared): Promise<string[]> {
    const run = await waitingUp(emulator, project);
    await killEngine(run);
    await untilEnded(run);
    await project.stack.must("cancel", "--yes");
    await rm(journalFolder(project.stack.env), { recursive: true, force: true });
    const orphans = (await accountKeys(emulator)).filter((id) => id !== before.current?.apiKeyId);
    expect(orphans).toHaveLength(1);
    return orphans;
}

/** Expects the next `pulumi up` to finish the rotation without a warning, and the account to hold exactly the new key. */
async function assertNextUpFinishes({ emulator, project, before }: Prepared): Promise<void> {
    const output = await project.stack.must(...up);
    expect(output).not.toMatch(/pending operations|interrupted/);
    const after = await keysOf(project);
    expect(after).toMatchObject({ outdated: [] });
    expect(after.current?.apiKeyId).not.toBe(before.current?.apiKeyId);
    expect(after).not.toHaveProperty("previous");
    await assertAccountHolds(emulator, allOf([after]));
}

/** The tests find the processes of a run in /proc, which only Linux has. */
const onLinux = process.platform === "linux" ? describe.each(providers) : describe.skip.each(providers);

onLinux("a rotation with the $name:", (provider) => {
    const testOfDynamicProvider = testIf(provider.name === dynamicProvider.name);

    testOfDynamicProvider("SIGTERM to every process during its POST: the new key reaches the state", async () => {
        const prepared = await prepare(provider);
        const { emulator, project, before } = prepared;
        const run = await rotateUntilHeld(prepared, "generate", "after");
        signalAll(run.engine.pid ?? 0, "SIGTERM");
        await release(emulator);
        await run.ended;
        await until(async () => !isRunning(run.provider));
        const held = await keysOf(project);
        expect(held.current?.apiKeyId).not.toBe(before.current?.apiKeyId);
        await assertAccountHolds(emulator, allOf([held]));
        await assertNextUpFinishes(prepared);
    });

    testInFull("Ctrl-C during its POST: nothing is orphaned", async () => {
        const prepared = await prepare(provider);
        const { emulator, project } = prepared;
        const run = await rotateUntilHeld(prepared, "generate", "after");
        run.engine.kill("SIGINT");
        await release(emulator);
        await run.ended;
        await until(async () => !isRunning(run.provider));
        await assertAccountHolds(emulator, allOf([await keysOf(project)]));
        await assertNextUpFinishes(prepared);
    });

    testOfDynamicProvider(
        "the provider is killed between its POST and its DELETE: the doctor revokes the new key",
        async () => {
            const prepared = await prepare(provider);
            const { emulator, project, before } = prepared;
            const run = await rotateUntilHeld(prepared, "delete", "before");
            process.kill(run.provider, "SIGKILL");
            await run.ended;
            const old = before.current?.apiKeyId ?? "";
            expect(await keysOf(project)).toEqual(before);
            const orphans = (await accountKeys(emulator)).filter((id) => id !== old);
            expect(orphans).toHaveLength(1);
            const { options, env } = project.stack;
            expect(await findingsIn(options.project, env, "--fix", "--yes")).toMatchObject({
                ok: true,
                interruptedCreates: [{ sources: ["journal"], verdict: "orphaned", orphans }],
            });
            // Kalshi completes the held DELETE although the provider is gone.
            await release(emulator);
            await until(async () => (await accountKeys(emulator)).length === 0);
            await assertNextUpFinishes(prepared);
        },
    );

    testOfDynamicProvider(
        "the engine is killed during its POST: by the pending operation alone, the doctor revokes the new key",
        async () => {
            const prepared = await prepare(provider);
            const { emulator, project, before } = prepared;
            const orphans = await leaveOrphan(prepared);
            const exported = JSON.parse(await project.stack.must("stack", "export")) as {
                deployment: { pending_operations: { type: string }[] };
            };
            expect(exported.deployment.pending_operations.map(({ type }) => type)).toEqual(["updating"]);
            const { options, env } = project.stack;
            const { interruptedCreates, actions } = await findingsIn(options.project, env, "--fix", "--yes");
            expect(interruptedCreates).toMatchObject([{ sources: ["state"], verdict: "orphaned", orphans }]);
            expect(actions.map(({ what }) => what)).toEqual(["recorded", "cleared", "revoked", "kept"]);
            await fixUntilDone(options.project, env, 1);
            expect(await keysOf(project)).toEqual(before);
            await assertAccountHolds(emulator, allOf([before]));
            await assertNextUpFinishes(prepared);
        },
    );

    testOfDynamicProvider(
        "the engine is killed during its POST, and a refresh forgets the pending operation: the doctor finds the new key",
        async () => {
            const prepared = await prepare(provider);
            const { project } = prepared;
            const candidates = await leaveOrphan(prepared);
            await project.stack.must("refresh", "--yes", "--skip-preview");
            const { options, env } = project.stack;
            expect(await findingsIn(options.project, env, "--fix", "--yes")).toMatchObject({
                interruptedCreates: [{ sources: ["list"], verdict: "candidate", candidates }],
                actions: [],
            });
            // The next rotation uses the same name.
            await project.stack.must(...up);
            expect(await findingsIn(options.project, env, "--fix", "--yes")).toMatchObject({
                ok: true,
                interruptedCreates: [{ sources: ["list"], verdict: "orphaned", orphans: candidates }],
            });
            await assertAccountHolds(prepared.emulator, allOf([await keysOf(project)]));
        },
    );
});
