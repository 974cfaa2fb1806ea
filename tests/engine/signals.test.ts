import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Emulator } from "../../emulator/index";
import { root } from "../../tools/paths";
import { run } from "../../tools/processes";
import { endAllIn, isRunning, providerOf, signalAll } from "../chaos/processTree";
import { accountKeys, calls, cleanUp, emulatorWith, inject, onCleanUp, release, until, untilStruck } from "../harness";
import { spawnUp } from "./killing";
import { doors, type TestProject } from "./project";

afterEach(cleanUp);

/** Two keys at once, and one that is created after them. */
const program = `const one = new Key("one", { keyType: "ed25519" });
    const two = new Key("two", { keyType: "ed25519" });
    new Key("three", { keyType: "ed25519" }, { dependsOn: [one, two] });`;
const doctor = join(root, "provider", "bin", "cli", "main.js");

interface HeldUp {
    readonly emulator: Emulator;
    readonly project: TestProject;
    readonly engine: ChildProcess;
    readonly provider: number;
    /** What the engine printed, once it has ended. */
    readonly printed: Promise<string>;
}

/** A `pulumi up` for which Kalshi has created two keys, and waits with both responses. */
async function heldUp(projectOn: (typeof doors)[number]["projectOn"]): Promise<HeldUp> {
    const emulator = await emulatorWith();
    const project = await projectOn(emulator, program);
    await inject(emulator, { operation: "generate", when: "after", kind: "hold", times: 2 });
    const { engine, printed } = startedUp(project);
    await untilStruck(emulator, "after hold", 2);
    const provider = providerOf(engine.pid ?? 0) ?? 0;
    expect(provider).not.toBe(0);
    return { emulator, project, engine, provider, printed };
}

function startedUp(project: TestProject): Pick<HeldUp, "engine" | "printed"> {
    const engine = spawnUp(project, "pipe");
    onCleanUp(async () => endAllIn(project.scratch));
    const output: string[] = [];
    engine.stdout?.on("data", (data: Buffer) => output.push(data.toString()));
    return { engine, printed: once(engine, "close").then(() => output.join("")) };
}

/** Waits until the provider's process is gone. */
async function untilEnded(provider: number): Promise<void> {
    await until(async () => !isRunning(provider));
}

async function stateKeys({ stack }: TestProject): Promise<string[]> {
    return (await stack.resources()).map(({ id }) => id ?? "").sort();
}

/** Linux alone shows the processes of a run. */
const onLinux = process.platform === "linux" ? describe.each(doors) : describe.skip.each(doors);

onLinux("$name provider, in the middle of two creates:", ({ name, projectOn }) => {
    test.each(["SIGTERM", "SIGHUP", "SIGINT"] as const)("%s to it alone: both keys reach the state", async (signal) => {
        const { emulator, project, engine, provider, printed } = await heldUp(projectOn);
        process.kill(provider, signal);
        await release(emulator);
        const output = await printed;
        expect(engine.exitCode).toBe(1);
        await untilEnded(provider);
        expect(await stateKeys(project)).toHaveLength(2);
        expect((await accountKeys(emulator)).sort()).toEqual(await stateKeys(project));
        // SIGINT is the engine's own signal, so the plugin does not wait for the engine after it.
        if (signal !== "SIGINT" || name === "dynamic") {
            expect(output).toContain(`starts no new calls, because it received ${signal}`);
            expect(output).not.toContain("bug in the provider");
        }
    });

    test("SIGTERM to every process of the run: both keys reach the state", async () => {
        const { emulator, project, engine, provider, printed } = await heldUp(projectOn);
        signalAll(engine.pid ?? 0, "SIGTERM");
        await release(emulator);
        await printed;
        await untilEnded(provider);
        expect(await stateKeys(project)).toHaveLength(2);
        expect((await accountKeys(emulator)).sort()).toEqual(await stateKeys(project));
    });

    test("SIGHUP to every process of the run: the doctor leaves exactly the state's keys", async () => {
        const { emulator, project, engine, provider, printed } = await heldUp(projectOn);
        signalAll(engine.pid ?? 0, "SIGHUP");
        await printed;
        expect(engine.signalCode).toBe("SIGHUP");
        // Kalshi answers when the engine is gone, so no response can reach it.
        await release(emulator);
        await untilEnded(provider);
        const { options, env } = project.stack;
        await project.stack.must("cancel", "--yes");
        const args = [doctor, "doctor", "--fix", "--yes"];
        const { code, stdout } = await run(process.execPath, args, { cwd: options.project, env });
        expect(code === 0 ? "" : stdout).toBe("");
        expect(await stateKeys(project)).toEqual([]);
        expect(await accountKeys(emulator)).toEqual([]);
        await project.stack.must("up", "--yes", "--skip-preview");
        expect(await stateKeys(project)).toHaveLength(3);
        expect((await accountKeys(emulator)).sort()).toEqual(await stateKeys(project));
    });
});

onLinux("$name provider, while it waits to retry:", ({ projectOn }) => {
    test("SIGTERM ends the wait, and nothing is created", async () => {
        const emulator = await emulatorWith();
        const project = await projectOn(emulator, program);
        await inject(emulator, { operation: "generate", when: "before", kind: "status", status: 429, times: 1000 });
        const { engine, printed } = startedUp(project);
        // The retries of two creates get ever rarer, so by now both wait most of the time.
        await until(async () => (await calls(emulator)).filter((call) => call === "POST generate").length >= 6);
        process.kill(providerOf(engine.pid ?? 0) ?? 0, "SIGTERM");
        expect(await printed).toContain("the wait was interrupted");
        expect(await accountKeys(emulator)).toEqual([]);
    });
});
