import { createHash } from "node:crypto";
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create } from "tar";
import { root } from "../paths";
import { mustRun } from "../processes";

/** The platforms that Pulumi supports, by Go's names, which are part of the archives' names. */
const platforms = ["linux", "darwin", "windows"].flatMap((os) => ["amd64", "arm64"].map((arch) => ({ os, arch })));

const plugin = join(root, "provider", "dist", "bin");
const program = "pulumi-resource-kalshi";
/** The other files of an archive, each with its source. */
const documents = {
    LICENSE: join(root, "LICENSE"),
    THIRD_PARTY_LICENSES: join(plugin, "THIRD_PARTY_LICENSES"),
    "README.md": join(root, "tools", "release", "archive.md"),
};
/** PulumiPlugin.yaml is omitted, because it would make the engine install npm packages, of which the plugin needs none. */
const contents = [program, "grpc.js", "callHandler.js", ...Object.keys(documents)];

/** The modification time of all files, so that the same source results in the same archive. npm uses this one, too. */
const mtime = new Date("1985-10-26T08:15:00Z");

/** The version of the plugin and of both npm packages. */
export const { version } = require("pulumi-kalshi/package.json") as { version: string };

/** Returns the name of a platform's archive, in the form that `pulumi plugin install` expects on a server. */
export function archiveName(os: string, arch: string): string {
    return `${program}-v${version}-${os}-${arch}.tar.gz`;
}

/**
 * Writes all files of a release from the build output: an archive of the plugin for each platform, both npm packages, and their
 * checksums. The same source results in the same bytes if the umask is 022, because npm keeps file modes.
 *
 * @param folder the output folder, which is emptied first
 * @returns the names of the files
 */
export async function writeRelease(folder: string): Promise<string[]> {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    for (const workspace of ["provider", "emulator"]) {
        await packPackage(workspace, folder);
    }
    await packPlugin(folder);
    const files = (await readdir(folder)).sort();
    const sums = await Promise.all(files.map(async (file) => `${await sha256(join(folder, file))}  ${file}\n`));
    await writeFile(join(folder, "SHA256SUMS"), sums.join(""));
    return [...files, "SHA256SUMS"];
}

/** Packs a package without its `prepack` script, which would build it again. */
async function packPackage(workspace: string, folder: string): Promise<void> {
    const cwd = join(root, workspace);
    const { bin } = JSON.parse(await readFile(join(cwd, "package.json"), "utf8")) as { bin: Record<string, string> };
    for (const file of Object.values(bin)) {
        // npm makes the file executable only if the build ran before the installation.
        await chmod(join(cwd, file), 0o755);
    }
    await mustRun("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder], { cwd });
}

async function packPlugin(folder: string): Promise<void> {
    const stage = await mkdtemp(join(tmpdir(), "kalshi-release-"));
    try {
        const windowsProgram = `${program}.cmd`;
        for (const file of [program, windowsProgram, "grpc.js", "callHandler.js"]) {
            await copyFile(join(plugin, file), join(stage, file));
            await chmod(join(stage, file), 0o644);
        }
        for (const [name, source] of Object.entries(documents)) {
            await copyFile(source, join(stage, name));
            await chmod(join(stage, name), 0o644);
        }
        for (const name of [program, windowsProgram]) {
            await chmod(join(stage, name), 0o755);
        }
        for (const { os, arch } of platforms) {
            // On Windows the engine looks for an .exe, then for a .cmd. The .cmd starts the same program as on other platforms.
            const files = os === "windows" ? [windowsProgram, ...contents] : contents;
            // `portable` omits what depends on the machine: owner, group and the operating system in gzip's header.
            await create(
                { file: join(folder, archiveName(os, arch)), cwd: stage, gzip: true, portable: true, mtime },
                files,
            );
        }
    } finally {
        await rm(stage, { recursive: true, force: true });
    }
}

async function sha256(file: string): Promise<string> {
    return createHash("sha256")
        .update(await readFile(file))
        .digest("hex");
}
