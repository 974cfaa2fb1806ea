import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync, unlinkSync } from "node:fs";
import { mkdir, readdir, readFile, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { onExit } from "signal-exit";
import writeFileAtomic from "write-file-atomic";
import type { CreateRecord, Journal, JournalEntry, KeyList, Severity } from "../apiKey/platform";
import { parseJson } from "../kalshi/text";
import { pulumiHome } from "../pulumi";
import { compareStacks, currentBackend } from "./stackIdentity";
import {
    isInFlight,
    isSettledByList,
    isSettledByState,
    isWaiting,
    isWithoutKey,
    parseEntry,
    type Entry,
} from "./entry";
import { isThisProcess, thisProcess } from "./processIdentity";

/** A file of the journal and its entry. A file without one is torn, or this version or user cannot read it. */
export interface EntryFile {
    readonly file: string;
    readonly entry?: Entry;
    /** Whether the file was not written to its end, so that its request was never sent. */
    readonly isTorn: boolean;
}

/** Returns the folder of the journal's entries, beside the other files that Pulumi keeps for the user. */
export function journalFolder(env: Readonly<Record<string, string | undefined>>): string {
    return join(pulumiHome(env), "kalshi", "creations");
}

/** The file name extension of entries. Files without it are temporary files of entries that are being written. */
const ending = ".json";

/** Reads all entries of a folder. A folder that does not exist has none. */
export async function readJournal(folder: string): Promise<EntryFile[]> {
    const names = await readdir(folder).catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") {
            return [];
        }
        throw error;
    });
    const files: EntryFile[] = [];
    // One after the other, because a process may open only so many files at once.
    for (const name of names.filter((one) => one.endsWith(ending))) {
        const found = await readEntryFile(join(folder, name));
        if (found !== undefined) {
            files.push(found);
        }
    }
    return files;
}

/** Returns undefined for a file that is gone, because its entry was settled in the meantime. */
async function readEntryFile(file: string): Promise<EntryFile | undefined> {
    return readFile(file, "utf8").then(
        (text) => entryFile(file, text),
        (error: unknown) => ((error as NodeJS.ErrnoException).code === "ENOENT" ? undefined : { file, isTorn: false }),
    );
}

/** Returns undefined for a file that is gone or cannot be read. */
function readEntrySync(file: string): Entry | undefined {
    try {
        return parseEntry(readFileSync(file, "utf8"));
    } catch {
        return undefined;
    }
}

function readJournalSync(folder: string): EntryFile[] {
    const read = <T>(reading: () => T[]): T[] => {
        try {
            return reading();
        } catch {
            // A file that cannot be read stays, and the next run or the doctor finds it again.
            return [];
        }
    };
    const names = read(() => readdirSync(folder)).filter((name) => name.endsWith(ending));
    return names.flatMap((name) =>
        read(() => [entryFile(join(folder, name), readFileSync(join(folder, name), "utf8"))]),
    );
}

function entryFile(file: string, text: string): EntryFile {
    const entry = parseEntry(text);
    const isTorn = parseJson(text) === undefined;
    return entry === undefined ? { file, isTorn } : { file, entry, isTorn };
}

/** The provider sees one resource at a time, so it does not know which ids the state holds. */
const nothingHeld: ReadonlySet<string> = new Set();

/** The maximum milliseconds until the engine has received a response. */
const deliveryMilliseconds = 1_000;

/** The entries of earlier processes, for the keys that the state holds. */
interface EarlierEntries {
    /** The files of the entries that are settled when the state holds their key, by the ids of these keys. */
    readonly settledByState: Map<string, string>;
    /** The files of the entries whose create has ended and that record no key as delivered, by their unique names. */
    readonly notDelivered: Map<string, readonly { readonly file: string }[]>;
}

