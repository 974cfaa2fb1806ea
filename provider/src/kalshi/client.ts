import got, { type Got, type NormalizedOptions, type Response, type RetryFunction } from "got";
import type { z } from "zod";
import type { AccountLimits, CreatedKey, GeneratedKey, KeyList, KeyPage, KeyRequest, ListedKey } from "./types";
import { accountLimits, createdKey, earliest, generatedKey, keyInRest, keyPage, requestBody, snakeCase } from "./wire";
import {
    Attempts,
    errorOf,
    longestResponse,
    noJson,
    retryMessage,
    UnsignedRequest,
    unreadable,
    withoutRequest,
} from "./httpCall";
import type { Clock } from "./clock";
import { isOnThisMachine, type Endpoint } from "./endpoint";
import { isClockRefusal, isRateLimited, TooEarlyError, type Operation } from "./errors";
import { parseJson } from "./text";
import type { RateLimiter } from "./rateLimiter";
import { signedHeaders, type Credentials } from "./auth";

export interface KalshiClientOptions<Key extends ListedKey = ListedKey> {
    readonly endpoint: Endpoint;
    readonly credentials: Credentials;
    /** The schema of a key in the list, with property names in camel case. */
    readonly listedKey: z.ZodType<Key>;
    /** The `User-Agent` header, by which Kalshi can identify the client. */
    readonly userAgent: string;
    /** Milliseconds to wait for a connection, and for each of the response's start and end. Default: 10,000 and 60,000. */
    readonly timeouts?: { readonly connect: number; readonly response: number };
    /** The maximum number of retries of a call. Default: 8, which takes about two minutes with exponential backoff. */
    readonly retries?: number;
    /** The clock for the timestamps of requests; all clients of a process share it. */
    readonly clock: Clock;
    /** The rate limiter; all clients of an account share it. */
    readonly rateLimiter: RateLimiter;
    /** Logs why a call takes long. Default: nothing is logged. */
    readonly log?: (message: string) => void;
    /**
     * Returns the signal that ends the pauses between the attempts of a new call. A call that waits for its next attempt then fails.
     * An attempt in flight is completed, because its response may contain a private key. Default: nothing ends the pauses.
     */
    readonly interruption?: () => AbortSignal | undefined;
}

/** Pauses of more than this number of milliseconds are logged. */
const longPause = 3_000;

/** Statuses after which an idempotent call is retried: those of Kalshi and of gateways in front of it. */
const transientStatuses = [408, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524];
/** Error codes of incomplete or invalid responses that are retried in addition to got's default codes. */
const brokenAnswers = ["ERR_HTTP_CONTENT_LENGTH_MISMATCH", "ERR_READING_RESPONSE_STREAM", "EHOSTUNREACH", noJson];

type Retry = Parameters<RetryFunction>[0];

interface RequestOptions {
    /** The body. Default: none. */
    readonly json?: Record<string, unknown>;
    /** Unix time in milliseconds. */
    readonly notBefore?: number | undefined;
}

/**
 * The number of retries if a server on this machine refuses the connection, which take about three seconds. The user starts such a
 * server, for example an emulator, and should not wait for minutes to learn that it does not run.
 */
const retriesOnThisMachine = 2;

/** The maximum number of pages of a list, far more than an account's keys could fill. */
const mostPages = 1_000;
const defaultTimeouts = { connect: 10_000, response: 60_000 };
/** The maximum milliseconds between two attempts. It limits `Retry-After` too: Kalshi sends none, and a proxy may send an hour. */
const longestPause = 30_000;

/**
 * Calls Kalshi's four API key endpoints and the endpoint of the account's limits. Every attempt waits for the rate limiter and gets a
 * new signature. Redirects are never followed. Lists and deletes are retried after a transient failure. A POST is retried only if
 * Kalshi refused it before acting: after a 429, and once after a 401 for the timestamp, then with Kalshi's clock. Every failure is a
 * {@link KalshiError}.
 */
export class KalshiClient<Key extends ListedKey = ListedKey> {
    readonly #http: Got;
    readonly #interruption: () => AbortSignal | undefined;
    readonly #keyPage: z.ZodType<KeyPage<Key>>;

