import { createHash } from "node:crypto";
import { cpSync, existsSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { ensureFolder } from "./engine/once";
import { cache, root } from "./paths";
import { mustRun } from "./processes";

/** The SDKs that some examples need beyond the packages of this repository. */
const sources = join(root, "tests", "engine", "sdks");

/** Returns whether {@link ensureExampleSdks} has installed the SDKs. */
export function hasExampleSdks(): boolean {
    return existsSync(exampleSdks());
}

/** Returns the folder into which {@link ensureExampleSdks} installs the SDKs. A program in it also finds the repository's packages. */
export function exampleSdks(): string {
    const hash = createHash("sha256")
        .update(readFileSync(join(sources, "package-lock.json")))
        .digest("hex");
    return join(cache, `example-sdks-${hash.slice(0, 12)}`);
}

/**
 * Installs the SDKs from npm.
 *
 * @returns the folder
 * @throws Error if the installation fails
 */
export async function ensureExampleSdks(say: (progress: string) => void): Promise<string> {
    await ensureFolder(exampleSdks(), say, async (folder) => {
        say("downloading SDKs from npm (200 MB on disk) …");
        cpSync(sources, folder, { recursive: true });
        await mustRun("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: folder });
        // As in a user's project, all packages share one @pulumi/pulumi: that of the repository.
        await rm(join(folder, "node_modules", "@pulumi", "pulumi"), { recursive: true });
    });
    return exampleSdks();
}
