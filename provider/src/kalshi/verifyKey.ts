import type { KalshiClient } from "./client";
import { KalshiError } from "./errors";

/**
 * Kalshi's verdict on a request that the key in question signs:
 * - `accepted`: the key exists and the private key belongs to it;
 * - `wrongPrivateKey`: the key exists and the private key belongs to another one;
 * - `unknownKey`: the key does not exist, or no longer.
 */
export type KeyVerdict = "accepted" | "wrongPrivateKey" | "unknownKey";

/**
 * The verdicts by the `details` of a 401 with the code `authentication_error`. The same details under another code may be about something
 * else than the key, such as the account. Source: bodies recorded from the demo and production servers.
 */
const verdictOfDetails: readonly (readonly [RegExp, KeyVerdict])[] = [
    [/(^|= )NOT_FOUND$/, "unknownKey"],
    [/(^|= )INCORRECT_API_KEY_SIGNATURE$/, "wrongPrivateKey"],
];

/**
 * Verifies a key by one list request that it signs. Kalshi checks the signature first. So a 403 for a missing scope confirms the key,
 * as a success does. The verdict does not depend on the list's content, on a clock or on the account.
 *
 * @param client signs with the key in question
 * @throws KalshiError if the response shows no verdict
 */
export async function verifyKey(client: Pick<KalshiClient, "listApiKeys">): Promise<KeyVerdict> {
    try {
        await client.listApiKeys();
        return "accepted";
    } catch (error) {
        const verdict = verdictOf(error);
        if (verdict === undefined) {
            throw error;
        }
        return verdict;
    }
}

function verdictOf(error: unknown): KeyVerdict | undefined {
    if (!(error instanceof KalshiError)) {
        return undefined;
    }
    if (error.kind === "forbidden") {
        return "accepted";
    }
    const { code, details = "" } = error.body;
    if (error.kind !== "unauthorized" || code !== "authentication_error") {
        return undefined;
    }
    return verdictOfDetails.find(([pattern]) => pattern.test(details))?.[1];
}
