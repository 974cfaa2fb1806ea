import type { CommandCost } from "./shares";
import { bareServer, plugin, providerMain, type Starts } from "./startup";
import { median } from "./statistics";

/** A measured value and its limit. */
export interface Verdict {
    readonly target: string;
    readonly atMost: number;
    readonly measured: number;
    readonly reached: boolean;
}

/** Compares the plugin's start with its targets, by medians. Memory is included only if the system reports it. */
export function judgeStarts(measured: readonly Starts[]): Verdict[] {
    const starts = (name: string) => measured.find((program) => program.name === name)?.starts ?? [];
    const ms = (name: string) => median(starts(name).map((start) => start.ms));
    const peaks = starts(plugin).flatMap(({ peakMiB }) => peakMiB ?? []);
    return [
        verdict(`start, as a multiple of the ${bareServer}`, 1.5, ms(plugin) / ms(bareServer)),
        verdict(`start, as a share of ${providerMain}'s`, 0.2, ms(plugin) / ms(providerMain)),
        ...(peaks.length === 0 ? [] : [verdict("peak memory at the printed port, MiB", 65, median(peaks))]),
    ];
}

/** Compares the cost of a key with its targets, for runs of 1,000 keys or more. The time includes the engine and the SDK. */
export function judgeCosts(costs: readonly CommandCost[]): Verdict[] {
    return costs
        .filter(({ keys }) => keys >= 1000)
        .flatMap(({ provider, keys, command, perKey, providerPerKey }) => {
            const what = `${command} of ${keys} keys, ${provider}`;
            return [
                verdict(`${what}: time, ms per key`, 12, perKey),
                verdict(`${what}: provider's processor time, ms per key`, 12, providerPerKey),
            ];
        });
}

function verdict(target: string, atMost: number, measured: number): Verdict {
    return { target, atMost, measured, reached: measured <= atMost };
}
