import { setTimeout as sleep } from "node:timers/promises";

/** Milliseconds for which a request is repeated until its result is as awaited, and between two of these requests. */
const longestWait = 30_000;
const pollInterval = 200;

/** The last result of a repeated request, and how long it took. */
export interface Polled<T> {
    readonly result: T;
    /** Whether the result is as awaited: with the first request, with a later one, or not within 30 seconds. */
    readonly when: "at once" | "later" | "never";
    /** How long it took, for the report. */
    readonly note: string;
}

/**
 * Repeats a request until its result is as awaited, for at most 30 seconds.
 *
 * @param interruption ends the pauses
 */
export async function poll<T>(
    interruption: AbortSignal,
    request: () => Promise<T>,
    isAwaited: (result: T) => boolean,
): Promise<Polled<T>> {
    const start = performance.now();
    for (let requests = 1; ; requests++) {
        const result = await request();
        const ms = performance.now() - start;
        const note = `${Math.round(ms)} ms, ${requests} requests`;
        if (isAwaited(result)) {
            return { result, when: requests === 1 ? "at once" : "later", note };
        }
        if (ms > longestWait) {
            return { result, when: "never", note };
        }
        await sleep(pollInterval, undefined, { signal: interruption });
    }
}
