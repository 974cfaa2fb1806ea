import { AbortError, HTTPError, RequestError, TimeoutError, type Response } from "got";
import type { Attempts } from "./attempts";
import { errorOfResponse, interrupted, KalshiError, type Operation } from "./errors";
import { excerpt, printable } from "./text";

/** Bytes of a response; an account with ten thousand keys has a list a fifth as long. */
export const longestResponse = 10_000_000;
/** The code of our own for a list that is not JSON. */
export const noJson = "ENOJSON";

/** Failures before a request could have been sent: whatever the call was, Kalshi did not receive it. */
const neverSent = new Set([
    "ECONNREFUSED",
    "ENOTFOUND",
    "EAI_AGAIN",
    "ENETUNREACH",
    "EHOSTUNREACH",
    "ERR_INVALID_CHAR", // in a header
]);

/** Converts got's errors, which hold the whole request with its signature, into errors that hold what a person needs. */
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

/** Whether a failure came before the connection was there: a connection that is lost later has the same codes. */
function precedesRequest({ cause }: RequestError): boolean {
    const { syscall = "" } = (cause ?? {}) as NodeJS.ErrnoException;
    return ["", "connect", "getaddrinfo"].includes(syscall);
}

/** Creates the error for a response that is not the success that the call has. */
export function errorOf(operation: Operation, { statusCode, body, headers }: Response): KalshiError {
    const { "content-type": contentType, location } = headers;
    return errorOfResponse(operation, { status: statusCode, text: String(body), contentType, location });
}

/** A success whose body cannot be used. */
interface UnreadableBody {
    /** Which part cannot be read. */
    readonly where: string;
    readonly response?: Pick<Response, "body" | "headers"> | undefined;
    /** The id of the created key, if that much could be read. */
    readonly apiKeyId?: string | undefined;
}

/** Creates the error for a success that cannot be read. That of a create may hold a private key, so it is not shown. */
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

/** Says why a call takes its time. */
export function retryMessage(operation: Operation, error: RequestError, pause: number): string {
    const { summary } = withoutRequest(operation, error) as KalshiError;
    return `Kalshi's response to ${callNames[operation]}: ${summary}. The provider retries in ${Math.round(pause / 1000)} s.`;
}

const callNames: Readonly<Record<Operation, string>> = {
    create: "the creation of a key",
    generate: "the creation of a key",
    list: "the list of the account's keys",
    delete: "the revocation of a key",
    limits: "the question what the account is granted",
};
