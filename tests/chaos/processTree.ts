import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** A process, as the system shows it. */
interface Process {
    readonly pid: number;
    readonly parent: number;
    readonly command: string;
}

/** The processes of this machine; those that end meanwhile are left out. Linux alone shows them so. */
function processes(): Process[] {
    return readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name))
        .flatMap((name) => {
            try {
                const stat = readFileSync(`/proc/${name}/stat`, "utf8");
                const [, parent = "0"] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
                const command = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ").trim();
                return [{ pid: Number(name), parent: Number(parent), command }];
            } catch {
                return [];
            }
        });
}

/** A process, those that it started, and those that they started. */
function familyOf(ancestor: number): Process[] {
    const all = processes();
    const family = new Set([ancestor]);
    // A child may stand before its parent.
    for (let size = 0; size < family.size;) {
        size = family.size;
        all.filter(({ parent }) => family.has(parent)).forEach(({ pid }) => family.add(pid));
    }
    return all.filter(({ pid }) => family.has(pid));
}

/** The provider's process among those that a process has started, and those have. */
export function providerOf(ancestor: number): number | undefined {
    const isProvider = /node .*(pulumi-resource-kalshi|dynamic-provider\/index\.js) /;
    return familyOf(ancestor).find(({ command }) => isProvider.test(`${command} `))?.pid;
}

/** Sends a signal to a process and to all that descend from it, as systemd does with the processes of a unit. */
export function signalAll(ancestor: number, signal: NodeJS.Signals): void {
    for (const { pid } of familyOf(ancestor)) {
        process.kill(pid, signal);
    }
}

/** Whether a process is there. */
export function isRunning(process: number): boolean {
    return processes().some(({ pid }) => pid === process);
}

/** Ends what an engine that was killed left behind: the processes that run in a folder. */
export function endAllIn(folder: string): void {
    for (const { pid } of processes()) {
        try {
            if (readlinkSync(`/proc/${pid}/cwd`).startsWith(folder)) {
                process.kill(pid, "SIGKILL");
            }
        } catch {
            // It has ended by itself.
        }
    }
}
