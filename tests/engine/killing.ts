import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Emulator } from "../../emulator/index";
import { isOver, isUnderWay, journalFolder, readJournal, type Found, type NoteFile } from "../../provider/journal";
import { endAllIn } from "../chaos/processTree";
import { inject, onCleanUp, until, untilStruck } from "../harness";
import type { TestProject } from "./project";

/** A `pulumi up` that waits for Kalshi's answers to its creations. */
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
    await inject(emulator, { operation: "generate", when: "after", kind: "hang", times: keys });
    const run = startUp(project);
    await untilStruck(emulator, "after hang", keys);
    return { ...run, notes: await notesOf(project) };
}

/** Starts a `pulumi up` and waits until it has begun a creation. */
export async function creatingUp(project: TestProject): Promise<WaitingUp> {
    const run = startUp(project);
    await until(async () => (await notesOf(project)).length > 0);
    return { ...run, notes: await notesOf(project) };
}

function startUp(project: TestProject): WaitingUp {
    const run = { engine: spawnUp(project), scratch: project.scratch, notes: [] };
    onCleanUp(async () => killEngine(run));
    return run;
}

/**
 * The engine of a `pulumi up`, to be struck.
 *
 * @param stdout what becomes of its output
 */
export function spawnUp({ stack }: TestProject, stdout: "ignore" | "pipe" = "ignore"): ChildProcess {
    const args = ["up", "--yes", "--skip-preview", "--non-interactive"];
    return spawn("pulumi", args, { cwd: stack.options.project, env: stack.env, stdio: ["ignore", stdout, "ignore"] });
}

/** The notes in a project's journal. */
export async function notesOf({ stack }: Pick<TestProject, "stack">): Promise<NoteFile[]> {
    return (await readJournal(journalFolder(stack.env))).flatMap(({ note }) => note ?? []);
}

/** Those in a journal's folder that a key in the state would not settle, torn ones among them. */
export async function openNotesIn(folder: string): Promise<Found[]> {
    return (await readJournal(folder)).filter(({ note }) => note === undefined || !isOver(note));
}

/** Kills the engine and then all that it has started, which would live on. */
export async function killEngine(run: WaitingUp): Promise<void> {
    if (run.engine.exitCode === null && run.engine.signalCode === null) {
        await killEngineAlone(run);
    }
    endAllIn(run.scratch);
}

/** Kills the processes that wrote the notes, and them alone. */
export async function killProviders({ engine, notes }: WaitingUp): Promise<void> {
    const ended = once(engine, "exit");
    for (const note of notes) {
        process.kill(note.process, "SIGKILL");
    }
    await ended;
}

/** Kills the engine alone; what it has started does not know yet. */
export async function killEngineAlone({ engine }: WaitingUp): Promise<void> {
    const ended = once(engine, "exit");
    engine.kill("SIGKILL");
    await ended;
}

/** Waits until the processes that wrote the notes have ended. */
export async function untilGone({ notes }: WaitingUp): Promise<void> {
    await until(async () => !notes.some((note) => isUnderWay({ ...note, unheard: undefined }, Date.now())));
}

/** Waits until no process is at work on the notes any more. */
export async function untilEnded({ notes }: WaitingUp): Promise<void> {
    await until(async () => !notes.some((note) => isUnderWay(note, Date.now())));
}
