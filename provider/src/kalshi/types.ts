import { z } from "zod"; /** The key types that Kalshi generates. Source: OpenAPI 3.34.0 `ApiKeyType`. */
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

/** What a key may do. Any other string of the right form is accepted, because Kalshi adds scopes often. */
export type Scope = KnownScope | (string & Record<never, never>);

/** A key as the list shows it. The list never shows its key material, type or age. Source: OpenAPI 3.32.0 `ApiKey`. */
export interface ApiKey {
    /** Its id: a UUID. */
    readonly apiKeyId: string;
    /** Its name, which other keys may have too. */
    readonly name: string;
    /** What it may do. Absent if the list does not show it. */
    readonly scopes?: readonly Scope[] | undefined;
    /** The subaccount that it is bound to, 0 to 63. Absent on a key that is not. */
    readonly subaccount?: number | undefined;
    /** The FCM subtrader that it is bound to. Absent on a key that is not. */
    readonly fcmSubtraderId?: string | undefined;
}

/** The account's keys, and the account's data in the same response. */
export interface KeyList {
    readonly keys: readonly ApiKey[];
    /**
     * When the location attestation of API trading expires. Absent if the account never attested.
     * Source: docs.kalshi.com changelog 2026-08-16.
     */
    readonly regionExpiresAt: Date | undefined;
}

/** A page of the list. */
export interface KeyPage extends KeyList {
    /** Identifies the next page; empty on the last page. */
    readonly cursor: string;
}

/** The parameters of both POSTs. */
export interface KeyRequest {
    readonly name: string;
    readonly scopes?: readonly Scope[] | undefined;
    readonly subaccount?: number | undefined;
    readonly fcmSubtraderId?: string | undefined;
}

/** `POST /api_keys/generate`: Kalshi generates the key pair. */
export interface GenerateRequest extends KeyRequest {
    readonly keyType?: KeyType | undefined;
}

/** `POST /api_keys`: the user supplies the public key, SPKI PEM. */
export interface CreateRequest extends KeyRequest {
    readonly publicKey: string;
}

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

/** Returns the JSON body of either POST, with Kalshi's field names. */
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

// Schemas of Kalshi's responses. A property that the provider depends on is required. An invalid optional property counts as absent.

const warning = z.string().optional().catch(undefined);

export const createdKey = z
    .object({ api_key_id: z.string().min(1), warning })
    .transform((body): CreatedKey => ({ apiKeyId: body.api_key_id, warning: body.warning }));

export const generatedKey = z
    .object({ api_key_id: z.string().min(1), private_key: z.string().min(1), warning })
    .transform((body): GeneratedKey => ({
        apiKeyId: body.api_key_id,
        privateKey: body.private_key,
        warning: body.warning,
    }));

const bucketLimits = z
    .object({ refill_rate: z.number().positive(), bucket_capacity: z.number().positive() })
    .transform((bucket): BucketLimits => ({
        refillRate: bucket.refill_rate,
        bucketCapacity: bucket.bucket_capacity,
    }));

export const accountLimits = z
    .object({ usage_tier: z.string(), read: bucketLimits, write: bucketLimits })
    .transform(({ usage_tier, read, write }): AccountLimits => ({ usageLevel: usage_tier, read, write }));

/** Reads the key's id from a response that is otherwise invalid. */
export const keyInRest = z.object({ api_key_id: z.string().min(1) }).transform((body) => body.api_key_id);

/**
 * Unix time in seconds or milliseconds. Kalshi documents an integer and no unit. The size shows the unit: this century's dates in
 * seconds are below 1e11, and those in milliseconds are above it.
 */
const timestamp = z
    .number()
    .positive()
    .transform((time) => new Date(time < 1e11 ? time * 1000 : time))
    .nullish()
    .catch(undefined);

const listedKey = z.object({
    api_key_id: z.string().min(1),
    name: z.string(),
    scopes: z.array(z.string()).nullish(),
    subaccount: z.number().nullish(),
    fcm_subtrader_id: z.string().nullish(),
    api_key_region_expiration_ts: timestamp,
});

function apiKey(key: z.output<typeof listedKey>): ApiKey {
    return {
        apiKeyId: key.api_key_id,
        name: key.name,
        scopes: key.scopes ?? undefined,
        subaccount: key.subaccount ?? undefined,
        fcmSubtraderId: key.fcm_subtrader_id ?? undefined,
    };
}

/**
 * One page of the list. Source: OpenAPI 3.32.0. Kalshi's other lists have a cursor; for this one it is not documented. The expiry of
 * the location attestation is documented both beside the keys and in each key.
 */
export const keyPage = z
    .object({
        api_keys: z.array(listedKey).nullable(),
        cursor: z.string().nullish(),
        api_key_region_expiration_ts: timestamp,
    })
    .transform((body): KeyPage => {
        const keys = body.api_keys ?? [];
        return {
            keys: keys.map(apiKey),
            cursor: body.cursor ?? "",
            regionExpiresAt: earliest([body, ...keys].map((one) => one.api_key_region_expiration_ts ?? undefined)),
        };
    });

/** Returns the earliest of some dates, if there is one. */
export function earliest(dates: readonly (Date | undefined)[]): Date | undefined {
    const [first] = dates.filter((date) => date !== undefined).sort((one, other) => one.getTime() - other.getTime());
    return first;
}
