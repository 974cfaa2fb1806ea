import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Emulator } from "kalshi-emulator";
import { isInFlight, isSettledByState, isWaiting, type Entry } from "../../provider/src/journal/entry";
import { journalFolder, readJournal, writeEntry, type EntryFile } from "../../provider/src/journal/journal";
import { inspect, thisProcess, type ProcessIdentity } from "../../provider/src/journal/processIdentity";
import { killAllIn } from "./processTree";
import { inject, onCleanUp, until, untilStruck } from "./harness";
import type { TestProject } from "./project";

/** A `pulumi up` that waits for Kalshi's responses to its creates. */
export interface WaitingUp {
    readonly engine: ChildProcess;
    /** The folder in which all its processes run. */
    readonly scratch: string;
    /** The journal's entries of the creates that it waits for. */
    readonly entries: readonly Entry[];
}

/**
 * Starts a `pulumi up` and waits until Kalshi has created all its keys. The provider receives no response.
 *
 * @param keys the number of keys that it creates
 */
export async function waitingUp(emulator: Emulator, project: TestProject, keys = 1): Promise<WaitingUp> {
    await inject(emulator, { operation: "generate", when: "after", kind: "hang", times: keys });
    const run = startUp(project);
    await untilStruck(emulator, "after hang", keys);
    return { ...run, entries: await entriesOf(project) };
}

/** Starts a `pulumi up` and waits until it has begun a create. */
export async function creatingUp(project: TestProject): Promise<WaitingUp> {
    const run = startUp(project);
    await until(async () => (await entriesOf(project)).length > 0);
    return { ...run, entries: await entriesOf(project) };
}

function startUp(project: TestProject): WaitingUp {
    const run = { engine: spawnUp(project), scratch: project.scratch, entries: [] };
    onCleanUp(async () => killEngine(run));
    return run;
}

/**
 * Starts the engine of a `pulumi up`, to be killed.
 *
 * @param stdout what happens to its output
 */
export function spawnUp({ stack }: TestProject, stdout: "ignore" | "pipe" = "ignore"): ChildProcess {
    const args = ["up", "--yes", "--skip-preview", "--non-interactive"];
    return spawn("pulumi", args, { cwd: stack.options.project, env: stack.env, stdio: ["ignore", stdout, "ignore"] });
}

/** Returns the identity of a process that has ended. */
export function endedProcess(): ProcessIdentity {
    const { pid } = spawnSync(process.execPath, ["--version"]);
    return { ...thisProcess(), pid, startTime: undefined };
}

/** A project, as far as its journal is concerned. */
interface WithJournal {
    readonly stack: { readonly env: NodeJS.ProcessEnv };
}

/** Returns the entries in a project's journal. */
export async function entriesOf({ stack }: WithJournal): Promise<Entry[]> {
    return (await readJournal(journalFolder(stack.env))).flatMap(({ entry }) => entry ?? []);
}

/** Returns the entries in a journal's folder that neither the state nor time settles, and the truncated ones. */
export async function openEntriesIn(folder: string): Promise<EntryFile[]> {
    return (await readJournal(folder)).filter(
        ({ entry }) => entry === undefined || !(isSettledByState(entry) || isWaiting(entry, Date.now())),
    );
}

/** Makes the entries in a project's journal so old that the next list without a key of theirs settles them. */
export async function ageEntries({ stack }: WithJournal): Promise<void> {
    const longAgo = new Date(Date.now() - 5 * 60_000).toISOString();
    for (const { file, entry } of await readJournal(journalFolder(stack.env))) {
        if (entry !== undefined) {
            await writeEntry(file, { ...entry, startedAt: longAgo, noKeySince: longAgo });
        }
    }
}

/** Kills the engine and then all processes that it has started, because they would outlive it. */
export async function killEngine(run: WaitingUp): Promise<void> {
    if (run.engine.exitCode === null && run.engine.signalCode === null) {
        await killEngineAlone(run);
    }
    killAllIn(run.scratch);
}

/** Kills the processes that wrote the entries, and no others. */
export async function killProviders({ engine, entries }: WaitingUp): Promise<void> {
    const ended = once(engine, "exit");
    for (const entry of entries) {
        process.kill(entry.process.pid, "SIGKILL");
    }
    await ended;
}

/** Kills the engine alone. The processes that it has started have not noticed it yet. */
export async function killEngineAlone({ engine }: WaitingUp): Promise<void> {
    const ended = once(engine, "exit");
    engine.kill("SIGKILL");
    await ended;
}

/** Waits until the processes that wrote the entries have ended. */
export async function untilGone({ entries }: WaitingUp): Promise<void> {
    await until(async () => entries.every((entry) => inspect(entry.process) === "ended"));
}

/** Waits until none of the entries' creates is in flight. */
export async function untilEnded({ entries }: WaitingUp): Promise<void> {
    await until(async () => !entries.some((entry) => isInFlight(entry, Date.now())));
}
