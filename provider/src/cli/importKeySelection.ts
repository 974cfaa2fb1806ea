import { generatedSuffix } from "../apiKey/autonaming";
import type { ApiKey } from "../apiKey/inputs";
import { compareKeys } from "../apiKey/lookup";
import { sameId } from "../apiKey/platform";
import type { Entry } from "../journal/entry";
import type { AccountKeys } from "./accountScope";
import type { State } from "./stackState";

/** A stack whose keys are left out. */
export interface HoldingStack {
    readonly name: string;
    readonly state: Pick<State, "held" | "pendingCreates">;
}

/** The keys of an account, sorted by whether a stack can import them. Each list is sorted by the keys' names. */
export interface KeySelection {
    /** The keys that no given stack holds. */
    readonly selected: readonly ApiKey[];
    /** Those of them that another stack may hold: it created them, or their names look auto-generated. */
    readonly suspects: readonly ApiKey[];
    readonly leftOut: {
        /** The signing key. A stack that manages it could revoke it, and the provider could no longer sign. */
        readonly signing: readonly ApiKey[];
        readonly held: readonly { readonly stack: string; readonly keys: readonly ApiKey[] }[];
        /** Keys of creates that are in flight or were interrupted: a run may still save them in its state, or they are orphans. */
        readonly interrupted: readonly ApiKey[];
        readonly filtered: readonly ApiKey[];
    };
}

/**
 * Selects the keys for an import. A key that two stacks manage is revoked as soon as one of them is destroyed, so each doubt leaves the
 * key out or is reported.
 *
 * @param entries the journal's entries
 * @param prefix only keys whose name begins with it are selected
 */
export function selectKeys(
    account: AccountKeys,
    stacks: readonly HoldingStack[],
    entries: readonly Entry[],
    prefix: string,
): KeySelection {
    const recorded = entries.filter(({ environment }) => environment === account.environment);
    const isOf = (key: ApiKey, { apiKeyId, uniqueName, name }: Entry) =>
        apiKeyId === undefined ? uniqueName && name === key.name : sameId(apiKeyId, key.apiKeyId);
    const isInterrupted = (key: ApiKey) =>
        recorded.some((entry) => entry.status !== "delivered" && isOf(key, entry)) ||
        stacks.some(({ state }) => state.pendingCreates.some((one) => one.uniqueName && one.name === key.name));
    const reasonOf = (key: ApiKey) => {
        if (sameId(key.apiKeyId, account.signingKeyId)) {
            return "signing";
        }
        const holder = stacks.findIndex(({ state }) => state.held.has(key.apiKeyId.toLowerCase()));
        if (holder >= 0) {
            return holder;
        }
        if (isInterrupted(key)) {
            return "interrupted";
        }
        return key.name.startsWith(prefix) ? "selected" : "filtered";
    };
    const groups = Map.groupBy([...account.keys].sort(compareKeys), reasonOf);
    const group = (reason: ReturnType<typeof reasonOf>) => groups.get(reason) ?? [];
    return {
        selected: group("selected"),
        suspects: group("selected").filter(
            (key) => generatedSuffix.test(key.name) || recorded.some((entry) => isOf(key, entry)),
        ),
        leftOut: {
            signing: group("signing"),
            held: stacks.map(({ name }, index) => ({ stack: name, keys: group(index) })),
            interrupted: group("interrupted"),
            filtered: group("filtered"),
        },
    };
}
