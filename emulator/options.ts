import type { KeyType } from "./keys";

/** A token bucket of the rate limiter. A call costs 10 tokens. */
export interface Bucket {
    /** Tokens per second. */
    readonly refillRate: number;
    /** The largest number of tokens in the bucket. */
    readonly capacity: number;
}

const bucket = (refillRate: number, seconds: number): Bucket => ({ refillRate, capacity: refillRate * seconds });

/**
 * The API usage levels, by their names in `usage_tier`: the sizes of an account's buckets, and whether it may register
 * user-supplied public keys.
 *
 * | level    | read, tokens/s | read holds | write, tokens/s | write holds | source                                         |
 * | -------- | -------------- | ---------- | --------------- | ----------- | ---------------------------------------------- |
 * | basic    | 200            | 600        | 100             | 100         | read was measured; the docs say two seconds    |
 * | advanced | 300            | 900        | 300             | 600         | read was measured; the docs say two seconds    |
 * | expert   | 600            | 600        | 600             | 1,200       | docs                                           |
 * | premier  | 1,000          | 1,000      | 1,000           | 2,000       | docs, also as an example body                  |
 * | paragon  | 2,000          | 2,000      | 2,000           | 4,000       | docs                                           |
 * | prime    | 4,000          | 4,000      | 4,000           | 8,000       | docs                                           |
 * | prestige | 10,000         | 10,000     | 8,000           | 16,000      | docs                                           |
 *
 * Docs: docs.kalshi.com, getting_started/rate_limits of 2026-08-16: `read` holds two seconds at Basic and Advanced and one
 * above, `write` holds one second at Basic and two above. Measured: live accounts, 2026-08-15. One reference says that all
 * but Basic and Advanced have been raised by a fifth on 2026-09-24; no page seen says so.
 */
export const usageLevels = {
    basic: { read: bucket(200, 3), write: bucket(100, 1), ownPublicKeys: false },
    advanced: { read: bucket(300, 3), write: bucket(300, 2), ownPublicKeys: false },
    expert: { read: bucket(600, 1), write: bucket(600, 2), ownPublicKeys: false },
    premier: { read: bucket(1_000, 1), write: bucket(1_000, 2), ownPublicKeys: true },
    paragon: { read: bucket(2_000, 1), write: bucket(2_000, 2), ownPublicKeys: true },
    prime: { read: bucket(4_000, 1), write: bucket(4_000, 2), ownPublicKeys: true },
    prestige: { read: bucket(10_000, 1), write: bucket(8_000, 2), ownPublicKeys: true },
} as const;
/** The name of an API usage level. */
export type UsageLevel = keyof typeof usageLevels;

