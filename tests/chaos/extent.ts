/**
 * How far the tests of this folder go: as far as `npm run test:chaos` says (tools/main.ts), and in `npm test` a short slice
 * with a fixed seed.
 */
export const extent = {
    /** Whether every case of a table is run, or some of them. */
    full: process.env["CHAOS_FULL"] === "true",
    /** What all that is random follows from; every test prints it. */
    seed: number("CHAOS_SEED", 20261123),
    /** Crashes for each way in. */
    rounds: number("CHAOS_ROUNDS", 3),
    /** Machines that die on a shared backend, for each provider. */
    machines: number("CHAOS_MACHINES", 2),
    /** Inputs for each target of random ones. */
    inputs: number("CHAOS_INPUTS", 2_000),
    /** Creations and deletions in one process of the plugin. */
    pairs: number("CHAOS_PAIRS", 300),
    /** Keys of a fleet at the lowest usage level. */
    fleet: number("CHAOS_FLEET", 120),
};

function number(variable: string, standard: number): number {
    return Number(process.env[variable] ?? standard);
}

/** Prints a figure where it is seen whether or not the test passes. */
export function report(figure: string): void {
    process.stdout.write(`${figure}\n`);
}
