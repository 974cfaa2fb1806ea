import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseEnv } from "node:util";
import type { Emulator } from "../../emulator/index";
import { root } from "../../tools/paths";
import { onCleanUp, scratchFolder } from "../harness";

/** An emulator in a process of its own, which a test can see crash or complain. */
export interface WatchedEmulator {
    readonly emulator: Emulator;
    readonly process: ChildProcess;
    /** What it wrote to standard error so far. */
    readonly stderr: readonly string[];
}

/** Starts one without rate limits, for an account that may have keys of every kind. It is gone after the test. */
export async function watchedEmulator(): Promise<WatchedEmulator> {
    const dataDir = await scratchFolder();
    const options = ["--port", "0", "--data-dir", dataDir, "--no-rate-limits", "--fcm-member"];
    const child = spawn(process.execPath, [join(root, "emulator", "bin", "main.js"), ...options], {
        stdio: ["ignore", "pipe", "pipe"],
    });
    const close = async () => {
        if (child.exitCode === null && child.signalCode === null) {
            child.kill();
            await once(child, "exit");
        }
    };
    onCleanUp(close);
    const stderr: string[] = [];
    createInterface({ input: child.stderr }).on("line", (line) => stderr.push(line));
    // It says where it serves once it does.
    await once(createInterface({ input: child.stdout }), "line");
    const credentialsPath = join(dataDir, "credentials.env");
    const variables = parseEnv(readFileSync(credentialsPath, "utf8"));
    const { KALSHI_BASE_URL: baseUrl = "", KALSHI_API_KEY_ID: rootKeyId = "" } = variables;
    const { KALSHI_PRIVATE_KEY_PATH: rootKeyPath = "" } = variables;
    const { origin } = new URL(baseUrl);
    return { emulator: { origin, baseUrl, rootKeyId, rootKeyPath, credentialsPath, close }, process: child, stderr };
}
