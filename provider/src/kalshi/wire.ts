import { z } from "zod";
import type { AccountLimits, BucketLimits, CreatedKey, GeneratedKey, KeyPage, KeyRequest, ListedKey } from "./types";

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
