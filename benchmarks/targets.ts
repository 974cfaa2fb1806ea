import type { CommandCost } from "./costs";
import { kalshiPackage } from "./imports";
import { peer } from "./peer";
import { idleOf, programs, type ProgramName } from "./programs";
import { nothingMeasured, type Measurements } from "./report";
import { commands, type Command } from "./runs";
import type { Client, SignedCalls } from "./signedCalls/signedCalls";
import { bareServer, executable, plugin, providerMain } from "./startup";
import { median } from "./statistics";
import { megabytes } from "./usage";

type Bound = "at most" | "at least";

/** `out of reach`: not even the program that ours is built on reaches the limit, and ours is close to that program. */
type Result = "reached" | "out of reach" | "missed";

/** A measured value and its limit. */
export interface Verdict {
    readonly target: string;
    /** Names the value if its target has several. */
    readonly of?: string | undefined;
    readonly bound: Bound;
    readonly limit: number;
    readonly measured: number;
    readonly result: Result;
    /** The target's basis and its value, if that was measured. */
    readonly basis?: { readonly name: string; readonly measured: number } | undefined;
}

interface Value {
    readonly of?: string;
    readonly value: number;
    /** The same value of the target's basis, if it was measured. */
    readonly basis?: number | undefined;
}

/** A program that ours is built on, so that its value is the best possible one. */
interface Basis {
    readonly name: string;
    /** The limit, as a multiple of the basis's value, that holds instead if the basis misses the target. */
    readonly multiple: number;
}

/** A limit for all values of one kind. If none was measured, the target is not judged. */
interface Target {
    readonly title: string;
    readonly bound: Bound;
    readonly limit: number;
    readonly values: (measured: Measurements) => readonly Value[];
    readonly basis?: Basis;
}

const providers: readonly ProgramName[] = ["dynamic", "plugin"];

/** The client is built on got. What it adds is the hooks, the timeouts, the retries and the checks of the response. */
const bareGot: Basis = { name: "bare got", multiple: 0.75 };

/** The targets. Those relative to another program apply to 100 keys and more, and the absolute ones to 1,000 and more. */
const targets: readonly Target[] = [
    { title: `import of ${kalshiPackage} after @pulumi/pulumi, ms`, bound: "at most", limit: 15, values: importTime },
    { title: `start, as a multiple of ${peer}'s`, bound: "at most", limit: 1, values: startRatio(peer) },
    {
        title: `start, as a multiple of the ${bareServer}`,
        bound: "at most",
        limit: 1.5,
        values: startRatio(bareServer),
    },
    { title: `start, as a share of ${providerMain}'s`, bound: "at most", limit: 0.2, values: startRatio(providerMain) },
    {
        title: "start of the executable, as a multiple of the script's",
        bound: "at most",
        limit: 1.2,
        values: startRatio(plugin, executable),
    },
    {
        title: "peak memory at the printed port, MB",
        bound: "at most",
        limit: 60,
        values: startMemory,
        basis: { name: bareServer, multiple: 1.05 },
    },
    {
        title: `cost per key, as a multiple of ${peer}'s`,
        bound: "at most",
        limit: 1,
        values: costRatio("plugin", "peer", ["preview", "refresh"]),
    },
    {
        title: `cost per key, as a multiple of ${peer}'s`,
        bound: "at most",
        limit: 1.25,
        values: costRatio("plugin", "peer", ["up", "destroy"]),
    },
    {
        title: "cost per key, as a multiple of the plugin's",
        bound: "at most",
        limit: 1.3,
        values: costRatio("dynamic", "plugin", commands),
        basis: { name: "idle providers", multiple: 1 },
    },
    {
        title: "cost per key, ms",
        bound: "at most",
        limit: 12,
        values: costs(1000, providers, commands, ({ perKey }) => perKey),
    },
    {
        title: "the provider's processor time per key, ms",
        bound: "at most",
        limit: 12,
        values: costs(1000, providers, commands, ({ providerPerKey }) => providerPerKey),
    },
    {
        title: "peak memory of the provider's process, MB",
        bound: "at most",
        limit: 110,
        values: costs(1000, ["plugin"], ["up"], peakOf, (cost, all) => peakOf(same(idleOf[cost.program], cost, all))),
        // V8 lets the heap grow with the work; see Profile in README.md.
        basis: { name: "idle plugin", multiple: 2 },
    },
    {
        title: "connections, as a multiple of the resources that the engine handles at once",
        bound: "at most",
        limit: 1,
        values: costs(100, providers, ["up"], ({ connections, atOnce }) => connections / atOnce),
    },
    {
        title: "signed calls per second, as a multiple of kalshi-typescript's",
        bound: "at least",
        limit: 1.5,
        values: callRatio("kalshi-typescript"),
        basis: bareGot,
    },
    {
        title: "signed calls per second, as a multiple of bare node:http",
        bound: "at least",
        limit: 0.8,
        values: callRatio("bare node:http"),
        basis: bareGot,
    },
    {
        title: "connections, as a multiple of the calls at once",
        bound: "at most",
        limit: 1,
        values: callValues(({ connections, atOnce }) => connections / atOnce),
    },
];

/** Compares the measured values with the targets. */
export function judge(measured: Partial<Measurements>): Verdict[] {
    const complete = { ...nothingMeasured, ...measured };
    return targets.flatMap((target) =>
        target.values(complete).map((value) => ({
            target: target.title,
            of: value.of,
            bound: target.bound,
            limit: target.limit,
            measured: value.value,
            result: resultOf(target, value),
            basis: basisOf(target, value),
        })),
    );
}

