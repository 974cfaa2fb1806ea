import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { lock } from "proper-lockfile";

/** Milliseconds after which the lock of a process that was killed, or could not run, is free. */
const staleAfter = 5_000;
/** Milliseconds. It is longer, because the lock's time may be rounded up to the next second. */
const longestWait = staleAfter + 2_000;
const pause = 500;

export interface FolderLock {
    /** Unlocks the folder. Does nothing if the lock is lost. */
    readonly unlock: () => Promise<void>;
    /**
     * Resolves if the lock is lost: the folder was removed, or another process took the lock while this one could not run. Otherwise it
     * never settles.
     */
    readonly lost: Promise<Error>;
}

/**
 * Creates the folder if it does not exist, and locks it. Waits for the lock of a process that was killed.
 *
 * @throws Error if another process holds the lock
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const { promise: lost, resolve } = Promise.withResolvers<Error>();
    let isLost = false;
    const onCompromised = ({ message }: Error) => {
        isLost = true;
        resolve(new Error(`the emulator stopped, because it lost the lock of its folder ${folder} (${message})`));
    };
    try {
        const unlock = await lock(folder, {
            lockfilePath: join(folder, "lock"),
            stale: staleAfter,
            retries: { retries: longestWait / pause, minTimeout: pause, maxTimeout: pause },
            onCompromised,
        });
        return { lost, unlock: async () => (isLost ? undefined : unlock()) };
    } catch (error) {
        throw (error as NodeJS.ErrnoException).code === "ELOCKED"
            ? new Error(
                  `the folder ${folder} is in use by another emulator; stop it, or choose another folder (--data-dir)`,
              )
            : error;
    }
}
