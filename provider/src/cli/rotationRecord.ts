import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { z } from "zod";
import { reasonOf } from "../apiKey/errors";
import { sameId } from "../apiKey/platform";
import { inspect, processIdentitySchema, thisProcess } from "../journal/processIdentity";
import { parseJson } from "../kalshi/text";
import { pulumiHome, type Environment } from "../pulumi";
import { UserError } from "../userError";

/** Why a rotation of the provider's credentials stopped. */
export class RotationError extends UserError {
    override readonly name = "RotationError";
}

const recordSchema = z.object({
    environment: z.string(),
    /** The stack's configuration file that holds the credentials; absent if the user sets them by hand. */
    target: z.string().optional(),
    /** The value of `kalshi:privateKeyPath` before the rotation, if the private key is in a file. */
    privateKeyPath: z.string().optional(),
    oldKey: z.object({ apiKeyId: z.string(), name: z.string() }),
    /** The unique name of the new key, recorded before the key is created. */
    name: z.string(),
    /** The new key, as soon as Kalshi has returned it. */
    newKey: z.object({ apiKeyId: z.string(), earlierAttemptMayExist: z.boolean() }).optional(),
    /**
     * - `creating`: nobody uses the new key;
     * - `configured`: its credentials were written to the configuration;
     * - `awaitingUser`: the user was asked to set them.
     */
    status: z.enum(["creating", "configured", "awaitingUser"]),
    /** ISO 8601, UTC. */
    startedAt: z.string(),
    process: processIdentitySchema,
});

/**
 * A rotation of the provider's credentials that is not finished. It is written before the new key is created and removed last, so that
 * a later run continues after an interruption. It holds no secret.
 */
export type RotationRecord = z.infer<typeof recordSchema>;

/** The file of a rotation and its record. */
export interface RecordFile {
    readonly file: string;
    readonly record: RotationRecord;
}

/** Where a command finds the credentials, and with which key they sign. */
export interface ConfiguredKey {
    readonly environment: string;
    readonly target: string | undefined;
    readonly signingKeyId: string;
}

/** The milliseconds after which a process that cannot be inspected counts as ended. */
const longestRotation = 60 * 60_000;
/** The milliseconds after which a file that cannot be read counts as torn. Until then another process may be writing it. */
const longestWrite = 60_000;

/** Returns the folder of the records, beside the journal of creates. */
export function rotationsFolder(env: Environment): string {
    return join(pulumiHome(env), "kalshi", "rotations");
}

/**
 * Reads the records of a folder, without those that were not written to their end, or by another version or user.
 *
 * @throws RotationError if the folder cannot be read
 */
export function readRecords(folder: string): RecordFile[] {
    return recordNames(folder).flatMap((name) => {
        const file = join(folder, name);
        const record = recordSchema.safeParse(parseJson(textOf(file) ?? "")).data;
        return record === undefined ? [] : { file, record };
    });
}

function recordNames(folder: string): string[] {
    try {
        return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".json")) : [];
    } catch (error) {
        throw new RotationError(
            "KALSHI_ROTATION_FAILED",
            `Could not read the records of rotations: ${reasonOf(error)}. Nothing was changed. Correct that folder, then run this again.`,
        );
    }
}

/** Returns the record of the rotation that has created or is to replace the configured key. */
export function findRecord(files: readonly RecordFile[], key: ConfiguredKey): RecordFile | undefined {
    const own = files.filter(({ record }) => record.environment === key.environment && isOf(record, key));
    return (
        own.find(({ record }) => record.target === key.target) ??
        // The user may have put the new credentials into any place.
        own.find(({ record }) => record.target === undefined)
    );
}

function isOf({ oldKey, newKey }: RotationRecord, { signingKeyId }: ConfiguredKey): boolean {
    return sameId(oldKey.apiKeyId, signingKeyId) || sameId(newKey?.apiKeyId ?? "", signingKeyId);
}

/** Returns whether the process of a record may still be running. */
export function isRunning({ process, startedAt }: RotationRecord, now: number): boolean {
    const activity = inspect(process);
    return activity === "unknown" ? now - Date.parse(startedAt) < longestRotation : activity === "running";
}

/**
 * Writes the record of a new rotation. It is on disk when the promise resolves.
 *
 * @returns its file
 * @throws RotationError if another rotation of the same credentials is recorded
 */
export async function beginRecord(folder: string, record: RotationRecord): Promise<string> {
    const { environment, target, oldKey } = record;
    const identity = JSON.stringify([environment, target ?? oldKey.apiKeyId]);
    const file = join(folder, `${createHash("sha256").update(identity).digest("hex").slice(0, 16)}.json`);
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    if (isTorn(file)) {
        // The new key is created only after its record is complete, so this one names none.
        rmSync(file);
    }
    try {
        await writeFile(file, JSON.stringify(record), { flag: "wx", mode: 0o600, flush: true });
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EEXIST") {
            throw new RotationError(
                "KALSHI_ROTATION_CONFLICT",
                `Another rotation of these credentials is recorded in ${file}, so nothing was changed. If no other run is active, look ` +
                    "at its keys (`npx pulumi-kalshi doctor`), remove the file, then run this again.",
            );
        }
        throw error;
    }
    return file;
}

function isTorn(file: string): boolean {
    const text = textOf(file);
    return text !== undefined && parseJson(text) === undefined && Date.now() - statSync(file).mtimeMs > longestWrite;
}

/** Returns the text of a file, unless it cannot be read. */
function textOf(file: string): string | undefined {
    try {
        return readFileSync(file, "utf8");
    } catch {
        return undefined;
    }
}

/** Replaces a record by one of this process. */
export async function updateRecord(file: string, record: RotationRecord): Promise<RotationRecord> {
    const updated = { ...record, process: thisProcess() };
    await writeFileAtomic(file, JSON.stringify(updated), { mode: 0o600 });
    return updated;
}

/** Removes a record, after the temporary files that interrupted updates of it have left. */
export function removeRecord(file: string): void {
    const folder = dirname(file);
    const temporary = readdirSync(folder).filter((name) => name.startsWith(`${basename(file)}.`));
    for (const path of [...temporary.map((name) => join(folder, name)), file]) {
        rmSync(path, { force: true });
    }
}
