/** Milliseconds. A smaller offset is no clock skew: it comes from the response's latency and from the full seconds of `Date`. */
const smallestSkew = 2_000;

/** Milliseconds, ten years. A larger offset comes from an invalid `Date`. */
const largestSkew = 10 * 365 * 24 * 60 * 60 * 1000;

/** Measures the skew between this machine's clock and Kalshi's, and corrects the timestamps of requests after a refusal. */
export class Clock {
    #appliedOffset = 0;
    #latestOffset: number | undefined;

    /**
     * @param local Unix time in milliseconds
     * @param warn receives a warning, once, about the clock skew
     */
    constructor(
        private readonly local: () => number,
        private readonly warn: (message: string) => void,
    ) {}

    /** Returns the time for a request's timestamp: Unix time in milliseconds, with the applied offset. */
    now(): number {
        return this.local() + this.#appliedOffset;
    }

    /** Unix time in milliseconds by Kalshi's latest response; before the first response, this machine's time. */
    get kalshiTime(): number {
        return this.local() + (this.#latestOffset ?? this.#appliedOffset);
    }

    /** The milliseconds that {@link now} adds to this machine's time. */
    get appliedOffset(): number {
        return this.#appliedOffset;
    }

    /** The milliseconds that Kalshi's clock is ahead of this machine's, by the latest response; undefined before the first response. */
    get offset(): number | undefined {
        return this.#latestOffset;
    }

    /** Measures the offset by a response's `Date` header. */
    observe(date: string | undefined): void {
        // The header has full seconds only, so half a second is added as the mean of what is cut off.
        const time = Date.parse(date ?? "") + 500;
        const offset = time - this.local();
        this.#latestOffset = Math.abs(offset) < largestSkew ? offset : this.#latestOffset;
    }

    /** Applies the latest measured offset to later timestamps. Call it after Kalshi refused a timestamp. */
    resynchronize(): void {
        if (this.#latestOffset === undefined || Math.abs(this.#latestOffset - this.#appliedOffset) < smallestSkew) {
            return;
        }
        if (this.#appliedOffset === 0) {
            const seconds = Math.round(Math.abs(this.#latestOffset) / 1000);
            this.warn(
                `This machine's clock is ${seconds} s ${this.#latestOffset < 0 ? "ahead of" : "behind"} Kalshi's, which refuses such ` +
                    "timestamps. Requests go by Kalshi's clock for now; set this machine's (NTP).",
            );
        }
        this.#appliedOffset = this.#latestOffset;
    }
}
