import { sameId } from "../apiKey/platform";
import type { ApiKey } from "../kalshi/wire";
import { isHandedOver, isOfSameStack, type NoteFile } from "../journal";
import { isHere, type Listed, type Place } from "./place";
import { judgeKeys } from "./stackKeys";
import type { Entry, StateKey } from "./state";

/** A note of the journal. */
export interface JournalNote {
    readonly file: string;
    /** What it says, with the project's folder for the program's. */
    readonly note: NoteFile;
    /** Whether the process that wrote it may still be at work on it. */
    readonly underWay: boolean;
}

/** All that is known of creations that were interrupted, and of what they may have left. */
export interface Evidence {
    readonly stack: Pick<NoteFile, "project" | "stack" | "folder">;
    /** The state's, each with where it was asked for, as far as that is known or guessed. */
    readonly entries: readonly (Entry & { readonly place?: Place | undefined; readonly isPlaceTold?: boolean })[];
    /** Those that the state holds. */
    readonly keys: readonly StateKey[];
    /** The ids that the state holds, in lower case. */
    readonly held: ReadonlySet<string>;
    readonly notes: readonly JournalNote[];
    /** Absent where the account's keys are not known for sure. */
    readonly account: Listed | undefined;
}

/**
 * What came of a creation:
 * - `orphaned`: keys exist that no state has ever held, and the name proves that they are ours, or the id of the answer does;
 * - `nothing`: there is no such key;
 * - `unproven`: there are such keys, and the name does not prove whose they are;
 * - `handedOver`: there is such a key, and the state may have had it: who took it out of there may have put it into another;
 * - `signing`: the key of that name signs the requests, so it is in use;
 * - `underWay`: a process may still be at work on it;
 * - `elsewhere`: it was asked for in another environment or on another account;
 * - `secret`: its name is encrypted;
 * - `unknown`: the account's keys are not known for sure.
 */
export type Verdict =
    "orphaned" | "nothing" | "unproven" | "handedOver" | "signing" | "underWay" | "elsewhere" | "secret" | "unknown";

/** A creation of this stack that was interrupted. */
export interface Creation {
    /** The key's name; absent where it is not known. */
    readonly name: string | undefined;
    /** The names of the resources in the program. */
    readonly resources: readonly string[];
    /** Whether the key's name proves that a key is ours. */
    readonly proof: boolean;
    readonly verdict: Verdict;
    /** The keys that it may have left, which no resource of the stack holds. */
    readonly keys: readonly ApiKey[];
    /** What the state says of it. */
    readonly entries: readonly Entry[];
    /** What the journal says of it. */
    readonly notes: readonly JournalNote[];
    /** Those of the journal's notes whose processes may still be at work on it, from whichever folder. */
    readonly underWay: readonly JournalNote[];
}

/** Judges each creation of a stack that was interrupted, by all that is known of it. */
export function judge(evidence: Evidence): Creation[] {
    const ours = evidence.notes.filter(({ note }) => isOfSameStack(note, evidence.stack));
    const nameless = evidence.entries.filter((entry) => entry.adoption || entry.name === undefined);
    const named = evidence.entries.filter((entry) => !nameless.includes(entry));
    const names = new Set([...named.map(({ name = "" }) => name), ...ours.map(({ note }) => note.name)]);
    const creations = [...names].map((name) =>
        judgeOne(
            evidence,
            name,
            named.filter((entry) => entry.name === name),
            ours.filter(({ note }) => note.name === name),
        ),
    );
    return [...creations, ...nameless.map((entry) => judgeNameless(entry, evidence.account))];
}

function judgeNameless(entry: Entry, account: Listed | undefined): Creation {
    const verdict = entry.adoption ? "nothing" : "secret";
    return {
        name: entry.name,
        resources: [entry.resource],
        proof: false,
        verdict: account === undefined ? "unknown" : verdict,
        keys: [],
        entries: [entry],
        notes: [],
        underWay: [],
    };
}

