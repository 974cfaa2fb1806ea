/**
 * API usage levels, and what each is granted: tokens per second, and seconds of them that a bucket holds. Every call
 * on keys costs 10 tokens of the Read bucket.
 *
 * Source: docs.kalshi.com rate limits page with the increase of 2026-09-24; three seconds of capacity were seen on live
 * accounts of the two lowest levels, and the page's older two seconds stand for the others. Which bucket key management
 * bills, and what a market maker gets, is not documented: Read, and as Premier, are assumptions.
 */
export const usageLevels = {
    basic: { tokensPerSecond: 200, capacitySeconds: 3, ownPublicKeys: false },
    advanced: { tokensPerSecond: 300, capacitySeconds: 3, ownPublicKeys: false },
    expert: { tokensPerSecond: 600, capacitySeconds: 2, ownPublicKeys: false },
    premier: { tokensPerSecond: 1_200, capacitySeconds: 2, ownPublicKeys: true },
    paragon: { tokensPerSecond: 2_400, capacitySeconds: 2, ownPublicKeys: true },
    prime: { tokensPerSecond: 4_800, capacitySeconds: 2, ownPublicKeys: true },
    prestige: { tokensPerSecond: 12_000, capacitySeconds: 2, ownPublicKeys: true },
    "market-maker": { tokensPerSecond: 1_200, capacitySeconds: 2, ownPublicKeys: true },
} as const;
export type UsageLevel = keyof typeof usageLevels;

/** How the emulated account and server behave. What Kalshi does not document is a switch here. */
export interface EmulatorOptions {
    /** The TCP port on 127.0.0.1; 0 picks a free one. */
    readonly port: number;
    /** The folder that keeps the account's keys across restarts, and where `credentials.env` is written. */
    readonly dataDir: string;
    /** Own public keys are for Premier and above and for market makers; the others are answered 403. */
    readonly usageLevel: UsageLevel;
    /** Whether the level's rate limit holds. */
    readonly rateLimits: boolean;
    /** Seconds that a request's timestamp may lie in the past, and in the future. */
    readonly clockWindow: readonly [past: number, future: number];
    /** Milliseconds until a new key shows up in the list, and until a deleted one leaves it. */
    readonly listLag: number;
    readonly listOrder: ListOrder;
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
    /** Unix time in milliseconds. */
    readonly now: () => number;
}

export const listOrders = ["created", "newest", "name"] as const;
export type ListOrder = (typeof listOrders)[number];
export const emptyScopesChoices = ["default", "none", "refuse"] as const;
export type EmptyScopes = (typeof emptyScopesChoices)[number];

export const defaults: Omit<EmulatorOptions, "port" | "dataDir"> = {
    usageLevel: "premier",
    rateLimits: true,
    // Between what was seen accepted and what was seen refused on Kalshi's demo and production servers.
    clockWindow: [15, 30],
    listLag: 0,
    listOrder: "created",
    uniqueNames: false,
    maxKeys: Infinity,
    selfDelete: true,
    emptyScopes: "default",
    narrowKeysManage: false,
    scopeEscalation: true,
    fcmMember: false,
    now: Date.now,
};
