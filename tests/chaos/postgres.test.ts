import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import type { Emulator } from "../../emulator/index";
import { root } from "../../tools/paths";
import { findPostgres, type Postgres } from "../../tools/postgres";
import { run, type Ended } from "../../tools/processes";
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
} from "../harness";
import { spawnUp } from "../engine/killing";
import { providers, type TestProject } from "../engine/project";
import { EmulatorProcess } from "./emulatorProcess";
import { extent, report } from "./extent";
import { startPostgres } from "./postgresServer";
import { endAllIn, signalAll } from "./processTree";

afterAll(cleanUp);

const keys = 10;
const program = (version: number) => `for (let i = 0; i < ${keys}; i++) {
    new Key("bot-" + i, { keyType: "ed25519", rotationTriggers: { version: ${version} } });
}`;
const up = ["up", "--yes", "--skip-preview"];
const doctor = join(root, "provider", "bin", "cli", "main.js");

/** When machine A dies: after how many creates were sent, and how many milliseconds after that. */
interface Round {
    readonly number: number;
    readonly creates: number;
    readonly later: number;
    /** Whether it rotates keys that the state holds already. */
    readonly isRotation: boolean;
}

const rounds: readonly Round[] = fc
    .sample(fc.record({ creates: fc.integer({ min: 1, max: keys }), later: fc.nat(60) }), {
        seed: extent.seed,
        numRuns: extent.machines,
    })
    .map((moment, number) => ({ ...moment, number, isRotation: number % 2 === 1 }));

/** Undefined if this machine has none. In CI the command fails before it comes to this. */
function postgresHere(): Postgres | undefined {
    try {
        return findPostgres();
    } catch (error) {
        report(`Crashes on a shared backend are skipped: ${(error as Error).message}`);
        return undefined;
    }
}

const postgres = process.platform === "linux" ? postgresHere() : undefined;

(postgres === undefined ? describe.skip : describe).each(providers)(
    `${extent.machines} machines that die on a PostgreSQL backend with seed ${extent.seed}, $name provider:`,
    ({ name, createProjectWithEnvironment }) => {
        let emulator: Emulator;
        let backend: string;
        const orphans: number[] = [];

        beforeAll(async () => {
            ({ emulator } = await EmulatorProcess.start());
            backend = await startPostgres(postgres ?? { bin: "" });
        });

        // Each round has a backend of its own, and begins with an empty account.
        afterEach(async () => {
            await fetch(`${emulator.origin}/_emulator/faults`, { method: "DELETE" });
            const left = await accountKeys(emulator);
            await Promise.all(left.map((id) => clientOf(emulator).deleteApiKey(id)));
        });

        afterAll(() => {
            const sum = orphans.reduce((total, count) => total + count, 0);
            report(
                `${orphans.length} machines died, seed ${extent.seed}, ${name}: ${sum} orphans, all revoked from another machine`,
            );
        });

        test.each(rounds)("$later ms after $creates creates; rotation: $isRotation", async (round) => {
            const a = await createProjectWithEnvironment(program(1), {
                ...environmentOf(emulator),
                PULUMI_BACKEND_URL: `${backend}&table=round_${round.number}`,
                HOME: await scratchFolder(),
            });
            onCleanUp(async () => endAllIn(a.scratch));
            if (round.isRotation) {
                await a.stack.must(...up);
                a.write(program(2));
            }
            const b = await copyOf(a);
            await forgetRequests(emulator);
            // Creates take some time on either side of the work, so that most machines die in the middle of some.
            for (const when of ["before", "after"] as const) {
                await inject(emulator, { operation: "generate", when, kind: "slow", delayMs: 25, times: keys });
            }
            const engine = spawnUp(a);
            const ended = once(engine, "close");
            await comes(round, engine);
            signalAll(engine.pid ?? 0, "SIGKILL");
            await ended;
            endAllIn(a.scratch);
            await fetch(`${emulator.origin}/_emulator/faults`, { method: "DELETE" });

            // Fails if the machine died before it had locked the stack.
            await b.stack.pulumi(["cancel", "--yes"]);
            const before = await accountKeys(emulator);
            const live = (await heldBy(b)).filter((id) => before.includes(id));
            await healed(b);
            const after = await accountKeys(emulator);
            expect(live.filter((id) => !after.includes(id))).toEqual([]);
            orphans.push(before.length - after.length);

            await b.stack.must(...up);
            expect(await heldBy(b)).toHaveLength(keys);
            expect((await accountKeys(emulator)).sort()).toEqual(await heldBy(b));
            await assertSigning(b);
        });

        /** A machine with a copy of the project in a folder of its own, with another home, and with an empty journal. */
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

        /** The moment that a round is about, or the end of the run, if that comes first. */
        async function comes({ creates, later }: Round, up: ChildProcess): Promise<void> {
            const sent = async () => (await requests(emulator)).filter(({ method }) => method === "POST").length;
            while (up.exitCode === null && (await sent()) < creates) {
                await sleep(1);
            }
            await sleep(later);
        }

        async function heldBy({ stack }: TestProject): Promise<string[]> {
            return (await stack.resources()).map(({ id }) => String(id)).sort();
        }

        /** Runs the doctor until it says that nothing is left to do. */
        async function healed({ stack }: TestProject): Promise<void> {
            let last: Ended | undefined;
            for (let attempt = 0; attempt < 10; attempt++) {
                const args = [doctor, "doctor", "--fix", "--yes"];
                last = await run(process.execPath, args, { cwd: stack.options.project, env: stack.env });
                if (last.code === 0) {
                    return;
                }
            }
            throw new Error(`The doctor finds no end:\n${last?.stdout}${last?.stderr}`);
        }

        /** Every private key in the state signs. */
        async function assertSigning({ stack }: TestProject): Promise<void> {
            for (const { id = "", outputs } of await stack.resources("--show-secrets")) {
                const { plaintext } = (outputs?.["privateKey"] ?? {}) as { plaintext: string };
                const key = { apiKeyId: id, privateKey: JSON.parse(plaintext) as string };
                await clientOf(emulator, {}, key).listApiKeys();
            }
        }
    },
);
