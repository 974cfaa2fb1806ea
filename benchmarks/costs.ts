import type { EmulatorProcess } from "./emulatorProcess";
import { emptyProgram, programOf, type ProgramName } from "./programs";
import { commands, measureRuns, stepsAtOnce, type Command, type Run, type Runs } from "./runs";
import { median } from "./statistics";

/** The cost of a command on a number of resources; the medians of all rounds. Times are in milliseconds, memory is in bytes. */
export interface CommandCost {
    readonly program: ProgramName;
    readonly keys: number;
    readonly command: Command;
    /** The time of the command. */
    readonly total: number;
    /** The time of the same command on a program that declares nothing. */
    readonly empty: number;
    /** The emulator's processor time during the command. */
    readonly emulator: number;
    /** `(total - empty - emulator) / keys`: the cost of a key in the engine, the SDK and the provider. */
    readonly perKey: number;
    /** Processor time per key of the provider's process, including its start, the SDK and gRPC. */
    readonly providerPerKey: number;
    /** Processor time per key of the program's process, minus that of the empty program. */
    readonly programPerKey: number;
    /** Processor time per key of the engine and its language host, minus that for the empty program. */
    readonly enginePerKey: number;
    /** The peak memory of the provider's process; undefined if the system does not report it. */
    readonly providerPeak: number | undefined;
    /** The number of connections that the emulator accepted. */
    readonly connections: number;
    /** The number of resources that the engine handled at once. */
    readonly atOnce: number;
}

/** The bytes that a resource adds to the state. */
export interface StateSize {
    readonly program: ProgramName;
    readonly keys: number;
    readonly bytesPerKey: number;
}

export interface Costs {
    readonly costs: readonly CommandCost[];
    readonly states: readonly StateSize[];
}

export interface CostOptions {
    readonly programs: readonly ProgramName[];
    readonly sizes: readonly number[];
    readonly rounds: number;
    readonly checkpoints: boolean;
    readonly emulator: EmulatorProcess;
}

/**
 * Measures the costs. Each round runs everything once, so that other load on the machine affects all results equally. The empty program
 * runs before each number of keys, because all costs depend on it. Its first run is not counted, because the files are not in the
 * system's cache yet.
 */
export async function measureCosts(options: CostOptions, say: (progress: string) => void): Promise<Costs> {
    const { programs, sizes, rounds, checkpoints, emulator } = options;
    const run = (title: string, program: string) =>
        measureRuns(program, emulator, checkpoints, (progress) => say(`${title}: ${progress}`));
    const empties: Runs[] = [];
    const measured = sizes.flatMap((keys) => programs.map((program) => ({ keys, program, runs: [] as Runs[] })));
    await run("not counted", emptyProgram);
    for (let round = 1; round <= rounds; round++) {
        const title = `round ${round} of ${rounds}`;
        for (const size of sizes) {
            empties.push(await run(`${title}, an empty program`, emptyProgram));
            for (const { program, runs } of measured.filter(({ keys }) => keys === size)) {
                runs.push(await run(`${title}, ${size} of ${program}`, programOf(program, size)));
            }
        }
    }
    return {
        costs: measured.flatMap(({ keys, program, runs }) =>
            commands.map((command) => ({ program, keys, command, ...costOf(keys, command, empties, runs) })),
        ),
        states: measured.map(({ keys, program, runs }) => {
            const bytes = (of: readonly Runs[]) => median(of.map(({ stateBytes }) => stateBytes));
            return { program, keys, bytesPerKey: (bytes(runs) - bytes(empties)) / keys };
        }),
    };
}

function costOf(keys: number, command: Command, empties: readonly Runs[], runs: readonly Runs[]) {
    const of = (all: readonly Runs[], value: (run: Run) => number) => median(all.map((one) => value(one[command])));
    const more = (value: (run: Run) => number) => of(runs, value) - of(empties, value);
    const total = of(runs, ({ ms }) => ms);
    const empty = of(empties, ({ ms }) => ms);
    const emulator = of(runs, ({ emulatorMs }) => emulatorMs);
    const peaks = runs.flatMap((one) => one[command].providerPeak ?? []);
    return {
        total,
        empty,
        emulator,
        perKey: (total - empty - emulator) / keys,
        providerPerKey: of(runs, ({ processorMs }) => processorMs.provider) / keys,
        programPerKey: more(({ processorMs }) => processorMs.program) / keys,
        enginePerKey: more(({ processorMs }) => processorMs.engine) / keys,
        providerPeak: peaks.length === 0 ? undefined : median(peaks),
        connections: of(runs, ({ connections }) => connections),
        atOnce: stepsAtOnce,
    };
}
