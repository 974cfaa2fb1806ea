/** An answer that is no success, in the body that Kalshi sends. */
export class ApiError extends Error {
    constructor(
        readonly status: number,
        readonly body: unknown,
    ) {
        super(`status ${status}`);
    }
}

/** The usual shape: authentication, missing things, rules of the exchange. */
export function nested(status: number, code: string, message: string, details?: string): ApiError {
    return new ApiError(status, { error: { code, message, ...(details === undefined ? {} : { details }) } });
}

/** The shape of requests that could not be decoded. */
export function flat(status: number, code: string, message: string): ApiError {
    return new ApiError(status, { code, message });
}

/** The shape of parameters that could not be bound. */
export function bare(status: number, msg: string): ApiError {
    return new ApiError(status, { msg });
}

/** A rule for the fields of a new key was broken. Kalshi documents the status, not the body. */
export function invalid(message: string): ApiError {
    return nested(400, "invalid_parameters", message);
}

/**
 * What is not allowed. The code is the message with underscores, as in the bodies recorded from Kalshi's servers.
 * Unless it is said where a message was seen, it is a guess.
 */
export function forbidden(message: string): ApiError {
    return nested(403, message.replaceAll(" ", "_"), message);
}

/** As recorded from Kalshi's production server for an order. That POSTs of keys are refused alike is a guess. */
export const attestationMissing = () =>
    forbidden(
        "Your location attestation for API trading is missing or expired. Please verify your location in the Kalshi app or " +
            "website, and then retry.",
    );

/** A guess, after the recorded `subaccount_creation_requires_advanced_api_usage_level`. */
export const usageLevelTooLow = () => forbidden("api key creation requires premier api usage level");

/** Kalshi documents the status, not the body. */
export const subtraderPending = () => nested(409, "conflict", "FCM subtrader not yet visible");

/** As recorded from Kalshi's servers, to the letter. */
export const unauthorized = {
    noHeaders: () => nested(401, "token_authentication_failure", "token authentication failure"),
    missing: (header: string) => nested(401, `${header}_is_missing_from_headers`, `${header} is missing from headers`),
    expired: () => nested(401, "header_timestamp_expired", "header timestamp expired"),
    unknownKey: () => nested(401, "authentication_error", "authentication_error", "NOT_FOUND"),
    badSignature: () => nested(401, "authentication_error", "authentication_error", "INCORRECT_API_KEY_SIGNATURE"),
};

export const tooManyRequests = () => new ApiError(429, { error: "too many requests" });
export const notFound = () => nested(404, "not_found", "not found");

/** As recorded from Kalshi's servers: not JSON but text. */
export const plainTexts = {
    unknownRoute: "page not found",
    retiredHost: "API has been moved to https://api.elections.kalshi.com/. Please check our docs on how to migrate.",
};
