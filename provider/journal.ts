import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { homedir, hostname } from "node:os";
import { dirname, join } from "node:path";
import { onExit } from "signal-exit";
import { z } from "zod";
import type { CreateOutcome, CreateRecord, Journal, JournalEntry } from "./apiKey/journal";
import type { Severity } from "./apiKey/platform";
import { parseJson } from "./kalshi/json";

/**
 * A creation, as a file holds it from before its request is sent until after its answer has left this process. Whoever finds
 * one of a process that is no more knows the name of a key that may be in no state. It holds no secret.
 */
const noteSchema = z.object({
    /** The key's name. */
    name: z.string(),
    /** Whether that name proves that a key is ours. */
    proof: z.boolean(),
    environment: z.string(),
    /** The id of the key that signed: it tells the account. */
    signedBy: z.string(),
    project: z.string(),
    stack: z.string(),
    /** The resource's name in the program. */
    resource: z.string(),
    /** Where the program runs, which tells stacks of the same name apart. */
    folder: z.string(),
    /** ISO 8601, UTC. */
    startedAt: z.string(),
    host: z.string(),
    process: z.int(),
    /** The id of the key, where it was made and answered for, and the note is needed yet. */
    answered: z.string().optional(),
    /** Whether an attempt before that got no answer, so that Kalshi may have made another key of the name, or make it yet. */
    unanswered: z.boolean().optional(),
    /** Whether the engine had turned away when the creation was answered for: it is over, and no state has ever had the key. */
    unheard: z.boolean().optional(),
});
export type NoteFile = z.infer<typeof noteSchema>;

/** A file of the journal, and what it says; nothing where it cannot be read, being torn: its request was not sent yet. */
export interface Found {
    readonly file: string;
    readonly note?: NoteFile;
}

/** The folder of the notes, beside all else that Pulumi keeps for the user. */
export function journalFolder(env: Readonly<Record<string, string | undefined>>): string {
    const { PULUMI_HOME: home = "" } = env;
    return join(home === "" ? join(homedir(), ".pulumi") : home, "kalshi", "creations");
}

/** All notes of a folder; none where there is no such folder. */
export async function readJournal(folder: string): Promise<Found[]> {
    const files = await readdir(folder).catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") {
            return [];
        }
        throw error;
    });
    const read = async (file: string): Promise<Found[]> => {
        const text = await readFile(file, "utf8").catch(() => undefined);
        if (text === undefined) {
            // Answered for in the meantime.
            return [];
        }
        const note = parseNote(text);
        return [note === undefined ? { file } : { file, note }];
    };
    return (await Promise.all(files.map((file) => read(join(folder, file))))).flat();
}

/** What the text of a note says; undefined where it is torn. */
function parseNote(text: string): NoteFile | undefined {
    return noteSchema.safeParse(parseJson(text)).data;
}

/** A process on another machine cannot be looked at; a creation that is older than this has come to an end there. */
const longestCreation = 60 * 60_000;

/** Whether the process that wrote the note may still be at work on it. One that outlives its engine may have ended that. */
export function isUnderWay(note: NoteFile, now: number): boolean {
    if (note.answered !== undefined || note.unheard === true) {
        return false;
    }
    if (note.host !== hostname()) {
        return now - Date.parse(note.startedAt) < longestCreation;
    }
    try {
        return process.kill(note.process, 0);
    } catch (error) {
        // It is there, and somebody else's.
        return (error as NodeJS.ErrnoException).code === "EPERM";
    }
}

/**
 * Whether the engine was handed the key, as far as anybody can tell. Where no state holds that key, somebody may have taken it out
 * of one on purpose since.
 */
export function isHandedOver({ answered, unheard }: NoteFile): boolean {
    return answered !== undefined && unheard !== true;
}

/** Whether the note is of no account once a state holds the key that was handed over. */
export function isOver(note: NoteFile): boolean {
    return isHandedOver(note) && note.unanswered !== true;
}

/** Milliseconds that an engine takes at most to have an answer. */
const toBeHeard = 1_000;

/** Whether the engine still waits for the answer to the call that is being served: it turns away when it ends. */
export type Receipt = () => boolean;

/** The journal in a folder. Whatever goes wrong with it is told, once, and stops no creation. */
export class FolderJournal implements Journal {
    #warned = false;
    #lookedBack = false;
    /** What becomes of the notes whose creations the engine is being told of. */
    readonly #ends = new Set<() => void>();
    /** What {@link answeredIn} the folder at first. */
    #answered: Map<string, string> | undefined;

