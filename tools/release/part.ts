import { createHash } from "node:crypto";
import { chmod, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative, sep } from "node:path";
import { create } from "tar";

/** A part of a release: files of one kind. */
export interface Part {
    readonly title: string;
    /** The names of the files that it writes. */
    readonly files: readonly string[];
    /** Writes the files into a folder. */
    readonly pack: (folder: string, say: (progress: string) => void) => Promise<void>;
}

/** The version of the plugin and of all packages. */
export const { version, description } = require("pulumi-kalshi/package.json") as {
    version: string;
    description: string;
};

/** The modification time of all files, so that the same source results in the same archive. npm uses this one, too. */
export const time = new Date("1985-10-26T08:15:00Z");

/** Does the work in a temporary folder, which is removed afterwards. */
export async function inTemporaryFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
    const folder = await mkdtemp(join(tmpdir(), "kalshi-release-"));
    try {
        return await work(folder);
    } finally {
        await rm(folder, { recursive: true, force: true });
    }
}

/** Writes a compressed tar archive of a folder's files, in their order. */
export async function archive(file: string, folder: string, files: readonly string[]): Promise<void> {
    // `portable` omits what depends on the machine: owner, group and the operating system in gzip's header.
    await create({ file, cwd: folder, gzip: true, portable: true, mtime: time }, [...files]);
}

/** Returns the files in a folder, as sorted relative paths with slashes. Their modes become those of a umask of 022. */
export async function filesOf(folder: string): Promise<string[]> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    for (const file of files) {
        await chmod(file, (await stat(file)).mode & 0o100 ? 0o755 : 0o644);
    }
    return files.map((file) => relative(folder, file).split(sep).join("/")).sort();
}

export async function digest(algorithm: "md5" | "sha1" | "sha256", file: string): Promise<string> {
    return createHash(algorithm)
        .update(await readFile(file))
        .digest("hex");
}
