import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseEnv } from "node:util";
import type { Emulator } from "../../emulator/index";
import { root } from "../../tools/paths";
import { onCleanUp, scratchFolder } from "./harness";

/** The command's program. */
export const emulatorProgram = join(root, "emulator", "dist", "main.js");

/**
 * An emulator in its own process. A test can observe its exit code and standard error, and can kill and restart it with
 * the same account and port. It is stopped after the test.
 */
export class EmulatorProcess {
    private constructor(
        private readonly args: readonly string[],
        private child: ChildProcess,
        /** The emulator, for the functions of the harness. */
        readonly emulator: Emulator,
        /** The lines that it has written to standard error. */
        readonly stderr: string[],
    ) {}

    /**
     * Starts an emulator without rate limits, at the highest usage level.
     *
     * @param options additional command-line options
     */
    static async start(...options: readonly string[]): Promise<EmulatorProcess> {
        const dataDir = await scratchFolder();
        const args = [
            "--port",
            "0",
            "--data-dir",
            dataDir,
            "--usage-level",
            "prestige",
            "--no-rate-limits",
            ...options,
        ];
        const stderr: string[] = [];
        const child = await startServing(args, stderr);
        const credentialsPath = join(dataDir, "credentials.env");
        const env = parseEnv(await readFile(credentialsPath, "utf8"));
        const { KALSHI_BASE_URL: baseUrl = "", KALSHI_API_KEY_ID: rootKeyId = "" } = env;
        const { KALSHI_PRIVATE_KEY_PATH: rootKeyPath = "" } = env;
        const { origin, port } = new URL(baseUrl);
        const close = () => process.kill();
        const emulator = { origin, baseUrl, rootKeyId, rootKeyPath, credentialsPath, close };
        const process: EmulatorProcess = new EmulatorProcess([...args, "--port", port], child, emulator, stderr);
        onCleanUp(close);
        return process;
    }

    /** Stops the emulator by a signal, and returns its exit code, or null if it had crashed. */
    async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
        return this.child.kill(signal) ? this.end() : this.child.exitCode;
    }

    /** Waits until the emulator has ended, and returns its exit code. */
    async end(): Promise<number | null> {
        await once(this.child, "close");
        return this.child.exitCode;
    }

    /** Kills the emulator. */
    async kill(): Promise<void> {
        if (this.child.exitCode === null && this.child.signalCode === null) {
            this.child.kill("SIGKILL");
            await once(this.child, "close");
        }
    }

    async restart(): Promise<void> {
        this.child = await startServing(this.args, this.stderr);
    }
}

/** Starts a process and waits until it serves requests. */
async function startServing(args: readonly string[], stderr: string[]): Promise<ChildProcess> {
    const child = spawn(process.execPath, [emulatorProgram, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    createInterface({ input: child.stderr }).on("line", (line) => stderr.push(line));
    const ended = once(child, "close").then(() => {
        throw new Error(`The emulator did not start:\n${stderr.join("\n")}`);
    });
    await Promise.race([once(createInterface({ input: child.stdout }), "line"), ended]);
    ended.catch(() => undefined);
    return child;
}
