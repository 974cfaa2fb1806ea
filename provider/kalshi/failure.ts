import { AbortError, HTTPError, RequestError, TimeoutError } from "got";
import type { Attempts } from "./attempts";
import { errorOfAnswer, interrupted, KalshiError, type Operation } from "./errors";

/** Bytes of an answer; an account with ten thousand keys has a list a fifth as long. */
export const longestAnswer = 10_000_000;
/** The code of our own for an answer that is not JSON. */
export const noJson = "ENOJSON";

/** Failures before a request could have been sent: whatever the call was, Kalshi did not see it. */
const neverSent = new Set([
    "ECONNREFUSED",
    "ENOTFOUND",
    "EAI_AGAIN",
    "ENETUNREACH",
    "EHOSTUNREACH",
    "ERR_INVALID_CHAR", // in a header
]);

/** got's errors hold the whole request, signature and all; ours keep what a person needs and drop the rest. */
export function withoutRequest(operation: Operation, error: unknown, attempts?: Attempts): unknown {
    if (error instanceof HTTPError) {
        return errorOfAnswer(operation, error.response.statusCode, String(error.response.body));
    }
    if (error instanceof TimeoutError) {
        const sent = error.event === "response" || error.event === "read";
        return new KalshiError(operation, "timeout", `no answer in time (${error.message})`, undefined, {}, sent);
    }
    if (error instanceof AbortError) {
        return attempts?.givenUp === true
            ? unreadable(operation, `more than ${longestAnswer} bytes`)
            : interrupted(operation, attempts?.interruption);
    }
    if (error instanceof RequestError) {
        if (error.code === noJson) {
            return unreadable(operation, "the body");
        }
        const sent = !neverSent.has(error.code);
        return new KalshiError(operation, "connection", `no answer (${error.message})`, undefined, {}, sent);
    }
    return error;
}

/** For a success that makes no sense. */
export function unreadable(operation: Operation, where: string, apiKeyId?: string): KalshiError {
    return new KalshiError(operation, "unreadable", `unreadable answer (${where})`, undefined, {}, true, apiKeyId);
}

/** Why a call takes its time. */
export function waiting(operation: Operation, error: RequestError, pause: number): string {
    const { said } = withoutRequest(operation, error) as KalshiError;
    return `Kalshi's answer to ${spoken[operation]}: ${said}. It is tried again in ${Math.round(pause / 1000)} s.`;
}

const spoken: Readonly<Record<Operation, string>> = {
    create: "the creation of a key",
    generate: "the creation of a key",
    list: "a look at the account's keys",
    delete: "the revocation of a key",
    limits: "the question what the account is granted",
};
