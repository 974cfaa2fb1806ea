import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmulator, usageLevels, type Emulator, type UsageLevel } from "kalshi-emulator";
import { Listr, PRESET_TIMER, type ListrTask } from "listr2";
import { version } from "../../provider/package.json";
import type { AccountLimits } from "../../provider/src/kalshi/types";
import { cleanUp, environmentOf } from "../support/harness";
import { providers, type ProviderUnderTest } from "../support/project";
import { Life } from "./life";
import { LiveAccount } from "./liveAccount";
import { capProbe, probes, type Observation, type Probe } from "./probes";
import type { Comparison, LifeResult, LiveReport } from "./report";
import { readTarget, type Target } from "./target";

export interface SuiteOptions {
    readonly target: Target;
    /** The most keys that the probe of the account's cap creates; 0 leaves it out. */
    readonly cap: number;
    /** Ends the suite early. The keys are revoked even then. */
    readonly interruption: AbortSignal;
}

/**
 * Runs the life of the keys and the probes on an account, revokes all keys that it has created, and returns the report.
 *
 * @throws Error if the account cannot be read; then nothing was created
 */
export async function runSuite({ target, cap, interruption }: SuiteOptions): Promise<LiveReport> {
    const startedAt = new Date().toISOString();
    const account = await LiveAccount.open(target, interruption);
    const { limits } = account;
    const scratch = await mkdtemp(join(tmpdir(), "kalshi-live-"));
    const emulator = await startEmulator({ dataDir: scratch, usageLevel: levelOf(limits), rootKeyType: "ed25519" });
    try {
        const emulated = await LiveAccount.open(targetOf(emulator), interruption);
        const lives: Life[] = [];
        const life: LifeResult[] = [];
        const comparisons: Comparison[] = [];
        const lifeTasks = providers.map((provider) => lifeTask(account, provider, lives, life));
        const allProbes = cap > 0 ? [...probes, capProbe(cap)] : probes;
        const probeTasks = allProbes.map((probe) => ({
            title: probe.title,
            skip: () => interruption.aborted,
            task: async () => {
                try {
                    comparisons.push(...(await compare(probe, account, emulated)));
                } catch (error) {
                    const answer = { case: "the probe failed", kalshi: messageOf(error), emulator: "", same: false };
                    comparisons.push({ probe: probe.title, ...answer });
                    throw error;
                }
            },
        }));
        const tasks = new Listr(
            [
                ...lifeTasks,
                {
                    title: "Probes, at Kalshi and at the emulator",
                    task: (_context, task) => task.newListr(probeTasks, { exitOnError: false }),
                },
            ],
            {
                exitOnError: false,
                collectErrors: "minimal",
                // Otherwise Listr exits at once on a signal, and the keys would stay.
                registerSignalListeners: false,
                rendererOptions: { timer: PRESET_TIMER },
                fallbackRendererOptions: { timer: PRESET_TIMER },
            },
        );
        await tasks.run();
        for (const one of lives) {
            // The account's clean-up must follow, whatever fails here.
            await one.end().catch(() => undefined);
        }
        const left = await account.cleanUp();
        const failed = tasks.errors.length > 0 || left.length > 0;
        return {
            startedAt,
            endedAt: new Date().toISOString(),
            version,
            environment: target.endpoint.environment,
            limits,
            life,
            probes: comparisons,
            keys: { created: account.createdCount, left },
            status: interruption.aborted ? "interrupted" : failed ? "failed" : "complete",
        };
    } finally {
        await emulator.close();
        await rm(scratch, { recursive: true, force: true });
        await cleanUp();
    }
}

/** Returns the emulator's usage level with the account's name, or the lowest one. */
function levelOf({ usageLevel }: AccountLimits): UsageLevel {
    return Object.hasOwn(usageLevels, usageLevel) ? (usageLevel as UsageLevel) : "basic";
}

/** Returns an emulator's account as the target of the suite. */
export function targetOf(emulator: Emulator): Target {
    const env = environmentOf(emulator);
    return readTarget({
        KALSHI_LIVE_BASE_URL: env["KALSHI_BASE_URL"],
        KALSHI_LIVE_API_KEY_ID: env["KALSHI_API_KEY_ID"],
        KALSHI_LIVE_PRIVATE_KEY_PATH: env["KALSHI_PRIVATE_KEY_PATH"],
    });
}

function lifeTask(account: LiveAccount, provider: ProviderUnderTest, lives: Life[], results: LifeResult[]): ListrTask {
    return {
        title: `Life of the keys with the ${provider.name}`,
        skip: () => account.interruption.aborted,
        task: async (_context, task) => {
            const life = await Life.create(account, provider);
            lives.push(life);
            const steps = life.steps.map(({ title, run }) => ({
                title,
                skip: () => account.interruption.aborted,
                task: async () => {
                    const start = performance.now();
                    const result = (error?: string): LifeResult => ({
                        provider: provider.name,
                        step: title,
                        seconds: (performance.now() - start) / 1000,
                        ...(error !== undefined && { error }),
                    });
                    try {
                        await run();
                        results.push(result());
                    } catch (error) {
                        results.push(result(messageOf(error)));
                        throw error;
                    }
                },
            }));
            return task.newListr(steps, { exitOnError: true });
        },
    };
}

/**
 * Makes a probe's requests at Kalshi and at the emulator, and revokes the keys that they created.
 *
 * @throws Error if the probe got no answer from Kalshi; the other probes are independent of it
 */
export async function compare(probe: Probe, kalshi: LiveAccount, emulated: LiveAccount): Promise<Comparison[]> {
    const [answers, expected] = [await observe(probe, kalshi), await observe(probe, emulated)];
    return answers.map(({ case: name, answer, note }) => {
        const emulator = expected.find((one) => one.case === name)?.answer ?? "";
        return {
            probe: probe.title,
            case: name,
            kalshi: answer,
            emulator,
            same: answer === emulator,
            ...(note !== undefined && { note }),
        };
    });
}

async function observe(probe: Probe, account: LiveAccount): Promise<readonly Observation[]> {
    try {
        return await probe.observe(account);
    } finally {
        await account.revokeCreated();
    }
}

function messageOf(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
}
