import { hasKey } from "../apiKey/listing";
import { sameId } from "../apiKey/platform";
import { isSettledByList, type Entry } from "../journal/entry";
import type { StackIdentity } from "../journal/stackIdentity";
import type { ApiKey } from "../apiKey/inputs";
import {
    type AccountKeys,
    type AccountScope,
    examineStackKeys,
    isSameAccount,
    isSameEnvironment,
} from "./accountScope";
import { verdictOn, type KeyKind, type KeyVerdict, type RecordStatus, type Scope } from "./orphanTable";
import type { PendingCreate, StateKey } from "./stackState";

/** An entry of the journal, and how it relates to the stack that is examined. */
export interface RecordedCreate {
    readonly file: string;
    /** The entry, with the project's folder in place of the program's. */
    readonly entry: Entry;
    /** Whether its process may still be running. */
    readonly inFlight: boolean;
    /**
     * - `same`: it is this stack's;
     * - `unproven`: it may be this stack's: its folder, or the stack that it names, no longer exists;
     * - `namesake`: another stack has the same names and perhaps the same backend;
     * - `other`: it is another stack's.
     */
    readonly relation: "same" | "unproven" | "namesake" | "other";
}

/** Everything that is known about interrupted creates and the keys that they may have left. */
export interface Evidence {
    readonly stack: StackIdentity;
    /** The state's pending creates, each with its account as far as it is known or guessed. */
    readonly pendingCreates: readonly (PendingCreate & {
        readonly scope?: AccountScope | undefined;
        /** Whether the state names the account, so that it is not guessed. */
        readonly isScopeKnown?: boolean;
    })[];
    /** The keys that the state holds. */
    readonly keys: readonly StateKey[];
    /** The ids that the state holds, in lower case. */
    readonly held: ReadonlySet<string>;
    /** The journal's entries that the state does not settle. */
    readonly recorded: readonly RecordedCreate[];
    /** Absent if no complete list of the account's keys was available. */
    readonly account: AccountKeys | undefined;
    /** Unix time in milliseconds. */
    readonly now: number;
}

/**
 * The verdict on an interrupted create:
 * - `orphaned`: it left keys that are in no state, and a unique name or a recorded id proves that they are this stack's;
 * - `noKey`: it left no key, or only the one that the state holds;
 * - `candidate`: there are keys that it may have left;
 * - `delivered`: its key was returned to the engine and the state lacks it, so somebody may have moved it to another state;
 * - `unsettled`: as `noKey`, but Kalshi may still create another key;
 * - `signingKey`: the signing key has its name;
 * - `inFlight`: a process may still be working on it;
 * - `otherAccount`: it was sent to another environment or account;
 * - `secretName`: its name is encrypted;
 * - `unknown`: there is no complete list of the account's keys.
 */
export type Verdict =
    | "orphaned"
    | "noKey"
    | "candidate"
    | "delivered"
    | "unsettled"
    | "signingKey"
    | "inFlight"
    | "otherAccount"
    | "secretName"
    | "unknown";

/** The verdict on the creates of one key name, with its evidence. */
export interface InterruptedCreate {
    /** The key's name; absent if it is encrypted. */
    readonly name: string | undefined;
    /** The names of the resources in the program. */
    readonly resources: readonly string[];
    /** Whether the key's name identifies its owner. */
    readonly uniqueName: boolean;
    readonly verdict: Verdict;
    /** The keys that it left or may have left. */
    readonly keys: readonly ApiKey[];
    readonly pendingCreates: readonly PendingCreate[];
    /** The entries of this stack in the journal. */
    readonly recorded: readonly RecordedCreate[];
    /** The entries of all stacks whose processes may still be working on a key of this name. */
    readonly inFlight: readonly RecordedCreate[];
}

/** Judges each interrupted create of a stack. */
export function findInterruptedCreates(evidence: Evidence): InterruptedCreate[] {
    const nameless = evidence.pendingCreates.filter((one) => one.adoption || one.name === undefined);
    const names = new Set([
        ...evidence.pendingCreates.filter((one) => !nameless.includes(one)).map(({ name = "" }) => name),
        ...evidence.recorded.filter(isOwn).map(({ entry }) => entry.name),
        ...uniqueNamesOf(evidence.keys),
        ...listedGenerationNames(evidence),
    ]);
    return [
        ...[...names].map((name) => judge(evidence, name)).filter(isNoteworthy),
        ...nameless.map((one) => judgeNameless(one, evidence.account)),
    ];
}

function isOwn({ relation }: RecordedCreate): boolean {
    return relation === "same" || relation === "unproven";
}

function uniqueNamesOf(keys: readonly StateKey[]): string[] {
    return keys.flatMap(({ name, uniqueName }) => (uniqueName && name !== undefined ? [name] : []));
}

