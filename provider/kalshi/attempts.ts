import type { Operation } from "./errors";

/**
 * The attempts of one call, and the pauses between them, which an interruption ends. An attempt itself is never broken off:
 * its answer may hold a private key.
 */
export class Attempts {
    readonly #controller = new AbortController();
    #pausing = false;
    /** What the latest attempt was dated by: {@link Clock.correction}. */
    appliedOffset = 0;
    /** Whether an attempt was made anew for its date. */
    resynchronized = false;
    isResponseTooLong = false;

    constructor(
        readonly operation: Operation,
        readonly interruption: AbortSignal | undefined,
    ) {
        interruption?.addEventListener("abort", this.#interrupt);
    }

    /** Aborted where the interruption came in a pause, or a pause began after it. */
    get signal(): AbortSignal {
        return this.#controller.signal;
    }

    /** Gives the answer up that is coming in, since it grows beyond all that Kalshi would say. */
    abandonResponse(): void {
        this.isResponseTooLong = true;
        this.#controller.abort();
    }

    pause(): void {
        this.#pausing = true;
        this.#interrupt();
    }

    resume(): void {
        this.#pausing = false;
    }

    end(): void {
        this.interruption?.removeEventListener("abort", this.#interrupt);
    }

    readonly #interrupt = (): void => {
        if (this.#pausing && this.interruption?.aborted === true) {
            this.#controller.abort();
        }
    };
}