    constructor(private readonly options: KalshiClientOptions<Key>) {
        const { connect, response } = options.timeouts ?? defaultTimeouts;
        this.#interruption = options.interruption ?? (() => undefined);
        this.#keyPage = keyPage(options.listedKey);
        this.#http = got.extend({
            prefixUrl: options.endpoint.baseUrl,
            headers: { "user-agent": options.userAgent, accept: "application/json" },
            followRedirect: false,
            timeout: { lookup: connect, connect, secureConnect: connect, response, read: response },
            retry: {
                limit: options.retries ?? 8,
                methods: ["GET", "DELETE", "POST"],
                statusCodes: [...transientStatuses, 401],
                errorCodes: [...(got.defaults.options.retry.errorCodes ?? []), ...brokenAnswers],
                backoffLimit: longestPause,
                calculateDelay: (retry) => this.#pauseBefore(retry),
            },
            hooks: {
                beforeRequest: [(request) => this.#sign(request)],
                afterResponse: [
                    (response) => {
                        options.clock.observe(response.headers.date);
                        options.rateLimiter.observe(response.request.options.method, response.statusCode);
                        assertJson(response);
                        return response;
                    },
                ],
            },
        });
    }

    /** Waits for the rate limiter, then signs an attempt with the current time. */
    async #sign(request: NormalizedOptions): Promise<void> {
        const { clock, rateLimiter, credentials } = this.options;
        const attempts = attemptsOf(request);
        if (attempts.operation !== "limits") {
            await rateLimiter.acquire(
                () => this.accountLimits(),
                () => attempts.pause(),
            );
        }
        attempts.resume();
        if (clock.kalshiTime < attempts.notBefore) {
            throw new UnsignedRequest(new TooEarlyError(clock.kalshiTime));
        }
        const { pathname } = request.url as URL;
        attempts.appliedOffset = clock.appliedOffset;
        try {
            Object.assign(request.headers, signedHeaders(credentials, request.method, pathname, clock.now()));
        } catch (error) {
            throw new UnsignedRequest(error);
        }
    }

    /** Returns the milliseconds to wait before the next attempt; 0 if there is none. */
    #pauseBefore({ error, attemptCount, computedValue }: Retry): number {
        const { clock, endpoint, log } = this.options;
        const attempts = attemptsOf(error.options);
        const { statusCode = 0, body } = error.response ?? {};
        if (statusCode === 401) {
            return isClockRefusal(statusCode, body) && resynchronize(attempts, clock) ? 1 : 0;
        }
        if (error.options.method === "POST" && !isRateLimited(statusCode, body)) {
            return 0;
        }
        if (attempts.operation === "limits") {
            // The rate limiter works without the limits.
            return 0;
        }
        if (error.code === "ECONNREFUSED" && isOnThisMachine(endpoint) && attemptCount > retriesOnThisMachine) {
            return 0;
        }
        attempts.pause();
        if (attempts.signal.aborted) {
            // The call has failed. A pause would keep the process alive until it is over.
            return 0;
        }
        const pause = withJitter(Math.min(computedValue, longestPause));
        if (pause > longPause) {
            log?.(retryMessage(attempts.operation, error, pause));
        }
        return pause;
    }

    /** Registers a user-supplied public key. Kalshi returns 403 unless the account's usage level is Premier or above, or Market Maker. */
    async createApiKey(request: KeyRequest & { readonly publicKey: string }): Promise<CreatedKey> {
        return this.#call("create", "POST", "api_keys", createdKey, { json: requestBody(request) });
    }

    /**
     * Creates a key with a key pair that Kalshi generates. Kalshi returns the private key only in this response.
     *
     * @param notBefore Unix time in milliseconds; see {@link deleteApiKey}
     */
    async generateApiKey(request: KeyRequest, notBefore?: number): Promise<GeneratedKey> {
        const json = requestBody(request);
        return this.#call("generate", "POST", "api_keys/generate", generatedKey, { json, notBefore });
    }

    /** Lists every key of the account, including the signing key. The API has no call that reads a single key. */
    async listApiKeys(): Promise<readonly Key[]> {
        return (await this.listAccount()).keys;
    }

    /**
     * Lists every key of the account, with the account's data in the same response.
     *
     * Kalshi documents no pages for this call. If a response has a cursor, this method follows it to the end, because in an incomplete
     * list existing keys look revoked.
     *
     * @throws KalshiError of the kind `unreadable` if a cursor repeats
     */
    async listAccount(): Promise<KeyList<Key>> {
        const keys: Key[] = [];
        const cursors = new Set<string>();
        let regionExpiresAt: Date | undefined;
        let page: KeyPage<Key> | undefined;
        while (page?.cursor !== "") {
            const query = page === undefined ? "" : `?cursor=${encodeURIComponent(page.cursor)}`;
            page = await this.#call("list", "GET", `api_keys${query}`, this.#keyPage);
            keys.push(...page.keys);
            regionExpiresAt = earliest([regionExpiresAt, page.regionExpiresAt]);
            if (cursors.has(page.cursor) || cursors.size === mostPages) {
                throw unreadable("list", { where: "its pages have no end" });
            }
            cursors.add(page.cursor);
        }
        return { keys, regionExpiresAt };
    }

    /**
     * Revokes a key permanently. Only a 204 confirms the revocation.
     *
     * @param notBefore Unix time in milliseconds, before which the request must not take effect. This machine's clock may be ahead. Then
     *     Kalshi refuses the timestamp of the first attempt, and its own clock decides about the second one. Default: any time
     * @throws KalshiError of the kind `notFound` if the key does not exist, and of the kind `unexpected` for any other success;
     *     TooEarlyError if it is earlier than `notBefore`
     */
    async deleteApiKey(apiKeyId: string, notBefore?: number): Promise<void> {
        // encodeURIComponent throws on a lone surrogate. No key's id contains one.
        const id = encodeURIComponent(apiKeyId.toWellFormed());
        const response = await this.#request("delete", "DELETE", `api_keys/${id}`, { notBefore });
        // A 204 has no body by which Kalshi could be recognized. One that announces a page is a gateway's.
        const isPage = response.headers["content-type"]?.startsWith("text/html") === true;
        if (response.statusCode !== 204 || isPage) {
            throw errorOf("delete", response);
        }
    }

    /**
     * Returns the account's rate limits.
     *
     * @throws KalshiError, also if the server has no such endpoint (404)
     */
    async accountLimits(): Promise<AccountLimits> {
        return this.#call("limits", "GET", "account/limits", accountLimits);
    }

    async #call<T>(
        operation: Operation,
        method: "GET" | "POST",
        path: string,
        schema: z.ZodType<T>,
        options: RequestOptions = {},
    ): Promise<T> {
        const response = await this.#request(operation, method, path, options);
        const body = parseJson(response.body);
        const parsed = schema.safeParse(body);
        if (!parsed.success) {
            const where = parsed.error.issues.map((issue) => snakeCase(issue.path.join(".")) || "the body").join(", ");
            throw unreadable(operation, { where, response, apiKeyId: keyInRest.safeParse(body).data });
        }
        return parsed.data;
    }

    async #request(
        operation: Operation,
        method: "GET" | "POST" | "DELETE",
        path: string,
        { json, notBefore }: RequestOptions,
    ): Promise<Response<string>> {
        const attempts = new Attempts(operation, this.#interruption(), notBefore);
        try {
            const call = this.#http(path, {
                method,
                signal: attempts.signal,
                context: { attempts },
                ...(json === undefined ? {} : { json }),
            });
            void call.on("downloadProgress", ({ transferred }) => {
                if (transferred > longestResponse) {
                    attempts.abandonResponse();
                }
            });
            const response = await call;
            if (response.statusCode >= 300) {
                throw errorOf(operation, response);
            }
            return response;
        } catch (error) {
            throw withoutRequest(operation, error, attempts);
        } finally {
            attempts.end();
        }
    }
}

/**
 * Resynchronizes the clock after Kalshi refused an attempt's timestamp.
 *
 * @returns whether to retry: once a call, and only if the offset has changed since the attempt
 */
function resynchronize(attempts: Attempts, clock: Clock): boolean {
    clock.resynchronize();
    const again = !attempts.resynchronized && clock.appliedOffset !== attempts.appliedOffset;
    attempts.resynchronized = true;
    return again;
}

/** Returns the attempts that {@link KalshiClient} stored in a call's context. */
function attemptsOf({ context }: { readonly context: Record<string, unknown> }): Attempts {
    return context["attempts"] as Attempts;
}

/** Returns a pause with random jitter. Without it, the concurrent calls of a process would all retry at the same moment. */
function withJitter(pause: number): number {
    return pause * (0.75 + Math.random() / 2);
}

/** Fails on a list that is not JSON, such as a proxy's page or a truncated response, so that it is retried. A GET is safe to retry. */
function assertJson({ statusCode, body, request }: Response): void {
    if (request.options.method === "GET" && statusCode === 200 && parseJson(String(body)) === undefined) {
        throw Object.assign(new Error("no JSON"), { code: noJson });
    }
}
