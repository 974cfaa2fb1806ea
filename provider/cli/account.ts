import { setTimeout as sleep } from "node:timers/promises";
import { explain } from "../apiKey/explain";
import { sameId } from "../apiKey/platform";
import type { Config } from "../config";
import { KalshiClient } from "../kalshi/client";
import { Clock } from "../kalshi/clock";
import { KalshiError } from "../kalshi/errors";
import { RateLimiter } from "../kalshi/rateLimiter";
import { version } from "../version";
import type { Listed } from "./place";
import type { Check } from "./report";

/** Milliseconds that this machine's clock may be off; Kalshi refuses timestamps that are some seconds older. */
const mostOffset = 5_000;

/** The account that a configuration leads to. A doctor says soon that nobody answers, so little is repeated. */
export class Account {
    readonly client: KalshiClient;
    readonly #clock = new Clock(Date.now, () => undefined);

    constructor(readonly config: Config) {
        this.client = new KalshiClient({
            endpoint: config.endpoint,
            credentials: config.credentials,
            userAgent: `pulumi-kalshi/${version}`,
            clock: this.#clock,
            rateLimiter: new RateLimiter(() => undefined),
            retries: 1,
            timeouts: { connect: 5_000, answer: 20_000 },
        });
    }

    /**
     * The account's keys. A list shows the key that signs for it too, so one without that key is not whole.
     *
     * @returns the keys, where they are known for sure
     */
    async list(): Promise<{ readonly check: Check; readonly listed: Listed | undefined }> {
        const { environment } = this.config.endpoint;
        const signingKeyId = this.config.credentials.apiKeyId;
        try {
            const keys = await this.client.listApiKeys();
            const signing = keys.find(({ apiKeyId }) => sameId(apiKeyId, signingKeyId));
            if (signing === undefined) {
                const text =
                    `accepted, but the list of the account's keys lacks the one that signs (${signingKeyId}), so it is not ` +
                    "whole; run this again later";
                return { check: failed("credentials", text), listed: undefined };
            }
            const scopes = signing.scopes === undefined ? "" : `, ${signing.scopes.join(", ")}`;
            const text = `accepted; the key that signs is "${signing.name}" (${signingKeyId}${scopes})`;
            return { check: ok("credentials", text), listed: { environment, signingKeyId, keys } };
        } catch (error) {
            return {
                check: failed("credentials", this.#explained("list the account's API keys", error)),
                listed: undefined,
            };
        }
    }

    /**
     * Looks again, for keys that should be there and that the list may not show yet.
     *
     * @param pauses milliseconds before each look
     * @param isEnough whether a list shows all that was looked for
     * @returns undefined where the account's keys are not known for sure any more
     */
    async lookAgain(
        listed: Listed,
        pauses: readonly number[],
        isEnough: (listed: Listed) => boolean,
    ): Promise<Listed | undefined> {
        let latest: Listed | undefined = listed;
        for (const pause of pauses) {
            if (latest === undefined || isEnough(latest)) {
                break;
            }
            await sleep(pause);
            latest = (await this.list()).listed;
        }
        return latest;
    }

    /** What the account is granted. Not every server tells. */
    async limits(): Promise<Check> {
        const name = "usage level";
        try {
            const { usageLevel, read } = await this.client.accountLimits();
            const text = `${usageLevel}; ${read.refillRate} tokens a second, ${read.bucketCapacity} at once`;
            return { name, status: "info", text };
        } catch (error) {
            return error instanceof KalshiError && error.status === 404
                ? { name, status: "info", text: "the server does not tell" }
                : failed(name, this.#explained("ask what the account is granted", error));
        }
    }

    /** Whether this machine's clock is near Kalshi's, by the latest answer. */
    clock(): Check {
        const { offset } = this.#clock;
        if (offset === undefined) {
            return { name: "clock", status: "info", text: "cannot be compared: Kalshi gave no answer" };
        }
        const seconds = Math.round(Math.abs(offset) / 1000);
        if (Math.abs(offset) <= mostOffset) {
            return ok("clock", seconds === 0 ? "agrees with Kalshi's" : `within ${seconds} s of Kalshi's`);
        }
        const direction = offset < 0 ? "ahead of" : "behind";
        return failed(
            "clock",
            `this machine's is ${seconds} s ${direction} Kalshi's, which refuses such timestamps; set it (NTP)`,
        );
    }

    #explained(what: string, error: unknown): string {
        const { environment } = this.config.endpoint;
        return (explain({ what, environment }, error) as Error).message;
    }
}

function ok(name: string, text: string): Check {
    return { name, status: "ok", text };
}

function failed(name: string, text: string): Check {
    return { name, status: "failed", text };
}