/** Returns the names of rotating keys' generations that the account's list shows. */
function listedGenerationNames({ keys, account }: Evidence): string[] {
    const generations = new Set(keys.flatMap(({ generationNames = [] }) => generationNames));
    return account?.keys.map(({ name }) => name).filter((name) => generations.has(name)) ?? [];
}

/** Returns whether there is anything to report: a key of the state is no interrupted create unless there is a second one. */
function isNoteworthy({ pendingCreates, recorded, keys }: InterruptedCreate): boolean {
    return pendingCreates.length + recorded.length + keys.length > 0;
}

function judgeNameless(pending: PendingCreate, account: AccountKeys | undefined): InterruptedCreate {
    const verdict = pending.adoption ? "noKey" : "secretName";
    return {
        name: pending.name,
        resources: [pending.resource],
        uniqueName: false,
        verdict: account === undefined ? "unknown" : verdict,
        keys: [],
        pendingCreates: [pending],
        recorded: [],
        inFlight: [],
    };
}

/** The records of one key name. */
interface Records {
    readonly pendingCreates: Evidence["pendingCreates"];
    /** The entries that the verdict depends on: those of this stack; if there are none, those that may be of this stack. */
    readonly deciding: readonly RecordedCreate[];
    /** The entries of all stacks of the same names. They are evidence about a key, too. */
    readonly related: readonly RecordedCreate[];
    /** The keys of the state that have this unique name. */
    readonly stateKeys: readonly StateKey[];
    /** The keys of the state whose rotating key has created a key of this name, or creates it next. */
    readonly generations: readonly StateKey[];
    /** Whether the account lists keys of this name, and the name is unique. */
    readonly isUniqueNameListed: boolean;
}

function judge(evidence: Evidence, name: string): InterruptedCreate {
    const named = evidence.recorded.filter(({ entry }) => entry.name === name);
    const own = named.filter(isOwn);
    const proven = own.filter(({ relation }) => relation === "same");
    const pendingCreates = evidence.pendingCreates.filter((one) => !one.adoption && one.name === name);
    const creates = [...pendingCreates, ...own.map(({ entry }) => entry)];
    const uniqueName = creates.every((one) => one.uniqueName);
    const listed = namesakes(name, evidence);
    const records: Records = {
        pendingCreates,
        deciding: pendingCreates.length + proven.length > 0 ? proven : own,
        related: named.filter(({ relation }) => relation !== "other"),
        stateKeys: evidence.keys.filter((key) => key.uniqueName && key.name === name),
        generations: evidence.keys.filter(({ generationNames }) => generationNames?.includes(name)),
        isUniqueNameListed: uniqueName && listed.length > 0,
    };
    const inFlight = named.filter((one) => one.inFlight && (one.relation !== "other" || one.entry.uniqueName));
    const status = statusOf(records);
    // The state's key may have been delivered to another stack.
    const naming = status === "none" ? evidence.recorded : records.related;
    const scope = scopeOf(evidence, records);
    const verdicts = listed.map((key) => ({
        key,
        verdict: verdictOn(status, uniqueName ? "unique" : "explicit", kindOf(key, evidence, naming), scope),
    }));
    const { verdict, keys } = summarize(verdicts, evidence, { pendingCreates, recorded: own }, scope);
    return {
        name,
        resources: resourcesOf(creates, records),
        uniqueName,
        verdict: inFlight.length > 0 ? "inFlight" : verdict,
        keys,
        pendingCreates,
        recorded: own,
        inFlight,
    };
}

function resourcesOf(creates: readonly { readonly resource: string }[], { stateKeys, generations }: Records): string[] {
    const named = creates.length > 0 ? creates : [...stateKeys, ...generations];
    return [...new Set(named.map(({ resource }) => resource))];
}

/** Returns the account's keys of a name, in a stable order. */
function namesakes(name: string, { account }: Evidence): ApiKey[] {
    const keys = account?.keys.filter((key) => key.name === name) ?? [];
    return [...keys].sort((one, other) => (one.apiKeyId < other.apiKeyId ? -1 : 1));
}

function kindOf({ apiKeyId }: ApiKey, { held }: Evidence, naming: readonly RecordedCreate[]): KeyKind {
    if (held.has(apiKeyId.toLowerCase())) {
        return "in the state";
    }
    return naming.some(({ entry }) => sameId(entry.apiKeyId ?? "", apiKeyId)) ? "recorded" : "name only";
}

function statusOf({ pendingCreates, deciding, related }: Records): RecordStatus {
    if (pendingCreates.length + deciding.length === 0) {
        return "none";
    }
    // A pending operation shows that the engine did not record the key, although it was returned.
    if (pendingCreates.length === 0 && deciding.every(({ entry }) => entry.status === "delivered")) {
        return deciding.some(({ entry }) => entry.earlierAttemptMayExist) ? "retried" : "delivered";
    }
    return areUndelivered(pendingCreates, related) ? "undelivered" : "pending";
}

