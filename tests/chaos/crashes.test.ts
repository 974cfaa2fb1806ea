import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { rmSync, statSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import type { Emulator } from "../../emulator/index";
import { journalFolder } from "../../provider/journal/journal";
import { root } from "../../tools/paths";
import { run, type Ended } from "../../tools/processes";
import { accountKeys, cleanUp, clientOf, environmentOf, forgetRequests, inject, onCleanUp, requests } from "../harness";
import { ageEntries, entriesOf, openEntriesIn, spawnUp } from "../engine/killing";
import { providers, type TestProject } from "../engine/project";
import { EmulatorProcess } from "./emulatorProcess";
import { extent, report } from "./extent";
import { endAllIn, providerOf } from "./processTree";

afterAll(cleanUp);

const keys = 20;
const program = `module.exports = Object.fromEntries(Array.from({ length: ${keys} }, (_, i) => [
    "bot-" + i, new Key("bot-" + i, { keyType: "ed25519" }).privateKey]));`;
const doctor = join(root, "provider", "bin", "cli", "main.js");
const victims = ["engine", "provider", "emulator", "Ctrl-C", "Ctrl-C twice"] as const;
type Victim = (typeof victims)[number];

/** A crash: of whom, after how many creations were asked for, and how many milliseconds after that. */
interface Round {
    readonly victim: Victim;
    readonly creations: number;
    readonly later: number;
}

const rounds: readonly Round[] = fc
    .sample(fc.record({ creations: fc.nat(keys), later: fc.nat(60) }), { seed: extent.seed, numRuns: extent.rounds })
    .map((moment, i) => ({ ...moment, victim: victims[i % victims.length] ?? "engine" }));

const tests = process.platform === "linux" ? describe.each(providers) : describe.skip.each(providers);

tests(
    `${extent.rounds} crashes with seed ${extent.seed}, with the $name (Linux shows processes):`,
    ({ name, createProjectWithEnvironment }) => {
        let server: EmulatorProcess;
        let emulator: Emulator;
        let project: TestProject;
        const orphans: number[] = [];
        let isWhole = true;

        beforeAll(async () => {
            server = await EmulatorProcess.start();
            ({ emulator } = server);
            project = await createProjectWithEnvironment(program, environmentOf(emulator));
            onCleanUp(async () => endAllIn(project.scratch));
        });

        afterAll(() => {
            const left = orphans.filter((count) => count > 0).length;
            const sum = orphans.reduce((total, count) => total + count, 0);
            report(
                `${orphans.length} crashes, seed ${extent.seed}, ${name}: ${sum} orphans in ${left} of them, all revoked`,
            );
        });

        test.each(rounds)("$victim, $later ms after $creations creations", async (round) => {
            const { stack } = project;
            isWhole = false;
            await forgetRequests(emulator);
            // Creations take some time on either side of the work, so that most crashes come in the middle of some.
            for (const when of ["before", "after"] as const) {
                await inject(emulator, { operation: "generate", when, kind: "slow", delayMs: 25, times: keys });
            }
            const up = spawnUp(project);
            const ended = once(up, "close").then(() => undefined);
            await comes(round, up);
            await strike(round.victim, up);
            await ended;
            await fetch(`${emulator.origin}/_emulator/faults`, { method: "DELETE" });
            await unlock();

            const before = await accountKeys(emulator);
            const held = new Set((await stack.resources()).map(({ id }) => id));
            await healed();
            endAllIn(project.scratch);
            const after = await accountKeys(emulator);
            // What the state holds was not touched.
            expect([...held].filter((id) => !after.includes(id ?? ""))).toEqual([]);
            orphans.push(before.length - after.length);

            const { code, stdout, stderr } = await stack.pulumi(["up", "--yes", "--skip-preview"]);
            expect(code === 0 ? "" : stdout + stderr).toBe("");
            expect(stdout + stderr).not.toMatch(/pending operations|interrupted/);
            await assertWhole();
            await stack.must("destroy", "--yes", "--skip-preview");
            expect(await accountKeys(emulator)).toEqual([]);
            // What only time settles is settled then.
            await ageEntries(project);
            await healed();
            expect(await entriesOf(project)).toEqual([]);
            isWhole = true;
        });

        // So that a round that fails is the only one that does.
        afterEach(async () => {
            if (isWhole) {
                return;
            }
            endAllIn(project.scratch);
            await unlock();
            await project.stack.pulumi(["destroy", "--yes", "--skip-preview"]);
            await rm(journalFolder(project.stack.env), { recursive: true, force: true });
            const left = await accountKeys(emulator);
            await Promise.all(left.map((id) => clientOf(emulator).deleteApiKey(id)));
        });

        /**
         * What a killed engine leaves in a file backend: its lock, and at times an empty file of attributes beside the state, which
         * then cannot be read although it is whole.
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
            // Which has to read the state too.
            await project.stack.pulumi(["cancel", "--yes"]);
        }

        /** The moment that a round is about, or the end of the run, should it come first. */
        async function comes({ creations, later }: Round, up: ChildProcess): Promise<void> {
            const asked = async () => (await requests(emulator)).filter(({ method }) => method === "POST").length;
            while (up.exitCode === null && (await asked()) < creations) {
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

        /** The doctor, run until nothing is left to do, as it says itself: a provider whose engine died ends what it has begun. */
        async function healed(): Promise<void> {
            const args = [doctor, "doctor", "--fix", "--yes"];
            const { options, env } = project.stack;
            let last: Ended | undefined;
            for (let run_ = 0; run_ < 30; run_++) {
                last = await run(process.execPath, args, { cwd: options.project, env });
                if (last.code === 0) {
                    return;
                }
            }
            throw new Error(`The doctor finds no end:\n${last?.stdout}${last?.stderr}`);
        }

        /** The account holds exactly the state's keys and the root key, every private key signs, and no creation is open. */
        async function assertWhole(): Promise<void> {
            const { stack, scratch } = project;
            const ids = (await stack.resources()).map(({ id }) => String(id));
            expect((await accountKeys(emulator)).sort()).toEqual(ids.sort());
            expect(ids).toHaveLength(keys);
            const held = await stack.resources("--show-secrets");
            for (const { id = "", outputs } of held) {
                const { plaintext } = (outputs?.["privateKey"] ?? {}) as { plaintext: string };
                await clientOf(
                    emulator,
                    {},
                    { apiKeyId: id, privateKey: JSON.parse(plaintext) as string },
                ).listApiKeys();
            }
            const folder = journalFolder({ PULUMI_HOME: join(scratch, "pulumi", "home") });
            expect(await openEntriesIn(folder)).toEqual([]);
        }
    },
);
