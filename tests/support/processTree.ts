import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** A process in /proc. */
interface Process {
    readonly pid: number;
    readonly parent: number;
    readonly command: string;
}

/** Returns the processes of this machine, without those that end meanwhile. Works only on Linux. */
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

/** Returns a process and all its descendants. */
function familyOf(ancestor: number): Process[] {
    const all = processes();
    const family = new Set([ancestor]);
    // A child may precede its parent in the list.
    for (let size = 0; size < family.size;) {
        size = family.size;
        all.filter(({ parent }) => family.has(parent)).forEach(({ pid }) => family.add(pid));
    }
    return all.filter(({ pid }) => family.has(pid));
}

/** Returns the id of the provider's process among the descendants of a process. */
export function providerOf(ancestor: number): number | undefined {
    // The script, or the executable that contains Node.
    const isProvider = /(\/pulumi-resource-kalshi|node .*dynamic-provider\/index\.js) /;
    return familyOf(ancestor).find(({ command }) => isProvider.test(`${command} `))?.pid;
}

/** Sends a signal to a process and all its descendants, as systemd does with the processes of a unit. */
export function signalAll(ancestor: number, signal: NodeJS.Signals): void {
    for (const { pid } of familyOf(ancestor)) {
        process.kill(pid, signal);
    }
}

/** Returns whether a process exists. */
export function isRunning(process: number): boolean {
    return processes().some(({ pid }) => pid === process);
}

/** Kills all processes that run in a folder, such as those that a killed engine left. */
export function killAllIn(folder: string): void {
    for (const { pid } of processes()) {
        try {
            if (readlinkSync(`/proc/${pid}/cwd`).startsWith(folder)) {
                process.kill(pid, "SIGKILL");
            }
        } catch {
            // The process has ended meanwhile.
        }
    }
}
