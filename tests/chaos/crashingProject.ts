import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { rmSync, statSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import type { Emulator } from "../../emulator/index";
import { isSettledByState, type Entry } from "../../provider/src/journal/entry";
import { journalFolder } from "../../provider/src/journal/journal";
import { fixUntilDone } from "../support/doctor";
import { EmulatorProcess } from "../support/emulatorProcess";
import { accountKeys, clientOf, environmentOf, forgetRequests, inject, onCleanUp, requests } from "../support/harness";
import { ageEntries, entriesOf, openEntriesIn, spawnUp } from "../support/killing";
import { killAllIn, providerOf } from "../support/processTree";
import type { ProviderUnderTest, TestProject } from "../support/project";
import { extent, report } from "./extent";

const victims = ["engine", "provider", "emulator", "Ctrl-C", "Ctrl-C twice"] as const;
type Victim = (typeof victims)[number];

/** A crash: its victim, and its moment, so many milliseconds after so many creates and deletes were sent. */
export interface Crash {
    readonly victim: Victim;
    readonly writes: number;
    readonly later: number;
}

/**
 * Returns the rounds of a test, which are the same for the same seed.
 *
 * @param writes the largest number of creates and deletes before a crash
 * @param details what else a round consists of
 * @param first the number of the first victim, so that the providers begin with different ones and few rounds meet many
 */
export function crashRounds<T extends object>(writes: number, details: fc.Arbitrary<T>, first: number): (Crash & T)[] {
    const moment = fc.record({ writes: fc.nat(writes), later: fc.nat(60) });
    return fc
        .sample(fc.tuple(moment, details), { seed: extent.seed, numRuns: extent.rounds })
        .map(([when, detail], at) => ({
            ...when,
            ...detail,
            victim: victims[(at + first) % victims.length] ?? "engine",
        }));
}

/** A project that crashes again and again, on an emulator in its own process. */
export class CrashingProject {
    readonly #orphans: number[] = [];
    /** Whether the last round ended as it should. */
    isConsistent = true;

    private constructor(
        private readonly server: EmulatorProcess,
        readonly project: TestProject,
    ) {}

    static async create(
        { createProjectWithEnvironment }: Pick<ProviderUnderTest, "createProjectWithEnvironment">,
        program: string,
    ): Promise<CrashingProject> {
        const server = await EmulatorProcess.start();
        const project = await createProjectWithEnvironment(program, environmentOf(server.emulator));
        onCleanUp(async () => killAllIn(project.scratch));
        return new CrashingProject(server, project);
    }

    get emulator(): Emulator {
        return this.server.emulator;
    }

    /** Starts a `pulumi up` that makes up to so many creates, interrupts it, and waits until the engine has ended. */
    async interruptUp(crash: Crash, creates: number): Promise<void> {
        const { emulator, project } = this;
        this.isConsistent = false;
        await forgetRequests(emulator);
        // The emulator delays creates before and after the work, so that most crashes interrupt some.
        for (const when of ["before", "after"] as const) {
            await inject(emulator, { operation: "generate", when, kind: "slow", delayMs: 25, times: creates });
        }
        const up = spawnUp(project);
        const ended = once(up, "close").then(() => undefined);
        await this.#untilMoment(crash, up);
        await this.#strike(crash.victim, up);
        await ended;
        await fetch(`${emulator.origin}/_emulator/faults`, { method: "DELETE" });
        await this.#unlock();
    }

    /** Waits for the moment of the crash, or for the end of the run, if that comes first. */
    async #untilMoment({ writes, later }: Crash, up: ChildProcess): Promise<void> {
        const sent = async () => (await requests(this.emulator)).filter(({ method }) => method !== "GET").length;
        while (up.exitCode === null && (await sent()) < writes) {
            await sleep(1);
        }
        await sleep(later);
    }

    async #strike(victim: Victim, up: ChildProcess): Promise<void> {
        const provider = providerOf(up.pid ?? 0);
        switch (victim) {
            case "engine":
                up.kill("SIGKILL");
                break;
            case "provider":
                if (provider !== undefined) {
                    process.kill(provider, "SIGKILL");
                }
                break;
            case "emulator":
                await this.server.kill();
                await this.server.restart();
                break;
            case "Ctrl-C":
                up.kill("SIGINT");
                break;
            case "Ctrl-C twice":
                up.kill("SIGINT");
                await sleep(50);
                up.kill("SIGINT");
        }
    }

    /**
     * Removes what a killed engine leaves in a file backend: its lock, and sometimes an empty attributes file, with
     * which the intact state cannot be read.
     */
    async #unlock(): Promise<void> {
        const { scratch, stack } = this.project;
        const attributes = join(scratch, "pulumi", "backend", ".pulumi", "stacks", "tests", "test.json.attrs");
        if (statSync(attributes, { throwIfNoEntry: false })?.size === 0) {
            rmSync(attributes);
        }
        await stack.pulumi(["cancel", "--yes"]);
    }

    /**
     * Runs the doctor until nothing is left to do, and counts the orphans that it revokes.
     *
     * @param held the ids that the state holds
     */
    async fix(held: readonly string[]): Promise<void> {
        const before = await accountKeys(this.emulator);
        await this.#runDoctor();
        killAllIn(this.project.scratch);
        const after = await accountKeys(this.emulator);
        this.#orphans.push(before.filter((id) => !after.includes(id) && !held.includes(id)).length);
    }

    async #runDoctor(): Promise<void> {
        const { options, env } = this.project.stack;
        // A rotation of which the engine saved no end may have revoked keys that the state holds. The next `pulumi up` settles that.
        await fixUntilDone(options.project, env, 30, "keys of this stack");
    }

    /** Runs a `pulumi up`, which must succeed and know of no interruption, and expects no open journal entry after it. */
    async upAfterFix(): Promise<void> {
        const { code, stdout, stderr } = await this.project.stack.pulumi(["up", "--yes", "--skip-preview"]);
        expect(code === 0 ? "" : stdout + stderr).toBe("");
        expect(stdout + stderr).not.toMatch(/pending operations|interrupted/);
        expect(await openEntriesIn(journalFolder(this.project.stack.env))).toEqual([]);
    }

    /** Destroys the stack, which leaves no key. */
    async destroy(): Promise<void> {
        await this.project.stack.must("destroy", "--yes", "--skip-preview");
        expect(await accountKeys(this.emulator)).toEqual([]);
    }

    /** Makes the journal's entries five minutes older, and expects that the doctor then settles those that the state does not. */
    async settleByTime(): Promise<void> {
        const isLeft = (entry: Entry) => !isSettledByState(entry);
        if ((await entriesOf(this.project)).some(isLeft)) {
            await ageEntries(this.project);
            await this.#runDoctor();
            expect((await entriesOf(this.project)).filter(isLeft)).toEqual([]);
        }
    }

    /** Removes everything that a failed round left, so that it does not affect the next ones. */
    async clear(): Promise<void> {
        const { emulator, project } = this;
        killAllIn(project.scratch);
        await this.#unlock();
        await project.stack.pulumi(["destroy", "--yes", "--skip-preview"]);
        await rm(journalFolder(project.stack.env), { recursive: true, force: true });
        const left = await accountKeys(emulator);
        await Promise.all(left.map((id) => clientOf(emulator).deleteApiKey(id)));
    }

    /** Prints the figures of all rounds. */
    report(what: string): void {
        const orphans = this.#orphans;
        const left = orphans.filter((count) => count > 0).length;
        const sum = orphans.reduce((total, count) => total + count, 0);
        report(
            `${orphans.length} crashes ${what}, seed ${extent.seed}: ${sum} orphans in ${left} of them, all revoked`,
        );
    }
}
