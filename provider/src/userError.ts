import { printable } from "./kalshi/text";

/** The codes of all errors for users. docs/troubleshooting.md explains each; a test holds both together. */
export const errorCodes = [
    // Configuration
    "KALSHI_CREDENTIALS_MISSING",
    "KALSHI_CREDENTIALS_INVALID",
    "KALSHI_ENDPOINT_INVALID",
    "KALSHI_OPTION_UNKNOWN",
    // Inputs
    "KALSHI_INPUT_INVALID",
    "KALSHI_PRIVATE_KEY_IN_PROGRAM",
    "KALSHI_QUERY_INVALID",
    "KALSHI_STATE_INVALID",
    "KALSHI_STATE_NEEDED",
    // Kalshi's refusals
    "KALSHI_REQUEST_REFUSED",
    "KALSHI_CREDENTIALS_REFUSED",
    "KALSHI_CLOCK_SKEW",
    "KALSHI_PERMISSION_DENIED",
    "KALSHI_ATTESTATION_EXPIRED",
    "KALSHI_USAGE_LEVEL_TOO_LOW",
    "KALSHI_SUBTRADER_UNKNOWN",
    "KALSHI_RATE_LIMITED",
    // No verdict of Kalshi's
    "KALSHI_UNREACHABLE",
    "KALSHI_UNEXPECTED_RESPONSE",
    "KALSHI_SERVER_FAILURE",
    "KALSHI_INTERRUPTED",
    // Creates
    "KALSHI_CREATE_CANCELLED",
    "KALSHI_CREATE_UNRESOLVED",
    "KALSHI_CREATE_AMBIGUOUS",
    "KALSHI_ORPHAN_NOT_REVOKED",
    "KALSHI_PRIVATE_KEY_UNREADABLE",
    // Existing keys
    "KALSHI_KEY_NOT_FOUND",
    "KALSHI_NAME_AMBIGUOUS",
    "KALSHI_EXISTENCE_UNKNOWN",
    "KALSHI_OTHER_ACCOUNT",
    "KALSHI_OTHER_ENVIRONMENT",
    "KALSHI_KEY_IMMUTABLE",
    "KALSHI_NOT_REVOKED",
    "KALSHI_SIGNING_KEY_PROTECTED",
    "KALSHI_ROTATION_INCOMPLETE",
    // Adoption and import
    "KALSHI_ADOPTION_MISMATCH",
    "KALSHI_ADOPTION_BLOCKS_REPLACEMENT",
    "KALSHI_PRIVATE_KEY_MISMATCH",
    "KALSHI_PRIVATE_KEY_UNVERIFIED",
    "KALSHI_IMPORT_FILE_INVALID",
    "KALSHI_STACK_UNREADABLE",
    "KALSHI_IMPORT_UNSUPPORTED",
    "KALSHI_PRIVATE_KEY_IN_PLAINTEXT",
    // The doctor
    "KALSHI_FIX_OUTDATED",
    "KALSHI_FIX_FAILED",
    "KALSHI_FIX_CONCURRENT",
    // The rotation of the provider's credentials
    "KALSHI_ROTATION_FAILED",
    "KALSHI_ROTATION_CONFLICT",
    // The installation
    "KALSHI_NODE_TOO_OLD",
    "KALSHI_INTERNAL_ERROR",
] as const;
export type ErrorCode = (typeof errorCodes)[number];

/** Returns a message for the user that ends with its code. */
export function withCode(text: string, code: ErrorCode): string {
    return `${text} (${code})`;
}

/** An error for the user: what failed, on which key, what Kalshi answered, and what to do. Its message ends with its code. */
export class UserError extends Error {
    /** The message without the code. */
    readonly text: string;

    /**
     * @param text may contain unprintable characters or a private key, for example in a key's name, which are replaced
     */
    constructor(
        readonly code: ErrorCode,
        text: string,
    ) {
        const shown = printable(text);
        super(withCode(shown, code));
        this.text = shown;
    }
}

/**
 * Returns the parts of an unexpected error that can hold no secret: its name and its stack frames. Its message may quote a private
 * key, for instance.
 */
export function placeOf(error: unknown): { readonly name: string; readonly frames: readonly string[] } {
    if (!(error instanceof Error)) {
        return { name: typeof error, frames: [] };
    }
    return { name: error.name, frames: (error.stack ?? "").split("\n").filter((line) => /^ {4}at /.test(line)) };
}

/** Returns an error for the user: an internal error without its message, because that may hold secrets. */
export function asUserError(error: unknown): UserError {
    if (error instanceof UserError) {
        return error;
    }
    const { name, frames } = placeOf(error);
    const [place = "an unknown place"] = frames;
    return new UserError(
        "KALSHI_INTERNAL_ERROR",
        `The Kalshi provider has an internal error (${name}, ${place.trim()}). Its message is not shown, because it may hold ` +
            "secrets. Please report it, and run `npx pulumi-kalshi doctor`.",
    );
}
