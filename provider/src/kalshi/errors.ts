import { z } from "zod";
import { excerpt, parseJson, shortened } from "./text";

/** The four calls of Kalshi's API keys API, and the call that returns the account's limits. */
export type Operation = "create" | "generate" | "list" | "delete" | "limits";

/** How a call failed. Only the kinds with a status come from Kalshi itself; the others say nothing about the call's outcome. */
export type FailureKind =
    | "invalid" // 400
    | "unauthorized" // 401
    | "forbidden" // 403
    | "notFound" // 404
    | "conflict" // 409
    | "rateLimited" // 429
    | "server" // 5xx, in Kalshi's shape
    | "unexpected" // a response that is not Kalshi's, or a status that Kalshi does not document
    | "connection" // refused, reset, no such host, bad certificate
    | "timeout"
    | "unreadable" // a success status with an invalid body
    | "interrupted"; // the user or a timeout ended the pause before the next attempt

/** The content of Kalshi's error body, in any of its shapes. */
export interface ErrorBody {
    readonly code?: string | undefined;
    readonly message?: string | undefined;
    readonly details?: string | undefined;
}

/** The details of a failed call, in addition to its operation and kind. */
export interface Failure {
    /** The status and Kalshi's message, or why there was no response. Safe to print. */
    readonly summary: string;
    readonly status?: number;
    readonly body?: ErrorBody;
    /**
     * Whether Kalshi may have carried out the call, or may still do so. False only if Kalshi itself refused, or if the request was
     * never sent. Default: false.
     */
    readonly mayHaveSucceeded?: boolean;
    /** The id of the created key, if an otherwise unreadable response contained it. */
    readonly apiKeyId?: string | undefined;
}

/** A failed call to Kalshi. Its message describes the response and contains nothing of the request: no signature and no key. */
export class KalshiError extends Error {
    override readonly name = "KalshiError";
    readonly summary: string;
    readonly status: number | undefined;
    readonly body: ErrorBody;
    readonly mayHaveSucceeded: boolean;
    readonly apiKeyId: string | undefined;

    constructor(
        readonly operation: Operation,
        readonly kind: FailureKind,
        { summary, status, body = {}, mayHaveSucceeded = false, apiKeyId }: Failure,
    ) {
        super(`${operation}: ${summary}`);
        this.summary = summary;
        this.status = status;
        this.body = body;
        this.mayHaveSucceeded = mayHaveSucceeded;
        this.apiKeyId = apiKeyId;
    }
}

/** Creates the error for a pause that ended early. The signal's reason distinguishes a timeout from an interruption. */
export function interrupted(operation: Operation, signal: AbortSignal | undefined): KalshiError {
    const reason: unknown = signal?.reason;
    const isTimeout = reason instanceof Error && reason.name === "TimeoutError";
    return new KalshiError(operation, "interrupted", {
        summary: isTimeout
            ? "no response in the time that `customTimeouts` allows"
            : "no response, because the wait was interrupted",
    });
}

const coded = z
    .object({ code: z.string().min(1), message: z.string().optional(), details: z.unknown().optional() })
    .transform(({ code, message, details }): ErrorBody => ({
        code,
        message,
        details: typeof details === "string" ? details : JSON.stringify(details),
    }));
const nested = z.object({ error: coded }).transform(({ error }) => error);
const bare = z.object({ msg: z.string() }).transform(({ msg }): ErrorBody => ({ message: msg }));
const errorText = z.object({ error: z.string() }).transform(({ error }): ErrorBody => ({ message: error }));

/**
 * Kalshi's error bodies: `{"error": {"code", "message", "details"}}` and `{"code", "message", "details"}` with any status,
 * `{"msg"}` with a 400, and `{"error": "too many requests"}` with a 429. Every other body comes from a gateway or another server.
 * Source: OpenAPI 3.34.0 `ErrorResponse`, docs.kalshi.com changelog 2026-08-06 and rate limits page, bodies recorded from the
 * demo and production servers.
 */
const shapes: Readonly<Record<number, z.ZodType<ErrorBody>>> = {
    400: z.union([nested, coded, bare]),
    429: z.union([nested, coded, errorText]),
};
const anyShape = z.union([nested, coded]);

/** Reads an error body. Returns undefined if it has none of Kalshi's shapes. */
export function parseErrorBody(status: number, text: string): ErrorBody | undefined {
    return (shapes[status] ?? anyShape).safeParse(parseJson(text)).data;
}

/** Statuses with which Kalshi refuses a call before it acts. Source: OpenAPI 3.34.0, the responses of the four calls. */
const refusals: Readonly<Record<number, FailureKind>> = {
    400: "invalid",
    401: "unauthorized",
    403: "forbidden",
    404: "notFound",
    409: "conflict",
    429: "rateLimited",
};

/** Returns whether Kalshi itself refused a request because of its rate limit, before it acted. */
export function isRateLimited(status: number, text: unknown): boolean {
    return status === 429 && parseErrorBody(status, String(text)) !== undefined;
}

/** Returns whether Kalshi refused a request because of its timestamp. Source: bodies recorded from the demo and production servers. */
export function isClockRefusal(status: number, text: unknown): boolean {
    return status === 401 && parseErrorBody(status, String(text))?.code === "header_timestamp_expired";
}

/** A response that is not a success, or not the success that Kalshi documents for the call. */
export interface UnsuccessfulResponse {
    readonly status: number;
    readonly text: string;
    readonly contentType?: string | undefined;
    readonly location?: string | undefined;
}

/** Creates the error for a response. A status is Kalshi's own only if the body has one of Kalshi's shapes. */
export function errorOfResponse(operation: Operation, response: UnsuccessfulResponse): KalshiError {
    const { status, text } = response;
    const body = parseErrorBody(status, text);
    if (body === undefined) {
        return new KalshiError(operation, "unexpected", {
            summary: `status ${status}${describeForeign(response)}`,
            status,
            mayHaveSucceeded: true,
        });
    }
    const refusal = refusals[status];
    return new KalshiError(operation, refusal ?? (status >= 500 ? "server" : "unexpected"), {
        summary: [`status ${status}`, ...textsOf(body).map(shortened)].join(", "),
        status,
        body,
        mayHaveSucceeded: refusal === undefined,
    });
}

function describeForeign({ text, contentType, location }: UnsuccessfulResponse): string {
    if (location !== undefined) {
        return `, a redirect to ${excerpt(location)}, which is not followed`;
    }
    const type = contentType === undefined ? "" : ` (${excerpt(contentType)})`;
    return text.trim() === "" ? `${type}, an empty body` : `${type}: ${excerpt(text)}`;
}

/**
 * Returns the texts of an error body without repetitions. Some of Kalshi's codes are sentences with underscores, which the message
 * repeats.
 *
 * Source: recorded bodies.
 */
function textsOf({ code = "", message = "", details = "" }: ErrorBody): string[] {
    const sentence = code.replaceAll("_", " ");
    const isSentence = sentence.split(" ").length > 4;
    const repeats = [code, sentence].includes(message) || message === "";
    return [...(repeats ? [isSentence ? sentence : code] : [code, message]), details].filter((word) => word !== "");
}

/** A request was not sent, because by Kalshi's clock it is too early for it. */
export class TooEarlyError extends Error {
    /** @param kalshiTime Unix time in milliseconds */
    constructor(readonly kalshiTime: number) {
        super(`it is only ${new Date(kalshiTime).toISOString()} by Kalshi's clock`);
    }
}
