import { isDeepStrictEqual } from "node:util";
import { parsePrivateKey } from "../kalshi/auth";
import type { KeyType } from "../kalshi/types";
import { defaultScopes } from "./check";
import { ApiKeyError, label } from "./errors";
import { publicHalfOf, readPublicKey } from "./publicKey";
import { findKey, hasKey, type SharedList } from "./listing";
import type { Platform } from "./platform";
import { listedInputs, listedNames, type AdoptedInputs, type Adoption, type ApiKey } from "./inputs";
import type { ApiKeyState } from "./outputs";
import { isExpansion } from "./scopes";

/** The known properties of an adopted key's pair: all if the private key was supplied, otherwise those in the program. */
type KeyPair = Pick<ApiKeyState, "keyType" | "privateKey" | "publicKey" | "fingerprint">;

/**
 * Adopts an existing key: one list, and one request signed with its private key if that is supplied. The program's inputs must match
 * the key. Inputs that the program omits get the key's values.
 *
 * @throws ApiKeyError if there is no such key, if an input differs from it, or if the private key does not belong to it
 */
export async function adopt(inputs: AdoptedInputs, platform: Platform, list: SharedList): Promise<ApiKeyState> {
    const { adopt: adoption, ...rest } = inputs;
    const key = await lookUp(adoption, platform, list);
    const pair = keyPairOf(inputs);
    const differences = [...differencesOf(inputs, key), ...pairDifferences(inputs, pair)];
    if (differences.length > 0) {
        throw new ApiKeyError(
            "KALSHI_ADOPTION_MISMATCH",
            `Will not adopt the API key ${label(key)}, because it differs from the program: ${differences.join("; ")}. Change the ` +
                "program to match the key.",
        );
    }
    await assertVerified(key, pair.privateKey, platform);
    return { ...rest, ...pair, ...listedProperties(key, platform) };
}

/**
 * Imports an existing key with all its values: one list, and one request signed with its private key if that is supplied.
 *
 * @throws ApiKeyError if there is no such key, or if the private key does not belong to it
 */
export async function importAsIs(adoption: Adoption, platform: Platform, list: SharedList): Promise<ApiKeyState> {
    const key = await lookUp(adoption, platform, list);
    const pair = keyPairOf({ adopt: adoption });
    await assertVerified(key, pair.privateKey, platform);
    const scopes = [...(key.scopes ?? defaultScopes)].sort();
    return { scopes, __adopted: true, ...pair, ...listedProperties(key, platform) };
}

/** Returns the properties of a state that come from the list, without the scopes, which may be listed as an expansion. */
function listedProperties(key: ApiKey, platform: Platform) {
    const { scopes: _scopes, ...listed } = listedInputs(key);
    return {
        ...listed,
        apiKeyId: key.apiKeyId,
        createdAt: new Date(platform.kalshiTime()).toISOString(),
        environment: platform.environment,
    };
}

/**
 * Verifies a supplied private key by one request that it signs.
 *
 * @param privateKey undefined if none was supplied: then there is no request
 * @throws ApiKeyError if it does not belong to the key; KalshiError if the response shows no verdict
 */
export async function assertVerified(
    key: ApiKey,
    privateKey: string | undefined,
    platform: Pick<Platform, "verifyKey">,
): Promise<void> {
    if (privateKey === undefined) {
        return;
    }
    const verdict = await platform.verifyKey({ apiKeyId: key.apiKeyId, privateKey });
    if (verdict !== "accepted") {
        throw verdict === "unknownKey"
            ? new ApiKeyError(
                  "KALSHI_PRIVATE_KEY_UNVERIFIED",
                  `Could not verify the private key of the API key ${label(key)}: Kalshi lists the key, but does not know it as a signing ` +
                      "key. Run this again later.",
              )
            : new ApiKeyError(
                  "KALSHI_PRIVATE_KEY_MISMATCH",
                  `The private key that was given for the API key ${label(key)} belongs to another key: Kalshi did not accept a request ` +
                      "that it signed. Give the right one, or leave it out.",
              );
    }
}

async function lookUp({ apiKeyId }: Adoption, { environment }: Platform, list: SharedList): Promise<ApiKey> {
    // The shared list may be older than a key that was created a moment ago, so a second list follows if it lacks the key.
    const keys = await list.pollUntil((listed) => hasKey(listed, apiKeyId), [0]);
    const key = findKey(keys, apiKeyId);
    if (key === undefined) {
        throw new ApiKeyError(
            "KALSHI_KEY_NOT_FOUND",
            `Could not find the API key ${apiKeyId}: the account has no such key (environment ${environment}). ` +
                "`getApiKeys` lists those that it has.",
        );
    }
    return key;
}

function keyPairOf(inputs: Pick<AdoptedInputs, "adopt" | "keyType" | "publicKey">): KeyPair {
    const { keyType, publicKey } = inputs;
    const { privateKey } = inputs.adopt;
    if (privateKey === undefined) {
        return { keyType, ...(publicKey === undefined ? {} : readPublicKey(publicKey)) };
    }
    const type = parsePrivateKey(privateKey).asymmetricKeyType as KeyType;
    // With a user-supplied public key, neither inputs nor state contain a key type.
    return { keyType: publicKey === undefined ? type : undefined, privateKey, ...publicHalfOf(privateKey) };
}

/** Returns the differences between the program's inputs and the listed key. */
function differencesOf(inputs: AdoptedInputs, key: ApiKey): string[] {
    const differs = (name: (typeof listedNames)[number]) => {
        switch (name) {
            case "name":
                return inputs.name !== undefined && inputs.name !== key.name;
            case "scopes":
                return key.scopes !== undefined && !isExpansion(inputs.scopes, key.scopes);
            default:
                return !isDeepStrictEqual(inputs[name], key[name]);
        }
    };
    const shown = (value: unknown) => (value === undefined ? "not set" : JSON.stringify(value));
    return listedNames.filter(differs).map((name) => `${name} is ${shown(key[name])}, not ${shown(inputs[name])}`);
}

/** Returns the differences between the program's inputs and the supplied private key. */
function pairDifferences({ keyType, publicKey }: AdoptedInputs, pair: KeyPair): string[] {
    return [
        keyType === undefined || keyType === pair.keyType ? [] : `keyType is ${String(pair.keyType)}, not ${keyType}`,
        publicKey === undefined || readPublicKey(publicKey).fingerprint === pair.fingerprint
            ? []
            : "publicKey is not the public half of the private key in `adopt`",
    ].flat();
}
