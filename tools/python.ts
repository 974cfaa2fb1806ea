import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import which from "which";
import { cache, root } from "./paths";
import { mustRun } from "./processes";

const requirements = join(root, "tests", "clients", "requirements.txt");

/** Where the Python with Kalshi's own client lies once {@link ensurePython} made it. */
export function pythonWithClient(): string {
    const version = createHash("sha256").update(readFileSync(requirements)).digest("hex").slice(0, 12);
    return join(cache, `python-${version}`, "bin", "python");
}

/**
 * Makes a virtual environment with Kalshi's own Python client.
 *
 * @returns its folder
 * @throws Error where Python 3 or its venv is missing, or the client cannot be had
 */
export async function ensurePython(say: (progress: string) => void): Promise<string> {
    const python3 = await which("python3", { nothrow: true });
    if (python3 === null) {
        throw new Error("there is no python3 on PATH: install Python 3.9 or newer, with venv and pip");
    }
    const python = pythonWithClient();
    const folder = join(python, "..", "..");
    const stamp = join(folder, "complete");
    if (existsSync(stamp)) {
        return folder;
    }
    say("making a virtual environment");
    await mustRun(python3, ["-m", "venv", "--clear", folder]);
    await mustRun(
        python,
        ["-m", "pip", "install", "--disable-pip-version-check", "--requirement", requirements],
        {},
        say,
    );
    writeFileSync(stamp, "");
    return folder;
}
