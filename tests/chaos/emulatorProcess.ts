import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseEnv } from "node:util";
import type { Emulator } from "../../emulator/index";
import { root } from "../../tools/paths";
import { onCleanUp, scratchFolder } from "../harness";

const main = join(root, "emulator", "bin", "main.js");

/**
 * An emulator in a process of its own: a test can see it crash or complain, and can kill it, after which it comes back with its
 * account, on its port. It is gone after the test.
 */
export class EmulatorProcess {
    private constructor(
        private readonly args: readonly string[],
        private child: ChildProcess,
        /** What the tests' helpers know an emulator by. */
        readonly emulator: Emulator,
        /** What it wrote to standard error so far. */
        readonly stderr: string[],
    ) {}

    /**
     * Starts one without rate limits, at the usage level that is granted the most.
     *
     * @param options more of its options
     */
    static async start(...options: readonly string[]): Promise<EmulatorProcess> {
        const dataDir = await scratchFolder();
        const args = ["--data-dir", dataDir, "--usage-level", "prestige", "--no-rate-limits", ...options];
        const stderr: string[] = [];
        const child = await serving(args, stderr);
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

    /** Ends it as a user does; its exit code, or null where it had crashed. */
    async stop(): Promise<number | null> {
        if (this.child.kill("SIGTERM")) {
            await once(this.child, "exit");
        }
        return this.child.exitCode;
    }

    /** Ends it at once, whatever it is doing. */
    async kill(): Promise<void> {
        if (this.child.exitCode === null && this.child.signalCode === null) {
            this.child.kill("SIGKILL");
            await once(this.child, "close");
        }
    }

    async restart(): Promise<void> {
        this.child = await serving(this.args, this.stderr);
    }
}

/** A process of it that answers requests already. */
async function serving(args: readonly string[], stderr: string[]): Promise<ChildProcess> {
    const child = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    createInterface({ input: child.stderr }).on("line", (line) => stderr.push(line));
    const ended = once(child, "close").then(() => {
        throw new Error(`The emulator did not start:\n${stderr.join("\n")}`);
    });
    await Promise.race([once(createInterface({ input: child.stdout }), "line"), ended]);
    ended.catch(() => undefined);
    return child;
}
