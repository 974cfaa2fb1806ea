import type { Share } from "./shares";
import { bareServer, plugin, providerMain, type Starts } from "./startup";
import { median } from "./statistics";

/** A figure, and what it may be at most. */
export interface Verdict {
    readonly target: string;
    readonly atMost: number;
    readonly measured: number;
    readonly reached: boolean;
}

/** How fast the plugin has to start. Medians; those of memory only where the system tells it. */
export function judgeStarts(measured: readonly Starts[]): Verdict[] {
    const starts = (name: string) => measured.find((contender) => contender.name === name)?.starts ?? [];
    const ms = (name: string) => median(starts(name).map((start) => start.ms));
    const peaks = starts(plugin).flatMap(({ peakMiB }) => peakMiB ?? []);
    return [
        verdict(`start, as a multiple of the ${bareServer}`, 1.5, ms(plugin) / ms(bareServer)),
        verdict(`start, as a share of ${providerMain}'s`, 0.2, ms(plugin) / ms(providerMain)),
        ...(peaks.length === 0 ? [] : [verdict("peak memory at the printed port, MiB", 65, median(peaks))]),
    ];
}

/** What a key may cost, where 1,000 or more were measured: of time all that it costs, engine and SDK included. */
export function judgeShares(shares: readonly Share[]): Verdict[] {
    return shares
        .filter(({ keys }) => keys >= 1000)
        .flatMap(({ door, keys, command, perKey, providerPerKey }) => {
            const where = `${command} of ${keys} keys, ${door}`;
            return [
                verdict(`${where}: time, ms per key`, 12, perKey),
                verdict(`${where}: provider's processor time, ms per key`, 12, providerPerKey),
            ];
        });
}

function verdict(target: string, atMost: number, measured: number): Verdict {
    return { target, atMost, measured, reached: measured <= atMost };
}
