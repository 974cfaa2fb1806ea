import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { parseEnv } from "node:util";
import type { KeyType } from "../provider/src/kalshi/types";
import { root } from "../tools/paths";

/** An emulator in its own process, so that its processor time can be measured separately. */
export interface EmulatorProcess {
    readonly pid: number;
    /** The environment variables that configure a program for this emulator. */
    readonly env: Readonly<Record<string, string>>;
    /** Returns the number of connections that the emulator has accepted since its start. */
    connections(): Promise<number>;
    close(): Promise<void>;
}

/**
 * Starts an emulator without a rate limit, because waits for Kalshi are not a cost of the provider. Its usage level is the highest,
 * because the provider's own rate limiter uses the level. If the system has a file system in memory, the emulator's folder is there:
 * the measurement subtracts processor time, but cannot subtract waits for a disk.
 */
export async function startEmulatorProcess(rootKeyType: KeyType = "rsa"): Promise<EmulatorProcess> {
    const dataDir = await mkdtemp(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "kalshi-bench-"));
    const main = join(root, "emulator", "dist", "main.js");
    const options = ["--port", "0", "--data-dir", dataDir, "--usage-level", "prestige", "--no-rate-limits"];
    const child = spawn(
        process.execPath,
        ["--require", join(__dirname, "countConnections.cjs"), main, ...options, "--root-key-type", rootKeyType],
        { stdio: ["ignore", "pipe", "inherit", "ipc"] },
    );
    const ended = once(child, "close");
    const close = async () => {
        child.kill();
        await ended;
        await rm(dataDir, { recursive: true, force: true });
    };
    const started = once(createInterface({ input: child.stdout as Readable }), "line").then(() => true);
    if (!(await Promise.race([started, ended.then(() => false)])) || child.pid === undefined) {
        await close();
        throw new Error("The emulator did not start.");
    }
    const env = parseEnv(await readFile(join(dataDir, "credentials.env"), "utf8")) as Record<string, string>;
    const connections = async () => {
        const count = once(child, "message");
        child.send("connections");
        return Number((await count)[0]);
    };
    return { pid: child.pid, env, connections, close };
}
