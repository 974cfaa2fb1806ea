import { parsePrivateKey } from "../kalshi/auth";
import type { ApiKey } from "./inputs";
import { ApiKeyError, label } from "./errors";
import { hasKey, type SharedList } from "./listing";
import type { Platform } from "./platform";
import type { ApiKeyState } from "./outputs";

/** A key younger than this may be missing from a list because the list lags, not because the key is gone. */
export const youngForMilliseconds = 5 * 60_000;

/** Whether a key exists at Kalshi, and by which evidence: it signs requests itself, or the account's list shows it. */
export type Existence = "signs" | "listed" | "gone";

/** The key in question, and which evidence is valid. */
export interface ExistenceQuery {
    readonly state: ApiKeyState;
    /** Only listings of a newer generation are evidence. Default: any. */
    readonly newerThan?: number;
    /** Milliseconds before each further list while the list still shows the key. Default: none. */
    readonly pauses?: readonly number[];
    /** Whether Kalshi answered the key's DELETE with 404. Then a list without the key is conclusive at any age. */
    readonly wasNotFound?: boolean;
}

/**
 * Finds out whether a key exists after a list did not show it, or after Kalshi did not confirm its revocation.
 *
 * If the state holds the private key, the key itself signs a request. This evidence depends on no list, clock or account. Otherwise a
 * new, complete list of the right account decides. It is conclusive only for a key that is old enough to be in it.
 *
 * @throws KalshiError, ApiKeyError if there is no evidence
 */
export async function findExistence(query: ExistenceQuery, platform: Platform, list: SharedList): Promise<Existence> {
    const { apiKeyId } = query.state;
    const privateKey = readablePrivateKey(query.state);
    if (privateKey !== undefined) {
        const verdict = await platform.verifyKey({ apiKeyId, privateKey });
        return verdict === "unknownKey" ? "gone" : "signs";
    }
    return findInList(query, platform, list);
}

/** Returns the state's private key, unless it is unreadable. */
function readablePrivateKey({ privateKey }: ApiKeyState): string | undefined {
    if (privateKey === undefined) {
        return undefined;
    }
    try {
        parsePrivateKey(privateKey);
        return privateKey;
    } catch {
        return undefined;
    }
}

async function findInList(query: ExistenceQuery, platform: Platform, list: SharedList): Promise<Existence> {
    const { state, newerThan = 0, pauses = [], wasNotFound = false } = query;
    await list.get(newerThan);
    const keys = await list.pollUntil((listed) => !hasKey(listed, state.apiKeyId), pauses);
    if (hasKey(keys, state.apiKeyId)) {
        return "listed";
    }
    assertConclusive(keys, state, platform.signingKeyId);
    const age = platform.kalshiTime() - Date.parse(state.createdAt);
    if (age < youngForMilliseconds && !wasNotFound) {
        throw new ApiKeyError(
            "KALSHI_EXISTENCE_UNKNOWN",
            `Could not find out whether the API key ${label(state)} exists: Kalshi's list does not show it, and it is younger than ` +
                `${youngForMilliseconds / 60_000} minutes, so the list may lag. The state was not changed. Run this again later.`,
        );
    }
    return "gone";
}

/**
 * Checks that a list is complete and belongs to the key's account. A complete list contains the signing key. If it also lacks the
 * signing key with which the key was last read, the credentials are most likely those of another account.
 */
function assertConclusive(keys: readonly ApiKey[], state: ApiKeyState, signingKeyId: string): void {
    if (!hasKey(keys, signingKeyId)) {
        throw new ApiKeyError(
            "KALSHI_EXISTENCE_UNKNOWN",
            `Could not find out whether the API key ${label(state)} exists: Kalshi's list shows neither it nor the signing key ` +
                `(${signingKeyId}), so the list is incomplete. The state was not changed. Run this again later.`,
        );
    }
    if (state.__signedBy !== undefined && !hasKey(keys, state.__signedBy)) {
        throw new ApiKeyError(
            "KALSHI_OTHER_ACCOUNT",
            `Could not find out whether the API key ${label(state)} exists: the account of the signing key (${signingKeyId}) lists ` +
                `neither it nor the signing key that last saw it (${state.__signedBy}), so this is most likely another account. ` +
                "Use credentials of the account that created the key. If both were revoked there, remove the key from the state " +
                "with `pulumi state delete`; a key of a `RotatingApiKey`, which may hold others, with `pulumi state edit`.",
        );
    }
}
