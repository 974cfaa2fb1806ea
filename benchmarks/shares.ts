import type { EmulatorProcess } from "./emulatorProcess";
import { doors, emptyProgram, idleProgram, keysProgram, type Door } from "./programs";
import { commands, measureRuns, type Command, type Run, type Runs } from "./runs";
import { median } from "./statistics";

/** What a command on a number of keys costs, in milliseconds; of several rounds the medians. */
export interface Share {
    readonly door: Door;
    readonly keys: number;
    readonly command: Command;
    /** The command as a whole. */
    readonly total: number;
    /** The same command on a program that declares nothing. */
    readonly empty: number;
    /** The emulator's processor time in it. */
    readonly emulator: number;
    /** The same command on as many resources, through the same door, that do nothing. */
    readonly idle: number;
    /** `(total - empty - emulator) / keys`: all that a key costs, whoever spends it: engine, SDK or provider. */
    readonly perKey: number;
    /** `(total - idle - emulator) / keys`: what a key costs more than a resource that does nothing. */
    readonly oursPerKey: number;
    /** Processor time per key of the provider's process, its start and the SDK's and gRPC's part in it included. */
    readonly providerPerKey: number;
    /** The same of the provider of the resources that do nothing. */
    readonly idleProviderPerKey: number;
    /** Processor time per key of the program's process, less that of the empty program. */
    readonly programPerKey: number;
    /** The same of the program with the resources that do nothing. */
    readonly idleProgramPerKey: number;
    /** Processor time per key of the engine and its language host, less that for the empty program. */
    readonly enginePerKey: number;
}

interface Round {
    readonly keys: Runs;
    readonly idle: Runs;
}

/** Measures the shares, everything once in each round, so that whatever else the machine does strikes all alike. */
export async function measureShares(
    sizes: readonly number[],
    rounds: number,
    checkpoints: boolean,
    emulator: EmulatorProcess,
    say: (progress: string) => void,
): Promise<Share[]> {
    const empties: Runs[] = [];
    const measured = sizes.flatMap((keys) => doors.map((door) => ({ keys, door, rounds: [] as Round[] })));
    for (let round = 1; round <= rounds; round++) {
        const run = (title: string, program: string) =>
            measureRuns(program, emulator, checkpoints, (progress) =>
                say(`round ${round} of ${rounds}, ${title}: ${progress}`),
            );
        empties.push(await run("an empty program", emptyProgram));
        for (const { keys, door, rounds } of measured) {
            rounds.push({
                idle: await run(`${keys} that do nothing, ${door}`, idleProgram(door, keys)),
                keys: await run(`${keys} keys, ${door}`, keysProgram(door, keys)),
            });
        }
    }
    return measured.flatMap(({ keys, door, rounds }) =>
        commands.map((command) => ({ door, keys, command, ...costs(keys, command, empties, rounds) })),
    );
}

function costs(keys: number, command: Command, empties: readonly Runs[], rounds: readonly Round[]) {
    const of = (runs: readonly Runs[], value: (run: Run) => number) => median(runs.map((run) => value(run[command])));
    const ours = rounds.map((round) => round.keys);
    const idles = rounds.map((round) => round.idle);
    const more = (runs: readonly Runs[], value: (run: Run) => number) => of(runs, value) - of(empties, value);
    const total = of(ours, ({ ms }) => ms);
    const empty = of(empties, ({ ms }) => ms);
    const emulator = of(ours, ({ emulatorMs }) => emulatorMs);
    const idle = of(idles, ({ ms }) => ms);
    return {
        total,
        empty,
        emulator,
        idle,
        perKey: (total - empty - emulator) / keys,
        oursPerKey: (total - idle - emulator) / keys,
        providerPerKey: of(ours, ({ processorMs }) => processorMs.provider) / keys,
        idleProviderPerKey: of(idles, ({ processorMs }) => processorMs.provider) / keys,
        programPerKey: more(ours, ({ processorMs }) => processorMs.program) / keys,
        idleProgramPerKey: more(idles, ({ processorMs }) => processorMs.program) / keys,
        enginePerKey: more(ours, ({ processorMs }) => processorMs.engine) / keys,
    };
}
