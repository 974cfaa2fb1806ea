import { z } from "zod";
import { youngForMilliseconds } from "../apiKey/existence";
import type { KeyList } from "../apiKey/journal";
import { parseJson } from "../kalshi/json";
import { inspect, processIdentitySchema } from "./processIdentity";

const createShape = {
    /** The key's name. */
    name: z.string(),
    environment: z.string(),
    /** The id of the signing key, which identifies the account. */
    signedBy: z.string(),
    project: z.string(),
    stack: z.string(),
    /** The resource's name in the program. */
    resource: z.string(),
    /** The working directory of the process, which is the program's folder. */
    folder: z.string(),
    /** ISO 8601, UTC. */
    startedAt: z.string(),
};

/** A create as its file records it, from before the request is sent until its outcome is settled. It holds no secret. */
const entrySchema = z.object({
    ...createShape,
    /** Whether the key's name is unique, so that it identifies the key's owner. */
    uniqueName: z.boolean(),
    /** The organization that the stack belongs to; absent if unknown. */
    organization: z.string().optional(),
    /** The backend that holds the stack's state, without credentials; absent if unknown. */
    backend: z.string().optional(),
    process: processIdentitySchema,
    /**
     * - `pending`: the outcome is unknown. The create is in flight, or its process or its response was lost;
     * - `delivered`: the provider returned the key to the engine;
     * - `undelivered`: the engine had disconnected when the response came, so no state ever held the key.
     */
    status: z.enum(["pending", "delivered", "undelivered"]),
    /** The id of the created key; absent while the entry is pending. */
    apiKeyId: z.string().optional(),
    /** Whether an earlier attempt got no response of Kalshi's, so that a second key of this name may exist or still appear. */
    earlierAttemptMayExist: z.boolean(),
    /** When the doctor last examined the entry and left it open, because the create was too young: ISO 8601, UTC. */
    examinedAt: z.string().optional(),
});
export type Entry = z.infer<typeof entrySchema>;

/** An entry as versions up to 0.1.0 recorded it. */
const oldEntrySchema = z
    .object({
        ...createShape,
        proof: z.boolean(),
        host: z.string(),
        process: z.int(),
        answered: z.string().optional(),
        unanswered: z.boolean().optional(),
        unheard: z.boolean().optional(),
    })
    .transform(({ proof, host, process, answered, unanswered, unheard, ...create }): Entry => {
        const status = answered === undefined ? "pending" : unheard === true ? "undelivered" : "delivered";
        return {
            ...create,
            uniqueName: proof,
            process: { host, pid: process },
            status,
            ...(answered !== undefined && { apiKeyId: answered }),
            earlierAttemptMayExist: unanswered === true,
        };
    });

/** Returns the entry in a file's text; undefined if the text is torn. */
export function parseEntry(text: string): Entry | undefined {
    return z.union([entrySchema, oldEntrySchema]).safeParse(parseJson(text)).data;
}

/** The milliseconds after which a create has ended for certain, on a machine that cannot be inspected. */
const longestCreate = 60 * 60_000;

/**
 * Tells whether the create of an entry may still be in flight.
 *
 * @param now Unix time in milliseconds
 */
export function isInFlight({ status, process, startedAt }: Entry, now: number): boolean {
    if (status !== "pending") {
        return false;
    }
    const activity = inspect(process);
    return activity === "unknown" ? now - Date.parse(startedAt) < longestCreate : activity === "running";
}

/** Tells whether an entry is settled as soon as the state holds its key. */
export function isSettledByState({ status, earlierAttemptMayExist }: Entry): boolean {
    return status === "delivered" && !earlierAttemptMayExist;
}

/**
 * Tells whether a create is so young that a key of it may still appear: Kalshi may complete a request after its response was lost,
 * and a list may lag.
 *
 * @param startedAt ISO 8601
 * @param now Unix time in milliseconds
 */
export function isYoungCreate(startedAt: string, now: number): boolean {
    return now - Date.parse(startedAt) < youngForMilliseconds;
}

/** Tells whether only time can settle an entry: the doctor examined it and found no key yet. */
export function isLeftOpen({ examinedAt, startedAt }: Entry, now: number): boolean {
    return examinedAt !== undefined && isYoungCreate(startedAt, now);
}

/**
 * Tells whether a complete list settles an entry:
 * - a delivered one whose earlier attempt may exist, if the list shows the entry's key and no other key of its unique name. A list
 *   that lacks the entry's key lags, or is not of this account;
 * - an undelivered or pending one, if its process has ended, the create is no longer young, and the list is of its account (it shows
 *   the signing key) and shows no key of its name.
 *
 * @param now Unix time in milliseconds
 */
export function isSettledByList(entry: Entry, list: KeyList, now: number): boolean {
    if (entry.environment !== list.environment) {
        return false;
    }
    const { status, apiKeyId, name, uniqueName, earlierAttemptMayExist, signedBy, startedAt } = entry;
    const shows = (id: string | undefined) => list.keys.some((key) => key.apiKeyId.toLowerCase() === id?.toLowerCase());
    const namesakes = list.keys.filter((key) => key.name === name);
    return status === "delivered"
        ? earlierAttemptMayExist && uniqueName && shows(apiKeyId) && namesakes.length === 1
        : !isInFlight(entry, now) && !isYoungCreate(startedAt, now) && shows(signedBy) && namesakes.length === 0;
}