/** The options of the emulated account and server. There is one for each behaviour that Kalshi does not document. */
export interface EmulatorOptions {
    /** The TCP port on 127.0.0.1; 0 picks a free one, and is the default in a program. */
    readonly port: number;
    /** The folder of the account's keys and of `credentials.env`. The account survives restarts. */
    readonly dataDir: string;
    /** The type of a new account's root key. Kalshi's own clients sign with RSA keys only. */
    readonly rootKeyType: KeyType;
    /** The API usage level. User-supplied public keys need `premier` or above; lower levels get 403. */
    readonly usageLevel: UsageLevel;
    /** Whether the emulator enforces the level's rate limit. */
    readonly rateLimits: boolean;
    /**
     * The bucket that POST and DELETE of keys are charged to. The docs list what is charged to `write`, and keys are not in
     * that list; no response of Kalshi's confirms it.
     */
    readonly keyWritesBucket: BucketName;
    /** Seconds by which a request's timestamp may be in the past, and in the future. */
    readonly clockWindow: readonly [past: number, future: number];
    /** Milliseconds until a new key shows up in the list, and until a deleted one leaves it. */
    readonly listLag: number;
    readonly listOrder: ListOrder;
    /** Keys on a page of the list. With pages, the list has a `cursor`, which is empty on the last page. */
    readonly pageSize: number;
    /** Whether the list ignores the request's `cursor`: every page is the first one, with a cursor that is not empty. */
    readonly ignoreCursor: boolean;
    /** Whether the list shows the children of `read` and `write` instead of them. Kalshi may do so, according to one client. */
    readonly expandScopes: boolean;
    /**
     * The Unix time in seconds when the account's location attestation expires. The list shows it.
     * Source: docs.kalshi.com, changelog of 2026-08-16.
     */
    readonly regionExpirationTs: number | undefined;
    /** Where the list shows it: beside `api_keys` (OpenAPI 3.32.0 `GetApiKeysResponse`), or in each key (one source). */
    readonly regionExpirationIn: RegionExpirationPlace;
    /** Whether both POSTs of keys return 403, as if the account's location attestation was missing or expired. */
    readonly attestationMissing: boolean;
    /** The `warning` in the 201 of both POSTs. Kalshi documents it for FCM members. */
    readonly warning: string | undefined;
    /** Whether a second key of the same name is an error. */
    readonly uniqueNames: boolean;
    /** The largest number of keys on the account, including the root key. */
    readonly maxKeys: number;
    /** Whether a key may delete itself. */
    readonly selfDelete: boolean;
    /** The meaning of `"scopes": []`: the default scopes, a key without scopes, or an error. */
    readonly emptyScopes: EmptyScopes;
    /** Whether narrow scopes suffice to manage keys: any `read::…` to list them, and any `write::…` to create and delete them. */
    readonly narrowKeysManage: boolean;
    /** Whether a key may create keys with scopes that it does not have itself. */
    readonly scopeEscalation: boolean;
    /** Whether the account is an FCM member, whose keys may be bound to subtraders. */
    readonly fcmMember: boolean;
    /** Whether a POST of a key for an FCM subtrader returns 409, as if the subtrader was not visible yet. */
    readonly fcmSubtraderPending: boolean;
    /** Whether the server behaves like `trading-api.kalshi.com`: every API call returns 401 and the API's new URL. */
    readonly retiredHost: boolean;
    /** Unix time in milliseconds. */
    readonly now: () => number;
    /**
     * Called after the emulator has stopped by itself, because its folder was removed, or because another emulator took the folder
     * while this process could not run, for example on a suspended machine. Default: throws the error, which ends the process.
     */
    readonly onFolderLost: (error: Error) => void;
}

/** The port that the command listens on unless `--port` names another. It is outside the ranges of ephemeral ports. */
export const defaultPort = 8277;

/** The names of the two token buckets. */
export const bucketNames = ["read", "write"] as const;
/**
 * The name of a token bucket.
 *
 * @useDeclaredType
 */
export type BucketName = (typeof bucketNames)[number];
/** The values of {@link EmulatorOptions.listOrder}. */
export const listOrders = ["created", "newest", "name"] as const;
/**
 * The order of the keys in the list: by creation with the oldest or the newest first, or by name.
 *
 * @useDeclaredType
 */
export type ListOrder = (typeof listOrders)[number];
/** The values of {@link EmulatorOptions.regionExpirationIn}. */
export const regionExpirationPlaces = ["list", "keys"] as const;
/**
 * Where the list shows the expiration of the location attestation: beside the keys, or in each key.
 *
 * @useDeclaredType
 */
export type RegionExpirationPlace = (typeof regionExpirationPlaces)[number];
/** The values of {@link EmulatorOptions.emptyScopes}. */
export const emptyScopesChoices = ["default", "none", "refuse"] as const;
/**
 * The meaning of `"scopes": []` in a request.
 *
 * @useDeclaredType
 */
export type EmptyScopes = (typeof emptyScopesChoices)[number];

/** The default of each option, except those of the port and the folder. */
export const defaults: Omit<EmulatorOptions, "port" | "dataDir"> = {
    rootKeyType: "rsa",
    usageLevel: "premier",
    rateLimits: true,
    keyWritesBucket: "read",
    // Between the longest accepted and the shortest refused skew that were seen on Kalshi's demo and production servers.
    clockWindow: [15, 30],
    listLag: 0,
    listOrder: "created",
    pageSize: Infinity,
    ignoreCursor: false,
    expandScopes: false,
    regionExpirationTs: undefined,
    regionExpirationIn: "list",
    attestationMissing: false,
    warning: undefined,
    uniqueNames: false,
    maxKeys: Infinity,
    selfDelete: true,
    emptyScopes: "default",
    narrowKeysManage: false,
    scopeEscalation: true,
    fcmMember: false,
    fcmSubtraderPending: false,
    retiredHost: false,
    now: Date.now,
    onFolderLost: (error) => {
        throw error;
    },
};
