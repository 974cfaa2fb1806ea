import { isDeepStrictEqual } from "node:util";
import { TokenBucket } from "limiter";
import type { AccountLimits, BucketLimits } from "./wire";

/** What a call on keys costs: the default of all calls. Source: docs.kalshi.com, rate limits. */
const tokensPerCall = 10;
/** What the usage level Basic allows, the lowest one. Source: as {@link tokensPerCall}; live accounts. */
const basic: AccountLimits = {
    usageLevel: "basic",
    read: { refillRate: 200, bucketCapacity: 600 },
    write: { refillRate: 100, bucketCapacity: 100 },
};
/** The part of a bucket that is counted on: what an earlier command took out of it is not back yet. */
const usableFraction = 0.75;

/** How much slower calls are sent after a refusal, and how fast they come back to what the account allows. */
const backoffFactor = 0.5;
const recoveryPerSecond = 0.05;
/** Milliseconds within which refusals have one cause: the calls were on their way together. */
const concurrentFor = 500;

/** Milliseconds that calls may be held back before the user is told, and between two such messages. */
const reportAfter = 3_000;
const reportInterval = 30_000;

/**
 * Limits the rate of all calls to one account: as many a second as the account allows, and fewer, for all together, after
 * a refusal (429). Other processes on the account have limiters of their own; the refusals make them share.
 *
 * The usage level Basic is assumed until enough calls have come together for `GET /account/limits` to be worth a call.
 *
 * Kalshi does not document which bucket POST and DELETE of keys are charged to. `read` is assumed, the larger one:
 * - If more of them succeed than `write` could have paid for, that is proof of `read`.
 * - If there is no such proof when they are refused for the second time, `write` is assumed from then on. The first refusal
 *   shows little: an earlier command, or another process, may have emptied the bucket.
 */
export class RateLimiter {
    readonly #bucket: TokenBucket;
    #limits = basic;
    /** The bucket that POST and DELETE of keys are charged to, as far as is known. */
    #charged: "read" | "write" = "read";
    /** Whether more keys were created and deleted than {@link #write} could have paid for. */
    #isReadConfirmed = false;
    /** What the `write` bucket would hold if it had paid for every key that was created or deleted. */
    #write = fullBucket(basic.write);
    #adjustedAt = 0;
    #refusedAt = -Infinity;
    #calls = 0;
    #waiting = 0;
    #waitingSince: number | undefined;
    #reportedAt = -Infinity;
    #areLimitsRequested = false;

    /**
     * @param report receives the reason why calls take their time
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
        this.#recover();
        this.#calls++;
        if (this.#waiting === 0 && this.#bucket.tryRemoveTokens(tokensPerCall)) {
            this.#waitingSince = undefined;
            return;
        }
        onWait();
        if (!this.#areLimitsRequested && this.#calls > (basic.read.bucketCapacity * usableFraction) / tokensPerCall) {
            this.#areLimitsRequested = true;
            // Calls do not wait for the limits. Until they are known, and if they cannot be had, Basic is assumed.
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

    /** Takes a response into account: after a refusal (429), all calls are sent slower for a while. */
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
        this.#refusedAt = now;
        if (isKeyWrite && !isFirst && !this.#isReadConfirmed && this.#charged === "read") {
            this.#charged = "write";
            this.#resize(1);
        } else {
            this.#setRate(this.#bucket.tokensPerInterval * backoffFactor);
        }
    }

    #adopt(limits: AccountLimits): void {
        const rateFactor = this.#bucket.tokensPerInterval / this.#allowed.refillRate;
        if (!isDeepStrictEqual(limits.write, this.#limits.write)) {
            // What was seen so far was held against Basic.
            this.#write = fullBucket(limits.write);
            this.#isReadConfirmed = false;
        }
        this.#limits = limits;
        this.#resize(rateFactor);
    }

    #resize(rateFactor: number): void {
        this.#bucket.bucketSize = Math.max(this.#allowed.bucketCapacity * usableFraction, tokensPerCall);
        this.#setRate(this.#allowed.refillRate * rateFactor);
    }

    get #allowed(): BucketLimits {
        return this.#limits[this.#charged];
    }

    #recover(): void {
        const seconds = (performance.now() - this.#adjustedAt) / 1000;
        const { refillRate } = this.#allowed;
        this.#setRate(Math.min(refillRate, this.#bucket.tokensPerInterval + refillRate * recoveryPerSecond * seconds));
    }

    #setRate(tokensPerSecond: number): void {
        this.#adjustedAt = performance.now();
        this.#bucket.tokensPerInterval = Math.max(tokensPerSecond, tokensPerCall / 10);
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

/** An account that was idle has a full bucket. */
function fullBucket({ refillRate, bucketCapacity }: BucketLimits): TokenBucket {
    const bucket = new TokenBucket({ bucketSize: bucketCapacity, tokensPerInterval: refillRate, interval: "second" });
    bucket.content = bucketCapacity;
    return bucket;
}
