import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { rmSync, statSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import type { Emulator } from "../../emulator/index";
import { journalFolder } from "../../provider/src/journal/journal";
import { fixUntilDone } from "../support/doctor";
import {
    accountKeys,
    cleanUp,
    clientOf,
    environmentOf,
    forgetRequests,
    inject,
    onCleanUp,
    requests,
} from "../support/harness";
import { ageEntries, entriesOf, openEntriesIn, spawnUp } from "../support/killing";
import { assertHolds, providers, type TestProject } from "../support/project";
import { EmulatorProcess } from "../support/emulatorProcess";
import { extent, report } from "./extent";
import { killAllIn, providerOf } from "../support/processTree";

afterAll(cleanUp);

const keys = 20;
const program = `module.exports = Object.fromEntries(Array.from({ length: ${keys} }, (_, i) => [
    "bot-" + i, new Key("bot-" + i, { keyType: "ed25519" }).privateKey]));`;
const victims = ["engine", "provider", "emulator", "Ctrl-C", "Ctrl-C twice"] as const;
type Victim = (typeof victims)[number];

/** The moment of a crash: so many milliseconds after so many creates were sent. */
interface Moment {
    readonly creations: number;
    readonly later: number;
}

const moments: readonly Moment[] = fc.sample(fc.record({ creations: fc.nat(keys), later: fc.nat(60) }), {
    seed: extent.seed,
    numRuns: extent.rounds,
});

const cases = providers.map((provider, index) => ({ ...provider, index }));
const tests = process.platform === "linux" ? describe.each(cases) : describe.skip.each(cases);

tests(
    `${extent.rounds} crashes with seed ${extent.seed}, with the $name (on Linux only):`,
    ({ name, index, createProjectWithEnvironment }) => {
        // The providers begin with different victims, so that few rounds meet many.
        const rounds = moments.map((moment, at) => ({
            ...moment,
            victim: victims[(at + index) % victims.length] ?? "engine",
        }));

        let server: EmulatorProcess;
        let emulator: Emulator;
        let project: TestProject;
        const orphans: number[] = [];
        let isConsistent = true;

        beforeAll(async () => {
            server = await EmulatorProcess.start();
            ({ emulator } = server);
            project = await createProjectWithEnvironment(program, environmentOf(emulator));
            onCleanUp(async () => killAllIn(project.scratch));
        });

        afterAll(() => {
            const left = orphans.filter((count) => count > 0).length;
            const sum = orphans.reduce((total, count) => total + count, 0);
            report(
                `${orphans.length} crashes, seed ${extent.seed}, ${name}: ${sum} orphans in ${left} of them, all revoked`,
            );
        });

        test.each(rounds)("$victim, $later ms after $creations creates", async (round) => {
            const { stack } = project;
            isConsistent = false;
            await forgetRequests(emulator);
            // The emulator delays creates before and after the work, so that most crashes interrupt some.
            for (const when of ["before", "after"] as const) {
                await inject(emulator, { operation: "generate", when, kind: "slow", delayMs: 25, times: keys });
            }
            const up = spawnUp(project);
            const ended = once(up, "close").then(() => undefined);
            await crashMoment(round, up);
            await strike(round.victim, up);
            await ended;
            await fetch(`${emulator.origin}/_emulator/faults`, { method: "DELETE" });
            await unlock();

            const before = await accountKeys(emulator);
            const held = new Set((await stack.resources()).map(({ id }) => id));
            await fixUntilDone(stack.options.project, stack.env, 30);
            killAllIn(project.scratch);
            const after = await accountKeys(emulator);
            // Every key in the state still exists.
            expect([...held].filter((id) => !after.includes(id ?? ""))).toEqual([]);
            orphans.push(before.length - after.length);

            const { code, stdout, stderr } = await stack.pulumi(["up", "--yes", "--skip-preview"]);
            expect(code === 0 ? "" : stdout + stderr).toBe("");
            expect(stdout + stderr).not.toMatch(/pending operations|interrupted/);
            await assertConsistent();
            await stack.must("destroy", "--yes", "--skip-preview");
            expect(await accountKeys(emulator)).toEqual([]);
            // Afterwards time settles the remaining entries.
            if ((await entriesOf(project)).length > 0) {
                await ageEntries(project);
                await fixUntilDone(stack.options.project, stack.env, 30);
                expect(await entriesOf(project)).toEqual([]);
            }
            isConsistent = true;
        });

        // A failed round must not affect the next ones.
        afterEach(async () => {
            if (isConsistent) {
                return;
            }
            killAllIn(project.scratch);
            await unlock();
            await project.stack.pulumi(["destroy", "--yes", "--skip-preview"]);
            await rm(journalFolder(project.stack.env), { recursive: true, force: true });
            const left = await accountKeys(emulator);
            await Promise.all(left.map((id) => clientOf(emulator).deleteApiKey(id)));
        });

        /**
         * Removes what a killed engine leaves in a file backend: its lock, and sometimes an empty attributes file, with
         * which the intact state cannot be read.
         */
        async function unlock(): Promise<void> {
            const attributes = join(
                project.scratch,
                "pulumi",
                "backend",
                ".pulumi",
                "stacks",
                "tests",
                "test.json.attrs",
            );
            if (statSync(attributes, { throwIfNoEntry: false })?.size === 0) {
                rmSync(attributes);
            }
            await project.stack.pulumi(["cancel", "--yes"]);
        }

        /** Waits for the moment of the crash, or for the end of the run, if that comes first. */
        async function crashMoment({ creations, later }: Moment, up: ChildProcess): Promise<void> {
            const sent = async () => (await requests(emulator)).filter(({ method }) => method === "POST").length;
            while (up.exitCode === null && (await sent()) < creations) {
                await sleep(1);
            }
            await sleep(later);
        }

        async function strike(victim: Victim, up: ChildProcess): Promise<void> {
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
                    await server.kill();
                    await server.restart();
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

        /** Expects the state's keys on the account, a working private key of each, and no open journal entry. */
        async function assertConsistent(): Promise<void> {
            const { stack, scratch } = project;
            await assertHolds(emulator, stack, keys);
            const folder = journalFolder({ PULUMI_HOME: join(scratch, "pulumi", "home") });
            expect(await openEntriesIn(folder)).toEqual([]);
        }
    },
);
