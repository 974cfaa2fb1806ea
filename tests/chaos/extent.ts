import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../tools/paths";
import { isFull } from "../support/full";

/**
 * The extent of the tests in this folder. `npm run test:chaos` sets it (tools/main.ts); `npm test` and `npm run test:full` run a
 * small part with a fixed seed.
 */
export const extent = {
    /** Whether to run every case of a table, or only some. */
    full: process.env["CHAOS_FULL"] === "true",
    /** Every so many cells of the fault table are tested if `full` is false. An odd number reaches both kinds of names. */
    faultStep: isFull ? 9 : 43,
    /** The seed of all random values. Every test prints it. */
    seed: number("CHAOS_SEED", 20261123),
    /** The number of crashes for each provider. */
    rounds: number("CHAOS_ROUNDS", isFull ? 3 : 1),
    /** The number of machines that crash on a shared backend, for each provider. */
    machines: number("CHAOS_MACHINES", isFull ? 2 : 1),
    /** The number of random inputs for each property test. */
    inputs: number("CHAOS_INPUTS", isFull ? 2_000 : 500),
    /** The number of creates and deletes in one process of the plugin. */
    pairs: number("CHAOS_PAIRS", isFull ? 300 : 60),
    /** The number of keys in a fleet at the lowest usage level. */
    fleet: number("CHAOS_FLEET", isFull ? 120 : 90),
    /** The number of keys of each of the four stacks on one account. */
    keysOfEach: number("CHAOS_EACH", 20),
};

function number(variable: string, standard: number): number {
    return Number(process.env[variable] ?? standard);
}

/** Prints a figure to standard output, which Jest shows also for a passing test. */
export function report(figure: string): void {
    process.stdout.write(`${figure}\n`);
}

/** Writes a table that is too long for the output of a run to the folder `reports`. Returns the file's path in the repository. */
export function writeReport(name: string, text: string): string {
    const file = join("reports", name.replaceAll(" ", "-"));
    mkdirSync(join(root, "reports"), { recursive: true });
    writeFileSync(join(root, file), `${text}\n`);
    return file;
}
