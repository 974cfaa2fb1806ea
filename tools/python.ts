import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import which from "which";
import { cache, root } from "./paths";
import { mustRun } from "./processes";
import { ensureSdks, sdkFolder, sdksFolder } from "./sdks";

const clientRequirements = join(root, "tests", "clients", "requirements.txt");
const pulumiRequirements = join(root, "tests", "engine", "requirements.txt");

/** Where the Python with Kalshi's own client lies once {@link ensurePythonWithClient} made it. */
export function pythonWithClient(): string {
    return pythonIn("python", readFileSync(clientRequirements));
}

/** Where the Python with Pulumi and the generated SDK lies once {@link ensurePythonWithSdk} made it. */
export function pythonWithSdk(): string {
    return pythonIn("python-sdk", readFileSync(pulumiRequirements), sdksFolder());
}

/**
 * Makes a virtual environment with Kalshi's own Python client.
 *
 * @returns its folder
 * @throws Error where Python 3 or its venv is missing, or the client cannot be had
 */
export async function ensurePythonWithClient(say: (progress: string) => void): Promise<string> {
    return ensureEnvironment(pythonWithClient(), clientRequirements, say);
}

/**
 * Makes a virtual environment with Pulumi's Python SDK and the one that is generated from schema.json.
 *
 * @returns its folder
 * @throws Error where Go, Python 3 or its venv, or the engine's language host is missing, or a package cannot be had
 */
export async function ensurePythonWithSdk(say: (progress: string) => void): Promise<string> {
    if (!runsPython()) {
        throw new Error(
            `the engine has no ${host} with ${executor} beside it: install Pulumi's own, or move it away to build it anew`,
        );
    }
    await ensureSdks(say);
    return ensureEnvironment(pythonWithSdk(), pulumiRequirements, say, async (python) => {
        // What it is built with and what it needs is pinned by the requirements; `pip check` says if something is missing.
        await pip(python, ["install", "--no-deps", "--no-build-isolation", sdkFolder("python")], say);
        await pip(python, ["check"], say);
    });
}

const host = "pulumi-language-python";
const executor = `${host}-exec`;

/** Whether the engine on PATH can run Python programs. */
export function runsPython(): boolean {
    const found = which.sync(host, { nothrow: true });
    return found !== null && existsSync(join(dirname(found), executor));
}

function pythonIn(name: string, ...contents: readonly (Buffer | string)[]): string {
    const hash = createHash("sha256");
    contents.forEach((content) => hash.update(content));
    return join(cache, `${name}-${hash.digest("hex").slice(0, 12)}`, "bin", "python");
}

async function ensureEnvironment(
    python: string,
    requirements: string,
    say: (progress: string) => void,
    more: (python: string) => Promise<void> = async () => undefined,
): Promise<string> {
    const python3 = await which("python3", { nothrow: true });
    if (python3 === null) {
        throw new Error("there is no python3 on PATH: install Python 3.10 or newer, with venv and pip");
    }
    const folder = dirname(dirname(python));
    const stamp = join(folder, "complete");
    if (existsSync(stamp)) {
        return folder;
    }
    say("making a virtual environment");
    await mustRun(python3, ["-m", "venv", "--clear", folder]);
    await pip(python, ["install", "--requirement", requirements], say);
    await more(python);
    writeFileSync(stamp, "");
    return folder;
}

async function pip(python: string, args: readonly string[], say: (progress: string) => void): Promise<void> {
    await mustRun(python, ["-m", "pip", "--disable-pip-version-check", ...args], {}, say);
}
