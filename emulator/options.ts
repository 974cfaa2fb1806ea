import type { KeyType } from "./keys";

/** A bucket of tokens that pays for calls, each of which costs 10 tokens. */
export interface Bucket {
    /** Tokens a second. */
    readonly refillRate: number;
    /** Tokens that the bucket holds when it is full. */
    readonly capacity: number;
}

const bucket = (refillRate: number, seconds: number): Bucket => ({ refillRate, capacity: refillRate * seconds });

/**
 * The API usage levels, by their names in `usage_tier`: what the buckets of an account allow, and whether it may register
 * public keys of its own.
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
export type UsageLevel = keyof typeof usageLevels;

/** How the emulated account and server behave. What Kalshi does not document is a switch here. */
export interface EmulatorOptions {
    /** The TCP port on 127.0.0.1; 0 picks a free one. */
    readonly port: number;
    /** The folder that keeps the account's keys across restarts, and where `credentials.env` is written. */
    readonly dataDir: string;
    /** The type of the root key, which a new account starts with. Kalshi's own clients sign with RSA keys only. */
    readonly rootKeyType: KeyType;
    /** Own public keys are for Premier and above; the levels below are answered 403. */
    readonly usageLevel: UsageLevel;
    /** Whether the level's rate limit holds. */
    readonly rateLimits: boolean;
    /**
     * The bucket that POST and DELETE of keys are charged to. The docs list what is charged to `write`, and keys are not in
     * that list; no response of Kalshi's confirms it.
     */
    readonly keyWritesBucket: BucketName;
    /** Seconds that a request's timestamp may lie in the past, and in the future. */
    readonly clockWindow: readonly [past: number, future: number];
    /** Milliseconds until a new key shows up in the list, and until a deleted one leaves it. */
    readonly listLag: number;
    readonly listOrder: ListOrder;
    /** Keys on a page of the list. With pages, the list has a `cursor`, which is empty on the last page. */
    readonly pageSize: number;
    /** Whether the list ignores the `cursor` that it is given: every page is the first one, with a cursor that is not empty. */
    readonly ignoreCursor: boolean;
    /** Whether the list shows the children of `read` and `write` in their place. One client says that Kalshi can do so. */
    readonly expandScopes: boolean;
    /**
     * The Unix time in seconds when the account's location attestation expires, for the list to show.
     * Source: docs.kalshi.com, changelog of 2026-08-16.
     */
    readonly regionExpirationTs: number | undefined;
    /** Where the list shows it: beside `api_keys` (OpenAPI 3.32.0 `GetApiKeysResponse`), or in each key (one source). */
    readonly regionExpirationIn: RegionExpirationPlace;
    /** Whether both POSTs of keys are answered 403, as if the account's location attestation was missing or expired. */
    readonly attestationMissing: boolean;
    /** The `warning` in the 201 of both POSTs. Kalshi documents it for FCM members. */
    readonly warning: string | undefined;
    /** Whether two keys may bear the same name. */
    readonly uniqueNames: boolean;
    /** How many keys an account may hold, the root key among them. */
    readonly maxKeys: number;
    /** Whether a key may delete itself. */
    readonly selfDelete: boolean;
    /** What `"scopes": []` means: as if left out, a key without scopes, or an error. */
    readonly emptyScopes: EmptyScopes;
    /** Whether any `read::…` lets a key list keys and any `write::…` make and delete them, not `read` and `write` alone. */
    readonly narrowKeysManage: boolean;
    /** Whether a key may make keys with scopes that it does not hold itself; narrow ones can, where they may manage. */
    readonly scopeEscalation: boolean;
    /** Whether the account is an FCM member, whose keys may be bound to subtraders. */
    readonly fcmMember: boolean;
    /** Whether keys for an FCM subtrader are answered 409, as if the subtrader was not visible yet. */
    readonly fcmSubtraderPending: boolean;
    /** Whether the server is `trading-api.kalshi.com`, which answers every API call with 401 and where the API is now. */
    readonly retiredHost: boolean;
    /** Unix time in milliseconds. */
    readonly now: () => number;
}

export const bucketNames = ["read", "write"] as const;
export type BucketName = (typeof bucketNames)[number];
export const listOrders = ["created", "newest", "name"] as const;
export type ListOrder = (typeof listOrders)[number];
export const regionExpirationPlaces = ["list", "keys"] as const;
export type RegionExpirationPlace = (typeof regionExpirationPlaces)[number];
export const emptyScopesChoices = ["default", "none", "refuse"] as const;
export type EmptyScopes = (typeof emptyScopesChoices)[number];

export const defaults: Omit<EmulatorOptions, "port" | "dataDir"> = {
    rootKeyType: "rsa",
    usageLevel: "premier",
    rateLimits: true,
    keyWritesBucket: "read",
    // Between what was seen accepted and what was seen refused on Kalshi's demo and production servers.
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
};
