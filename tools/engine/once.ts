import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { lock } from "proper-lockfile";

/** The prefix of an incomplete folder. It is not a version number, so no process uses its content. */
const staging = ".making-";

/**
 * Runs the work in one process at a time. A second process waits and then finds what the first one made.
 *
 * @param folder the folder that the work makes; the lock is beside it
 */
export async function withLock<T>(folder: string, say: (progress: string) => void, work: () => Promise<T>): Promise<T> {
    const parent = dirname(folder);
    await mkdir(parent, { recursive: true });
    const release = await lock(parent, {
        lockfilePath: join(parent, `.${basename(folder)}.lock`),
        // The process that holds the lock renews it. If it was not renewed for half a minute, the process has crashed.
        stale: 30_000,
        retries: { forever: true, minTimeout: 1_000, maxTimeout: 5_000 },
        onCompromised: (error) => {
            say(`the lock was lost: ${error.message}`);
        },
    });
    try {
        return await work();
    } finally {
        // Fails only if the lock was lost, which onCompromised has reported.
        await release().catch(() => undefined);
    }
}

/** Makes a folder at once, unless it exists. If several processes call this, one of them makes it. */
export async function ensureFolder(
    folder: string,
    say: (progress: string) => void,
    make: (temporary: string) => Promise<void>,
): Promise<void> {
    if (existsSync(folder)) {
        return;
    }
    await withLock(folder, say, async () => {
        if (!existsSync(folder)) {
            await removeLeftovers(folder);
            await makeAtOnce(folder, make);
        }
    });
}

/** Makes a folder at once: in a temporary folder, which is renamed at the end. */
export async function makeAtOnce(folder: string, make: (temporary: string) => Promise<void>): Promise<void> {
    const temporary = await mkdtemp(join(dirname(folder), `${staging}${basename(folder)}-`));
    try {
        await make(temporary);
        await rename(temporary, folder);
    } finally {
        await rm(temporary, { recursive: true, force: true });
    }
}

/** Removes what interrupted processes left of a folder. Only the process that holds the folder's lock may call this. */
export async function removeLeftovers(folder: string): Promise<void> {
    const parent = dirname(folder);
    const leftovers = (await readdir(parent)).filter((name) => name.startsWith(`${staging}${basename(folder)}-`));
    await Promise.all(leftovers.map((name) => rm(join(parent, name), { recursive: true, force: true })));
}
