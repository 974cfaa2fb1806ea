import { join } from "node:path";
import { root } from "../../tools/paths";
import { run, type Ended } from "../../tools/processes";

/** The built program of the command. */
export const cliProgram = join(root, "provider", "dist", "cli", "main.js");

/** The parts of the doctor's JSON that the tests use. */
export interface Findings {
    readonly ok: boolean;
    readonly checks: { name: string; status: string; text: string; details?: string[]; fixed: boolean }[];
    readonly stackKeys: { name: string; apiKeyId: string; status: string }[];
    readonly otherKeys: { name: string; apiKeyId: string; signs: boolean }[];
    readonly interruptedCreates: {
        name: string;
        uniqueName: boolean;
        sources: string[];
        verdict: string;
        orphans: string[];
        candidates: string[];
        processes: { pid: number; host: string }[];
    }[];
    readonly actions: { what: string; text: string }[];
}

/** Runs the doctor in a folder, without a terminal. */
export async function doctorIn(cwd: string, env: NodeJS.ProcessEnv, ...args: string[]): Promise<Ended> {
    return run(process.execPath, [cliProgram, "doctor", ...args], { cwd, env });
}

/** Runs the doctor in a folder, and returns what it prints with `--json`. */
export async function findingsIn(cwd: string, env: NodeJS.ProcessEnv, ...args: string[]): Promise<Findings> {
    return JSON.parse((await doctorIn(cwd, env, "--json", ...args)).stdout) as Findings;
}

/**
 * Runs `doctor --fix` until nothing is left to do. Meanwhile a provider without an engine completes its calls.
 *
 * @param mayFail the name of a check whose failure leaves nothing to do for the doctor
 * @throws Error if something is left after so many runs
 */
export async function fixUntilDone(cwd: string, env: NodeJS.ProcessEnv, runs: number, mayFail?: string): Promise<void> {
    let last: Ended | undefined;
    for (let count = 0; count < runs; count++) {
        last = await doctorIn(cwd, env, "--fix", "--yes", "--json");
        const { checks } = JSON.parse(last.stdout) as Findings;
        if (checks.every(({ name, status, fixed }) => status !== "failed" || fixed || name === mayFail)) {
            return;
        }
    }
    throw new Error(`The doctor still finds something to do:\n${last?.stdout}${last?.stderr}`);
}
