import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseEnv } from "node:util";
import { root } from "../tools/paths";

/** An emulator in a process of its own, whose processor time can be told from all other. */
export interface EmulatorProcess {
    readonly pid: number;
    /** What a program finds in its environment. */
    readonly env: Readonly<Record<string, string>>;
    close(): Promise<void>;
}

/**
 * Without the account's rate limit, which is Kalshi's time and not ours, and at the usage level that grants the most, which the
 * provider goes by; and where the system has one with its folder in
 * memory: waiting for a disk is no processor time, and so could not be taken out.
 */
export async function startEmulatorProcess(): Promise<EmulatorProcess> {
    const dataDir = await mkdtemp(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "kalshi-bench-"));
    const main = join(root, "emulator", "bin", "main.js");
    const child = spawn(
        process.execPath,
        [main, "--data-dir", dataDir, "--usage-level", "prestige", "--no-rate-limits"],
        {
            stdio: ["ignore", "pipe", "inherit"],
        },
    );
    const ended = once(child, "close");
    const close = async () => {
        child.kill();
        await ended;
        await rm(dataDir, { recursive: true, force: true });
    };
    const started = once(createInterface({ input: child.stdout }), "line").then(() => true);
    if (!(await Promise.race([started, ended.then(() => false)])) || child.pid === undefined) {
        await close();
        throw new Error("The emulator did not start.");
    }
    const env = parseEnv(await readFile(join(dataDir, "credentials.env"), "utf8")) as Record<string, string>;
    return { pid: child.pid, env, close };
}
