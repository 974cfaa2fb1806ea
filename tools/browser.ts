import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import which from "which";
import { ensureFolder } from "./engine/once";
import { cache, root } from "./paths";
import { mustRun } from "./processes";

/** An installed browser. */
export interface InstalledBrowser {
    readonly program: string;
    /** Added to its environment. */
    readonly env: Readonly<Record<string, string>>;
}

/** Chromium as an npm package, with the libraries that small containers lack. It is for Linux on x64 only. */
const sources = join(root, "tools", "browser");

/** Returns Chromium or Chrome on PATH, otherwise the Chromium that {@link ensureBrowser} has installed, if it has. */
export function findBrowser(): InstalledBrowser | undefined {
    for (const name of ["chromium", "google-chrome"]) {
        const program = which.sync(name, { nothrow: true });
        if (program !== null) {
            return { program, env: {} };
        }
    }
    const folder = installFolder();
    return existsSync(folder) ? installedIn(folder) : undefined;
}

/**
 * Finds Chromium or Chrome on PATH, or installs Chromium from npm.
 *
 * @returns the program's path
 * @throws Error if there is no package for this machine, the installation fails, or the browser does not start
 */
export async function ensureBrowser(say: (progress: string) => void): Promise<string> {
    let browser = findBrowser();
    if (browser === undefined) {
        if (process.platform !== "linux" || process.arch !== "x64") {
            throw new Error("there is no Chromium: install it, or Google Chrome, so that it is on PATH");
        }
        await ensureFolder(installFolder(), say, (folder) => install(folder, say));
        browser = installedIn(installFolder());
    }
    await mustRun(browser.program, ["--version"], { env: { ...process.env, ...browser.env } });
    return browser.program;
}

async function install(folder: string, say: (progress: string) => void): Promise<void> {
    say("downloading Chromium from npm (66 MB) …");
    const modules = join(folder, "npm");
    cpSync(sources, modules, { recursive: true });
    await mustRun("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: modules });
    say("unpacking Chromium …");
    const script = `import("@sparticuz/chromium").then(({ default: chromium }) => chromium.executablePath())`;
    // The package unpacks into the folder for temporary files. On AWS Lambda it also unpacks the libraries that the browser needs.
    const env = { ...process.env, TMPDIR: unpackedIn(folder), AWS_LAMBDA_JS_RUNTIME: "nodejs24.x" };
    mkdirSync(unpackedIn(folder));
    await mustRun(process.execPath, ["--eval", script], { cwd: modules, env });
    await rm(modules, { recursive: true });
}

function installedIn(folder: string): InstalledBrowser {
    const unpacked = unpackedIn(folder);
    return { program: join(unpacked, "chromium"), env: { LD_LIBRARY_PATH: join(unpacked, "al2023", "lib") } };
}

const unpackedIn = (folder: string) => join(folder, "unpacked");

function installFolder(): string {
    const hash = createHash("sha256")
        .update(readFileSync(join(sources, "package-lock.json")))
        .digest("hex");
    return join(cache, `chromium-${hash.slice(0, 12)}`);
}
