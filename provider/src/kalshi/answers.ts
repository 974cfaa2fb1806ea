import { z } from "zod";
import type { AccountLimits, ApiKey, BucketLimits, CreatedKey, GeneratedKey, KeyPage } from "./types";

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
