import { setTimeout } from "node:timers/promises";
import { commandOf, peakMemory, usageOf, usages, type Usage } from "./usage";

/** The groups of processes: the provider's process, the program's, and those of the engine and its language host. */
export const roles = ["provider", "program", "engine"] as const;
export type Role = (typeof roles)[number];

/** What the processes of a command used. */
export interface CommandUsage {
    /** Milliseconds of processor time, by group. */
    readonly processorMs: Readonly<Record<Role, number>>;
    /** The peak memory of the provider's process in bytes; undefined if there is no such process. */
    readonly providerPeak: number | undefined;
}

/** The interval of the samples. What a process uses after its last sample is not measured. */
const intervalMs = 50;

interface Seen {
    readonly role: Role;
    readonly cpu: number;
    readonly peak: number | undefined;
}

/**
 * Measures all processes that start during a step. It samples them, because they are child processes of the engine, not of this
 * process.
 */
export async function usageDuring<T>(step: () => Promise<T>): Promise<{ result: T; used: CommandUsage }> {
    const before = new Set((await descendants()).map(({ pid }) => pid));
    const seen = new Map<number, Seen>();
    const look = async () => {
        for (const { pid, cpu } of await descendants()) {
            if (!before.has(pid)) {
                const role = roleOf(await commandOf(pid)) ?? seen.get(pid)?.role ?? "engine";
                const peak = role === "provider" ? await peakMemory(pid) : undefined;
                seen.set(pid, { role, cpu, peak: peak ?? seen.get(pid)?.peak });
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

function sum(processes: readonly Seen[]): CommandUsage {
    const of = (role: Role) => processes.filter((one) => one.role === role).reduce((total, { cpu }) => total + cpu, 0);
    const peaks = processes.flatMap(({ peak }) => peak ?? []);
    return {
        processorMs: { provider: of("provider"), program: of("program"), engine: of("engine") },
        providerPeak: peaks.length === 0 ? undefined : Math.max(...peaks),
    };
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
