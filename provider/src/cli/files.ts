import {
    chmodSync,
    chownSync,
    closeSync,
    copyFileSync,
    existsSync,
    fsyncSync,
    lstatSync,
    openSync,
    renameSync,
    rmSync,
    statSync,
    writeFileSync,
} from "node:fs";
import { dirname } from "node:path";

/**
 * Creates a file that only this user can read, or replaces the one of that name. Its content is on disk when this returns.
 *
 * @param like a file whose mode and owner the new one gets before it gets its content
 * @throws Error if it cannot be created, or cannot get that owner
 */
export function createFile(file: string, content: string, like?: string): void {
    rmSync(file, { force: true });
    const descriptor = openSync(file, "wx", 0o600);
    try {
        if (like !== undefined) {
            takeAttributes(file, like);
        }
        // Through the descriptor, because the mode may not permit to open the file for writing.
        writeFileSync(descriptor, content, { flush: true });
    } finally {
        closeSync(descriptor);
    }
    sync(dirname(file));
}

/** Copies a file, for this user only. The copy is on disk when this returns. */
export function backUp(file: string, copy: string): void {
    copyFileSync(file, copy);
    chmodSync(copy, 0o600);
    sync(copy);
    sync(dirname(copy));
}

/** Replaces a file at once by another one of the same folder. The mode and the owner stay. The file need not exist. */
export function replaceFile(draft: string, file: string): void {
    if (existsSync(file)) {
        takeAttributes(draft, file);
    }
    sync(draft);
    renameSync(draft, file);
    try {
        sync(dirname(file));
    } catch {
        // The file is replaced, so this must not look like a failure.
    }
}

function takeAttributes(file: string, like: string): void {
    const [{ uid, gid }, wanted] = [lstatSync(file), statSync(like)];
    if (uid !== wanted.uid || gid !== wanted.gid) {
        chownSync(file, wanted.uid, wanted.gid);
    }
    chmodSync(file, wanted.mode & 0o7777);
}

/** Writes a file's content, or a folder's list of files, to disk. Some platforms cannot open a folder. */
function sync(path: string): void {
    try {
        const descriptor = openSync(path, "r");
        try {
            fsyncSync(descriptor);
        } finally {
            closeSync(descriptor);
        }
    } catch (error) {
        if (!["EISDIR", "EPERM", "EACCES", "EINVAL"].includes((error as NodeJS.ErrnoException).code ?? "")) {
            throw error;
        }
    }
}
