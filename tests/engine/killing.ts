import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Emulator } from "../../emulator/index";
import { isUnderWay, journalFolder, readJournal, type NoteFile } from "../../provider/journal";
import { endAllIn } from "../chaos/processTree";
import { inject, onCleanUp, requests } from "../harness";
import type { TestProject } from "./project";

/** A `pulumi up` that waits for Kalshi's answers to its creations, which never come. */
export interface WaitingUp {
    readonly engine: ChildProcess;
    /** The folder that all its processes run in. */
    readonly scratch: string;
    /** The notes of the creations that it waits for. */
    readonly notes: readonly NoteFile[];
}

/**
 * Starts a `pulumi up` and waits until Kalshi has made all its keys, of which it is not told.
 *
 * @param keys how many it makes
 */
export async function waitingUp(emulator: Emulator, project: TestProject, keys = 1): Promise<WaitingUp> {
    const { stack, scratch } = project;
    await inject(emulator, { operation: "generate", when: "after", kind: "hang", times: keys });
    const args = ["up", "--yes", "--skip-preview", "--non-interactive"];
    const engine = spawn("pulumi", args, { cwd: stack.options.project, env: stack.env, stdio: "ignore" });
    onCleanUp(async () => killEngine({ engine, scratch, notes: [] }));
    await until(async () => {
        const hanging = (await requests(emulator)).filter(({ fault }) => fault === "after hang");
        return hanging.length === keys;
    });
    return { engine, scratch, notes: await notesOf(project) };
}

/** The notes in a project's journal. */
export async function notesOf({ stack }: TestProject): Promise<NoteFile[]> {
    return (await readJournal(journalFolder(stack.env))).flatMap(({ note }) => note ?? []);
}

/** Kills the engine and then all that it has started, which would live on. */
export async function killEngine({ engine, scratch }: WaitingUp): Promise<void> {
    if (engine.exitCode === null && engine.signalCode === null) {
        const ended = once(engine, "exit");
        engine.kill("SIGKILL");
        await ended;
    }
    endAllIn(scratch);
}

/** Kills the processes that wrote the notes, and them alone. */
export async function killProviders({ engine, notes }: WaitingUp): Promise<void> {
    const ended = once(engine, "exit");
    for (const note of notes) {
        process.kill(note.process, "SIGKILL");
    }
    await ended;
}

/** Waits until no process is at work on the notes any more. */
export async function untilEnded({ notes }: WaitingUp): Promise<void> {
    await until(async () => !notes.some((note) => isUnderWay(note, Date.now())));
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
    while (!(await isSo())) {
        await sleep(50);
    }
}
