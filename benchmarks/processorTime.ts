import { setTimeout } from "node:timers/promises";
import { commandOf, usageOf, usages, type Usage } from "./usage";

/** The groups of processes: the provider's process, the program's, and those of the engine and its language host. */
export const roles = ["provider", "program", "engine"] as const;
export type Role = (typeof roles)[number];

/** Milliseconds of processor time, by group. */
export type ProcessorTime = Readonly<Record<Role, number>>;

/** The interval of the samples. The time that a process uses after its last sample is not measured. */
const intervalMs = 50;

/**
 * Measures the processor time of all processes that start during a step. It samples them, because they are child processes of the
 * engine, not of this process.
 */
export async function processorTimeOf<T>(step: () => Promise<T>): Promise<{ result: T; used: ProcessorTime }> {
    const before = new Set((await descendants()).map(({ pid }) => pid));
    const seen = new Map<number, { role: Role; cpu: number }>();
    const look = async () => {
        for (const { pid, cpu } of await descendants()) {
            if (!before.has(pid)) {
                seen.set(pid, { role: roleOf(await commandOf(pid)) ?? seen.get(pid)?.role ?? "engine", cpu });
            }
        }
    };
    const stop = new AbortController();
    const watching = (async () => {
        while (!stop.signal.aborted) {
            await look();
            await setTimeout(intervalMs);
        }
    })();
    try {
        const result = await step();
        return { result, used: sum([...seen.values()]) };
    } finally {
        stop.abort();
        await watching;
    }
}

/** Returns the milliseconds of processor time that a process has used since its start. */
export async function processorTimeSoFar(pid: number): Promise<number> {
    return (await usageOf(pid))?.cpu ?? NaN;
}

function sum(processes: readonly { role: Role; cpu: number }[]): ProcessorTime {
    const of = (role: Role) => processes.filter((one) => one.role === role).reduce((total, { cpu }) => total + cpu, 0);
    return { provider: of("provider"), program: of("program"), engine: of("engine") };
}

/** Returns the group of a process by its command line, or undefined if the process has ended. */
function roleOf(command: readonly string[]): Role | undefined {
    const line = command.join(" ");
    return line === ""
        ? undefined
        : /dynamic-provider|pulumi-resource-/.test(line)
          ? "provider"
          : /[/\\]cmd[/\\]run/.test(line)
            ? "program"
            : "engine";
}

async function descendants(): Promise<Usage[]> {
    const all = await usages();
    const within = (pid: number): Usage[] =>
        all.filter(({ parent }) => parent === pid).flatMap((child) => [child, ...within(child.pid)]);
    return within(process.pid);
}
