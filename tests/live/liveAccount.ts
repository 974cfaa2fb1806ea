import { randomBytes, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { usageLevels, type Bucket } from "kalshi-emulator";
import got, { type Got, type NormalizedOptions } from "got";
import { listedKey, type ApiKey } from "../../provider/src/apiKey/inputs";
import { sameId } from "../../provider/src/apiKey/platform";
import { parsePrivateKey, signedHeaders, type Credentials } from "../../provider/src/kalshi/auth";
import { KalshiClient } from "../../provider/src/kalshi/client";
import { Clock } from "../../provider/src/kalshi/clock";
import { isOnThisMachine } from "../../provider/src/kalshi/endpoint";
import { KalshiError } from "../../provider/src/kalshi/errors";
import { RateLimiter } from "../../provider/src/kalshi/rateLimiter";
import { parseJson } from "../../provider/src/kalshi/text";
import type { AccountLimits } from "../../provider/src/kalshi/types";
import { describe, type Answer } from "./answer";
import { poll, type Polled } from "./poll";
import type { Target } from "./target";

/** One signed request of a probe. */
export interface Call {
    readonly method: "GET" | "POST" | "DELETE";
    /** The path below the base URL, for example `api_keys`. */
    readonly path: string;
    readonly json?: Readonly<Record<string, unknown>>;
    /** The signing key. Default: the target's. */
    readonly signer?: Credentials;
    /** The timestamp's distance from Kalshi's clock in milliseconds. Default: 0. */
    readonly skew?: number;
    /** Changes the headers after they were signed. */
    readonly headers?: (signed: Readonly<Record<string, string>>) => Record<string, string>;
    /** Whether the request ignores the rate limit and is not retried after a 429. */
    readonly ignoresRateLimit?: boolean;
}

/** What the names of all keys of the suite begin with. The time of the start follows. */
const namePrefix = "pulumi-kalshi-live";
const nameOfRun = new RegExp(`^${namePrefix}-(\\d{13})-[0-9a-f]{6}-`);
/** Milliseconds, several times as long as a run. Keys of a run that started earlier are those of a run that was killed. */
const longestRun = 2 * 60 * 60 * 1000;
/** Milliseconds. The `Date` of a slower response does not show Kalshi's clock. */
const longestLatency = 2_000;

const limitsOf = ({ refillRate, capacity }: Bucket) => ({ refillRate, bucketCapacity: capacity });
const lowestLimits: AccountLimits = {
    usageLevel: "unknown",
    read: limitsOf(usageLevels.basic.read),
    write: limitsOf(usageLevels.basic.write),
};

/** An account during a run of the live suite: makes the probes' requests, and revokes the keys that the run created. */
export class LiveAccount {
    /** Lists and revokes keys with the provider's own client. */
    readonly client: KalshiClient<ApiKey>;
    /** The clock of the provider's clients. */
    readonly #clock = new Clock(Date.now, () => undefined);
    /** The clock of the probes' requests. It ignores the `Date` of late responses. */
    readonly #probeClock = new Clock(Date.now, () => undefined);
    readonly #suffix = randomBytes(3).toString("hex");
    /** When the run started: Unix time in milliseconds, by Kalshi's clock, because runs on other machines compare it with theirs. */
    #startedAt = 0;
    readonly #http: Got;
    /** The account's rate limits at the start of the run. The suite works without them, and then assumes the lowest ones. */
    #limits = lowestLimits;
    readonly #rateLimiter = new RateLimiter(() => undefined);
    /** The ids of the keys that the probes created. */
    readonly #created = new Set<string>();
    /** The ids of the keys that the run tried to revoke. */
    readonly #attempted = new Set<string>();
    /** The ids of the keys that Kalshi confirmed as revoked. */
    readonly #revoked = new Set<string>();
    /** The names of keys that may exist, because the request for them got no response. */
    readonly #withoutResponse = new Set<string>();

    private constructor(
        readonly target: Target,
        readonly interruption: AbortSignal,
    ) {
        this.client = this.clientOf(target.credentials);
        this.#http = got.extend({
            prefixUrl: target.endpoint.baseUrl,
            headers: { "user-agent": namePrefix },
            followRedirect: false,
            throwHttpErrors: false,
            timeout: { request: 60_000 },
            // A rate limit must not be taken for the answer to a probe. Any other response is the answer. The retries take 50 seconds.
            retry: {
                limit: 8,
                methods: ["GET", "POST", "DELETE"],
                statusCodes: [429],
                errorCodes: [],
                backoffLimit: 8_000,
            },
        });
    }

    /**
     * Opens an account: reads its keys and its rate limits.
     *
     * @param interruption ends the run: no further request of a probe is sent
     * @throws Error if the account cannot be read, for example because the credentials are invalid, or if a server on this machine is
     *     no emulator
     */
    static async open(target: Target, interruption: AbortSignal, startedAt?: number): Promise<LiveAccount> {
        const account = new LiveAccount(target, interruption);
        if (isOnThisMachine(target.endpoint)) {
            await account.#assertEmulator();
        }
        // Nothing is created before Kalshi has accepted the credentials.
        await account.client.listApiKeys().catch((error: unknown) => {
            const { credentials, endpoint } = target;
            throw new Error(
                `The key ${credentials.apiKeyId} (KALSHI_LIVE_API_KEY_ID) could not list the keys at ${endpoint.baseUrl}, so nothing was ` +
                    `created: ${error instanceof Error ? error.message : String(error)}`,
            );
        });
        account.#limits = await account.client.accountLimits().catch(() => lowestLimits);
        account.#startedAt = startedAt ?? account.#clock.kalshiTime;
        return account;
    }

    /** A server on this machine may be a proxy to production. */
    async #assertEmulator(): Promise<void> {
        const { headers } = await this.#http("exchange/status");
        if (headers["x-kalshi-emulator"] === undefined) {
            throw new Error(`The server at ${this.target.endpoint.baseUrl} is no emulator of Kalshi.`);
        }
    }

    /** What the names of this run's keys begin with. No other key of the account has such a name. */
    get runName(): string {
        return `${namePrefix}-${this.#startedAt}-${this.#suffix}`;
    }

    get limits(): AccountLimits {
        return this.#limits;
    }

    /** Returns a client that signs with a key of the account. */
    clientOf(credentials: Credentials): KalshiClient<ApiKey> {
        return new KalshiClient({
            endpoint: this.target.endpoint,
            credentials,
            listedKey,
            userAgent: namePrefix,
            clock: this.#clock,
            rateLimiter: this.#rateLimiter,
        });
    }

    /**
     * Sends a request and returns the response, whatever its status.
     *
     * @throws RequestError if there is no response; Error if Kalshi still refuses it because of the rate limit
     */
    async call(call: Call): Promise<Answer> {
        this.interruption.throwIfAborted();
        const { method, path, json, signer = this.target.credentials, skew = 0, ignoresRateLimit = false } = call;
        const { headers = (signed: Readonly<Record<string, string>>) => ({ ...signed }) } = call;
        const sign = async (request: NormalizedOptions) => {
            if (!ignoresRateLimit) {
                await this.#rateLimiter.acquire(
                    async () => this.limits,
                    () => undefined,
                );
            }
            const { pathname } = request.url as URL;
            const { kalshiTime } = this.#probeClock.offset === undefined ? this.#clock : this.#probeClock;
            Object.assign(request.headers, headers(signedHeaders(signer, method, pathname, kalshiTime + skew)));
        };
        const name = method === "POST" ? String(json?.["name"]) : undefined;
        if (name !== undefined) {
            this.#withoutResponse.add(name);
        }
        const response = await this.#http(path, {
            method,
            ...(json && { json }),
            ...(ignoresRateLimit && { retry: { limit: 0 } }),
            hooks: { beforeRequest: [sign] },
        });
        // Kalshi may have written the `Date` long before a late response arrived.
        if ((response.timings?.phases.total ?? 0) < longestLatency) {
            this.#probeClock.observe(response.headers.date);
        }
        if (!ignoresRateLimit) {
            this.#rateLimiter.observe(method, response.statusCode);
        }
        const body = parseJson(response.body);
        const answer: Answer = {
            status: response.statusCode,
            contentType: response.headers["content-type"] ?? "",
            location: response.headers.location ?? "",
            text: response.body,
            body: isObject(body) ? body : undefined,
        };
        if (name !== undefined) {
            this.#conclude(name, answer);
        }
        if (answer.status === 429 && !ignoresRateLimit) {
            throw new Error(`Kalshi's rate limit left no room for the probe: ${describe(answer, this.runName)}`);
        }
        return answer;
    }

    /** Sends a request and returns a description of the response that is safe to publish. */
    async describe(call: Call): Promise<string> {
        return describe(await this.call(call), this.runName);
    }

    /**
     * Generates a key that a probe needs.
     *
     * @throws Error if Kalshi refuses
     */
    async generate(fields: Readonly<Record<string, unknown>> = {}): Promise<Credentials> {
        return this.credentialsIn(await this.call(this.generateCall(fields)));
    }

    /**
     * Returns the credentials in the response to a request that generates a key.
     *
     * @throws Error if there are none
     */
    credentialsIn(answer: Answer): Credentials {
        const { api_key_id: apiKeyId, private_key: privateKey } = answer.body ?? {};
        if (typeof apiKeyId !== "string" || typeof privateKey !== "string") {
            throw new Error(`Kalshi generated no key for the probe: ${describe(answer, this.runName)}`);
        }
        return { apiKeyId, privateKey: parsePrivateKey(privateKey) };
    }

    /** Returns the request that generates a key, by default a key of type Ed25519 with all rights. */
    generateCall(fields: Readonly<Record<string, unknown>> = {}): Call {
        return {
            method: "POST",
            path: "api_keys/generate",
            json: { name: this.newName(), key_type: "ed25519", ...fields },
        };
    }

    /** Returns a name for a key of this run. */
    newName(suffix = randomUUID().slice(0, 8)): string {
        return `${this.runName}-${suffix}`;
    }

    /** Records what the response to a POST says about the key: it was created, it was not, or neither. */
    #conclude(name: string, { status, body }: Answer): void {
        const { api_key_id: id } = body ?? {};
        const isCreated = status < 300 && typeof id === "string";
        if (isCreated && !sameId(id, this.target.credentials.apiKeyId)) {
            this.#created.add(id);
        }
        // A gateway may answer for Kalshi, and a success may be unreadable. Then a later list shows whether the key exists.
        if (isCreated || (status >= 300 && status < 500)) {
            this.#withoutResponse.delete(name);
        }
    }

    /** The number of keys that the probes created. */
    get createdCount(): number {
        return this.#created.size;
    }

    /** Polls the list until it shows a key, or no longer shows it. The result is the key, if it is listed. */
    async untilListed(apiKeyId: string, isListed: boolean): Promise<Polled<ApiKey | undefined>> {
        const find = async () => (await this.client.listApiKeys()).find((key) => sameId(key.apiKeyId, apiKeyId));
        return poll(this.interruption, find, (key) => (key !== undefined) === isListed);
    }

    /** Revokes the keys that the probes have created since the last call. {@link cleanUp} retries what fails. */
    async revokeCreated(): Promise<void> {
        const ids = [...this.#created].filter((id) => !this.#attempted.has(id));
        await this.#revokeAll(ids);
    }

    /**
     * Revokes all keys of this run, and those of earlier runs that were killed. Their names identify them, so a key whose response was lost
     * is among them. It changes no other key.
     *
     * @param patience milliseconds to wait until the list shows the keys of requests without a response
     * @returns what is left, for the user: ids of keys that exist, names of keys that may exist, or that the list could not be read
     */
    async cleanUp(patience = 30_000): Promise<string[]> {
        const left = await this.#revokeAll([...this.#created]);
        try {
            const end = performance.now() + patience;
            const listed = new Map((await this.#ownKeys()).map((key) => [key.apiKeyId, key.name]));
            const missing = () => [...this.#withoutResponse].filter((name) => ![...listed.values()].includes(name));
            while (missing().length > 0 && performance.now() < end) {
                await sleep(1_000);
                for (const { apiKeyId, name } of await this.#ownKeys()) {
                    listed.set(apiKeyId, name);
                }
            }
            left.push(...(await this.#revokeAll([...listed.keys()].filter((id) => !this.#created.has(id)))));
            left.push(...missing().map((name) => JSON.stringify(name)));
        } catch {
            left.push(`any key whose name begins with ${this.runName}, because the list could not be read`);
        }
        return left;
    }

    async #ownKeys(): Promise<ApiKey[]> {
        const keys = await this.client.listApiKeys();
        const { apiKeyId: signer } = this.target.credentials;
        return keys.filter(({ apiKeyId, name }) => this.#isOwn(name) && !sameId(apiKeyId, signer));
    }

    #isOwn(name: string): boolean {
        const start = Number(nameOfRun.exec(name)?.[1] ?? Infinity);
        return name.startsWith(`${this.runName}-`) || start < this.#startedAt - longestRun;
    }

    /** Revokes keys at once, because the retries for each of them may take minutes. Returns the ids of those that are left. */
    async #revokeAll(ids: readonly string[]): Promise<string[]> {
        await Promise.all(ids.map((id) => this.#revoke(id).catch(() => undefined)));
        return ids.filter((id) => !this.#revoked.has(id));
    }

    async #revoke(id: string): Promise<void> {
        if (this.#revoked.has(id)) {
            return;
        }
        this.#attempted.add(id);
        try {
            await this.client.deleteApiKey(id);
        } catch (error) {
            if (!(error instanceof KalshiError && error.kind === "notFound")) {
                throw error;
            }
        }
        this.#revoked.add(id);
    }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
