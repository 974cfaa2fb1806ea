import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";

/**
 * Identifies a process, even after its pid was reused, and among the containers and machines that share the journal. Only Linux has the
 * optional parts.
 */
export const processIdentitySchema = z.object({
    host: z.string(),
    pid: z.int(),
    /** When the process started, in clock ticks since boot. Source: man 5 proc_pid_stat, field 22. */
    startTime: z.string().optional(),
    /** The id of the kernel's boot. Source: man 5 proc_sys_kernel, random/boot_id. */
    bootId: z.string().optional(),
    /** The namespace that the pid is valid in. Source: man 7 pid_namespaces. */
    pidNamespace: z.string().optional(),
});
export type ProcessIdentity = z.infer<typeof processIdentitySchema>;

/** Returns the identity of this process. */
export function thisProcess(): ProcessIdentity {
    const startTime = startTimeOf(process.pid);
    const bootId = orUndefined(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim());
    const pidNamespace = orUndefined(() => readlinkSync("/proc/self/ns/pid"));
    return {
        host: hostname(),
        pid: process.pid,
        ...(startTime !== undefined && { startTime }),
        ...(bootId !== undefined && { bootId }),
        ...(pidNamespace !== undefined && { pidNamespace }),
    };
}

/**
 * Returns whether a process is still running.
 *
 * @returns "unknown" if it belongs to another machine, another boot or another pid namespace, which cannot be inspected from here, or
 *     if a process of its pid is running and its start time is not known: the pid may have been reused
 */
export function inspect(identity: ProcessIdentity): "running" | "ended" | "unknown" {
    const here = thisProcess();
    if (identity.host !== here.host || identity.bootId !== here.bootId || identity.pidNamespace !== here.pidNamespace) {
        return "unknown";
    }
    if (!exists(identity.pid)) {
        return "ended";
    }
    const startTime = startTimeOf(identity.pid);
    if (startTime === undefined || identity.startTime === undefined) {
        return "unknown";
    }
    return startTime === identity.startTime ? "running" : "ended";
}

/** Returns whether an identity is that of this process. */
export function isThisProcess(identity: ProcessIdentity): boolean {
    return identity.pid === process.pid && isDeepStrictEqual(identity, thisProcess());
}

function exists(pid: number): boolean {
    try {
        return process.kill(pid, 0);
    } catch (error) {
        // The process exists and belongs to another user.
        return (error as NodeJS.ErrnoException).code === "EPERM";
    }
}

function startTimeOf(pid: number): string | undefined {
    return orUndefined(() => parseStartTime(readFileSync(`/proc/${pid}/stat`, "utf8")));
}

/** Returns field 22 of a `/proc/PID/stat`. Field 2, the command in parentheses, may contain spaces and parentheses itself. */
export function parseStartTime(stat: string): string | undefined {
    return stat
        .slice(stat.lastIndexOf(")") + 2)
        .split(" ")
        .at(22 - 3);
}

function orUndefined<T>(read: () => T): T | undefined {
    try {
        return read();
    } catch {
        return undefined;
    }
}
