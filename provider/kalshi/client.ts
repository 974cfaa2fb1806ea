import got, { AbortError, HTTPError, RequestError, TimeoutError, type Got } from "got";
import type { z } from "zod";
import { createdKey, generatedKey, listedKeys } from "./answers";
import type { Endpoint } from "./endpoint";
import { errorOfAnswer, interrupted, KalshiError, type Operation } from "./errors";
import { Attempts } from "./attempts";
import { signedHeaders, type Credentials } from "./signing";
import {
    requestBody,
    type ApiKey,
    type CreatedKey,
    type CreateRequest,
    type GeneratedKey,
    type GenerateRequest,
} from "./wire";

export interface KalshiClientOptions {
    readonly endpoint: Endpoint;
    readonly credentials: Credentials;
    /** Sent as the user agent, so that Kalshi can tell whom to write to. */
    readonly userAgent: string;
    /** Milliseconds to wait for a connection, and then again for an answer to begin and to end. Default 10,000 and 60,000. */
    readonly timeouts?: { readonly connect: number; readonly answer: number };
    /** How often a call that Kalshi did not act on is repeated. Default 8: with growing pauses, about two minutes. */
    readonly retries?: number;
    /** Unix time in milliseconds. Default `Date.now`. */
    readonly now?: () => number;
    /**
     * Ends the pauses between attempts of calls made from now on: a call that waits for its next attempt fails, while one
     * that is under way gets its answer, which may hold a private key. Default: nothing does.
     */
    readonly interruption?: () => AbortSignal | undefined;
}

/** Answers that say that nothing was done and that the same call may succeed in a moment. */
const busy = [429];
/** Answers after which asking again can do no harm where the call itself can be repeated. */
const passing = [...busy, 500, 502, 503, 504];
/** Failures before a request could have been sent: whatever the call was, Kalshi did not see it. */
const neverSent = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "ENETUNREACH", "EHOSTUNREACH"]);

const defaultTimeouts = { connect: 10_000, answer: 60_000 };
/** Milliseconds between two attempts, whatever a `Retry-After` says: Kalshi sends none, and a proxy's may say an hour. */
const longestPause = 30_000;

/**
 * Kalshi's four API key endpoints. Every attempt is signed anew; redirects are never followed; reads and deletes are
 * repeated after a passing failure, POSTs only where Kalshi refused before acting (429). Every failure is a
 * {@link KalshiError}.
 */
export class KalshiClient {
    readonly #http: Got;
    readonly #interruption: () => AbortSignal | undefined;

    constructor(options: KalshiClientOptions) {
        const { connect, answer } = options.timeouts ?? defaultTimeouts;
        const now = options.now ?? Date.now;
        this.#interruption = options.interruption ?? (() => undefined);
        this.#http = got.extend({
            prefixUrl: options.endpoint.baseUrl,
            headers: { "user-agent": options.userAgent, accept: "application/json" },
            followRedirect: false,
            timeout: { lookup: connect, connect, secureConnect: connect, response: answer, read: answer },
            retry: {
                limit: options.retries ?? 8,
                methods: ["GET", "DELETE", "POST"],
                statusCodes: passing,
                backoffLimit: longestPause,
                calculateDelay: ({ error, computedValue }) => {
                    if (error.options.method === "POST" && !busy.includes(error.response?.statusCode ?? 0)) {
                        return 0;
                    }
                    attemptsOf(error.options).pause();
                    return spread(Math.min(computedValue, longestPause));
                },
            },
            hooks: {
                beforeRequest: [
                    (request) => {
                        attemptsOf(request).resume();
                        const path = (request.url as URL).pathname;
                        Object.assign(request.headers, signedHeaders(options.credentials, request.method, path, now()));
                    },
                ],
            },
        });
    }

    /** Registers the caller's own public key. 403 unless the account's usage level is Premier or Market Maker. */
    async createApiKey(request: CreateRequest): Promise<CreatedKey> {
        return this.#call("create", "POST", "api_keys", createdKey, requestBody(request));
    }

    /** Has Kalshi make a key pair. The private key in the answer is sent this once. */
    async generateApiKey(request: GenerateRequest): Promise<GeneratedKey> {
        return this.#call("generate", "POST", "api_keys/generate", generatedKey, requestBody(request));
    }

    /** Every key of the account, the signing key among them. The API has no pages and no read of a single key. */
    async listApiKeys(): Promise<readonly ApiKey[]> {
        return this.#call("list", "GET", "api_keys", listedKeys);
    }

    /** Revokes a key for good. A key that is not there is a {@link KalshiError} of kind `notFound`. */
    async deleteApiKey(apiKeyId: string): Promise<void> {
        // No URL can hold half a surrogate pair, and no key has one in its id.
        const id = encodeURIComponent(Buffer.from(apiKeyId).toString());
        await this.#request("delete", "DELETE", `api_keys/${id}`);
    }

    async #call<T>(
        operation: Operation,
        method: "GET" | "POST",
        path: string,
        answer: z.ZodType<T>,
        json?: Record<string, unknown>,
    ): Promise<T> {
        const text = await this.#request(operation, method, path, json);
        const parsed = answer.safeParse(parseJson(text));
        if (!parsed.success) {
            // The body may hold a private key, so the error tells where it went wrong and not what was there.
            const where = parsed.error.issues.map((issue) => issue.path.join(".") || "the body").join(", ");
            throw new KalshiError(operation, "unreadable", `unreadable answer (${where})`, undefined, {}, true);
        }
        return parsed.data;
    }

    async #request(
        operation: Operation,
        method: "GET" | "POST" | "DELETE",
        path: string,
        json?: Record<string, unknown>,
    ): Promise<string> {
        const attempts = new Attempts(this.#interruption());
        try {
            const response = await this.#http(path, {
                method,
                signal: attempts.signal,
                context: { attempts },
                ...(json === undefined ? {} : { json }),
            });
            if (response.statusCode >= 300) {
                throw errorOfAnswer(operation, response.statusCode, response.body, response.headers.location);
            }
            return response.body;
        } catch (error) {
            throw withoutRequest(operation, error, attempts);
        } finally {
            attempts.end();
        }
    }
}

/** What {@link KalshiClient} put into a call's context. */
function attemptsOf({ context }: { readonly context: Record<string, unknown> }): Attempts {
    return context["attempts"] as Attempts;
}

/** A process makes many calls at once; without this they would all come back in the same moment. */
function spread(pause: number): number {
    return pause * (0.75 + Math.random() / 2);
}

function parseJson(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}

/** got's errors hold the whole request, signature and all; ours keep what a person needs and drop the rest. */
function withoutRequest(operation: Operation, error: unknown, { interruption }: Attempts): unknown {
    if (error instanceof HTTPError) {
        return errorOfAnswer(operation, error.response.statusCode, String(error.response.body));
    }
    if (error instanceof TimeoutError) {
        const sent = error.event === "response" || error.event === "read";
        return new KalshiError(operation, "timeout", `no answer in time (${error.message})`, undefined, {}, sent);
    }
    if (error instanceof AbortError) {
        return interrupted(operation, interruption);
    }
    if (error instanceof RequestError) {
        const sent = !neverSent.has(error.code);
        return new KalshiError(operation, "connection", `no answer (${error.message})`, undefined, {}, sent);
    }
    return error;
}
