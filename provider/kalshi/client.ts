import got, { type Got, type NormalizedOptions, type Response, type RetryFunction } from "got";
import type { z } from "zod";
import { accountLimits, createdKey, earliest, generatedKey, keyInRest, keyPage } from "./answers";
import { Attempts } from "./attempts";
import type { Clock } from "./clock";
import type { Endpoint } from "./endpoint";
import { isClockRefusal, isRateLimited, type Operation } from "./errors";
import { errorOf, longestResponse, noJson, unreadable, retryMessage, withoutRequest } from "./failure";
import { parseJson } from "./json";
import type { RateLimiter } from "./rateLimiter";
import { signedHeaders, type Credentials } from "./signing";
import {
    requestBody,
    type AccountLimits,
    type ApiKey,
    type CreatedKey,
    type CreateRequest,
    type GeneratedKey,
    type GenerateRequest,
    type KeyList,
    type KeyPage,
} from "./wire";

export interface KalshiClientOptions {
    readonly endpoint: Endpoint;
    readonly credentials: Credentials;
    /** Sent as the user agent, so that Kalshi can tell whom to write to. */
    readonly userAgent: string;
    /** Milliseconds to wait for a connection, and then again for an answer to begin and to end. Default 10,000 and 60,000. */
    readonly timeouts?: { readonly connect: number; readonly response: number };
    /** How often a call that Kalshi did not act on is repeated. Default 8: with growing pauses, about two minutes. */
    readonly retries?: number;
    /** What requests are dated by, for all clients of a process. */
    readonly clock: Clock;
    /** When requests may be sent, for all clients of an account. */
    readonly rateLimiter: RateLimiter;
    /** Is told why a call takes its time. Default: nobody. */
    readonly log?: (message: string) => void;
    /**
     * Ends the pauses between attempts of calls made from now on: a call that waits for its next attempt fails, while one
     * that is under way gets its answer, which may hold a private key. Default: nothing does.
     */
    readonly interruption?: () => AbortSignal | undefined;
}

/** A pause of more milliseconds than these is one that the user is told of. */
const longPause = 3_000;

/** Statuses after which a call that can be repeated is retried: Kalshi's own, and those of gateways in front of it. */
const transientStatuses = [408, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524];
/** Answers that broke off or made no sense, by the codes of their errors, besides those that got knows as passing. */
const brokenAnswers = ["ERR_HTTP_CONTENT_LENGTH_MISMATCH", "ERR_READING_RESPONSE_STREAM", "EHOSTUNREACH", noJson];

type Retry = Parameters<RetryFunction>[0];

/** Far more pages than an account's keys could fill. */
const mostPages = 1_000;
const defaultTimeouts = { connect: 10_000, response: 60_000 };
/** Milliseconds between two attempts, whatever a `Retry-After` says: Kalshi sends none, and a proxy's may say an hour. */
const longestPause = 30_000;

/**
 * Kalshi's four API key endpoints, and what the account is granted. Every attempt waits for its turn and is signed anew;
 * redirects are never followed. Lists and deletes are retried after a transient failure. A POST is retried only if Kalshi itself
 * refused before acting: 429, and once 401 for the timestamp, then by Kalshi's clock. Every failure is a {@link KalshiError}.
 */
export class KalshiClient {
    readonly #http: Got;
    readonly #interruption: () => AbortSignal | undefined;

    constructor(private readonly options: KalshiClientOptions) {
        const { connect, response } = options.timeouts ?? defaultTimeouts;
        this.#interruption = options.interruption ?? (() => undefined);
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

    /** Dated and signed anew for each attempt, when its turn has come. */
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
        const { pathname } = request.url as URL;
        attempts.appliedOffset = clock.appliedOffset;
        Object.assign(request.headers, signedHeaders(credentials, request.method, pathname, clock.now()));
    }

