import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import which from "which";
import { cache, root, testedRelease } from "./paths";
import { mustRun } from "./processes";
import { version } from "./release/part";

const clientRequirements = join(root, "tests", "clients", "requirements.txt");
const buildRequirements = join(root, "tools", "release", "python", "requirements.txt");
const pulumiRequirements = join(root, "tests", "engine", "requirements.txt");

/** Returns the path of the Python with Kalshi's own client, which {@link ensurePythonWithClient} creates. */
export function pythonWithClient(): string {
    return pythonIn("python", readFileSync(clientRequirements));
}

const wheel = join(testedRelease, `pulumi_kalshi-${version}-py3-none-any.whl`);

/** Returns the path of the Python with Pulumi and the release's wheel, which {@link ensurePythonWithSdk} creates. */
export function pythonWithSdk(): string {
    return pythonIn("python-sdk", readFileSync(pulumiRequirements), existsSync(wheel) ? readFileSync(wheel) : "");
}

/**
 * Creates a virtual environment with Kalshi's own Python client.
 *
 * @returns its folder
 * @throws Error if Python 3 or its venv is missing, or the client cannot be installed
 */
export async function ensurePythonWithClient(say: (progress: string) => void): Promise<string> {
    return ensureEnvironment(pythonWithClient(), clientRequirements, say);
}

/**
 * Creates a virtual environment with the tools that build Python packages.
 *
 * @returns the path of its Python
 * @throws Error if Python 3 or its venv is missing, or a tool cannot be installed
 */
export async function ensurePythonWithBuild(say: (progress: string) => void): Promise<string> {
    const python = pythonIn("python-build", readFileSync(buildRequirements));
    await ensureEnvironment(python, buildRequirements, say);
    return python;
}

/**
 * Creates a virtual environment with Pulumi's Python SDK and the wheel of the tested release.
 *
 * @returns its folder
 * @throws Error if Python 3 or its venv, the wheel, or the engine's language host is missing, or a package cannot be installed
 */
export async function ensurePythonWithSdk(say: (progress: string) => void): Promise<string> {
    if (!runsPython()) {
        throw new Error(
            `the engine has no ${host} with ${executor} beside it: install Pulumi's own, or move it away to build it anew`,
        );
    }
    return ensureEnvironment(pythonWithSdk(), pulumiRequirements, say, async (python) => {
        // The requirements pin all dependencies. `pip check` fails if one is missing.
        await pip(python, ["install", "--no-deps", wheel], say);
        await pip(python, ["check"], say);
    });
}

const host = "pulumi-language-python";
const executor = `${host}-exec`;

/** Returns whether the engine on PATH can run Python programs. */
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
