import { setTimeout as sleep } from "node:timers/promises";
import type { Existence } from "../apiKey/existence";
import { ApiKeyError, explain } from "../apiKey/errors";
import { findKey, hasKey, listRetryPauses } from "../apiKey/listing";
import { listedKey, type ApiKey } from "../apiKey/inputs";
import type { Platform } from "../apiKey/platform";
import type { Config } from "../config";
import { type Credentials, parsePrivateKey } from "../kalshi/auth";
import { KalshiClient } from "../kalshi/client";
import { Clock } from "../kalshi/clock";
import { KalshiError } from "../kalshi/errors";
import { RateLimiter } from "../kalshi/rateLimiter";
import { type KeyVerdict, verifyKey } from "../kalshi/verifyKey";
import { version } from "../package";
import type { AccountKeys } from "./accountScope";
import type { Check } from "./report";

/** The clock skew in milliseconds that is not reported. Kalshi refuses timestamps that are some seconds old. */
const largestUnreportedSkew = 5_000;

/** What a list of the account's keys shows. */
export interface AccountList {
    /** Whether Kalshi accepts the credentials. */
    readonly check: Check;
    /** The keys, if the list is complete. */
    readonly listed: AccountKeys | undefined;
    /** When the location attestation of API trading expires, if the list shows it. */
    readonly regionExpiresAt?: Date | undefined;
}

/** How an account's calls are made. */
export interface AccountOptions {
    /** The maximum number of retries of a call. Default: 1, so that the doctor reports an outage soon. */
    readonly retries?: number;
    /** Receives a message if calls wait long, for the rate limit or for a retry. */
    readonly log?: (message: string) => void;
}

/** The account that a configuration selects. All its calls share one rate limiter. */
export class Account {
    readonly client: KalshiClient<ApiKey>;
    readonly signingKeyId: string;
    readonly #clock = new Clock(Date.now, () => undefined);
    readonly #rateLimiter: RateLimiter;
    readonly #options: Required<AccountOptions>;
    readonly #interruption = new AbortController();

    constructor(
        readonly config: Config,
        { retries = 1, log = () => undefined }: AccountOptions = {},
    ) {
        this.signingKeyId = config.credentials.apiKeyId;
        this.#options = { retries, log };
        this.#rateLimiter = new RateLimiter(log);
        this.client = this.#clientOf(config.credentials);
    }

    #clientOf(credentials: Credentials): KalshiClient<ApiKey> {
        return new KalshiClient({
            endpoint: this.config.endpoint,
            credentials,
            listedKey,
            userAgent: `pulumi-kalshi/${version}`,
            clock: this.#clock,
            rateLimiter: this.#rateLimiter,
            ...this.#options,
            interruption: () => this.#interruption.signal,
            timeouts: { connect: 5_000, response: 20_000 },
        });
    }

    /** Ends the pauses before the retries of all calls. These calls then fail. */
    endRetries(): void {
        this.#interruption.abort();
    }

    /** Verifies a private key by one request that it signs, as the provider does: see `verifyKey` of `Platform`. */
    async verifyKey({ apiKeyId, privateKey }: Parameters<Platform["verifyKey"]>[0]): Promise<KeyVerdict> {
        return verifyKey(this.#clientOf({ apiKeyId, privateKey: parsePrivateKey(privateKey) }));
    }

    /**
     * Lists the account's keys. A complete list contains the signing key.
     *
     * @returns the keys, if the list is complete
     */
    async list(): Promise<AccountList> {
        const { environment } = this.config.endpoint;
        const { signingKeyId } = this;
        try {
            const { keys, regionExpiresAt } = await this.client.listAccount();
            const signing = findKey(keys, signingKeyId);
            if (signing === undefined) {
                const text =
                    `accepted, but the list of the account's keys lacks the signing key (${signingKeyId}), so it is ` +
                    "incomplete. Run this again later.";
                return { check: failed("credentials", text), listed: undefined };
            }
            const scopes = signing.scopes === undefined ? "" : `, ${signing.scopes.join(", ")}`;
            const text = `accepted; the signing key is "${signing.name}" (${signingKeyId}${scopes})`;
            return { check: ok("credentials", text), listed: { environment, signingKeyId, keys }, regionExpiresAt };
        } catch (error) {
            return {
                check: failed("credentials", this.#explained("list the account's API keys", error)),
                listed: undefined,
            };
        }
    }

    /**
     * Lists the account's keys again, because a list may not show a young key yet.
     *
     * @param pauses the milliseconds before each list
     * @param isEnough returns whether a list shows everything that was looked for
     * @returns undefined if a list is incomplete
     */
    async listAgain(
        listed: AccountKeys,
        pauses: readonly number[],
        isEnough: (listed: AccountKeys) => boolean,
    ): Promise<AccountKeys | undefined> {
        let latest: AccountKeys | undefined = listed;
        for (const pause of pauses) {
            if (latest === undefined || isEnough(latest)) {
                break;
            }
            await sleep(pause);
            latest = (await this.list()).listed;
        }
        return latest;
    }

    /**
     * Finds out whether a key exists after Kalshi did not confirm its revocation. The evidence is a complete list.
     *
     * @throws ApiKeyError if there is no complete list
     */
    async findExistence(apiKeyId: string): Promise<Existence> {
        const { listed: first } = await this.list();
        const isGone = ({ keys }: AccountKeys) => !hasKey(keys, apiKeyId);
        const listed = first && (await this.listAgain(first, listRetryPauses, isGone));
        if (listed === undefined) {
            throw new ApiKeyError(
                "KALSHI_EXISTENCE_UNKNOWN",
                `Could not find out whether the API key ${apiKeyId} was revoked: there is no complete list of the account's keys.`,
            );
        }
        return isGone(listed) ? "gone" : "listed";
    }

    /** Checks the account's usage level. Some servers do not have that endpoint. */
    async limits(): Promise<Check> {
        const name = "usage level";
        try {
            const { usageLevel, read } = await this.client.accountLimits();
            const text = `${usageLevel}; ${read.refillRate} tokens a second, ${read.bucketCapacity} at once`;
            return { name, status: "info", text };
        } catch (error) {
            return error instanceof KalshiError && error.status === 404
                ? { name, status: "info", text: "not available on this server" }
                : failed(name, this.#explained("read the account's usage level", error));
        }
    }

    /** Compares this machine's clock with Kalshi's, by the latest response. */
    clock(): Check {
        const { offset } = this.#clock;
        if (offset === undefined) {
            return { name: "clock", status: "info", text: "cannot be compared: there was no response" };
        }
        const seconds = Math.round(Math.abs(offset) / 1000);
        if (Math.abs(offset) <= largestUnreportedSkew) {
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
