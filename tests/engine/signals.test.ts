import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Emulator } from "../../emulator/index";
import { killAllIn, isRunning, providerOf, signalAll } from "../support/processTree";
import {
    accountKeys,
    calls,
    cleanUp,
    emulatorWith,
    inject,
    onCleanUp,
    release,
    until,
    untilStruck,
} from "../support/harness";
import { doctorIn } from "../support/doctor";
import { spawnUp } from "../support/killing";
import { sample, testIf } from "../support/full";
import { dynamicProvider, providers, type TestProject } from "../support/project";

afterEach(cleanUp);

/** Creates two keys in parallel, then a third. */
const program = `const one = new Key("one", { keyType: "ed25519" });
    const two = new Key("two", { keyType: "ed25519" });
    new Key("three", { keyType: "ed25519" }, { dependsOn: [one, two] });`;

interface UpInFlight {
    readonly emulator: Emulator;
    readonly project: TestProject;
    readonly engine: ChildProcess;
    readonly provider: number;
    /** Resolves to the engine's output when it has ended. */
    readonly printed: Promise<string>;
}

/** Starts a `pulumi up` and waits until Kalshi has created two keys and holds both responses. */
async function startUpWithHeldResponses(
    createProject: (typeof providers)[number]["createProject"],
): Promise<UpInFlight> {
    const emulator = await emulatorWith();
    const project = await createProject(emulator, program);
    await inject(emulator, { operation: "generate", when: "after", kind: "hold", times: 2 });
    const { engine, printed } = startUp(project);
    await untilStruck(emulator, "after hold", 2);
    const provider = providerOf(engine.pid ?? 0) ?? 0;
    expect(provider).not.toBe(0);
    return { emulator, project, engine, provider, printed };
}

function startUp(project: TestProject): Pick<UpInFlight, "engine" | "printed"> {
    const engine = spawnUp(project, "pipe");
    onCleanUp(async () => killAllIn(project.scratch));
    const output: string[] = [];
    engine.stdout?.on("data", (data: Buffer) => output.push(data.toString()));
    return { engine, printed: once(engine, "close").then(() => output.join("")) };
}

/** Waits until the provider's process has ended. */
async function untilEnded(provider: number): Promise<void> {
    await until(async () => !isRunning(provider));
}

/** Expects so many keys in the state, and the same ones on the account. */
async function assertKept(emulator: Emulator, { stack }: TestProject, count: number): Promise<void> {
    const held = (await stack.resources()).map(({ id }) => id).sort();
    expect(held).toHaveLength(count);
    expect((await accountKeys(emulator)).sort()).toEqual(held);
}

/** A test that `npm test` runs with the dynamic provider alone. */
const testOfDynamicProvider = (name: string) => testIf(name === dynamicProvider.name);

/** The tests find the processes of a run in /proc, which only Linux has. */
const onLinux = process.platform === "linux" ? describe.each(providers) : describe.skip.each(providers);

onLinux("$name with two creates in flight:", ({ name, createProject }) => {
    // The plugin receives each signal in tests/plugin/lifecycle.test.ts, too, without the engine.
    testOfDynamicProvider(name).each(sample(["SIGTERM", "SIGINT", "SIGHUP"] as const))(
        "%s to the provider alone: both keys reach the state",
        async (signal) => {
            const { emulator, project, engine, provider, printed } = await startUpWithHeldResponses(createProject);
            process.kill(provider, signal);
            await release(emulator);
            const output = await printed;
            expect(engine.exitCode).toBe(1);
            await untilEnded(provider);
            await assertKept(emulator, project, 2);
            // The engine handles SIGINT, too, so the plugin does not wait for the engine.
            if (signal !== "SIGINT" || name === "dynamic provider") {
                expect(output).toMatch(new RegExp(`${signal}.*KALSHI_INTERRUPTED`));
                expect(output).not.toContain("bug in the provider");
            }
        },
    );

    test("SIGTERM to every process of the run: both keys reach the state", async () => {
        const { emulator, project, engine, provider, printed } = await startUpWithHeldResponses(createProject);
        signalAll(engine.pid ?? 0, "SIGTERM");
        await release(emulator);
        await printed;
        await untilEnded(provider);
        await assertKept(emulator, project, 2);
    });

    // If the engine is killed, the plugin revokes its keys: tests/engine/crash.test.ts.
    testOfDynamicProvider(name)(
        "SIGHUP to every process of the run: the doctor leaves exactly the state's keys",
        async () => {
            const { emulator, project, engine, provider, printed } = await startUpWithHeldResponses(createProject);
            signalAll(engine.pid ?? 0, "SIGHUP");
            await printed;
            expect(engine.signalCode).toBe("SIGHUP");
            // Kalshi responds after the engine has ended, so no key can reach the state.
            await release(emulator);
            await untilEnded(provider);
            const { options, env } = project.stack;
            await project.stack.must("cancel", "--yes");
            const { code, stdout } = await doctorIn(options.project, env, "--fix", "--yes");
            expect(code === 0 ? "" : stdout).toBe("");
            await assertKept(emulator, project, 0);
            await project.stack.must("up", "--yes", "--skip-preview");
            await assertKept(emulator, project, 3);
        },
    );
});

onLinux("$name that waits to retry:", ({ name, createProject }) => {
    // The plugin does so in tests/plugin/lifecycle.test.ts, too, without the engine.
    testOfDynamicProvider(name)("SIGTERM ends the wait, and nothing is created", async () => {
        const emulator = await emulatorWith();
        const project = await createProject(emulator, program);
        await inject(emulator, { operation: "generate", when: "before", kind: "status", status: 429, times: 1000 });
        const { engine, printed } = startUp(project);
        // The creates back off exponentially, so both wait most of the time by now.
        await until(async () => (await calls(emulator)).filter((call) => call === "POST generate").length >= 6);
        process.kill(providerOf(engine.pid ?? 0) ?? 0, "SIGTERM");
        // Only the error of a call that was in flight names the environment.
        expect(await printed).toMatch(/\(environment .*KALSHI_INTERRUPTED/);
        expect(await accountKeys(emulator)).toEqual([]);
    });
});