function judgeOne(evidence: Evidence, name: string, entries: Evidence["entries"], notes: JournalNote[]): Creation {
    const { account, held, stack } = evidence;
    // A stack that is worked on from two folders has one state; what the other folder's notes say of an entry holds too.
    const related = evidence.notes.filter(
        ({ note }) => note.name === name && isOfSameStack({ ...note, folder: stack.folder }, stack),
    );
    const underWay = related.filter((note) => note.underWay);
    const said = [...entries, ...notes.map(({ note }) => note)];
    const proof = said.every((one) => one.proof);
    const wasHandedOver = entries.length === 0 && notes.every(({ note }) => isHandedOver(note));
    const wasTurnedAwayFrom = isTurnedAwayFrom(entries, related);
    const answered = new Set(related.map(({ note }) => note.answered?.toLowerCase()));
    const isAnswered = ({ apiKeyId }: ApiKey) => answered.has(apiKeyId.toLowerCase());
    const namesakes = (account?.keys ?? [])
        .filter((key) => key.name === name && !held.has(key.apiKeyId.toLowerCase()))
        // Nobody promises an order of the list.
        .sort((one, other) => (one.apiKeyId < other.apiKeyId ? -1 : 1));
    const [known, others] = [namesakes.filter(isAnswered), namesakes.filter((key) => !isAnswered(key))];
    // Besides the key that the engine has, one may have come of an attempt before.
    const isOther = wasHandedOver && others.length > 0 && notes.some(({ note }) => note.unanswered === true);
    const keys = isOther ? others : wasHandedOver || (wasTurnedAwayFrom && !proof) ? known : namesakes;
    const ofKeys = wasHandedOver && !isOther ? "handedOver" : proof || wasTurnedAwayFrom ? "orphaned" : "unproven";
    const places = related.length > 0 ? related.map(({ note }) => note) : entries.flatMap(({ place }) => place ?? []);
    const isElsewhere =
        account !== undefined &&
        (places.some((place) => !isHere(place, account)) ||
            // The credentials of today may not be those of that day; the state's other keys tell.
            (related.length === 0 &&
                entries.some(({ isPlaceTold }) => isPlaceTold !== true) &&
                evidence.keys.length > 0 &&
                judgeKeys(evidence.keys, account).every(({ status }) => status === "elsewhere")));
    return {
        name,
        resources: [...new Set(said.map(({ resource }) => resource))],
        proof,
        verdict: underWay.length > 0 ? "underWay" : verdictOf(account, isElsewhere, keys, ofKeys),
        keys,
        entries,
        notes,
        underWay,
    };
}

/** Whether each creation was answered, and the engine had turned away: no state has ever had the keys of those answers. */
function isTurnedAwayFrom(entries: readonly Entry[], notes: readonly JournalNote[]): boolean {
    const count = (all: readonly { readonly resource: string }[], { resource }: Entry) =>
        all.filter((one) => one.resource === resource).length;
    const said = notes.map(({ note }) => note);
    return (
        said.every((note) => note.answered !== undefined && note.unheard === true && note.unanswered !== true) &&
        // An engine carries the entries of earlier runs along, which may have been on other machines.
        entries.every((entry) => count(entries, entry) <= count(said, entry))
    );
}

/**
 * Of a creation that has come to an end.
 *
 * @param ofKeys what it is where it has left keys
 */
function verdictOf(
    account: Listed | undefined,
    isElsewhere: boolean,
    keys: readonly ApiKey[],
    ofKeys: Verdict,
): Verdict {
    if (account === undefined) {
        return "unknown";
    }
    if (isElsewhere) {
        return "elsewhere";
    }
    if (keys.length === 0) {
        return "nothing";
    }
    if (keys.some(({ apiKeyId }) => sameId(apiKeyId, account.signingKeyId))) {
        return "signing";
    }
    return ofKeys;
}

/** What --fix does, and what it has to leave. */
export interface Plan {
    /** The creations to settle: their orphans are revoked, their notes removed, and their entries cleared where `clear` says so. */
    readonly settle: readonly Creation[];
    /** Whether to take the entries out of the state. */
    readonly clear: boolean;
    /** The URNs of what the engine did not see the end of and has to stay in the state. */
    readonly staying: readonly string[];
}

/**
 * What can be settled; what cannot, nobody touches.
 *
 * `pulumi stack import` takes all that the engine did not see the end of out of the state. Where some of that has to stay, no
 * entry is cleared; and a key that the state alone knows of waits, since only an import shows that nobody is at work on the
 * stack. One that the journal knows of too does not: the process that asked for it is no more.
 */
export function planOf(creations: readonly Creation[], otherOperations: readonly string[]): Plan {
    const certain = creations.filter(({ verdict }) => verdict === "orphaned" || verdict === "nothing");
    const staying = [
        ...otherOperations,
        ...creations.filter((one) => !certain.includes(one)).flatMap(({ entries }) => entries.map(({ urn }) => urn)),
    ];
    const clear = staying.length === 0;
    const canGo = ({ entries, notes, verdict }: Creation) =>
        clear || entries.length === 0 || (verdict === "orphaned" && notes.length > 0);
    return { settle: certain.filter(canGo), clear, staying };
}
