import { isDeepStrictEqual } from "node:util";
import { TokenBucket } from "limiter";
import type { AccountLimits, BucketLimits } from "./types";

/** The tokens that a call on keys costs, which is the default of all calls. Source: docs.kalshi.com, rate limits. */
const tokensPerCall = 10;
/** The limits of the usage level Basic, the lowest one. Source: as {@link tokensPerCall}; live accounts. */
const basic: AccountLimits = {
    usageLevel: "basic",
    read: { refillRate: 200, bucketCapacity: 600 },
    write: { refillRate: 100, bucketCapacity: 100 },
};
/** The fraction of a bucket's capacity that is used, because earlier commands may have emptied it in part. */
const usableFraction = 0.75;

/**
 * A refusal (429) halves the rate, down to `lowestRate`, a fraction of the allowed one. `secondsToDouble` later the rate is what it was.
 * Unless refused, it then grows ever faster, so that a process soon uses what others leave when they end.
 *
 * The growth is relative to the rate, so n processes on one account are refused n times as often as one. With growth by a constant
 * amount, it would be n² times: each of them has an nth of the rate to give up, and their sum grows n times as fast.
 */
const lowestRate = 1 / 64;
const secondsToDouble = 7;
/** Milliseconds within which several refusals count as one, because the calls were in flight at the same time. */
const concurrentFor = 500;

/** Milliseconds that calls wait before this is logged, and between two such messages. */
const reportAfter = 3_000;
const reportInterval = 30_000;

/**
 * Limits the rate of all calls to one account. The rate is the one that the account allows; after a refusal (429), it is reduced for
 * all calls. Every process has its own limiter. The refusals divide the account's rate between processes.
 *
 * The limiter assumes the usage level Basic. After so many calls that Basic makes them wait, it requests `GET /account/limits`.
 *
 * Kalshi does not document which bucket POST and DELETE of keys are charged to. The limiter assumes `read`, the larger one:
 * - If more of these calls succeed than the `write` bucket could have paid for, `read` is confirmed.
 * - If `read` is not confirmed when Kalshi refuses such a call for the second time, the limiter assumes `write` from then on. The first
 *   refusal is inconclusive, because an earlier command or another process may have emptied the bucket.
 */
export class RateLimiter {
    readonly #bucket: TokenBucket;
    #limits = basic;
    /** The bucket that POST and DELETE of keys are assumed to be charged to. */
    #charged: "read" | "write" = "read";
    /** Whether more keys were created and deleted than {@link #write} could have paid for. */
    #isReadConfirmed = false;
    /** The `write` bucket as it would be if it had paid for every key that was created or deleted. */
    #write = fullBucket(basic.write);
    /** The fraction of the allowed rate right after the last refusal, which was at `#refusedAt`. */
    #reducedTo = 1;
    #refusedAt = -Infinity;
    #calls = 0;
    #waiting = 0;
    #waitingSince: number | undefined;
    #reportedAt = -Infinity;
    #areLimitsRequested = false;

    /**
     * @param report receives a message if calls wait long
     */
    constructor(private readonly report: (message: string) => void) {
        this.#bucket = fullBucket({ ...basic.read, bucketCapacity: basic.read.bucketCapacity * usableFraction });
    }

    /**
     * Waits until a call may be sent.
     *
     * @param getLimits returns what the account allows
     * @param onWait is called if there is a wait
     */
    async acquire(getLimits: () => Promise<AccountLimits>, onWait: () => void): Promise<void> {
        this.#updateRate();
        this.#calls++;
        if (this.#waiting === 0 && this.#bucket.tryRemoveTokens(tokensPerCall)) {
            this.#waitingSince = undefined;
            return;
        }
        onWait();
        if (!this.#areLimitsRequested && this.#calls > (basic.read.bucketCapacity * usableFraction) / tokensPerCall) {
            this.#areLimitsRequested = true;
            // Calls do not wait for the limits. Until they are known, or if the request fails, the limiter assumes Basic.
            void getLimits().then(
                (limits) => this.#adopt(limits),
                () => undefined,
            );
        }
        this.#reportIfLong();
        this.#waiting++;
        try {
            await this.#bucket.removeTokens(tokensPerCall);
        } finally {
            this.#waiting--;
        }
    }

    /** Adjusts the rate to a response's status. After a refusal (429), all calls are slower for a while. */
    observe(method: string, status: number): void {
        const isKeyWrite = method !== "GET";
        if (status === 429) {
            this.#refused(isKeyWrite);
        } else if (isKeyWrite && status < 300) {
            this.#succeeded();
        }
    }

    #succeeded(): void {
        this.#write.drip();
        this.#write.content -= tokensPerCall;
        if (this.#write.content <= -tokensPerCall) {
            this.#isReadConfirmed = true;
        }
    }

    #refused(isKeyWrite: boolean): void {
        const now = performance.now();
        this.#calls--;
        this.#bucket.content = Math.min(this.#bucket.content, 0);
        if (now - this.#refusedAt <= concurrentFor) {
            return;
        }
        const isFirst = this.#refusedAt === -Infinity;
        if (isKeyWrite && !isFirst && !this.#isReadConfirmed && this.#charged === "read") {
            this.#charged = "write";
            this.#reducedTo = 1;
        } else {
            this.#reducedTo = Math.max(this.#fractionAt(now) / 2, lowestRate);
        }
        this.#refusedAt = now;
        this.#resize();
    }

    #adopt(limits: AccountLimits): void {
        if (!isDeepStrictEqual(limits.write, this.#limits.write)) {
            // The earlier evidence was measured against Basic's limits.
            this.#write = fullBucket(limits.write);
            this.#isReadConfirmed = false;
        }
        this.#limits = limits;
        this.#resize();
    }

    #resize(): void {
        this.#bucket.bucketSize = Math.max(this.#allowed.bucketCapacity * usableFraction, tokensPerCall);
        this.#updateRate();
    }

    get #allowed(): BucketLimits {
        return this.#limits[this.#charged];
    }

    #updateRate(): void {
        this.#bucket.tokensPerInterval = this.#allowed.refillRate * this.#fractionAt(performance.now());
    }

    /** Returns the fraction of the allowed rate at a time, if there is no further refusal until then. */
    #fractionAt(time: number): number {
        const doublings = ((time - this.#refusedAt) / 1000 / secondsToDouble) ** 2;
        return Math.min(1, this.#reducedTo * 2 ** doublings);
    }

    #reportIfLong(): void {
        const now = performance.now();
        this.#waitingSince ??= now;
        if (now - this.#waitingSince > reportAfter && now - this.#reportedAt > reportInterval) {
            this.#reportedAt = now;
            const [allowed, sent] = [this.#allowed.refillRate, this.#bucket.tokensPerInterval];
            this.report(
                `Rate limited: the account's ${this.#charged} bucket allows ${allowed / tokensPerCall} calls/s; ` +
                    `the provider sends ${(sent / tokensPerCall).toFixed(1)}/s.`,
            );
        }
    }
}

/** Returns the bucket of an account that was idle. */
function fullBucket({ refillRate, bucketCapacity }: BucketLimits): TokenBucket {
    const bucket = new TokenBucket({ bucketSize: bucketCapacity, tokensPerInterval: refillRate, interval: "second" });
    bucket.content = bucketCapacity;
    return bucket;
}
