import type { CommandCost } from "./costs";
import { kalshiPackage } from "./imports";
import { peer } from "./peer";
import { programs, type ProgramName } from "./programs";
import { nothingMeasured, type Measurements } from "./report";
import { commands, type Command } from "./runs";
import type { Client, SignedCalls } from "./signedCalls/signedCalls";
import { bareServer, plugin, providerMain } from "./startup";
import { median } from "./statistics";
import { megabytes } from "./usage";

type Bound = "at most" | "at least";

/** A measured value and its limit. */
export interface Verdict {
    readonly target: string;
    /** Names the value if its target has several. */
    readonly of?: string | undefined;
    readonly bound: Bound;
    readonly limit: number;
    readonly measured: number;
    readonly reached: boolean;
}

interface Value {
    readonly of?: string;
    readonly value: number;
}

/** A limit for all values of one kind. If none was measured, the target is not judged. */
interface Target {
    readonly title: string;
    readonly bound: Bound;
    readonly limit: number;
    readonly values: (measured: Measurements) => readonly Value[];
}

/** The target that depends on the version of Node more than on the plugin. */
export const memoryAtStart = "peak memory at the printed port, MB";

const providers: readonly ProgramName[] = ["dynamic", "plugin"];

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
    { title: memoryAtStart, bound: "at most", limit: 60, values: startMemory },
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
        values: costs(1000, ["plugin"], ["up"], ({ providerPeak }) => providerPeak && megabytes(providerPeak)),
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
    },
    {
        title: "signed calls per second, as a multiple of bare node:http",
        bound: "at least",
        limit: 0.8,
        values: callRatio("bare node:http"),
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
    return targets.flatMap(({ title, bound, limit, values }) =>
        values(complete).map(({ of, value }) => ({
            target: title,
            of,
            bound,
            limit,
            measured: value,
            reached: excess({ bound, limit, measured: value }) <= 0,
        })),
    );
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

function startRatio(baseline: string): Target["values"] {
    return ({ starts }) => {
        const of = (name: string) =>
            starts
                .filter((program) => program.name === name)
                .map((program) => median(program.starts.map(({ ms }) => ms)));
        return of(plugin).flatMap((ours) => of(baseline).map((theirs) => ({ value: ours / theirs })));
    };
}

/** Returns the plugin's peak memory at its start, if the system reports it. */
function startMemory({ starts }: Measurements): Value[] {
    const peaks = starts.filter(({ name }) => name === plugin).flatMap((program) => program.starts);
    const known = peaks.flatMap(({ peak }) => peak ?? []);
    return known.length === 0 ? [] : [{ value: megabytes(median(known)) }];
}

function costs(
    fewestKeys: number,
    of: readonly ProgramName[],
    during: readonly Command[],
    value: (cost: CommandCost, all: readonly CommandCost[]) => number | undefined,
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
                    : [{ of: `${command} of ${keys} keys, ${programs[program]}`, value: measured }];
            });
}

function costRatio(program: ProgramName, baseline: ProgramName, during: readonly Command[]): Target["values"] {
    return costs(100, [program], during, ({ keys, command, perKey }, all) => {
        const other = all.find((one) => one.program === baseline && one.keys === keys && one.command === command);
        return other && perKey / other.perKey;
    });
}

function callValues(value: (calls: SignedCalls, all: readonly SignedCalls[]) => number | undefined): Target["values"] {
    return ({ signedCalls }) =>
        signedCalls
            .filter(({ client }) => client === kalshiPackage)
            .flatMap((calls) => {
                const measured = value(calls, signedCalls);
                return measured === undefined
                    ? []
                    : [{ of: `${calls.keyType}, ${calls.atOnce} at once`, value: measured }];
            });
}

function callRatio(client: Client): Target["values"] {
    return callValues(({ keyType, atOnce, callsPerSecond }, all) => {
        const other = all.find((one) => one.client === client && one.keyType === keyType && one.atOnce === atOnce);
        return other && callsPerSecond / other.callsPerSecond;
    });
}