    /** The milliseconds to wait before the next attempt; 0 where there is to be none. */
    #pauseBefore({ error, computedValue }: Retry): number {
        const { clock, log } = this.options;
        const attempts = attemptsOf(error.options);
        const { statusCode = 0, body } = error.response ?? {};
        if (statusCode === 401) {
            return isClockRefusal(statusCode, body) && resynchronize(attempts, clock) ? 1 : 0;
        }
        if (error.options.method === "POST" && !isRateLimited(statusCode, body)) {
            return 0;
        }
        if (attempts.operation === "limits") {
            // Nothing depends on it.
            return 0;
        }
        attempts.pause();
        const pause = withJitter(Math.min(computedValue, longestPause));
        if (pause > longPause) {
            log?.(retryMessage(attempts.operation, error, pause));
        }
        return pause;
    }

    /** Registers the caller's own public key. 403 unless the account's usage level is Premier or Market Maker. */
    async createApiKey(request: CreateRequest): Promise<CreatedKey> {
        return this.#call("create", "POST", "api_keys", createdKey, requestBody(request));
    }

    /** Has Kalshi make a key pair. The private key in the answer is sent this once. */
    async generateApiKey(request: GenerateRequest): Promise<GeneratedKey> {
        return this.#call("generate", "POST", "api_keys/generate", generatedKey, requestBody(request));
    }

    /** Lists every key of the account, the signing key among them. The API has no read of a single key. */
    async listApiKeys(): Promise<readonly ApiKey[]> {
        return (await this.listAccount()).keys;
    }

    /**
     * Lists every key of the account, and what else the list says of it.
     *
     * Kalshi documents no pages for this call. If a response has a cursor all the same, this follows it to the end, since a part of
     * the list would make living keys look revoked. A cursor that repeats is a {@link KalshiError} of the kind `unreadable`.
     */
    async listAccount(): Promise<KeyList> {
        const keys: ApiKey[] = [];
        const cursors = new Set<string>();
        let regionExpiresAt: Date | undefined;
        let page: KeyPage | undefined;
        while (page?.cursor !== "") {
            const query = page === undefined ? "" : `?cursor=${encodeURIComponent(page.cursor)}`;
            page = await this.#call("list", "GET", `api_keys${query}`, keyPage);
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
     * Revokes a key for good. Only a 204 proves that Kalshi did. A key that does not exist is a {@link KalshiError} of the kind
     * `notFound`; every other success status is one of the kind `unexpected`.
     */
    async deleteApiKey(apiKeyId: string): Promise<void> {
        // No URL can hold half a surrogate pair, and no key has one in its id.
        const id = encodeURIComponent(apiKeyId.toWellFormed());
        const response = await this.#request("delete", "DELETE", `api_keys/${id}`);
        if (response.statusCode !== 204) {
            throw errorOf("delete", response);
        }
    }

    /** What the account is granted. A server that does not tell (404) is a {@link KalshiError} like any other. */
    async accountLimits(): Promise<AccountLimits> {
        return this.#call("limits", "GET", "account/limits", accountLimits);
    }

    async #call<T>(
        operation: Operation,
        method: "GET" | "POST",
        path: string,
        schema: z.ZodType<T>,
        json?: Record<string, unknown>,
    ): Promise<T> {
        const response = await this.#request(operation, method, path, json);
        const body = parseJson(response.body);
        const parsed = schema.safeParse(body);
        if (!parsed.success) {
            const where = parsed.error.issues.map((issue) => issue.path.join(".") || "the body").join(", ");
            throw unreadable(operation, { where, response, apiKeyId: keyInRest.safeParse(body).data });
        }
        return parsed.data;
    }

    async #request(
        operation: Operation,
        method: "GET" | "POST" | "DELETE",
        path: string,
        json?: Record<string, unknown>,
    ): Promise<Response<string>> {
        const attempts = new Attempts(operation, this.#interruption());
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

/** Whether another attempt makes sense after Kalshi refused one for its date, which it does once. */
function resynchronize(attempts: Attempts, clock: Clock): boolean {
    clock.resynchronize();
    const again = !attempts.resynchronized && clock.appliedOffset !== attempts.appliedOffset;
    attempts.resynchronized = true;
    return again;
}

/** What {@link KalshiClient} put into a call's context. */
function attemptsOf({ context }: { readonly context: Record<string, unknown> }): Attempts {
    return context["attempts"] as Attempts;
}

/** A process makes many calls at once; without this they would all come back in the same moment. */
function withJitter(pause: number): number {
    return pause * (0.75 + Math.random() / 2);
}

/** A proxy's page or half an answer: where that does no harm, it is asked for again. */
function assertJson({ statusCode, body, request }: Response): void {
    if (request.options.method === "GET" && statusCode === 200 && parseJson(String(body)) === undefined) {
        throw Object.assign(new Error("no JSON"), { code: noJson });
    }
}
