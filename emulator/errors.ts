/** An error response, with the body that Kalshi sends. */
export class ApiError extends Error {
    constructor(
        readonly status: number,
        readonly body: unknown,
    ) {
        super(`status ${status}`);
    }
}

/**
 * The result of a signature's check: `valid`, or why the request was refused. Kalshi's response does not distinguish `revoked_key` from
 * `unknown_key`.
 */
export type SignatureVerdict =
    | "valid"
    | "no_headers"
    | "key_missing"
    | "signature_missing"
    | "timestamp_missing"
    | "timestamp_expired"
    | "unknown_key"
    | "revoked_key"
    | "bad_signature";

/** The error for a request without a valid signature. */
export class SignatureError extends ApiError {
    constructor(
        readonly verdict: SignatureVerdict,
        code: string,
        message: string,
        details?: string,
    ) {
        super(401, nested(401, code, message, details).body);
    }
}

/** Returns an error in the usual format: authentication, missing resources, rules of the exchange. */
export function nested(status: number, code: string, message: string, details?: string): ApiError {
    return new ApiError(status, { error: { code, message, ...(details === undefined ? {} : { details }) } });
}

/** Returns an error in the format for a request that cannot be decoded. */
export function flat(status: number, code: string, message: string): ApiError {
    return new ApiError(status, { code, message });
}

/** Returns an error in the format for an invalid path or query parameter. */
export function bare(status: number, msg: string): ApiError {
    return new ApiError(status, { msg });
}

/** Returns the error for an invalid field of a new key. Kalshi documents the status, not the body. */
export function invalid(message: string): ApiError {
    return nested(400, "invalid_parameters", message);
}

/**
 * Returns the error for a forbidden request. The code is the message with underscores, as in the bodies recorded from Kalshi's
 * servers. A message is a guess unless a comment names its source.
 */
export function forbidden(message: string): ApiError {
    return nested(403, message.replaceAll(" ", "_"), message);
}

/** Recorded from Kalshi's production server for an order. It is a guess that a POST of a key gets the same error. */
export const attestationMissing = () =>
    forbidden(
        "Your location attestation for API trading is missing or expired. Please verify your location in the Kalshi app or " +
            "website, and then retry.",
    );

/** A guess, in the form of the recorded `subaccount_creation_requires_advanced_api_usage_level`. */
export const usageLevelTooLow = () => forbidden("api key creation requires premier api usage level");

/** Kalshi documents the status, not the body. */
export const subtraderPending = () => nested(409, "conflict", "FCM subtrader not yet visible");

/** Recorded from Kalshi's servers, verbatim. */
export const unauthorized = {
    noHeaders: () => new SignatureError("no_headers", "token_authentication_failure", "token authentication failure"),
    missing: (header: "key" | "signature" | "timestamp") =>
        new SignatureError(
            `${header}_missing`,
            `${header}_is_missing_from_headers`,
            `${header} is missing from headers`,
        ),
    expired: () => new SignatureError("timestamp_expired", "header_timestamp_expired", "header timestamp expired"),
    unknownKey: (verdict: "unknown_key" | "revoked_key") =>
        new SignatureError(verdict, "authentication_error", "authentication_error", "NOT_FOUND"),
    badSignature: () =>
        new SignatureError(
            "bad_signature",
            "authentication_error",
            "authentication_error",
            "INCORRECT_API_KEY_SIGNATURE",
        ),
};

export const tooManyRequests = () => new ApiError(429, { error: "too many requests" });
export const notFound = () => nested(404, "not_found", "not found");

/** Recorded from Kalshi's servers: plain text, not JSON. */
export const plainTexts = {
    unknownRoute: "page not found",
    retiredHost: "API has been moved to https://api.elections.kalshi.com/. Please check our docs on how to migrate.",
};
