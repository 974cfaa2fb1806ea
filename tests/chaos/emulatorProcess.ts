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

/** An emulator in a process of its own, which can be killed and comes back with its account, on its port. */
export class EmulatorProcess {
    private constructor(
        private readonly args: readonly string[],
        private child: ChildProcess,
        /** What the tests' helpers know an emulator by. */
        readonly emulator: Emulator,
    ) {}

    static async start(): Promise<EmulatorProcess> {
        const dataDir = await scratchFolder();
        const args = ["--data-dir", dataDir, "--usage-level", "prestige", "--no-rate-limits"];
        const child = await serving(args);
        const credentialsPath = join(dataDir, "credentials.env");
        const env = parseEnv(await readFile(credentialsPath, "utf8")) as Record<string, string>;
        const { KALSHI_BASE_URL: baseUrl = "", KALSHI_API_KEY_ID: rootKeyId = "" } = env;
        const { origin } = new URL(baseUrl);
        const rootKeyPath = env["KALSHI_PRIVATE_KEY_PATH"] ?? "";
        const close = () => process.kill();
        const process: EmulatorProcess = new EmulatorProcess([...args, "--port", new URL(origin).port], child, {
            origin,
            baseUrl,
            rootKeyId,
            rootKeyPath,
            credentialsPath,
            close,
        });
        onCleanUp(close);
        return process;
    }

    /** Ends it at once, whatever it is doing. */
    async kill(): Promise<void> {
        if (this.child.exitCode === null && this.child.signalCode === null) {
            this.child.kill("SIGKILL");
            await once(this.child, "close");
        }
    }

    async restart(): Promise<void> {
        this.child = await serving(this.args);
    }
}

/** A process of it that answers requests already. */
async function serving(args: readonly string[]): Promise<ChildProcess> {
    const child = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "inherit"] });
    const ended = once(child, "close").then(() => {
        throw new Error("The emulator did not start.");
    });
    await Promise.race([once(createInterface({ input: child.stdout }), "line"), ended]);
    ended.catch(() => undefined);
    return child;
}
