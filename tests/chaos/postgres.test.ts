import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import type { Emulator } from "../../emulator/index";
import { Stack } from "../../tools/stack";
import {
    accountKeys,
    cleanUp,
    clientOf,
    environmentOf,
    forgetRequests,
    inject,
    onCleanUp,
    requests,
    scratchFolder,
} from "../support/harness";
import { fixUntilDone } from "../support/doctor";
import { spawnUp } from "../support/killing";
import { assertHolds, providers, type TestProject } from "../support/project";
import { EmulatorProcess } from "../support/emulatorProcess";
import { extent, report } from "./extent";
import { describeOnPostgres, startPostgres } from "./postgresServer";
import { killAllIn, signalAll } from "../support/processTree";

afterAll(cleanUp);

const keys = 10;
const program = (version: number) => `for (let i = 0; i < ${keys}; i++) {
    new Key("bot-" + i, { keyType: "ed25519", rotationTriggers: { version: ${version} } });
}`;
const up = ["up", "--yes", "--skip-preview"];

/** Machine A crashes so many milliseconds after so many creates were sent. */
interface Round {
    readonly number: number;
    readonly creates: number;
    readonly later: number;
}

const rounds: readonly Round[] = fc
    .sample(fc.record({ creates: fc.integer({ min: 1, max: keys }), later: fc.nat(60) }), {
        seed: extent.seed,
        numRuns: extent.machines,
    })
    .map((moment, number) => ({ ...moment, number }));

const cases = providers.map((provider, index) => ({ ...provider, index }));

describeOnPostgres.each(cases)(
    `${extent.machines} machines that crash on a PostgreSQL backend with seed ${extent.seed}, with the $name:`,
    ({ name, index, createProjectWithEnvironment }) => {
        let emulator: Emulator;
        let backend: string;
        const orphans: number[] = [];

        beforeAll(async () => {
            ({ emulator } = await EmulatorProcess.start());
            backend = await startPostgres();
        });

        // Each round has its own backend, and starts with an empty account.
        afterEach(async () => {
            await fetch(`${emulator.origin}/_emulator/faults`, { method: "DELETE" });
            const left = await accountKeys(emulator);
            await Promise.all(left.map((id) => clientOf(emulator).deleteApiKey(id)));
        });

        afterAll(() => {
            const sum = orphans.reduce((total, count) => total + count, 0);
            report(
                `${orphans.length} machines crashed, seed ${extent.seed}, ${name}: ${sum} orphans, all revoked from another machine`,
            );
        });

        // In every second round the creates rotate keys that are in the state. One of the providers begins with it.
        const cases = rounds.map((round) => ({ ...round, isRotation: (round.number + index) % 2 === 1 }));

        test.each(cases)("$later ms after $creates creates; rotation: $isRotation", async (round) => {
            const a = await createProjectWithEnvironment(program(1), {
                ...environmentOf(emulator),
                PULUMI_BACKEND_URL: `${backend}&table=round_${round.number}`,
                HOME: await scratchFolder(),
            });
            onCleanUp(async () => killAllIn(a.scratch));
            if (round.isRotation) {
                await a.stack.must(...up);
                a.write(program(2));
            }
            const b = await copyOf(a);
            await forgetRequests(emulator);
            // The emulator delays creates before and after the work, so that most crashes interrupt some.
            for (const when of ["before", "after"] as const) {
                await inject(emulator, { operation: "generate", when, kind: "slow", delayMs: 25, times: keys });
            }
            const engine = spawnUp(a);
            const ended = once(engine, "close");
            await crashMoment(round, engine);
            signalAll(engine.pid ?? 0, "SIGKILL");
            await ended;
            killAllIn(a.scratch);
            await fetch(`${emulator.origin}/_emulator/faults`, { method: "DELETE" });

            // Fails if the machine crashed before it had locked the stack.
            await b.stack.pulumi(["cancel", "--yes"]);
            const before = await accountKeys(emulator);
            const live = (await heldBy(b)).filter((id) => before.includes(id));
            await fixUntilDone(b.stack.options.project, b.stack.env, 10);
            const after = await accountKeys(emulator);
            expect(live.filter((id) => !after.includes(id))).toEqual([]);
            orphans.push(before.length - after.length);

            await b.stack.must(...up);
            await assertHolds(emulator, b.stack, keys);
        });

        /** Simulates another machine: copies the project to a folder with another home and an empty journal. */
        async function copyOf(original: TestProject): Promise<TestProject> {
            const scratch = await scratchFolder();
            const project = join(scratch, "project");
            const { options } = original.stack;
            cpSync(options.project, project, { recursive: true, verbatimSymlinks: true });
            const stack = await Stack.open({
                ...options,
                project,
                scratch: join(scratch, "pulumi"),
                env: { ...options.env, HOME: scratch },
            });
            return { ...original, scratch, stack };
        }

        /** Waits for the moment of the crash, or for the end of the run, if that comes first. */
        async function crashMoment({ creates, later }: Round, up: ChildProcess): Promise<void> {
            const sent = async () => (await requests(emulator)).filter(({ method }) => method === "POST").length;
            while (up.exitCode === null && (await sent()) < creates) {
                await sleep(1);
            }
            await sleep(later);
        }

        async function heldBy({ stack }: TestProject): Promise<string[]> {
            return (await stack.resources()).map(({ id }) => String(id)).sort();
        }
    },
);
