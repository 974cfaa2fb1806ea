import { KalshiError } from "../kalshi/errors";
import type { ApiKey } from "./inputs";
import { advice, ApiKeyError, label, type Advice } from "./errors";
import type { Existence } from "./existence";
import { hasKey, listRetryPauses, type SharedList } from "./listing";
import { sameId, type Platform } from "./platform";

/** A key's id and, if it is known, its name. */
type IdentifiedKey = Pick<ApiKey, "apiKeyId"> & Partial<Pick<ApiKey, "name">>;

/** The result of a revocation. After either, the key does not exist. */
export type Revocation = "revoked" | "was gone";

/**
 * Revokes a key. Only a 204 confirms the revocation. After any other response that does not determine the outcome, including a 404,
 * further evidence is needed that the key is gone. Never revokes the signing key, because Kalshi would refuse every later request of this
 * run, and of all others that sign with it.
 *
 * @param findExistence finds that evidence; it receives the error of the call
 * @param notBefore Unix time in milliseconds, before which the key must not be revoked by Kalshi's clock; default: any time
 * @throws KalshiError, ApiKeyError, TooEarlyError if the key may still exist
 */
export async function revoke(
    { client, signingKeyId }: Pick<Platform, "client" | "signingKeyId">,
    key: IdentifiedKey,
    findExistence: (error: KalshiError) => Promise<Existence>,
    notBefore?: number,
): Promise<Revocation> {
    assertNotSigningKey(key, signingKeyId);
    try {
        await client.deleteApiKey(key.apiKeyId, notBefore);
        return "revoked";
    } catch (error) {
        if (!(error instanceof KalshiError) || !(error.kind === "notFound" || error.mayHaveSucceeded)) {
            throw error;
        }
        const existence = await findExistence(error);
        if (existence === "gone") {
            return error.kind === "notFound" ? "was gone" : "revoked";
        }
        const { code, text } = adviceIfKept(error, existence);
        throw new ApiKeyError(
            code,
            `Could not revoke the API key ${label(key)}: ${error.summary}, but the key still exists. ${text}`,
        );
    }
}

/** @throws ApiKeyError if a key that is to be revoked signs the provider's own requests */
export function assertNotSigningKey(key: IdentifiedKey, signingKeyId: string): void {
    if (sameId(key.apiKeyId, signingKeyId)) {
        throw new ApiKeyError(
            "KALSHI_SIGNING_KEY_PROTECTED",
            `Will not revoke the API key ${label(key)}: it is the signing key of this provider's own requests. Sign with ` +
                "another key (`kalshi:apiKeyId`), or remove this one from the stack's state with `pulumi state delete`.",
        );
    }
}

/** Returns the advice on the error of a DELETE if the key still exists. */
function adviceIfKept(error: KalshiError, existence: Exclude<Existence, "gone">): Advice {
    if (error.kind !== "notFound") {
        return { code: "KALSHI_NOT_REVOKED", text: advice(error).text };
    }
    return existence === "signs"
        ? {
              code: "KALSHI_OTHER_ACCOUNT",
              text: "The credentials are most likely those of another account: use those of the account that created the key.",
          }
        : {
              code: "KALSHI_NOT_REVOKED",
              text: "The account's list still shows it, but may lag: run this again later.",
          };
}

/**
 * Revokes a key that no state holds. After a 404, a complete list without the key proves that it is gone. After a lost response, so does
 * its response to a second DELETE. The list alone proves nothing, because a young key may be missing from it.
 *
 * @throws KalshiError, ApiKeyError if the key may still exist
 */
export async function revokeOrphan(
    platform: Pick<Platform, "client" | "signingKeyId">,
    list: SharedList,
    key: IdentifiedKey,
): Promise<Revocation> {
    const { apiKeyId } = key;
    list.invalidate();
    return revoke(platform, key, async (error) => {
        const keys = await list.pollUntil((listed) => !hasKey(listed, apiKeyId), listRetryPauses);
        if (!hasKey(keys, platform.signingKeyId)) {
            throw new ApiKeyError(
                "KALSHI_EXISTENCE_UNKNOWN",
                `Could not find out whether the API key ${label(key)} was revoked: Kalshi's list does not show the signing key, so it is incomplete.`,
            );
        }
        if (hasKey(keys, apiKeyId)) {
            return "listed";
        }
        if (error.kind !== "notFound") {
            await repeatDelete(platform, apiKeyId);
        }
        return "gone";
    });
}

/** @throws KalshiError unless Kalshi revokes the key or answers that there is none */
async function repeatDelete({ client }: Pick<Platform, "client">, apiKeyId: string): Promise<void> {
    try {
        await client.deleteApiKey(apiKeyId);
    } catch (error) {
        if (!(error instanceof KalshiError) || error.kind !== "notFound") {
            throw error;
        }
    }
}
