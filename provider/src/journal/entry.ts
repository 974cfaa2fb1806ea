import { z } from "zod";
import { youngForMilliseconds } from "../apiKey/existence";
import { type KeyList, sameId } from "../apiKey/platform";
import { hasKey } from "../apiKey/listing";
import { parseJson } from "../kalshi/text";
import { inspect, isThisProcess, processIdentitySchema } from "./processIdentity";

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
    /** Since when, after the create's process had ended, no complete list has shown a key of this name: ISO 8601, UTC. */
    noKeySince: z.string().optional(),
});
export type Entry = z.infer<typeof entrySchema>;

/** An entry in the format of versions up to 0.1.0. */
const oldEntrySchema = z
    .object({
        ...createShape,
        proof: z.boolean(),
        host: z.string(),
        process: z.int(),
        answered: z.string().optional(),
        unanswered: z.boolean().optional(), // prose-ok: a field of 0.1.0
        unheard: z.boolean().optional(), // prose-ok: a field of 0.1.0
    })
    .transform(({ proof: uniqueName, host, process, answered: apiKeyId, ...rest }): Entry => {
        const { unanswered: earlierAttemptMayExist = false, unheard: isUndelivered = false, ...create } = rest; // prose-ok: fields of 0.1.0
        const status = apiKeyId === undefined ? "pending" : isUndelivered ? "undelivered" : "delivered";
        return {
            ...create,
            uniqueName,
            process: { host, pid: process },
            status,
            ...(apiKeyId !== undefined && { apiKeyId }),
            earlierAttemptMayExist,
        };
    });

/** Returns the entry in a file's text; undefined if the text is torn. */
export function parseEntry(text: string): Entry | undefined {
    return z.union([entrySchema, oldEntrySchema]).safeParse(parseJson(text)).data;
}

/** The milliseconds after which a create is assumed to have ended if its process cannot be inspected. */
const longestCreate = 60 * 60_000;

/**
 * Returns whether the create of an entry may still be in flight.
 *
 * @param now Unix time in milliseconds
 */
export function isInFlight({ status, process, startedAt, noKeySince }: Entry, now: number): boolean {
    if (status !== "pending" || noKeySince !== undefined) {
        return false;
    }
    const activity = inspect(process);
    return activity === "unknown" ? now - Date.parse(startedAt) < longestCreate : activity === "running";
}

/** Returns whether an entry is settled as soon as the state holds its key. */
export function isSettledByState({ status, earlierAttemptMayExist }: Entry): boolean {
    return status === "delivered" && !earlierAttemptMayExist;
}

/**
 * Returns whether a complete list shows no key that an entry's create may have left. It compares the id; if the id is unknown or an
 * earlier attempt may have created a key, it compares the name. The list must be of the entry's account, so it shows the signing key,
 * and the create must have ended.
 *
 * @param held the ids that the state holds, in lower case, if the state is known
 * @param now Unix time in milliseconds
 */
export function isWithoutKey(entry: Entry, list: KeyList, held: ReadonlySet<string>, now: number): boolean {
    const { name, apiKeyId, earlierAttemptMayExist, signedBy, environment, process } = entry;
    const isOwn = (key: KeyList["keys"][number]) =>
        apiKeyId === undefined || earlierAttemptMayExist ? key.name === name : sameId(key.apiKeyId, apiKeyId);
    return (
        environment === list.environment &&
        // The doctor wrote an entry of this process. A provider does not compare its own entries with a list.
        (!isInFlight(entry, now) || isThisProcess(process)) &&
        hasKey(list.keys, signedBy) &&
        list.keys.every((key) => !isOwn(key) || held.has(key.apiKeyId.toLowerCase()))
    );
}

/**
 * Returns whether an entry without a key waits for another list, because Kalshi may complete a request after its response was lost, and
 * a list may lag. Two lists count, not the age of the create: a create may take long, and clocks differ.
 *
 * @param now Unix time in milliseconds
 */
export function isWaiting({ noKeySince }: Entry, now: number): boolean {
    // The time may be in the future if the clock was set back.
    return noKeySince !== undefined && Math.abs(now - Date.parse(noKeySince)) < youngForMilliseconds;
}

/**
 * Returns whether a complete list settles an entry:
 * - a list without a key, at least five minutes after one that showed none either;
 * - if the key was delivered after an earlier attempt without a response: a list with this key and no other key of its unique name,
 *   five minutes after the create began.
 *
 * @param held the ids that the state holds, in lower case, if the state is known
 * @param now Unix time in milliseconds
 */
export function isSettledByList(entry: Entry, list: KeyList, held: ReadonlySet<string>, now: number): boolean {
    const isSecondList = entry.noKeySince !== undefined && !isWaiting(entry, now);
    return (isSecondList && isWithoutKey(entry, list, held, now)) || isSettledByOwnKey(entry, list, now);
}

/**
 * Returns whether a list shows the key of a retried entry, and disproves a second one. The key alone does not show that the list is of the
 * entry's account: a rotation may have been repeated with credentials of another account.
 */
function isSettledByOwnKey(entry: Entry, { environment, keys }: KeyList, now: number): boolean {
    const { status, earlierAttemptMayExist, name, uniqueName, apiKeyId = "", signedBy, startedAt } = entry;
    const namesakes = keys.filter((key) => key.name === name);
    return (
        status === "delivered" &&
        earlierAttemptMayExist &&
        uniqueName &&
        entry.environment === environment &&
        hasKey(keys, signedBy) &&
        namesakes.length === 1 &&
        hasKey(namesakes, apiKeyId) &&
        now - Date.parse(startedAt) >= youngForMilliseconds
    );
}
