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
export type KnownScope = (typeof knownScopes)[number];

/** What a key may do. Any other string of the right form is let through, since Kalshi adds scopes often. */
export type Scope = KnownScope | (string & Record<never, never>);

/** A key as the list shows it: never its key material, its type or its age. Source: OpenAPI 3.32.0 `ApiKey`. */
export interface ApiKey {
    /** Its id: a UUID. */
    readonly apiKeyId: string;
    /** Its name, which other keys may have too. */
    readonly name: string;
    /** What it may do. Absent where the list does not tell. */
    readonly scopes?: readonly Scope[] | undefined;
    /** The subaccount that it is bound to, 0 to 63. Absent on a key that is not. */
    readonly subaccount?: number | undefined;
    /** The FCM subtrader that it is bound to. Absent on a key that is not. */
    readonly fcmSubtraderId?: string | undefined;
}

/** The account's keys, and what else their list says of the account. */
export interface KeyList {
    readonly keys: readonly ApiKey[];
    /**
     * When the location attestation of API trading expires. Absent if the account never attested.
     * Source: docs.kalshi.com changelog 2026-08-16.
     */
    readonly regionExpiresAt: Date | undefined;
}

/** A part of the list. */
export interface KeyPage extends KeyList {
    /** Names the next part; empty for the last one. */
    readonly cursor: string;
}

/** What both POSTs take. */
export interface KeyRequest {
    readonly name: string;
    readonly scopes?: readonly Scope[] | undefined;
    readonly subaccount?: number | undefined;
    readonly fcmSubtraderId?: string | undefined;
}

/** `POST /api_keys/generate`: Kalshi makes the key pair. */
export interface GenerateRequest extends KeyRequest {
    readonly keyType?: KeyType | undefined;
}

/** `POST /api_keys`: the caller's own public key, SPKI PEM. */
export interface CreateRequest extends KeyRequest {
    readonly publicKey: string;
}

/** The answer to `POST /api_keys`. */
export interface CreatedKey {
    readonly apiKeyId: string;
    /** Sent to FCM members only. */
    readonly warning?: string | undefined;
}

/** The answer to `POST /api_keys/generate`: the only time that the private key is ever sent. */
export interface GeneratedKey extends CreatedKey {
    /** PEM: PKCS#1 for RSA, PKCS#8 for Ed25519. */
    readonly privateKey: string;
}

/** A bucket of tokens that pays for calls. Source: OpenAPI 3.20.0 `BucketLimit`. */
export interface BucketLimits {
    /** Tokens a second. */
    readonly refillRate: number;
    /** Tokens. */
    readonly bucketCapacity: number;
}

/** `GET /account/limits`, as far as it is used: what an account is allowed. Source: OpenAPI 3.20.0, kalshi-typescript 3.30.0. */
export interface AccountLimits {
    /** The account's API usage level. */
    readonly usageLevel: string;
    /** Pays for every GET. Which bucket pays for POST and DELETE of keys is not documented. */
    readonly read: BucketLimits;
    /** Pays for orders. */
    readonly write: BucketLimits;
}

/** The JSON body of either POST, in Kalshi's own field names. */
export function requestBody(request: GenerateRequest | CreateRequest): Record<string, unknown> {
    return {
        name: request.name,
        key_type: "keyType" in request ? request.keyType : undefined,
        public_key: "publicKey" in request ? request.publicKey : undefined,
        scopes: request.scopes,
        subaccount: request.subaccount,
        fcm_subtrader_id: request.fcmSubtraderId,
    };
}
