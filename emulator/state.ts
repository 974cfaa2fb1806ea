import type { FastifyInstance } from "fastify";
import type { TokenBucket } from "limiter";
import { z } from "zod";
import type { Account, ShownKey } from "./account";
import { exportsOf, variablesOf, type Variables } from "./credentials";
import type { Fault, Faults } from "./faults";
import type { KeyType } from "./keys";
import { bucketNames, usageLevels, type BucketName, type EmulatorOptions, type UsageLevel } from "./options";
import type { NumberedRecord, RequestLog } from "./record";

/** What the page shows: the body of `GET /_emulator/state`. Times are ISO 8601, UTC. It contains no secret. */
export interface State {
    readonly version: string;
    readonly now: string;
    readonly variables: Variables;
    /** The content of `credentials.env`: the shell commands that export the variables. */
    readonly exports: string;
    readonly usageLevel: UsageLevel;
    readonly rateLimits: {
        readonly enforced: boolean;
        readonly buckets: readonly BucketState[];
    };
    /** The existing keys in the order of their creation, then the latest revoked ones. */
    readonly keys: readonly KeyState[];
    /** The latest requests, the last one first. */
    readonly requests: readonly RequestState[];
    readonly faults: readonly FaultState[];
}

/** A token bucket and its content. */
export interface BucketState {
    readonly name: BucketName;
    readonly tokens: number;
    readonly capacity: number;
    /** Tokens per second. */
    readonly refillRate: number;
}

/** A key, which may be revoked. */
export interface KeyState {
    readonly apiKeyId: string;
    readonly name: string;
    readonly scopes: readonly string[];
    readonly keyType: KeyType;
    readonly subaccount: number | null;
    readonly fcmSubtraderId: string | null;
    readonly createdAt: string;
    /** Null if the key has signed no request since the emulator's start. */
    readonly lastUsedAt: string | null;
    readonly revokedAt: string | null;
}

/** A request. Its path has no query. The key id is null if the header has none that has the form of an id. */
export type RequestState = NumberedRecord;

/** A pending fault, without the body of its response. */
export type FaultState = Omit<Fault, "body" | "contentType"> & { readonly id: number };

const shownRequests = 100;

export interface StateSources {
    readonly app: FastifyInstance;
    readonly version: string;
    readonly account: Account;
    readonly options: EmulatorOptions;
    readonly buckets: Readonly<Record<BucketName, TokenBucket>>;
    readonly faults: Faults;
    readonly log: RequestLog;
}

export function stateOf({ app, version, account, options, buckets, faults, log }: StateSources): State {
    const variables = variablesOf(app, account, options.dataDir);
    return {
        version,
        now: new Date(options.now()).toISOString(),
        variables,
        exports: exportsOf(variables),
        usageLevel: options.usageLevel,
        rateLimits: {
            enforced: options.rateLimits,
            buckets: bucketNames.map((name) => bucketState(name, buckets[name], options.usageLevel)),
        },
        keys: account.shown().map(keyState),
        requests: log.latest(shownRequests).map(requestState),
        faults: faults.pending().map(({ body: _body, contentType: _contentType, ...fault }) => fault),
    };
}

function bucketState(name: BucketName, bucket: TokenBucket, level: UsageLevel): BucketState {
    // Adds the tokens since the last call.
    bucket.drip();
    return { name, tokens: Math.floor(bucket.content), ...usageLevels[level][name] };
}

function keyState({ key, lastUsedAt, revokedAt }: ShownKey): KeyState {
    return {
        apiKeyId: key.api_key_id,
        name: key.name,
        scopes: key.scopes,
        keyType: key.key_type,
        subaccount: key.subaccount ?? null,
        fcmSubtraderId: key.fcm_subtrader_id ?? null,
        createdAt: isoTime(key.created_at),
        lastUsedAt: lastUsedAt === undefined ? null : isoTime(lastUsedAt),
        revokedAt: revokedAt === undefined ? null : isoTime(revokedAt),
    };
}

/** Removes what may hold a secret because of a mistake in a client: the query, and a key id that is none. */
function requestState({ path, keyId, ...record }: NumberedRecord): RequestState {
    return { ...record, path: path.replace(/\?.*/, ""), keyId: z.guid().safeParse(keyId).success ? keyId : null };
}

const isoTime = (time: number) => new Date(time).toISOString();
