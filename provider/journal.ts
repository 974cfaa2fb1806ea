import { randomUUID } from "node:crypto";
import { unlinkSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { homedir, hostname } from "node:os";
import { dirname, join } from "node:path";
import { onExit } from "signal-exit";
import { z } from "zod";
import type { Creation, Journal, Note } from "./apiKey/journal";
import type { Severity } from "./apiKey/platform";

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
        const note = noteSchema.safeParse(parseJson(text)).data;
        return [note === undefined ? { file } : { file, note }];
    };
    return (await Promise.all(files.map((file) => read(join(folder, file))))).flat();
}

function parseJson(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}

/** A process on another machine cannot be looked at; a creation that is older than this has come to an end there. */
const longestCreation = 60 * 60_000;

/** Whether the process that wrote the note may still be at work on it. */
export function isUnderWay(note: NoteFile, now: number): boolean {
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

/** Milliseconds that an answer takes at most from here to the engine, on the same machine, in a process that is busy. */
const answersTakeAtMost = 1_000;

/** The journal in a folder. Whatever goes wrong with it is told, once, and stops no creation. */
export class FolderJournal implements Journal {
    #warned = false;
    #lookedBack = false;
    /** Files of creations that are answered for. */
    readonly #answered = new Set<string>();
    #forgetting: NodeJS.Timeout | undefined;

    constructor(
        private readonly folder: string,
        private readonly tell: (message: string, severity: Severity) => void,
    ) {
        onExit(() => this.#forget());
    }

    async begin(creation: Creation): Promise<Note> {
        const note: NoteFile = {
            ...creation,
            folder: process.cwd(),
            host: hostname(),
            process: process.pid,
        };
        const file = newFile(this.folder);
        try {
            await this.#lookBack(note);
            await write(file, note);
        } catch (error) {
            // A torn note must not look like one of a creation that was never asked for.
            remove(file);
            this.#warn(file, error);
        }
        return { end: () => this.#end(file) };
    }

    /** The note goes when the answer to the engine has gone out for sure, which nobody tells us. */
    #end(file: string): void {
        this.#answered.add(file);
        this.#forgetting ??= setTimeout(() => this.#forget(), answersTakeAtMost).unref();
    }

    #forget(): void {
        clearTimeout(this.#forgetting);
        this.#forgetting = undefined;
        this.#answered.forEach(remove);
        this.#answered.clear();
    }

    /** Says it where earlier runs of this stack left notes; what they mean, a person has to look at. */
    async #lookBack(note: NoteFile): Promise<void> {
        if (this.#lookedBack) {
            return;
        }
        this.#lookedBack = true;
        const found = await readJournal(this.folder).catch(() => []);
        const left = found.filter(
            ({ note: other }) => other !== undefined && isOfSameStack(other, note) && !isUnderWay(other, Date.now()),
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
