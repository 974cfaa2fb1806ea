import { readdir, readFile } from "node:fs/promises";

/**
 * The resource usage of processes. It is read from /proc, so it is available only on Linux.
 *
 * Source: proc(5): /proc/PID/stat, whose times are in ticks of 1/100 second on every architecture that Node runs on, and
 * /proc/PID/status.
 */
const msPerTick = 10;

/** Converts bytes to megabytes, of 10^6 bytes. */
export function megabytes(bytes: number): number {
    return bytes / 1e6;
}

/** A process at one moment. */
export interface Usage {
    readonly pid: number;
    readonly parent: number;
    /** Milliseconds of processor time, of all its threads, user and system, since it started. */
    readonly cpu: number;
}

/** Returns the usage of a process, or undefined if it has ended. */
export async function usageOf(pid: number): Promise<Usage | undefined> {
    const stat = await textOf(`/proc/${pid}/stat`);
    // The second field is the program's name in parentheses and may contain any character, so the fields after it are split.
    const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields && { pid, parent: Number(fields[1]), cpu: (Number(fields[11]) + Number(fields[12])) * msPerTick };
}

/** Returns the usage of all processes. */
export async function usages(): Promise<Usage[]> {
    const names = await readdir("/proc").catch(() => []);
    const found = await Promise.all(names.filter((name) => /^\d+$/.test(name)).map((pid) => usageOf(Number(pid))));
    return found.filter((usage) => usage !== undefined);
}

/** Returns the peak memory of a process in bytes (VmHWM), or undefined if it has ended. */
export async function peakMemory(pid: number): Promise<number | undefined> {
    const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec((await textOf(`/proc/${pid}/status`)) ?? "")?.[1];
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}

/** Returns the arguments of a process's command line; empty if the process has ended. */
export async function commandOf(pid: number): Promise<string[]> {
    return ((await textOf(`/proc/${pid}/cmdline`)) ?? "").split("\0").slice(0, -1);
}

async function textOf(file: string): Promise<string | undefined> {
    return readFile(file, "utf8").catch(() => undefined);
}
