import { KalshiError } from "../kalshi/errors";
import { withoutControls } from "../kalshi/text";
import type { ApiKeyState } from "./outputs";

/** An error for the user: what failed, on which key, what Kalshi answered, and what to do. */
export class ApiKeyError extends Error {
    override readonly name = "ApiKeyError";

    /**
     * @param message may contain unprintable characters of a key's name, which are replaced
     */
    constructor(message: string) {
        super(withoutControls(message));
    }
}

/** Returns a key's name, if it is known, and id, for a message. */
export function label({ name, apiKeyId }: { readonly name?: string | undefined; readonly apiKeyId: string }): string {
    return name === undefined ? apiKeyId : withoutControls(`"${name}" (${apiKeyId})`);
}

/** Returns the message that refuses an operation on a key of another environment. */
export function otherEnvironment(verb: string, key: ApiKeyState, configured: string): string {
    return (
        `Will not ${verb} the API key ${label(key)}: it belongs to the environment ${key.environment}, and the ` +
        `configuration says ${configured}. Set \`kalshi:environment\` or \`kalshi:baseUrl\` (KALSHI_ENVIRONMENT, ` +
        "KALSHI_BASE_URL) to where the key was made; on `refresh` and `destroy` add `--run-program`."
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
    return error instanceof KalshiError
        ? new ApiKeyError(
              `Could not ${step.what} (environment ${step.environment}). Kalshi's answer: ${error.summary}. ${advice(error)}`,
          )
        : error;
}

/** Returns the short reason of a failure. */
export function reasonOf(error: unknown): string {
    return error instanceof KalshiError ? error.summary : error instanceof Error ? error.message : String(error);
}

/** Returns what to do about a failed call. */
export function advice(error: KalshiError): string {
    switch (error.kind) {
        case "invalid":
            return "Kalshi refused an input; what it said above names the reason. Nothing was changed.";
        case "unauthorized":
            return unauthorized(error.body.code, error.body.details);
        case "forbidden":
            return forbidden(error);
        case "conflict":
            return "Kalshi does not know the FCM subtrader yet; that takes a moment after it was made. Run it again.";
        case "rateLimited":
            return "The account's rate limit stayed used up through all repeats. Nothing was changed; run it again later.";
        case "interrupted":
            return "Run it again.";
        case "connection":
        case "timeout":
            return "Check the network, `kalshi:baseUrl` and whether Kalshi is up, then run it again.";
        case "unexpected":
            return "That response is not Kalshi's: check `kalshi:environment`, `kalshi:baseUrl` and any proxy or gateway in between.";
        case "notFound":
        case "server":
        case "unreadable":
            return "If it stays so, Kalshi may be having trouble (it has a maintenance window on Thursdays, 3 to 5 am ET).";
    }
}

/** What to do about a 403, by its code and message; the first match counts. Source: recorded bodies. */
const adviceOnForbidden: readonly (readonly [RegExp, string])[] = [
    [
        /attestation/i,
        "Renew the location attestation of API trading on Kalshi's web page, then run this again. Nothing was changed.",
    ],
    [
        /subaccount.*usage[ _]level/i,
        "The account's API usage level is too low for subaccounts: leave `subaccount` out, or ask Kalshi for the level. Kalshi may refuse " +
            "for hours after it granted one. Nothing was created.",
    ],
    [
        /usage[ _]level/i,
        "The account's API usage level is too low: registering your own public key needs Premier or above: leave `publicKey` out and " +
            "let Kalshi generate the key pair, or ask Kalshi for the level. Kalshi may refuse for hours after it granted one. " +
            "Nothing was created.",
    ],
];

function forbidden({ body: { code = "", message = "" } }: KalshiError): string {
    const advice = adviceOnForbidden.find(([pattern]) => pattern.test(`${code} ${message}`))?.[1];
    return (
        advice ??
        "The signing key may not manage keys: it needs the scopes read and write, and no restriction to a subaccount or an FCM " +
            "subtrader. Sign with another key. Nothing was changed."
    );
}

function unauthorized(code: string | undefined, details: string | undefined): string {
    const how =
        "Set `kalshi:apiKeyId` and `kalshi:privateKey` (or `kalshi:privateKeyPath`), or KALSHI_API_KEY_ID and " +
        "KALSHI_PRIVATE_KEY (or KALSHI_PRIVATE_KEY_PATH). On `refresh` and `destroy` the configuration may be that of the " +
        "last `up`: `--run-program` takes today's.";
    if (code === "header_timestamp_expired") {
        return "This machine's clock differs from Kalshi's by more than some seconds: set it (NTP), then run it again.";
    }
    if (details?.includes("INCORRECT_API_KEY_SIGNATURE")) {
        return `The private key does not belong to the API key id that it signs for. ${how}`;
    }
    if (details?.includes("NOT_FOUND")) {
        return `This environment knows no key of the API key id that signs the requests: it is revoked, or made for another environment. ${how}`;
    }
    return `Kalshi did not accept the credentials. ${how}`;
}
