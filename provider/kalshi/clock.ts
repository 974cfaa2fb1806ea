/** Less than this is the time an answer took, or the second that a `Date` is rounded to, and no clock that is off. */
const smallestSkew = 2_000;

/** More milliseconds than this, ten years, are no clock skew. */
const largestSkew = 10 * 365 * 24 * 60 * 60 * 1000;

/** Kalshi's time, as far as it differs from this machine's. */
export class Clock {
    #appliedOffset = 0;
    #latestOffset: number | undefined;

    /**
     * @param local Unix time in milliseconds
     * @param warn is told, once, that the machine's clock is off
     */
    constructor(
        private readonly local: () => number,
        private readonly warn: (message: string) => void,
    ) {}

    /** Unix time in milliseconds, as Kalshi has it. */
    now(): number {
        return this.local() + this.#appliedOffset;
    }

    /** Unix time in milliseconds by Kalshi's latest response; this machine's time before there is one. */
    get kalshiTime(): number {
        return this.local() + (this.#latestOffset ?? this.#appliedOffset);
    }

    /** The milliseconds that are added to this machine's time. */
    get appliedOffset(): number {
        return this.#appliedOffset;
    }

    /** By how many milliseconds Kalshi's clock was ahead of this machine's in its latest answer; undefined before there is one. */
    get offset(): number | undefined {
        return this.#latestOffset;
    }

    /** Takes note of an answer's `Date` header. */
    observe(date: string | undefined): void {
        // The header has no fractions of a second: half of one is the best guess.
        const time = Date.parse(date ?? "") + 500;
        const offset = time - this.local();
        // No machine's clock is off by years; such a header is none.
        this.#latestOffset = Math.abs(offset) < largestSkew ? offset : this.#latestOffset;
    }

    /** Goes by the latest answer from now on, since Kalshi did not accept a timestamp. */
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
