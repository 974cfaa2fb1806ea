import { createPublicKey, generateKeyPair, randomUUID, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import { ApiError, forbidden, invalid } from "./errors";

/** A key as the emulator stores it. It never stores private keys. */
export interface StoredKey {
    readonly api_key_id: string;
    readonly name: string;
    readonly scopes: readonly string[];
    readonly subaccount?: number | undefined;
    readonly fcm_subtrader_id?: string | undefined;
    readonly key_type: KeyType;
    /** SPKI PEM. */
    readonly public_key: string;
    /** Unix time in milliseconds. */
    readonly created_at: number;
    /** Unix time in milliseconds. A deleted key stays stored if the list lags and may still show it. */
    readonly deleted_at?: number;
}

/** The type of a key pair. */
export type KeyType = "rsa" | "ed25519";

/** The scopes. Any other scope is an error. Source: OpenAPI 3.34.0, `ApiKeyScope`. */
export const scopes = [
    "read",
    "write",
    "read::block_trade_accept",
    "read::portfolio_balance",
    "write::trade",
    "write::transfer",
    "write::fcm_risk",
    "write::block_trade_accept",
] as const;

/** Returns whether these scopes include the needed one. A parent scope includes its children. */
export function includesScope(held: readonly string[], needed: string): boolean {
    return held.includes(needed) || held.includes(needed.split("::")[0] ?? "");
}

/** Returns the scopes, with each parent replaced by its children. */
export function expandScopes(held: readonly string[]): string[] {
    return [...new Set(held.flatMap((scope) => childrenOf(scope) ?? scope))];
}

function childrenOf(scope: string): string[] | undefined {
    const children = scopes.filter((one) => one.startsWith(`${scope}::`));
    return children.length === 0 ? undefined : children;
}

const generate = promisify(generateKeyPair);

export interface KeyPair {
    readonly publicKey: KeyObject;
    /** PEM: PKCS#1 for RSA, PKCS#8 for Ed25519, as Kalshi sends them. */
    readonly privateKeyPem: string;
}

export async function makeKeyPair(type: KeyType): Promise<KeyPair> {
    if (type === "ed25519") {
        const { publicKey, privateKey } = await generate("ed25519");
        return { publicKey, privateKeyPem: privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
    }
    const { publicKey, privateKey } = await generate("rsa", { modulusLength: 2048 });
    return { publicKey, privateKeyPem: privateKey.export({ type: "pkcs1", format: "pem" }).toString() };
}

export function spki(key: KeyObject): string {
    return key.export({ type: "spki", format: "pem" }).toString();
}

/** Reads a public key from a request: SPKI PEM, RSA or Ed25519. */
export function readPublicKey(pem: string): { publicKey: KeyObject; type: KeyType } {
    if (!pem.trimStart().startsWith("-----BEGIN PUBLIC KEY-----")) {
        throw invalid("public_key must be PEM that starts with -----BEGIN PUBLIC KEY-----");
    }
    const publicKey = parse(pem);
    const type = publicKey.asymmetricKeyType;
    if (type !== "rsa" && type !== "ed25519") {
        throw invalid("public_key must be an RSA or Ed25519 key");
    }
    return { publicKey, type };
}

function parse(pem: string): KeyObject {
    try {
        return createPublicKey(pem);
    } catch {
        throw invalid("public_key cannot be parsed");
    }
}

/** The fields of a request for a new key, without its key pair. */
export interface KeyRequest {
    readonly name: string;
    readonly scopes: readonly string[];
    readonly subaccount?: number | undefined;
    readonly fcm_subtrader_id?: string | undefined;
}

export function newKey(request: KeyRequest, publicKey: KeyObject, keyType: KeyType, now: number): StoredKey {
    return { api_key_id: randomUUID(), ...request, key_type: keyType, public_key: spki(publicKey), created_at: now };
}

/**
 * Returns the error for a signing key that may not manage keys, or undefined if it may. Source: docs.kalshi.com subaccounts page;
 * OpenAPI 3.34.0. Kalshi does not document the scopes that key management needs. The broad ones are an assumption, with a switch.
 */
export function refusal(signer: StoredKey, writes: boolean, narrowKeysManage: boolean): ApiError | undefined {
    if (signer.subaccount !== undefined) {
        return forbidden("this API key is restricted to a single sub-account and cannot access this endpoint");
    }
    if (signer.fcm_subtrader_id !== undefined) {
        return forbidden("this API key is restricted to an FCM subtrader and cannot access this endpoint");
    }
    const needed = writes ? "write" : "read";
    const fits = (scope: string) => scope === needed || (narrowKeysManage && scope.startsWith(`${needed}::`));
    return signer.scopes.some(fits) ? undefined : forbidden(`this API key lacks the scope ${needed}`);
}
