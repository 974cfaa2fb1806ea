import { z } from "zod";

/** The four calls of Kalshi's API keys API, and the question what the account is granted. */
export type Operation = "create" | "generate" | "list" | "delete" | "limits";

/** How a call failed. `connection`, `timeout` and `unreadable` carry no answer that could be understood. */
export type FailureKind =
    | "invalid" // 400
    | "unauthorized" // 401
    | "forbidden" // 403
    | "notFound" // 404
    | "conflict" // 409
    | "rateLimited" // 429
    | "server" // 5xx
    | "unexpected" // any other status, redirects among them
    | "connection" // refused, reset, no such host, bad certificate
    | "timeout"
    | "unreadable" // a success whose body makes no sense
    | "interrupted"; // in a pause before the next attempt, on the user's behalf

/** What Kalshi's error body said, whichever of its shapes it came in. */
export interface ErrorBody {
    readonly code?: string | undefined;
    readonly message?: string | undefined;
    readonly details?: string | undefined;
}

/** A call to Kalshi that failed. Its message holds what Kalshi said and nothing of the request: no signature, no key. */
export class KalshiError extends Error {
    override readonly name = "KalshiError";

    constructor(
        readonly operation: Operation,
        readonly kind: FailureKind,
        /** What happened, in words: status and Kalshi's own code and message, or the reason there was no answer. */
        readonly said: string,
        readonly status?: number,
        readonly body: ErrorBody = {},
        /**
         * Whether Kalshi may have carried the call out although no good answer came back.
         * False where the request was refused or never reached it.
         */
        readonly mayHaveHappened = false,
        /** The id of the key that was made, where an answer that could not be read told that much. */
        readonly apiKeyId?: string,
    ) {
        super(`${operation}: ${said}`);
    }
}

const flat = z.object({
    code: z.string().optional(),
    message: z.string().optional(),
    details: z.unknown().optional(),
});

/** The error for a wait that somebody ended; the signal's reason says who. */
export function interrupted(operation: Operation, signal: AbortSignal | undefined): KalshiError {
    const reason: unknown = signal?.reason;
    return new KalshiError(
        operation,
        "interrupted",
        reason instanceof Error && reason.name === "TimeoutError"
            ? "none in the time that `customTimeouts` allows"
            : "none, since the wait was interrupted",
    );
}

/**
 * Kalshi answers errors in three shapes, and 429 in a fourth: `{"error": {"code", "message", "details"}}`,
 * `{"code", "message", "details"}`, `{"msg"}` and `{"error": "too many requests"}`.
 * Source: OpenAPI 3.34.0 `ErrorResponse`, docs.kalshi.com rate limits page, and bodies recorded from the demo server.
 */
const errorBody = z.union([
    z.object({ error: flat }).transform(({ error }) => fromFlat(error)),
    z.object({ error: z.string() }).transform(({ error }): ErrorBody => ({ message: error })),
    z.object({ msg: z.string() }).transform(({ msg }): ErrorBody => ({ message: msg })),
    flat.transform(fromFlat),
]);

function fromFlat({ code, message, details }: z.infer<typeof flat>): ErrorBody {
    return { code, message, details: typeof details === "string" ? details : JSON.stringify(details) };
}

/** Reads an error body; anything that is none of Kalshi's shapes (a proxy's HTML page, nothing) gives an empty one. */
export function parseErrorBody(text: string): ErrorBody {
    try {
        return errorBody.safeParse(JSON.parse(text)).data ?? {};
    } catch {
        return {};
    }
}

const kindOfStatus: Readonly<Record<number, FailureKind>> = {
    400: "invalid",
    401: "unauthorized",
    403: "forbidden",
    404: "notFound",
    409: "conflict",
    429: "rateLimited",
};

function kindOf(status: number, body: ErrorBody): FailureKind {
    if (status === 404 && body.code === undefined && body.message === undefined) {
        // Not Kalshi's words but a proxy's or a wrong host's: no evidence that a key is not there.
        return "unexpected";
    }
    return kindOfStatus[status] ?? (status >= 500 ? "server" : "unexpected");
}

/** Whether the body of a 401 says that it is for the timestamp. Source: bodies recorded from the demo and production servers. */
export function isClockRefusal(text: unknown): boolean {
    return parseErrorBody(String(text)).code === "header_timestamp_expired";
}

/** The error for an answer whose status is not a success. */
export function errorOfAnswer(operation: Operation, status: number, text: string, location?: string): KalshiError {
    const body = parseErrorBody(text);
    const kind = kindOf(status, body);
    const words = [body.code, body.message === body.code ? undefined : body.message, body.details];
    const said = [`status ${status}`, ...words.filter((word) => word !== undefined && word !== "")].join(", ");
    const redirect = location === undefined ? "" : `, a redirect to ${location}, which is not followed`;
    return new KalshiError(operation, kind, said + redirect, status, body, kind === "server");
}
