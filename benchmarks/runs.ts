import { mkdtemp, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { root } from "../tools/paths";
import { Stack } from "../tools/stack";
import type { EmulatorProcess } from "./emulatorProcess";
import { processorTimeOf, processorTimeSoFar, type ProcessorTime } from "./processorTime";

/** The measured commands in their order. `preview` and `refresh` run on the resources that `up` created. */
export const commands = ["up", "preview", "refresh"] as const;
export type Command = (typeof commands)[number];

/** One run of one command. */
export interface Run {
    /** Milliseconds from start to end. */
    readonly ms: number;
    /** Milliseconds of the emulator's processor time during the command. */
    readonly emulatorMs: number;
    /** The same for all processes that the command started. */
    readonly processorMs: ProcessorTime;
}

export type Runs = Readonly<Record<Command, Run>>;

/**
 * Makes the engine write the state only once, at the end. By default it writes the whole state after every step. That time grows
 * with the square of the number of resources and would hide all other costs.
 */
const withoutCheckpoints = { PULUMI_EXPERIMENTAL: "true", PULUMI_SKIP_CHECKPOINTS: "true" };

/** Runs every command once on a new stack of a program, and destroys the stack's resources. */
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
        const runs: Partial<Record<Command, Run>> = {};
        try {
            for (const command of commands) {
                say(`pulumi ${command}`);
                runs[command] = await measureRun(stack, command, emulator);
            }
        } finally {
            say("pulumi destroy");
            await stack.must("destroy", "--yes", "--skip-preview");
        }
        return runs as Runs;
    } finally {
        await rm(scratch, { recursive: true, force: true });
    }
}

async function measureRun(stack: Stack, command: Command, emulator: EmulatorProcess): Promise<Run> {
    const args = command === "preview" ? [] : ["--yes", "--skip-preview"];
    const emulatorBefore = await processorTimeSoFar(emulator.pid);
    const start = performance.now();
    const { used: processorMs, result: ms } = await processorTimeOf(async () => {
        await stack.must(command, ...args);
        return performance.now() - start;
    });
    return { ms, emulatorMs: (await processorTimeSoFar(emulator.pid)) - emulatorBefore, processorMs };
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

/** Returns a PATH on which the engine finds the plugins, which are not installed. */
function pathWithPlugins(): string {
    const idlePlugin = join(root, "benchmarks", "baselines", "idle");
    const folders = [join(root, "provider", "dist", "bin"), idlePlugin];
    return [...folders, process.env["PATH"] ?? ""].join(delimiter);
}
