import type { KalshiClient } from "./client";
import { KalshiError } from "./errors";

/**
 * What Kalshi says of a request that a key signs itself:
 * - `accepted`: the key exists and the private key belongs to it;
 * - `wrongPrivateKey`: the key exists and the private key belongs to another one;
 * - `unknownKey`: the key does not exist (any more).
 */
export type KeyVerdict = "accepted" | "wrongPrivateKey" | "unknownKey";

/** The details of a 401, by what they mean. Source: bodies recorded from the demo and production servers. */
const verdictOfDetails: readonly (readonly [RegExp, KeyVerdict])[] = [
    [/(^|= )NOT_FOUND$/, "unknownKey"],
    [/(^|= )INCORRECT_API_KEY_SIGNATURE$/, "wrongPrivateKey"],
];

/**
 * Has a key sign one list. Kalshi checks the signature first, so a list is accepted as proof, and so is a refusal for want of a
 * scope. The verdict depends on no list, no clock and no account.
 *
 * @param client signs with the key in question
 * @throws KalshiError if the response is no verdict of Kalshi's on the key
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
    const { details = "" } = error.kind === "unauthorized" ? error.body : {};
    return verdictOfDetails.find(([pattern]) => pattern.test(details))?.[1];
}