/** Returns whether the journal knows the key of every create, and the engine had disconnected from each. */
function areUndelivered(pendingCreates: readonly PendingCreate[], related: readonly RecordedCreate[]): boolean {
    const entries = related.map(({ entry }) => entry);
    const count = (creates: readonly { readonly resource: string }[], resource: string) =>
        creates.filter((one) => one.resource === resource).length;
    return (
        entries.every(
            ({ status, apiKeyId, earlierAttemptMayExist }) =>
                status === "undelivered" && apiKeyId !== undefined && !earlierAttemptMayExist,
        ) &&
        // The engine keeps the pending operations of earlier runs, which may have been on other machines.
        pendingCreates.every(({ resource }) => count(pendingCreates, resource) <= count(entries, resource))
    );
}

function scopeOf(evidence: Evidence, records: Records): Scope {
    const { pendingCreates, deciding, stateKeys, generations, isUniqueNameListed } = records;
    const { account } = evidence;
    if (account === undefined) {
        return "here";
    }
    if (pendingCreates.length + deciding.length === 0) {
        if (examineStackKeys(stateKeys, account).some(({ status }) => status === "listed")) {
            return "here";
        }
        // A list that lacks a key of the state may lag or be incomplete. Another run may be rotating, and about to save its key.
        return areOnOtherAccount([...stateKeys, ...generations], account) ? "other account" : "unproven";
    }
    if (isOnOtherAccount(evidence, account, records)) {
        // If the signing key was revoked, no list contains it. Then a listed key of the unique name suggests the account.
        const isHere =
            isUniqueNameListed && accountScopesOf(records).every((scope) => isSameEnvironment(scope, account));
        return isHere ? "unproven" : "other account";
    }
    return deciding.some(({ relation }) => relation === "unproven") ? "unproven" : "here";
}

function areOnOtherAccount(keys: readonly StateKey[], account: AccountKeys): boolean {
    return examineStackKeys(keys, account).every(({ status }) => status === "other account");
}

/** Returns the accounts that the creates of a name were sent to. The journal's records are more precise than the state's. */
function accountScopesOf({ pendingCreates, related }: Records): readonly AccountScope[] {
    return related.length > 0 ? related.map(({ entry }) => entry) : pendingCreates.flatMap(({ scope }) => scope ?? []);
}

function isOnOtherAccount({ keys }: Evidence, account: AccountKeys, records: Records): boolean {
    const { pendingCreates, related } = records;
    const guesses = related.length === 0 ? pendingCreates.filter(({ isScopeKnown }) => isScopeKnown !== true) : [];
    return (
        accountScopesOf(records).some((scope) => !isSameAccount(scope, account)) ||
        // The interrupted run may have had other credentials. The state's other keys show that.
        guesses.some((guess) => {
            const ofProvider = keys.filter(({ provider }) => provider !== undefined && provider === guess.provider);
            const others = ofProvider.length > 0 ? ofProvider : keys;
            return others.length > 0 && areOnOtherAccount(others, account);
        })
    );
}

/** Returns the verdict of a name: that of its keys, the most certain one first. */
function summarize(
    verdicts: readonly { readonly key: ApiKey; readonly verdict: KeyVerdict }[],
    { account, held, now }: Evidence,
    records: Pick<InterruptedCreate, "pendingCreates" | "recorded">,
    scope: Scope,
): { readonly verdict: Verdict; readonly keys: readonly ApiKey[] } {
    if (account === undefined) {
        return { verdict: "unknown", keys: [] };
    }
    const keysOf = (verdict: KeyVerdict) => verdicts.filter((one) => one.verdict === verdict).map(({ key }) => key);
    if (scope === "other account") {
        return { verdict: "otherAccount", keys: [] };
    }
    const verdict = (["orphaned", "candidate", "delivered"] as const).find((one) => keysOf(one).length > 0);
    if (verdict === undefined) {
        return { verdict: verdictWithoutKeys(records, account, held, now), keys: [] };
    }
    const keys = keysOf(verdict);
    const isSigning = hasKey(keys, account.signingKeyId);
    return { verdict: isSigning ? "signingKey" : verdict, keys };
}

/**
 * Returns the verdict on a create of which the list shows no key. A pending operation without an entry says nothing about time, so it
 * gets an entry first.
 */
function verdictWithoutKeys(
    { pendingCreates, recorded }: Pick<InterruptedCreate, "pendingCreates" | "recorded">,
    account: AccountKeys,
    held: ReadonlySet<string>,
    now: number,
): Verdict {
    const isSettled =
        pendingCreates.length <= recorded.length &&
        recorded.every(({ entry }) => isSettledByList(entry, account, held, now));
    return isSettled ? "noKey" : "unsettled";
}
