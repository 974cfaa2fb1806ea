import type { EmulatorProcess } from "./emulatorProcess";
import { providers, emptyProgram, idleProgram, keysProgram, type ProviderKind } from "./programs";
import { commands, measureRuns, type Command, type Run, type Runs } from "./runs";
import { median } from "./statistics";

/** The cost of a command on a number of keys in milliseconds; the medians of all rounds. */
export interface CommandCost {
    readonly provider: ProviderKind;
    readonly keys: number;
    readonly command: Command;
    /** The time of the command. */
    readonly total: number;
    /** The time of the same command on a program that declares nothing. */
    readonly empty: number;
    /** The emulator's processor time during the command. */
    readonly emulator: number;
    /** The time of the same command on as many resources of a provider of the same kind that does nothing. */
    readonly idle: number;
    /** `(total - empty - emulator) / keys`: the cost of a key in the engine, the SDK and the provider. */
    readonly perKey: number;
    /** `(total - idle - emulator) / keys`: the cost of a key beyond that of a resource that does nothing. */
    readonly oursPerKey: number;
    /** Processor time per key of the provider's process, including its start, the SDK and gRPC. */
    readonly providerPerKey: number;
    /** The same for the provider of the resources that do nothing. */
    readonly idleProviderPerKey: number;
    /** Processor time per key of the program's process, minus that of the empty program. */
    readonly programPerKey: number;
    /** The same for the program with the resources that do nothing. */
    readonly idleProgramPerKey: number;
    /** Processor time per key of the engine and its language host, minus that for the empty program. */
    readonly enginePerKey: number;
}

interface Round {
    readonly keys: Runs;
    readonly idle: Runs;
}

/** Measures the costs. Each round runs everything once, so that other load on the machine affects all results equally. */
export async function measureCosts(
    sizes: readonly number[],
    rounds: number,
    checkpoints: boolean,
    emulator: EmulatorProcess,
    say: (progress: string) => void,
): Promise<CommandCost[]> {
    const empties: Runs[] = [];
    const measured = sizes.flatMap((keys) => providers.map((provider) => ({ keys, provider, rounds: [] as Round[] })));
    for (let round = 1; round <= rounds; round++) {
        const run = (title: string, program: string) =>
            measureRuns(program, emulator, checkpoints, (progress) =>
                say(`round ${round} of ${rounds}, ${title}: ${progress}`),
            );
        empties.push(await run("an empty program", emptyProgram));
        for (const { keys, provider, rounds } of measured) {
            rounds.push({
                idle: await run(`${keys} that do nothing, ${provider}`, idleProgram(provider, keys)),
                keys: await run(`${keys} keys, ${provider}`, keysProgram(provider, keys)),
            });
        }
    }
    return measured.flatMap(({ keys, provider, rounds }) =>
        commands.map((command) => ({ provider, keys, command, ...costs(keys, command, empties, rounds) })),
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
