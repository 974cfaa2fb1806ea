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

export function forbidden(message: string): ApiError {
    return nested(403, "forbidden", message);
}

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
