import { AbortError, HTTPError, RequestError, TimeoutError, type Response } from "got";
import type { Attempts } from "./attempts";
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
            : `: ${printable(response.headers["content-type"] ?? "")} ${excerpt(String(response.body))}`;
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
