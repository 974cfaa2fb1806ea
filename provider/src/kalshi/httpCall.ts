import { AbortError, HTTPError, RequestError, TimeoutError, type Response } from "got";
import { errorOfResponse, interrupted, KalshiError, type Operation } from "./errors";
import { excerpt, printable } from "./text";

/** The maximum bytes of a response. The list of an account with ten thousand keys has a fifth of that. */
export const longestResponse = 10_000_000;
/** This client's error code for a list that is not JSON. */
export const noJson = "ENOJSON";

/** Error codes of failures before a request is sent, so that Kalshi cannot have received it. */
const neverSent = new Set([
    "ECONNREFUSED",
    "ENOTFOUND",
    "EAI_AGAIN",
    "ENETUNREACH",
    "EHOSTUNREACH",
    "ERR_INVALID_CHAR", // in a header
]);

/** A request could not be signed, so it was not sent. */
export class UnsignedRequest extends Error {
    constructor(override readonly cause: unknown) {
        super("the request could not be signed");
    }
}

/** Converts an error of got, which contains the whole request with its signature, into a {@link KalshiError} without it. */
export function withoutRequest(operation: Operation, error: unknown, attempts?: Attempts): unknown {
    if (error instanceof HTTPError) {
        return errorOf(operation, error.response);
    }
    if (error instanceof TimeoutError) {
        const mayHaveSucceeded = error.event === "response" || error.event === "read";
        return new KalshiError(operation, "timeout", {
            summary: `no response in time (${printable(error.message)})`,
            mayHaveSucceeded,
        });
    }
    if (error instanceof AbortError) {
        return attempts?.isResponseTooLong === true
            ? unreadable(operation, { where: `more than ${longestResponse} bytes` })
            : interrupted(operation, attempts?.interruption);
    }
    if (error instanceof RequestError) {
        if (error.cause instanceof UnsignedRequest) {
            return error.cause.cause;
        }
        if (error.code === noJson) {
            return unreadable(operation, { where: "the body", response: error.response });
        }
        const mayHaveSucceeded = !(neverSent.has(error.code) && precedesRequest(error));
        return new KalshiError(operation, "connection", {
            summary: `no response (${printable(error.message)})`,
            mayHaveSucceeded,
        });
    }
    return error;
}

/** Returns whether a failure came before the connection was established. A connection that is lost later has the same codes. */
function precedesRequest({ cause }: RequestError): boolean {
    const { syscall = "" } = (cause ?? {}) as NodeJS.ErrnoException;
    return ["", "connect", "getaddrinfo"].includes(syscall);
}

/** Creates the error for a response whose status is not the call's documented success. */
export function errorOf(operation: Operation, { statusCode, body, headers }: Response): KalshiError {
    const { "content-type": contentType, location } = headers;
    return errorOfResponse(operation, { status: statusCode, text: String(body), contentType, location });
}

/** A response with a success status and an invalid body. */
interface UnreadableBody {
    /** The invalid part. */
    readonly where: string;
    readonly response?: Pick<Response, "body" | "headers"> | undefined;
    /** The id of the created key, if the body contains it. */
    readonly apiKeyId?: string | undefined;
}

/** Creates the error for an unreadable response. A create's response may contain a private key, so the error does not quote it. */
export function unreadable(operation: Operation, { where, response, apiKeyId }: UnreadableBody): KalshiError {
    const isShown = operation !== "create" && operation !== "generate";
    const shown =
        response === undefined || !isShown
            ? ""
            : `: ${excerpt(response.headers["content-type"] ?? "")} ${excerpt(String(response.body))}`;
    return new KalshiError(operation, "unreadable", {
        summary: `unreadable response (${where}${shown.trimEnd()})`,
        mayHaveSucceeded: true,
        apiKeyId,
    });
}

/** Returns the log message for a retry after a long pause. */
export function retryMessage(operation: Operation, error: RequestError, pause: number): string {
    const { summary } = withoutRequest(operation, error) as KalshiError;
    return `Kalshi's response to ${callNames[operation]}: ${summary}. The provider retries in ${Math.round(pause / 1000)} s.`;
}

const callNames: Readonly<Record<Operation, string>> = {
    create: "the creation of a key",
    generate: "the creation of a key",
    list: "the list of the account's keys",
    delete: "the revocation of a key",
    limits: "the request for the account's limits",
};

/**
 * The attempts of one call and the pauses between them. An interruption ends a pause. It never aborts an attempt, because the
 * response may contain a private key.
 */
export class Attempts {
    readonly #controller = new AbortController();
    #pausing = false;
    /** The {@link Clock.appliedOffset} of the latest attempt's timestamp, in milliseconds. */
    appliedOffset = 0;
    /** Whether Kalshi has refused an attempt's timestamp and the clock was resynchronized. */
    resynchronized = false;
    /** Whether the call was aborted because its response is longer than any of Kalshi's. */
    isResponseTooLong = false;

    constructor(
        readonly operation: Operation,
        readonly interruption: AbortSignal | undefined,
        /** No attempt is sent before this time of Kalshi's clock: Unix time in milliseconds. */
        readonly notBefore = -Infinity,
    ) {
        interruption?.addEventListener("abort", this.#interrupt);
    }

    /** Aborted if the interruption comes during a pause or before one, or if the response is too long. */
    get signal(): AbortSignal {
        return this.#controller.signal;
    }

    /** Aborts the call, because its response is too long. */
    abandonResponse(): void {
        this.isResponseTooLong = true;
        this.#controller.abort();
    }

    pause(): void {
        this.#pausing = true;
        this.#interrupt();
    }

    resume(): void {
        this.#pausing = false;
    }

    end(): void {
        this.interruption?.removeEventListener("abort", this.#interrupt);
    }

    readonly #interrupt = (): void => {
        if (this.#pausing && this.interruption?.aborted === true) {
            this.#controller.abort();
        }
    };
}