    /**
     * @param receipt of the call that is being served, where the door can tell
     */
    constructor(
        private readonly folder: string,
        private readonly tell: (message: string, severity: Severity) => void,
        private readonly receipt: () => Receipt | undefined = () => undefined,
    ) {
        onExit(() => this.#ends.forEach((end) => end()));
    }

    reconcile(): void {
        return;
    }

    async begin({ uniqueName: proof, ...creation }: CreateRecord): Promise<JournalEntry> {
        const note: NoteFile = {
            ...creation,
            proof,
            folder: process.cwd(),
            host: hostname(),
            process: process.pid,
        };
        const file = newFile(this.folder);
        const isAwaited = this.receipt();
        try {
            await this.#lookBack(note);
            await write(file, note);
        } catch (error) {
            // A torn note must not look like one of a creation that was never asked for.
            remove(file);
            this.#warn(file, error);
            return { close: () => undefined };
        }
        return {
            close: (outcome: CreateOutcome) => {
                const apiKeyId = outcome.status === "created" ? outcome.apiKeyId : undefined;
                const unanswered = outcome.status === "created" && outcome.earlierAttemptMayExist;
                const answered = { ...note, answered: apiKeyId, ...(unanswered && { unanswered }) };
                if (apiKeyId === undefined) {
                    remove(file);
                } else if (isAwaited?.() === false) {
                    rewrite(file, { ...answered, unheard: true });
                } else if (isAwaited === undefined || unanswered === true) {
                    // Whether the engine has it, nobody here can tell; the next run does.
                    this.#whenHeard(() => rewrite(file, answered));
                } else {
                    this.#whenHeard(() => remove(file));
                }
            },
        };
    }

    /** The answer is on its way. Should this process be killed meanwhile, the note proves that no state has the key. */
    #whenHeard(end: () => void): void {
        this.#ends.add(end);
        const settle = () => {
            this.#ends.delete(end);
            end();
        };
        setTimeout(settle, toBeHeard).unref();
    }

    held(apiKeyId: string): void {
        this.#answered ??= answeredIn(this.folder);
        const file = this.#answered.get(apiKeyId);
        if (file !== undefined) {
            this.#answered.delete(apiKeyId);
            remove(file);
        }
    }

    /** Says it where earlier runs of this stack left notes; what they mean, a person has to look at. */
    async #lookBack(note: NoteFile): Promise<void> {
        if (this.#lookedBack) {
            return;
        }
        this.#lookedBack = true;
        const found = await readJournal(this.folder).catch(() => []);
        const left = found.filter(
            ({ note: other }) =>
                other !== undefined && !isOver(other) && isOfSameStack(other, note) && !isUnderWay(other, Date.now()),
        );
        if (left.length > 0) {
            this.tell(
                `An earlier run of this stack was interrupted while it made ${left.length} API key(s), which may exist and be in no ` +
                    "state: `npx pulumi-kalshi doctor` tells, and revokes them with --fix.",
                "warning",
            );
        }
    }

    #warn(file: string, error: unknown): void {
        if (!this.#warned) {
            this.#warned = true;
            const { code, message } = error as NodeJS.ErrnoException;
            this.tell(
                `Cannot note down which API keys are being made (${file}: ${code ?? message}). They are made all the same; should ` +
                    "this process be killed in the middle of that, only the account's list tells what it left.",
                "warning",
            );
        }
    }
}

/** A file for another note. */
export function newFile(folder: string): string {
    return join(folder, `${randomUUID()}.json`);
}

/** Writes a note; it is on the disk when this returns. */
export async function write(file: string, note: NoteFile): Promise<void> {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(file, JSON.stringify(note), { flag: "wx", mode: 0o600, flush: true });
}

/** Writes a note anew. One that cannot be is as good as it is. */
function rewrite(file: string, note: NoteFile): void {
    try {
        writeFileSync(file, JSON.stringify(note));
    } catch {
        return;
    }
}

/** The notes that are over once a state holds their keys, by the keys' ids; none where they cannot be read. */
function answeredIn(folder: string): Map<string, string> {
    try {
        const files = readdirSync(folder).map((name) => join(folder, name));
        const answered = files.flatMap((file): [string, string][] => {
            const note = parseNote(readFileSync(file, "utf8"));
            return note?.answered === undefined || !isOver(note) ? [] : [[note.answered, file]];
        });
        return new Map(answered);
    } catch {
        return new Map();
    }
}

/** Whether two notes are of one stack. */
export function isOfSameStack(
    one: Pick<NoteFile, "project" | "stack" | "folder">,
    other: Pick<NoteFile, "project" | "stack" | "folder">,
): boolean {
    return one.project === other.project && one.stack === other.stack && one.folder === other.folder;
}

/** Removes a note. One that stays is found, and found to be of no account, by the next who looks. */
export function remove(file: string): void {
    try {
        unlinkSync(file);
    } catch {
        return;
    }
}
