import { mkdtemp, mkdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { root } from "../tools/paths";
import { Stack } from "../tools/stack";
import { processorTimeSoFar, usageDuring, type CommandUsage } from "./commandUsage";
import type { EmulatorProcess } from "./emulatorProcess";

/** The measured commands in their order. The others run on the resources that `up` created. */
export const commands = ["up", "preview", "refresh", "destroy"] as const;
export type Command = (typeof commands)[number];

/** One run of one command. */
export interface Run extends CommandUsage {
    /** Milliseconds from start to end. */
    readonly ms: number;
    /** Milliseconds of the emulator's processor time during the command. */
    readonly emulatorMs: number;
    /** The number of connections that the emulator accepted during the command. */
    readonly connections: number;
}

/** One run of each command on one program. */
export interface Runs extends Readonly<Record<Command, Run>> {
    /** The bytes of the state after `up`, in the form in which the engine stores it. */
    readonly stateBytes: number;
}

/** The number of resources that the engine handles at once: its default, which is passed explicitly because a target depends on it. */
export const stepsAtOnce = 4 * availableParallelism();

/**
 * Makes the engine write the state only once, at the end. By default it writes the whole state after every step. That time grows
 * with the square of the number of resources and would hide all other costs.
 */
const withoutCheckpoints = { PULUMI_EXPERIMENTAL: "true", PULUMI_SKIP_CHECKPOINTS: "true" };

/** Runs every command once on a new stack of a program. */
export async function measureRuns(
    program: string,
    emulator: EmulatorProcess,
    checkpoints: boolean,
    say: (progress: string) => void,
): Promise<Runs> {
    const scratch = await mkdtemp(join(tmpdir(), "kalshi-bench-"));
    try {
        const project = await projectOf(program, scratch);
        const env = { ...emulator.env, ...(checkpoints ? {} : withoutCheckpoints), PATH: pathWithPlugins() };
        const stack = await Stack.create({ project, scratch: join(scratch, "pulumi"), name: "bench", env });
        const measure = (command: Command) => {
            say(`pulumi ${command}`);
            return measureRun(stack, command, emulator);
        };
        const up = await measure("up");
        const stateBytes = await bytesOfState(stack);
        const preview = await measure("preview");
        const refresh = await measure("refresh");
        return { up, preview, refresh, destroy: await measure("destroy"), stateBytes };
    } finally {
        await rm(scratch, { recursive: true, force: true });
    }
}

async function measureRun(stack: Stack, command: Command, emulator: EmulatorProcess): Promise<Run> {
    const args = ["--parallel", String(stepsAtOnce), ...(command === "preview" ? [] : ["--yes", "--skip-preview"])];
    const emulatorBefore = await processorTimeSoFar(emulator.pid);
    const connectionsBefore = await emulator.connections();
    const start = performance.now();
    const { used, result: ms } = await usageDuring(async () => {
        await stack.must(command, ...args);
        return performance.now() - start;
    });
    const emulatorMs = (await processorTimeSoFar(emulator.pid)) - emulatorBefore;
    return { ms, emulatorMs, connections: (await emulator.connections()) - connectionsBefore, ...used };
}

async function projectOf(program: string, scratch: string): Promise<string> {
    const project = join(scratch, "project");
    await mkdir(project);
    await writeFile(join(project, "Pulumi.yaml"), "name: bench\nruntime: nodejs\n");
    await writeFile(join(project, "package.json"), '{ "name": "bench", "private": true, "main": "index.js" }\n');
    await symlink(join(root, "node_modules"), join(project, "node_modules"));
    await writeFile(join(project, "index.js"), program);
    return project;
}

async function bytesOfState({ options: { scratch, name } }: Stack): Promise<number> {
    return (await stat(join(scratch, "backend", ".pulumi", "stacks", "bench", `${name}.json`))).size;
}

/** Returns a PATH on which the engine finds the plugins, which are not installed. */
function pathWithPlugins(): string {
    const idlePlugin = join(root, "benchmarks", "baselines", "idle");
    const folders = [join(root, "provider", "dist", "bin"), idlePlugin];
    return [...folders, process.env["PATH"] ?? ""].join(delimiter);
}
