import { createPublicKey, generateKeyPair, randomUUID, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import { ApiError, forbidden, invalid } from "./errors";

/** A key as the emulator keeps it. Private keys are never kept. */
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
    /** Unix time in milliseconds; a deleted key is kept for as long as a lagging list may show it. */
    readonly deleted_at?: number;
}

export type KeyType = "rsa" | "ed25519";

/** As Kalshi documents them (OpenAPI 3.34.0, `ApiKeyScope`); anything else is an error. */
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

/** Whether a key with these scopes may do what needs that one: a parent scope includes its children. */
export function holds(held: readonly string[], needed: string): boolean {
    return held.includes(needed) || held.includes(needed.split("::")[0] ?? "");
}

/** The scopes with the children of a parent in its place. */
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

/** What a request for a new key says of it, apart from its key pair. */
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
 * Why a signing key may not manage keys, or undefined where it may. Source: docs.kalshi.com subaccounts page; OpenAPI
 * 3.34.0. Which scope key management needs is not documented: the broad ones are an assumption, with a switch.
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
