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
    const { account, stack } = evidence;
    // A stack that is worked on from two folders has one state; what the other folder's notes say of an entry holds too.
    const related = evidence.notes.filter(
        ({ note }) => note.name === name && isOfSameStack({ ...note, folder: stack.folder }, stack),
    );
    const underWay = related.filter((note) => note.underWay);
    const said = [...entries, ...notes.map(({ note }) => note)];
    const proof = said.every((one) => one.proof);
    const left = leftBy({ proof, entries, notes, related }, namesakesOf(name, evidence));
    return {
        name,
        resources: [...new Set(said.map(({ resource }) => resource))],
        proof,
        verdict: underWay.length > 0 ? "underWay" : verdictOf(account, isElsewhere(evidence, entries, related), left),
        keys: left.keys,
        entries,
        notes,
        underWay,
    };
}

/** The account's keys of a name that the state does not hold. */
function namesakesOf(name: string, { account, held }: Evidence): ApiKey[] {
    return (
        (account?.keys ?? [])
            .filter((key) => key.name === name && !held.has(key.apiKeyId.toLowerCase()))
            // Nobody promises an order of the list.
            .sort((one, other) => (one.apiKeyId < other.apiKeyId ? -1 : 1))
    );
}

/** What is said of a name: by the state, by the notes of the stack's folder, and by those of whichever folder. */
interface Said {
    readonly proof: boolean;
    readonly entries: readonly Entry[];
    readonly notes: readonly JournalNote[];
    readonly related: readonly JournalNote[];
}

/** Keys that a creation may have left, and the verdict on it where there are any. */
interface Left {
    readonly keys: readonly ApiKey[];
    readonly ofKeys: Verdict;
}

function leftBy({ proof, entries, notes, related }: Said, namesakes: readonly ApiKey[]): Left {
    const answered = new Set(related.map(({ note }) => note.answered?.toLowerCase()));
    const isAnswered = ({ apiKeyId }: ApiKey) => answered.has(apiKeyId.toLowerCase());
    const known = namesakes.filter(isAnswered);
    if (entries.length === 0 && notes.every(({ note }) => isHandedOver(note))) {
        const others = namesakes.filter((key) => !isAnswered(key));
        // Besides the key that the engine has, one may have come of an attempt before.
        return others.length > 0 && notes.some(({ note }) => note.unanswered === true)
            ? { keys: others, ofKeys: proof ? "orphaned" : "unproven" }
            : { keys: known, ofKeys: "handedOver" };
    }
    if (proof) {
        return { keys: namesakes, ofKeys: "orphaned" };
    }
    return isTurnedAwayFrom(entries, related)
        ? { keys: known, ofKeys: "orphaned" }
        : { keys: namesakes, ofKeys: "unproven" };
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

/** Whether a creation was asked for in another environment or on another account. */
function isElsewhere(
    { account, keys }: Evidence,
    entries: Evidence["entries"],
    notes: readonly JournalNote[],
): boolean {
    if (account === undefined) {
        return false;
    }
    const places = notes.length > 0 ? notes.map(({ note }) => note) : entries.flatMap(({ place }) => place ?? []);
    const isGuess = notes.length === 0 && entries.some(({ isPlaceTold }) => isPlaceTold !== true);
    return (
        places.some((place) => !isHere(place, account)) ||
        // The credentials of today may not be those of that day; the state's other keys tell.
        (isGuess && keys.length > 0 && judgeKeys(keys, account).every(({ status }) => status === "elsewhere"))
    );
}

/** Of a creation that has come to an end. */
function verdictOf(account: Listed | undefined, elsewhere: boolean, { keys, ofKeys }: Left): Verdict {
    if (account === undefined) {
        return "unknown";
    }
    if (elsewhere) {
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
