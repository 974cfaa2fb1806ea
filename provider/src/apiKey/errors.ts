import { KalshiError, type FailureKind } from "../kalshi/errors";
import { printable } from "../kalshi/text";
import { UserError, type ErrorCode } from "../userError";
import { hasUniqueName } from "./autonaming";
import type { ApiKeyInputs } from "./inputs";
import type { ApiKeyState } from "./outputs";

/** An operation on a key that failed. */
export class ApiKeyError extends UserError {
    override readonly name = "ApiKeyError";
}

/** Returns a key's name, if it is known, and id, for a message. */
export function label({ name, apiKeyId }: { readonly name?: string | undefined; readonly apiKeyId: string }): string {
    return printable(name === undefined ? apiKeyId : `"${printable(name)}" (${apiKeyId})`);
}

/** Returns how to revoke a key of a create that no state holds. With a name that does not identify its owner, a person has to decide. */
export function howToRevoke(inputs: ApiKeyInputs): string {
    return hasUniqueName({ ...inputs })
        ? "Once Kalshi responds, `npx pulumi-kalshi doctor --fix` revokes it."
        : "Once Kalshi responds, `npx pulumi-kalshi doctor` lists the candidate keys: revoke the one that no stack holds on Kalshi's web " +
              "page.";
}

/** Returns the error that refuses an operation on a key of another environment. */
export function otherEnvironment(verb: string, key: ApiKeyState, configured: string): ApiKeyError {
    return new ApiKeyError(
        "KALSHI_OTHER_ENVIRONMENT",
        `Will not ${verb} the API key ${label(key)}: it belongs to the environment ${key.environment}, and the configuration says ` +
            `${configured}. Set \`kalshi:environment\` or \`kalshi:baseUrl\` to the key's; on \`refresh\` and \`destroy\` add ` +
            "`--run-program`.",
    );
}

/** A failed operation on a key. */
export interface Step {
    /** Completes "Could not …". */
    readonly what: string;
    /** The environment of the API call. */
    readonly environment: string;
}

/** Converts the error of an API call into one that says what to do. Returns all other errors unchanged. */
export function explain(step: Step, error: unknown): unknown {
    if (!(error instanceof KalshiError)) {
        return error;
    }
    const { code, text } = advice(error);
    return new ApiKeyError(code, `Could not ${step.what} (environment ${step.environment}): ${error.summary}. ${text}`);
}

/** Returns the short reason of a failure. */
export function reasonOf(error: unknown): string {
    if (error instanceof KalshiError) {
        return error.summary;
    }
    if (error instanceof UserError) {
        return error.text;
    }
    return error instanceof Error ? error.message : String(error);
}

/** The code of a failed call, and what to do about it. */
export interface Advice {
    readonly code: ErrorCode;
    readonly text: string;
}

const serverFailure: Advice = {
    code: "KALSHI_SERVER_FAILURE",
    text: "Run it again later: Kalshi has a maintenance window on Thursdays, 3 to 5 am ET.",
};
const unreachable: Advice = {
    code: "KALSHI_UNREACHABLE",
    text: "Check the network, `kalshi:baseUrl` and whether Kalshi is up, then run it again.",
};

/** The advice on each kind of failure that has only one. */
const adviceOnKind = {
    invalid: {
        code: "KALSHI_REQUEST_REFUSED",
        text: "Kalshi refused the request before it acted: correct what the response names, then run it again.",
    },
    conflict: {
        code: "KALSHI_SUBTRADER_UNKNOWN",
        text: "Kalshi does not know the FCM subtrader yet: run it again in a moment.",
    },
    rateLimited: {
        code: "KALSHI_RATE_LIMITED",
        text: "The account's rate limit was still exceeded at the last attempt: run it again later.",
    },
    interrupted: { code: "KALSHI_INTERRUPTED", text: "Run it again." },
    connection: unreachable,
    timeout: unreachable,
    unexpected: {
        code: "KALSHI_UNEXPECTED_RESPONSE",
        text: "That response is not Kalshi's: check `kalshi:environment`, `kalshi:baseUrl` and any proxy or gateway in between.",
    },
    notFound: {
        code: "KALSHI_UNEXPECTED_RESPONSE",
        text: "The server does not have this endpoint: check `kalshi:environment` and `kalshi:baseUrl`.",
    },
    server: serverFailure,
    unreadable: serverFailure,
} as const satisfies Readonly<Record<Exclude<FailureKind, "unauthorized" | "forbidden">, Advice>>;

/** Returns the code of a failed call, and what to do about it. */
export function advice(error: KalshiError): Advice {
    switch (error.kind) {
        case "unauthorized":
            return unauthorized(error.body.code, error.body.details);
        case "forbidden":
            return forbidden(error);
        default:
            return adviceOnKind[error.kind];
    }
}

/** The advice on a 403, by its code and message; the first match counts. Source: recorded bodies. */
const adviceOnForbidden: readonly (readonly [RegExp, Advice])[] = [
    [
        /attestation/i,
        {
            code: "KALSHI_ATTESTATION_EXPIRED",
            text: "Renew the location attestation of API trading on Kalshi's web page, then run it again.",
        },
    ],
    [
        /subaccount.*usage[ _]level/i,
        {
            code: "KALSHI_USAGE_LEVEL_TOO_LOW",
            text: "The account's API usage level is too low for subaccounts: leave `subaccount` out, or ask Kalshi for the level.",
        },
    ],
    [
        // Of the input, not of a signing key that is bound to a subtrader.
        /fcm_subtrader_id|\bfcm members?\b/i,
        {
            code: "KALSHI_PERMISSION_DENIED",
            text: "Only FCM members can bind keys to subtraders: leave `fcmSubtraderId` out.",
        },
    ],
    [
        /usage[ _]level/i,
        {
            code: "KALSHI_USAGE_LEVEL_TOO_LOW",
            text:
                "Registering your own public key needs the API usage level Premier or above, or Market Maker: leave `publicKey` out and let " +
                "Kalshi generate the key pair, or ask Kalshi for the level.",
        },
    ],
];

function forbidden({ body: { code = "", message = "" } }: KalshiError): Advice {
    return (
        adviceOnForbidden.find(([pattern]) => pattern.test(`${code} ${message}`))?.[1] ?? {
            code: "KALSHI_PERMISSION_DENIED",
            text:
                "Sign with another key: one that has the scopes read and write, and that is bound to no subaccount and no FCM " +
                "subtrader.",
        }
    );
}

function unauthorized(code: string | undefined, details: string | undefined): Advice {
    if (code === "header_timestamp_expired") {
        return {
            code: "KALSHI_CLOCK_SKEW",
            text: "This machine's clock differs from Kalshi's by more than some seconds: set it (NTP), then run it again.",
        };
    }
    return {
        code: "KALSHI_CREDENTIALS_REFUSED",
        text:
            `${reasonOfRefusal(details)}: correct \`kalshi:apiKeyId\` and its private key, or KALSHI_API_KEY_ID and its private key; on ` +
            "`refresh` and `destroy` add `--run-program`.",
    };
}

function reasonOfRefusal(details = ""): string {
    if (details.includes("INCORRECT_API_KEY_SIGNATURE")) {
        return "The private key does not belong to the configured API key id";
    }
    if (details.includes("NOT_FOUND")) {
        return "This environment knows no key of the configured API key id";
    }
    return "Kalshi did not accept the credentials";
}
