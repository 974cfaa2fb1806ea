import type { Operation } from "./errors";

/**
 * The attempts of one call and the pauses between them. An interruption ends a pause. It never aborts an attempt, because the
 * response may contain a private key.
 */
export class Attempts {
    readonly #controller = new AbortController();
    #pausing = false;
    /** The {@link Clock.appliedOffset} of the latest attempt's timestamp, in milliseconds. */
    appliedOffset = 0;
    /** Whether Kalshi has refused an attempt's timestamp and the clock was resynchronized. */
    resynchronized = false;
    /** Whether the call was aborted because its response is longer than any of Kalshi's. */
    isResponseTooLong = false;

    constructor(
        readonly operation: Operation,
        readonly interruption: AbortSignal | undefined,
    ) {
        interruption?.addEventListener("abort", this.#interrupt);
    }

    /** Aborted if the interruption comes during a pause or before one, or if the response is too long. */
    get signal(): AbortSignal {
        return this.#controller.signal;
    }

    /** Aborts the call, because its response is too long. */
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
