// Types and constants only, without zod, because the types of programs depend on this file.

/** The key types that Kalshi generates. Source: OpenAPI 3.34.0 `ApiKeyType`. */
export const keyTypes = ["rsa", "ed25519"] as const;
export type KeyType = (typeof keyTypes)[number];

/**
 * The scopes that are known today. A parent (`read`, `write`) includes its children.
 * Source: OpenAPI 3.34.0 `ApiKeyScope`.
 */
export const knownScopes = [
    "read",
    "read::block_trade_accept",
    "read::portfolio_balance",
    "write",
    "write::block_trade_accept",
    "write::fcm_risk",
    "write::trade",
    "write::transfer",
] as const;
/**
 * A scope that this version knows.
 *
 * @useDeclaredType
 */
export type KnownScope = (typeof knownScopes)[number];

/**
 * What a key may do. Any other string of the right form is accepted, because Kalshi adds scopes often.
 *
 * @inline
 */
export type Scope = KnownScope | (string & Record<never, never>);

/** A key in Kalshi's list, as far as the client depends on it. */
export interface ListedKey {
    /** A UUID. */
    readonly apiKeyId: string;
    readonly name: string;
}

/** The account's keys, and the account's data in the same response. */
export interface KeyList<Key extends ListedKey = ListedKey> {
    readonly keys: readonly Key[];
    /**
     * When the location attestation of API trading expires. Absent if the account never attested.
     * Source: docs.kalshi.com changelog 2026-08-16.
     */
    readonly regionExpiresAt: Date | undefined;
}

/** A page of the list. */
export interface KeyPage<Key extends ListedKey> extends KeyList<Key> {
    /** Identifies the next page; empty on the last page. */
    readonly cursor: string;
}

/**
 * The parameters of both POSTs. `POST /api_keys/generate` generates a key pair; `POST /api_keys` registers the user's `publicKey`, SPKI
 * PEM. Each parameter is sent under its name in snake case: `keyType` as `key_type`. An undefined one is not sent.
 */
export type KeyRequest = { readonly name: string } & Readonly<Record<string, unknown>>;

/** The response to `POST /api_keys`. */
export interface CreatedKey {
    readonly apiKeyId: string;
    /** Sent to FCM members only. */
    readonly warning?: string | undefined;
}

/** The response to `POST /api_keys/generate`, the only one that contains the private key. */
export interface GeneratedKey extends CreatedKey {
    /** PEM: PKCS#1 for RSA, PKCS#8 for Ed25519. */
    readonly privateKey: string;
}

/** A token bucket of the rate limit. Source: OpenAPI 3.20.0 `BucketLimit`. */
export interface BucketLimits {
    /** Tokens a second. */
    readonly refillRate: number;
    /** Tokens. */
    readonly bucketCapacity: number;
}

/** `GET /account/limits`, as far as the provider uses it: the account's limits. Source: OpenAPI 3.20.0, kalshi-typescript 3.30.0. */
export interface AccountLimits {
    /** The account's API usage level. */
    readonly usageLevel: string;
    /** The bucket for every GET. The bucket for POST and DELETE of keys is not documented. */
    readonly read: BucketLimits;
    /** The bucket for orders. */
    readonly write: BucketLimits;
}