function basisOf({ basis }: Target, { basis: measured }: Value): Verdict["basis"] {
    return basis === undefined || measured === undefined ? undefined : { name: basis.name, measured };
}

function resultOf({ bound, limit, basis }: Target, { value, basis: best }: Value): Result {
    const reaches = (measured: number, goal: number) => excess({ bound, limit: goal, measured }) <= 0;
    if (reaches(value, limit)) {
        return "reached";
    }
    const isOutOfReach = basis !== undefined && best !== undefined && !reaches(best, limit);
    return isOutOfReach && reaches(value, best * basis.multiple) ? "out of reach" : "missed";
}

/** Returns the verdict on the worst value of each target. */
export function worst(verdicts: readonly Verdict[]): Verdict[] {
    const found = new Map<string, Verdict>();
    for (const verdict of verdicts) {
        const key = `${verdict.target} ${verdict.limit}`;
        const other = found.get(key);
        if (other === undefined || excess(verdict) > excess(other)) {
            found.set(key, verdict);
        }
    }
    return [...found.values()];
}

/** Returns by how much a value misses its limit; negative if it reaches it. */
function excess({ bound, limit, measured }: Pick<Verdict, "bound" | "limit" | "measured">): number {
    return bound === "at most" ? measured - limit : limit - measured;
}

function importTime({ imports }: Measurements): Value[] {
    return imports.filter(({ name }) => name === kalshiPackage).map(({ ms }) => ({ value: median(ms) }));
}

function startRatio(baseline: string, program = plugin): Target["values"] {
    return ({ starts }) => {
        const of = (wanted: string) =>
            starts.filter(({ name }) => name === wanted).map((measured) => median(measured.starts.map(({ ms }) => ms)));
        return of(program).flatMap((ours) => of(baseline).map((theirs) => ({ value: ours / theirs })));
    };
}

/** Returns the plugin's peak memory at its start, if the system reports it. */
function startMemory({ starts }: Measurements): Value[] {
    const of = (name: string) => {
        const peaks = starts.filter((program) => program.name === name).flatMap((program) => program.starts);
        const known = peaks.flatMap(({ peak }) => peak ?? []);
        return known.length === 0 ? undefined : megabytes(median(known));
    };
    const value = of(plugin);
    return value === undefined ? [] : [{ value, basis: of(bareServer) }];
}

function costs(
    fewestKeys: number,
    of: readonly ProgramName[],
    during: readonly Command[],
    value: (cost: CommandCost, all: readonly CommandCost[]) => number | undefined,
    basis: typeof value = () => undefined,
): Target["values"] {
    return ({ costs }) =>
        costs
            .filter(
                ({ keys, program, command }) => keys >= fewestKeys && of.includes(program) && during.includes(command),
            )
            .flatMap((cost) => {
                const measured = value(cost, costs);
                const { command, keys, program } = cost;
                return measured === undefined
                    ? []
                    : [
                          {
                              of: `${command} of ${keys} keys, ${programs[program]}`,
                              value: measured,
                              basis: basis(cost, costs),
                          },
                      ];
            });
}

/** Returns the cost of the same command on as many resources of a program. */
function same(
    program: ProgramName | undefined,
    { keys, command }: CommandCost,
    all: readonly CommandCost[],
): CommandCost | undefined {
    return all.find((cost) => cost.program === program && cost.keys === keys && cost.command === command);
}

/** Returns the peak memory of the provider's process in MB, if the system reports it. */
function peakOf(cost: CommandCost | undefined): number | undefined {
    return cost?.providerPeak && megabytes(cost.providerPeak);
}

/** Compares the cost per key of two programs. The basis compares the resources that do nothing, of the same kinds of provider. */
function costRatio(program: ProgramName, baseline: ProgramName, during: readonly Command[]): Target["values"] {
    const ratio =
        (one: ProgramName | undefined, other: ProgramName | undefined) =>
        (cost: CommandCost, all: readonly CommandCost[]) => {
            const [ours, theirs] = [same(one, cost, all), same(other, cost, all)];
            return ours && theirs && ours.perKey / theirs.perKey;
        };
    return costs(100, [program], during, ratio(program, baseline), ratio(idleOf[program], idleOf[baseline]));
}

type CallValue = (calls: SignedCalls, all: readonly SignedCalls[]) => number | undefined;

function callValues(value: CallValue, basis: CallValue = () => undefined): Target["values"] {
    return ({ signedCalls }) =>
        signedCalls
            .filter(({ client }) => client === kalshiPackage)
            .flatMap((calls) => {
                const measured = value(calls, signedCalls);
                return measured === undefined
                    ? []
                    : [
                          {
                              of: `${calls.keyType}, ${calls.atOnce} at once`,
                              value: measured,
                              basis: basis(calls, signedCalls),
                          },
                      ];
            });
}

/** Compares the calls per second of two clients. The basis is that of got itself. */
function callRatio(other: Client): Target["values"] {
    const ratio =
        (client: Client): CallValue =>
        ({ keyType, atOnce }, all) => {
            const [ours, theirs] = [client, other].map((wanted) =>
                all.find((one) => one.client === wanted && one.keyType === keyType && one.atOnce === atOnce),
            );
            return ours && theirs && ours.callsPerSecond / theirs.callsPerSecond;
        };
    return callValues(ratio(kalshiPackage), ratio("bare got"));
}
