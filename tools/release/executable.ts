import { existsSync } from "node:fs";
import { chmod, copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../paths";
import { mustRun } from "../processes";
import checksums from "./nodeChecksums.json";
import { digest, inTemporaryFolder } from "./part";

/** The package with the pinned Node for this machine, which the install script of the package `node` installs. */
const nodePackage = join(root, "node_modules", "node", "node_modules", `node-${process.platform}-${process.arch}`);
const node = join(nodePackage, "bin", "node");

/** The SHA-256 of that Node. package-lock.json does not have it, because an install script installs the package. */
export const nodeChecksum = (checksums as Readonly<Record<string, string>>)[`${process.platform}-${process.arch}`];

/**
 * Marks the place in Node that says whether an application is in it.
 * Source: Node's documentation, "Single executable applications".
 */
const sentinelFuse = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2";

/**
 * Returns whether the plugin for a platform is an executable that contains Node. That is so for this machine's platform if it is Linux:
 * macOS runs only signed programs, and the tests start the executable of no other platform.
 *
 * @param os Go's name of the system
 * @param arch Go's name of the processor
 */
export function isExecutable(os: string, arch: string): boolean {
    const ownArch = process.arch === "x64" ? "amd64" : process.arch;
    return os === "linux" && process.platform === "linux" && arch === ownArch;
}

/**
 * Builds the plugin as an executable that contains Node. The same source results in the same bytes. So there is no code cache, which
 * Node can write but not reproduce.
 *
 * @param folder the folder of the plugin's files
 * @param files the names of these files, which `executableMain.cjs` loads
 * @param executable the file to write
 */
export async function buildExecutable(folder: string, files: readonly string[], executable: string): Promise<void> {
    if (!existsSync(node)) {
        // npm does not know what an install script installs, so `npm prune` removes it.
        throw new Error(`${node} does not exist. Install the packages again: npm ci`);
    }
    await verifyNode(node);
    await inTemporaryFolder(async (stage) => {
        await copyFile(join(root, "tools", "release", "executableMain.cjs"), join(stage, "main.cjs"));
        for (const file of files) {
            const text = await readFile(join(folder, file), "utf8");
            // The text becomes the body of a function, which cannot begin with the line that names the interpreter.
            await writeFile(join(stage, file), text.replace(/^#!.*/, ""));
        }
        // The paths are relative, because the blob contains that of the main script.
        const configuration = {
            main: "main.cjs",
            output: "blob",
            disableExperimentalSEAWarning: true,
            // NODE_OPTIONS is for the user's own Node. It may hold options that this one does not have, or load other code.
            execArgvExtension: "none",
            assets: Object.fromEntries(files.map((file) => [file, file])),
        };
        await writeFile(join(stage, "sea-config.json"), JSON.stringify(configuration));
        await mustRun(node, ["--experimental-sea-config", "sea-config.json"], { cwd: stage });
        await copyFile(node, executable);
        await chmod(executable, 0o755);
        // In its own process, because it prints warnings about sections that it does not know.
        const postject = require.resolve("postject/dist/cli.js");
        const blob = join(stage, "blob");
        await mustRun(node, [postject, executable, "NODE_SEA_BLOB", blob, "--sentinel-fuse", sentinelFuse]);
    });
}

/** Returns the version of the Node in the executable. */
export async function nodeVersion(): Promise<string> {
    const { version } = JSON.parse(await readFile(join(nodePackage, "package.json"), "utf8")) as { version: string };
    return version;
}

/** @throws Error if a file is not the Node of nodeChecksums.json for this machine */
export async function verifyNode(file: string): Promise<void> {
    if ((await digest("sha256", file)) !== nodeChecksum) {
        throw new Error(`${file} is not the Node whose checksum is in tools/release/nodeChecksums.json.`);
    }
}

/** Returns the license of the Node in the executable, and of what Node contains, in the form of THIRD_PARTY_LICENSES. */
export async function nodeLicense(): Promise<string> {
    const text = await readFile(join(nodePackage, "LICENSE"), "utf8");
    return `Node.js ${await nodeVersion()} (MIT)\n\n${text}\n${"-".repeat(80)}\n`;
}