function readEarlierEntries(folder: string): EarlierEntries {
    const now = Date.now();
    const entries = readJournalSync(folder).flatMap(({ file, entry }) => (entry === undefined ? [] : { file, entry }));
    const settled = entries.filter(({ entry }) => isSettledByState(entry));
    const notDelivered = entries.filter(
        ({ entry }) => entry.uniqueName && entry.status !== "delivered" && !isInFlight(entry, now),
    );
    return {
        settledByState: new Map(settled.map(({ file, entry }) => [entry.apiKeyId ?? "", file])),
        notDelivered: Map.groupBy(notDelivered, ({ entry }) => entry.name),
    };
}

/** Returns whether the engine still waits for the call that is being served. */
export type ConnectionCheck = () => boolean;

/** The journal in a folder. If it cannot be written, it warns once, and the creates go on. */
export class FolderJournal implements Journal {
    #warned = false;
    #lookedBack = false;
    /** What all new entries of this process have in common: they are for one stack, because a provider serves one run. */
    #common: ReturnType<typeof commonProperties> | undefined;
    /** The final steps for entries whose responses the engine may not have received yet, for an exit before they are due. */
    readonly #deliveries = new Set<() => void>();
    #earlier: EarlierEntries | undefined;

    /**
     * @param connectionCheck returns the check for the current call, if the provider supports one
     */
    constructor(
        private readonly folder: string,
        private readonly log: (message: string, severity: Severity) => void,
        private readonly connectionCheck: () => ConnectionCheck | undefined = () => undefined,
    ) {
        onExit(() => this.#deliveries.forEach((finish) => finish()));
    }

    async begin(create: CreateRecord): Promise<JournalEntry> {
        const file = newFile(this.folder);
        const isEngineConnected = this.connectionCheck();
        try {
            const entry = { ...create, ...(await (this.#common ??= commonProperties())) };
            await this.#lookBack(entry);
            await writeEntry(file, entry);
            return {
                close: (outcome) => {
                    if (outcome.status === "failed") {
                        removeEntry(file);
                        return;
                    }
                    const { apiKeyId, earlierAttemptMayExist } = outcome;
                    const closed = { ...entry, apiKeyId, earlierAttemptMayExist };
                    if (isEngineConnected?.() === false) {
                        rewriteEntry(file, { ...closed, status: "undelivered" });
                    } else {
                        const isSettled = isEngineConnected !== undefined && !earlierAttemptMayExist;
                        this.#afterDelivery(file, { ...closed, status: "delivered" }, isSettled);
                    }
                },
            };
        } catch (error) {
            this.#warn(file, error);
            return { close: () => undefined };
        }
    }

    /**
     * Replaces or removes the entry after the response is delivered. Until then the entry stays pending. If this process is killed first,
     * the entry proves an orphan. It happens beside the calls, because a slow disk would delay them all.
     */
    #afterDelivery(file: string, entry: Entry & { readonly apiKeyId: string }, isSettled: boolean): void {
        const recordInEarlierEntries = () => {
            if (entry.uniqueName) {
                this.#recordDelivered(entry.name, entry.apiKeyId);
            }
        };
        const finishAtExit = () => {
            if (isSettled) {
                removeEntry(file);
            } else {
                rewriteEntry(file, entry);
            }
            recordInEarlierEntries();
        };
        this.#deliveries.add(finishAtExit);
        const finish = async () => {
            await (isSettled ? unlink(file) : replaceEntry(file, entry)).catch(() => undefined);
            recordInEarlierEntries();
            this.#deliveries.delete(finishAtExit);
        };
        setTimeout(() => void finish(), deliveryMilliseconds).unref();
    }

    held(apiKeyId: string, uniqueName?: string): void {
        const { settledByState } = this.#earlierEntries();
        const file = settledByState.get(apiKeyId);
        if (file !== undefined) {
            settledByState.delete(apiKeyId);
            removeEntry(file);
        }
        if (uniqueName !== undefined) {
            this.#recordDelivered(uniqueName, apiKeyId);
        }
    }

    /** Records the delivered key in the earlier entries of its unique name. A rotation that is repeated uses the same name. */
    #recordDelivered(uniqueName: string, apiKeyId: string): void {
        const { notDelivered } = this.#earlierEntries();
        for (const { file } of notDelivered.get(uniqueName) ?? []) {
            // A list, or another process, may have settled or changed the entry in the meantime.
            const entry = readEntrySync(file);
            if (entry !== undefined) {
                rewriteEntry(file, { ...entry, status: "delivered", apiKeyId, earlierAttemptMayExist: true });
            }
        }
        notDelivered.delete(uniqueName);
    }

    #earlierEntries(): EarlierEntries {
        return (this.#earlier ??= readEarlierEntries(this.folder));
    }

    reconcile(list: KeyList): void {
        for (const { file, entry } of readJournalSync(this.folder)) {
            // Kalshi may still complete an attempt of this process.
            if (entry !== undefined && !isThisProcess(entry.process)) {
                settleByList(file, entry, list, nothingHeld);
            }
        }
    }

    /** Warns if earlier runs of this stack left entries that only a person, or the doctor, can settle. */
    async #lookBack(entry: Entry): Promise<void> {
        if (this.#lookedBack) {
            return;
        }
        this.#lookedBack = true;
        const found = await readJournal(this.folder).catch(() => []);
        const now = Date.now();
        const left = found.filter(
            ({ entry: other }) =>
                other !== undefined &&
                !isSettledByState(other) &&
                ["same", "likely"].includes(compareStacks(other, entry)) &&
                !isInFlight(other, now) &&
                !isWaiting(other, now),
        );
        if (left.length > 0) {
            this.log(
                `An earlier run of this stack was interrupted while it created ${left.length} API key(s). They may exist at Kalshi and be in ` +
                    "no state. `npx pulumi-kalshi doctor --fix` looks for them and revokes them.",
                "warning",
            );
        }
    }

    #warn(file: string, error: unknown): void {
        if (!this.#warned) {
            this.#warned = true;
            const { code, message } = error as NodeJS.ErrnoException;
            this.log(
                `Cannot record in the journal which API keys are being created (${file}: ${code ?? message}). They are created all the ` +
                    "same. If this process is killed during a create, only the account's list shows the key.",
                "warning",
            );
        }
    }
}

