import { z } from "zod";

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

/** What a key may do. Any other string of the right form is accepted, because Kalshi adds scopes often. */
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

/** Returns Kalshi's name of a property: `keyType` is `key_type`. */
export function snakeCase(name: string): string {
    return name.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`);
}

/** Returns the JSON body of either POST, with Kalshi's field names. */
export function requestBody(request: KeyRequest): Record<string, unknown> {
    return Object.fromEntries(Object.entries(request).map(([name, value]) => [snakeCase(name), value]));
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

const attestation = z.object({ apiKeyRegionExpirationTs: timestamp });

/** Returns an object with its properties' names in camel case: `api_key_id` becomes `apiKeyId`. */
function camelCased(value: unknown): unknown {
    const camelCase = (name: string) => name.replace(/_(.)/g, (_match, letter: string) => letter.toUpperCase());
    return typeof value === "object" && value !== null
        ? Object.fromEntries(Object.entries(value).map(([name, property]) => [camelCase(name), property]))
        : value;
}

/**
 * Returns the schema of one page of the list. Source: OpenAPI 3.32.0. Kalshi's other lists have a cursor; for this one it is not
 * documented. The expiry of the location attestation is documented both beside the keys and in each key.
 *
 * @param key the schema of a key, with property names in camel case
 */
export function keyPage<Key extends ListedKey>(key: z.ZodType<Key>): z.ZodType<KeyPage<Key>> {
    return z
        .object({
            api_keys: z.array(z.preprocess(camelCased, z.intersection(key, attestation))).nullable(),
            cursor: z.string().nullish(),
            api_key_region_expiration_ts: timestamp,
        })
        .transform((body) => {
            const listed = body.api_keys ?? [];
            const expiries = listed.map((one) => one.apiKeyRegionExpirationTs ?? undefined);
            return {
                keys: listed.map(({ apiKeyRegionExpirationTs: _expiry, ...rest }) => rest as unknown as Key),
                cursor: body.cursor ?? "",
                regionExpiresAt: earliest([body.api_key_region_expiration_ts ?? undefined, ...expiries]),
            };
        });
}

/** Returns the earliest of some dates, if there is one. */
export function earliest(dates: readonly (Date | undefined)[]): Date | undefined {
    const [first] = dates.filter((date) => date !== undefined).sort((one, other) => one.getTime() - other.getTime());
    return first;
}
