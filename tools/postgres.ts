import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import which from "which";

/** The folder in which Debian's packages install the programs of each version. They are not on PATH. */
const debian = "/usr/lib/postgresql";

/** The user and the group that a process runs as. */
export interface User {
    readonly uid: number;
    readonly gid: number;
}

/** A PostgreSQL installation. */
export interface Postgres {
    /** The folder of `initdb` and `postgres`. */
    readonly bin: string;
    /** The user to run them as, if it is not the current one: they refuse to run as root. */
    readonly user?: User;
}

/**
 * Finds PostgreSQL on PATH, otherwise the newest of Debian's packages.
 *
 * @throws Error if it is not installed, or cannot run as this user
 */
export function findPostgres(folder = debian): Postgres {
    const bin = folderOnPath() ?? newestIn(folder);
    if (bin === undefined) {
        throw new Error("there is no PostgreSQL: install Debian's package postgresql");
    }
    if (process.getuid?.() !== 0) {
        return { bin };
    }
    const [uid, gid] = ["-u", "-g"].map((what) =>
        spawnSync("id", [what, "postgres"], { encoding: "utf8" }).stdout.trim(),
    );
    if (!uid || !gid) {
        throw new Error("PostgreSQL refuses to run as root, and there is no user postgres to run it as");
    }
    return { bin, user: { uid: Number(uid), gid: Number(gid) } };
}

/** Does the same as {@link findPostgres}, as a preparation of the tests. */
export async function ensurePostgres(): Promise<string> {
    return findPostgres().bin;
}

function folderOnPath(): string | undefined {
    const initdb = which.sync("initdb", { nothrow: true });
    return initdb !== null && isInstallation(dirname(initdb)) ? dirname(initdb) : undefined;
}

function newestIn(folder: string): string | undefined {
    const versions = existsSync(folder) ? readdirSync(folder).map(Number) : [];
    return versions
        .sort((one, other) => other - one)
        .map((version) => join(folder, String(version), "bin"))
        .find(isInstallation);
}

function isInstallation(bin: string): boolean {
    return ["initdb", "postgres"].every((program) => existsSync(join(bin, program)));
}