/** Returns the properties that all new entries of this process have. */
async function commonProperties(): Promise<Omit<Entry, keyof CreateRecord>> {
    const folder = process.cwd();
    const backend = await currentBackend(process.env, folder);
    return {
        folder,
        ...(backend !== undefined && { backend }),
        process: thisProcess(),
        status: "pending",
        earlierAttemptMayExist: false,
    };
}

/** Returns a file for another entry. */
export function newFile(folder: string): string {
    return join(folder, `${randomUUID()}${ending}`);
}

/** Writes an entry. The complete entry is on disk when the promise resolves. */
export async function writeEntry(file: string, entry: Entry): Promise<void> {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await replaceEntry(file, entry);
}

function replaceEntry(file: string, entry: Entry): Promise<void> {
    return writeFileAtomic(file, JSON.stringify(entry), { mode: 0o600 });
}

/**
 * Compares an entry with a complete list of the account's keys. Removes the entry if the list settles it. Otherwise it records in the
 * entry that the list shows no key of the create, if that is so, and a later list can settle the entry.
 *
 * @param held the ids that the state holds, in lower case, if the state is known
 * @returns whether the entry is settled
 */
export function settleByList(file: string, entry: Entry, list: KeyList, held: ReadonlySet<string>): boolean {
    const now = Date.now();
    if (isSettledByList(entry, list, held, now)) {
        removeEntry(file);
        return true;
    }
    if (entry.noKeySince === undefined && isWithoutKey(entry, list, held, now)) {
        rewriteEntry(file, { ...entry, noKeySince: new Date(now).toISOString() });
    }
    return false;
}

/** Replaces an entry. If that fails, the entry stays as it was, and the doctor looks for its key. */
function rewriteEntry(file: string, entry: Entry): void {
    try {
        writeFileAtomic.sync(file, JSON.stringify(entry), { mode: 0o600 });
    } catch {
        return;
    }
}

/** Removes an entry. One that cannot be removed is found again, by the next run or by the doctor. */
export function removeEntry(file: string): void {
    try {
        unlinkSync(file);
    } catch {
        return;
    }
}
