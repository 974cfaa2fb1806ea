import { TokenBucket } from "limiter";
import type { AccountLimits } from "./wire";

/** What a call on keys costs: the standard of all calls. Source: docs.kalshi.com, rate limits. */
const tokensPerCall = 10;
/** The Read bucket of the usage level Basic, below which there is none. Source: as {@link tokensPerCall}, live accounts. */
const basic = { refillRate: 200, bucketCapacity: 600 };
/** The part of a bucket that is counted on: what an earlier command took out of it is not back yet. */
const part = 0.75;

/** How much slower calls come after a refusal, and how fast they come back to what Kalshi grants. */
const slowing = 0.5;
const recoveryPerSecond = 0.05;

/** Milliseconds that calls may be held back before the user is told, and between two such messages. */
const quietFor = 3_000;
const quietBetween = 30_000;

/**
 * The pace of all calls to one account: as many a second as Kalshi grants, and fewer, for all together, after a refusal
 * (429). Other processes on the account have their own; the refusals make them share.
 *
 * The lowest usage level is assumed, until enough calls have come together for the question what is granted to be worth a
 * call.
 */
export class RateLimiter {
    readonly #bucket: TokenBucket;
    /** What Kalshi grants, in tokens a second. */
    #granted = basic.refillRate;
    #adjustedAt = 0;
    #refusedAt = -Infinity;
    #waiting = 0;
    #heldSince: number | undefined;
    #toldAt = -Infinity;
    #asked = false;

    /**
     * @param tell is told why calls take their time
     */
    constructor(private readonly tell: (message: string) => void) {
        this.#bucket = new TokenBucket({
            bucketSize: basic.bucketCapacity * part,
            tokensPerInterval: basic.refillRate,
            interval: "second",
        });
        this.#bucket.content = this.#bucket.bucketSize;
    }

    /**
     * Waits until a call may be sent.
     *
     * @param ask asks Kalshi what the account is granted
     * @param held is called where there is a wait
     */
    async turn(ask: () => Promise<AccountLimits | undefined>, held: () => void): Promise<void> {
        this.#recover();
        if (this.#waiting === 0 && this.#bucket.tryRemoveTokens(tokensPerCall)) {
            this.#heldSince = undefined;
            return;
        }
        held();
        if (!this.#asked) {
            this.#asked = true;
            // Calls do not wait for the answer: until it comes, and where none comes, the lowest level will do.
            void ask().then(
                (limits) => this.#adopt(limits),
                () => undefined,
            );
        }
        this.#tellIfLong();
        this.#waiting++;
        try {
            await this.#bucket.removeTokens(tokensPerCall);
        } finally {
            this.#waiting--;
        }
    }

    /** Kalshi refused a call for its rate: all calls come slower for a while. */
    slowDown(): void {
        const now = performance.now();
        this.#bucket.content = 0;
        // Calls that were on their way together are refused together, for the one reason.
        if (now - this.#refusedAt > 1_000) {
            this.#refusedAt = now;
            this.#setRate(this.#bucket.tokensPerInterval * slowing);
        }
    }

    #adopt(limits: AccountLimits | undefined): void {
        if (limits === undefined) {
            return;
        }
        const { refillRate, bucketCapacity } = limits.read;
        const unslowed = this.#bucket.tokensPerInterval / this.#granted;
        this.#granted = refillRate;
        this.#bucket.bucketSize = Math.max(bucketCapacity * part, tokensPerCall);
        this.#setRate(refillRate * unslowed);
    }

    #recover(): void {
        const seconds = (performance.now() - this.#adjustedAt) / 1000;
        this.#setRate(
            Math.min(this.#granted, this.#bucket.tokensPerInterval + this.#granted * recoveryPerSecond * seconds),
        );
    }

    #setRate(tokensPerSecond: number): void {
        this.#adjustedAt = performance.now();
        this.#bucket.tokensPerInterval = Math.max(tokensPerSecond, tokensPerCall / 10);
    }

    #tellIfLong(): void {
        const now = performance.now();
        this.#heldSince ??= now;
        if (now - this.#heldSince > quietFor && now - this.#toldAt > quietBetween) {
            this.#toldAt = now;
            const rate = this.#bucket.tokensPerInterval / tokensPerCall;
            this.tell(
                `Kalshi's rate limit sets the pace: this account is granted ${this.#granted / tokensPerCall} calls a second` +
                    (rate < this.#granted / tokensPerCall
                        ? `, and with other calls on it these come at ${rate.toFixed(1)} a second for now.`
                        : "."),
            );
        }
    }
}
