/**
 * How a create of a key is recorded:
 * - `pending`: its outcome is unknown, by a pending operation of the engine or by the journal;
 * - `undelivered`: each of its keys was returned after the engine had disconnected, by the journal;
 * - `delivered`: its key was returned to the engine, by the journal;
 * - `retried`: the same, but the response to an earlier attempt of this create was lost, so there may be a second key;
 * - `none`: it is recorded nowhere, but the state holds another key of this unique name, or a rotating key that generates it.
 */
export type RecordStatus = "pending" | "undelivered" | "delivered" | "retried" | "none";

/** Whether a name identifies the key's owner. If it is explicit, only a recorded id does. */
export type NameKind = "unique" | "explicit";

/** What is known about a key: the state holds it, a journal entry contains its id, or only its name matches. */
export type KeyKind = "in the state" | "recorded" | "name only";

/**
 * Where the create was sent from and to:
 * - `here`: this stack and this account;
 * - `unproven`: perhaps another stack, or the list lacks a key that the state holds;
 * - `other account`: another environment or account.
 */
export type Scope = "here" | "unproven" | "other account";

/**
 * What a key is:
 * - `kept`: the state holds it;
 * - `orphaned`: it is this stack's and in no state, so --fix revokes it, unless a pending operation has to stay;
 * - `candidate`: it may be an orphan, so a person decides;
 * - `delivered`: the engine received it and the state lacks it. Somebody may have moved it to another state, so a person decides;
 * - `unrelated`: it only has the same name;
 * - `not examined`: the key belongs to another account, so this account's list says nothing about it.
 */
export type KeyVerdict = "kept" | "orphaned" | "candidate" | "delivered" | "unrelated" | "not examined";

type Row = readonly [RecordStatus, NameKind, KeyKind, here: KeyVerdict, unproven: KeyVerdict, otherAccount: KeyVerdict];

/** Decides which key is an orphan. The verdicts are those for the scopes `here`, `unproven` and `other account`. */
// prettier-ignore
const table: readonly Row[] = [
    // record        name        key             here         unproven     other account
    ["pending",     "unique",   "in the state", "kept",      "kept",      "kept"],
    ["pending",     "unique",   "recorded",     "orphaned",  "candidate", "not examined"],
    ["pending",     "unique",   "name only",    "orphaned",  "candidate", "not examined"],
    ["pending",     "explicit", "in the state", "kept",      "kept",      "kept"],
    ["pending",     "explicit", "recorded",     "candidate", "candidate", "not examined"],
    ["pending",     "explicit", "name only",    "candidate", "candidate", "not examined"],

    ["undelivered", "unique",   "in the state", "kept",      "kept",      "kept"],
    ["undelivered", "unique",   "recorded",     "orphaned",  "candidate", "not examined"],
    ["undelivered", "unique",   "name only",    "orphaned",  "candidate", "not examined"],
    ["undelivered", "explicit", "in the state", "kept",      "kept",      "kept"],
    ["undelivered", "explicit", "recorded",     "orphaned",  "candidate", "not examined"],
    ["undelivered", "explicit", "name only",    "unrelated", "unrelated", "unrelated"],

    ["delivered",   "unique",   "in the state", "kept",      "kept",      "kept"],
    ["delivered",   "unique",   "recorded",     "delivered", "delivered", "not examined"],
    ["delivered",   "unique",   "name only",    "candidate", "candidate", "not examined"],
    ["delivered",   "explicit", "in the state", "kept",      "kept",      "kept"],
    ["delivered",   "explicit", "recorded",     "delivered", "delivered", "not examined"],
    ["delivered",   "explicit", "name only",    "unrelated", "unrelated", "unrelated"],

    ["retried",     "unique",   "in the state", "kept",      "kept",      "kept"],
    ["retried",     "unique",   "recorded",     "delivered", "delivered", "not examined"],
    ["retried",     "unique",   "name only",    "orphaned",  "candidate", "not examined"],
    ["retried",     "explicit", "in the state", "kept",      "kept",      "kept"],
    ["retried",     "explicit", "recorded",     "delivered", "delivered", "not examined"],
    ["retried",     "explicit", "name only",    "candidate", "candidate", "not examined"],

    ["none",        "unique",   "in the state", "kept",      "kept",      "kept"],
    ["none",        "unique",   "recorded",     "delivered", "delivered", "not examined"],
    ["none",        "unique",   "name only",    "orphaned",  "candidate", "not examined"],
    ["none",        "explicit", "in the state", "kept",      "kept",      "kept"],
    ["none",        "explicit", "recorded",     "unrelated", "unrelated", "unrelated"],
    ["none",        "explicit", "name only",    "unrelated", "unrelated", "unrelated"],
];

const columns = { here: 3, unproven: 4, "other account": 5 } as const satisfies Record<Scope, number>;

/** Returns the table's verdict on a key. */
export function verdictOn(status: RecordStatus, name: NameKind, key: KeyKind, scope: Scope): KeyVerdict {
    const row = table.find((one) => one[0] === status && one[1] === name && one[2] === key);
    if (row === undefined) {
        throw new Error(`internal error: the orphan table lacks ${status}, ${name}, ${key}`);
    }
    return row[columns[scope]];
}
