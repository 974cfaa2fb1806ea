import { execFileSync } from "node:child_process";

/** Milliseconds between two looks at npx. */
const interval = 500;

/**
 * Calls a function once the `npx` that started this process has ended. npx starts a program by a shell, and an end signal to npx alone
 * reaches at most that shell. Does nothing if npx did not start this process.
 */
export function onEndOfNpx(stop: () => void): void {
    // npm sets this variable for the program that npx starts. Source: npm 11.9, libnpmexec, lib/run-script.js.
    if (process.env["npm_lifecycle_event"] !== "npx") {
        return;
    }
    const npx = [process.ppid, ...shellsParent(process.ppid)];
    const timer = setInterval(() => {
        if (process.ppid !== npx[0] || !npx.every(exists)) {
            clearInterval(timer);
            stop();
        }
    }, interval);
    timer.unref();
}

/** Returns the parent of a process if the process is a shell. */
function shellsParent(pid: number): number[] {
    try {
        const [parent, command = ""] = execFileSync("ps", ["-o", "ppid=,comm=", "-p", String(pid)], {
            encoding: "utf8",
            stdio: ["ignore", "pipe", "ignore"],
        })
            .trim()
            .split(/\s+/);
        return command.endsWith("sh") ? [Number(parent)] : [];
    } catch {
        // Windows and small containers have no `ps`, or one without these options.
        return [];
    }
}

function exists(pid: number): boolean {
    try {
        return process.kill(pid, 0);
    } catch (error) {
        return (error as NodeJS.ErrnoException).code === "EPERM";
    }
}
