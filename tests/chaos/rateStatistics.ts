import type { BucketName, RequestRecord } from "../../emulator/index";
import { report } from "./extent";

/** A bucket of a Basic account, in calls. POST and DELETE of keys are charged to it. */
export interface ChargedBucket {
    readonly charged: BucketName;
    /** The number of calls that the full bucket holds. */
    readonly saved: number;
    readonly perSecond: number;
}

/** The buckets of the usage level Basic that POST and DELETE may be charged to. Kalshi's docs suggest `read`. */
export const basicBuckets = {
    read: { charged: "read", saved: 60, perSecond: 20 },
    write: { charged: "write", saved: 10, perSecond: 10 },
} as const satisfies Record<BucketName, ChargedBucket>;

/** The engine's default on two processors. On a machine with more, more calls would be in flight when the bucket is empty. */
const options = ["--yes", "--skip-preview", "--parallel", "8"] as const;

/** The arguments of the commands whose requests are measured. */
export const commands = {
    up: ["up", ...options],
    refresh: ["refresh", ...options],
    destroy: ["destroy", ...options],
} as const;

/** Returns a program that creates so many keys, whose names begin with a text. */
export function programOf(count: number, prefix = "bot"): string {
    return `for (let i = 0; i < ${count}; i++) new Key("${prefix}-" + i, { keyType: "ed25519" });`;
}

/** Statistics of the requests of one or more commands. */
export interface RateStatistics {
    readonly calls: number;
    /** The fraction that received 429, 0 to 1. */
    readonly refused: number;
    /** The time from the first request to the last, divided by the least time that the bucket allows. */
    readonly ratio: number;
}

/**
 * Returns the statistics of the requests that are charged to a bucket.
 *
 * @param earlier the requests since the bucket was full. Default: it is full at the first request
 */
export function statisticsOf(
    all: readonly RequestRecord[],
    bucket: ChargedBucket,
    earlier: readonly RequestRecord[] = [],
): RateStatistics {
    const records = chargedTo(bucket, all);
    const times = records.map(arrival);
    const [first, last] = [Math.min(...times), Math.max(...times)];
    const accepted = records.filter(isAccepted).length;
    const needed = (accepted - callsHeld(bucket, earlier, first)) / bucket.perSecond;
    return {
        calls: records.length,
        refused: 1 - accepted / records.length,
        ratio: (last - first) / 1000 / needed,
    };
}

/** Returns the number of calls that a bucket holds at a time after earlier requests, before which it was full. */
function callsHeld(bucket: ChargedBucket, earlier: readonly RequestRecord[], at: number): number {
    let [held, time] = [bucket.saved, -Infinity];
    const fillUntil = (next: number) => {
        held = Math.min(bucket.saved, held + ((next - time) / 1000) * bucket.perSecond);
        time = next;
    };
    for (const record of chargedTo(bucket, earlier).filter(isAccepted)) {
        fillUntil(arrival(record));
        held -= 1;
    }
    fillUntil(at);
    return held;
}

function chargedTo({ charged }: ChargedBucket, records: readonly RequestRecord[]): RequestRecord[] {
    return records.filter(({ method }) => charged === "read" || method !== "GET");
}

const arrival = ({ at }: RequestRecord) => Date.parse(at);
const isAccepted = ({ status }: RequestRecord) => status !== 429;

/** Prints statistics. */
export function reportStatistics(what: string, { calls, refused, ratio }: RateStatistics): void {
    const share = `${(100 * refused).toFixed(1)} % of ${calls} calls received 429`;
    report(`${what}: ${ratio.toFixed(3)} times what the bucket allows, ${share}`);
}
