import { sameId } from "../apiKey/platform";
import type { ApiKey } from "../apiKey/inputs";
import type { StateKey } from "./stackState";

/** The account that a create was sent to, as far as it is known. */
export interface AccountScope {
    readonly environment: string | undefined;
    /** The id of the signing key. */
    readonly signedBy: string | undefined;
}

/** The keys of an account, as a complete list shows them. */
export interface AccountKeys {
    readonly environment: string;
    readonly signingKeyId: string;
    readonly keys: readonly ApiKey[];
}

/** Returns whether a scope is in an account's environment. A scope of unknown environment matches. */
export function isSameEnvironment(scope: AccountScope, { environment }: AccountKeys): boolean {
    return (scope.environment ?? environment) === environment;
}

/** Returns whether a scope is that of an account. Unknown parts of the scope match. */
export function isSameAccount(scope: AccountScope, account: AccountKeys): boolean {
    const { signedBy } = scope;
    return (
        isSameEnvironment(scope, account) &&
        (signedBy === undefined || sameId(account.signingKeyId, signedBy) || isListed(account, signedBy))
    );
}

/** Caches the ids of each list, in lower case, because the doctor may look for hundreds of keys among thousands. */
const listedIds = new WeakMap<readonly ApiKey[], ReadonlySet<string>>();

/** Returns whether the account's list shows a key. */
export function isListed({ keys }: AccountKeys, apiKeyId: string): boolean {
    const ids = listedIds.get(keys) ?? new Set(keys.map((key) => key.apiKeyId.toLowerCase()));
    listedIds.set(keys, ids);
    return ids.has(apiKeyId.toLowerCase());
}

/** A key that the stack's state holds, and whether the account's list shows it. */
export interface StackKey extends StateKey {
    /** `other account`: it belongs to another environment or account and was not examined. */
    readonly status: "listed" | "missing" | "other account";
}

/** Returns for each key of a state whether the account's list shows it. */
export function examineStackKeys(keys: readonly StateKey[], account: AccountKeys): StackKey[] {
    return keys.map((key) => ({ ...key, status: statusOf(key, account) }));
}

function statusOf({ apiKeyId, environment, signedBy }: StateKey, account: AccountKeys): StackKey["status"] {
    if (!isSameAccount({ environment, signedBy: undefined }, account)) {
        return "other account";
    }
    if (isListed(account, apiKeyId)) {
        return "listed";
    }
    return isSameAccount({ environment, signedBy }, account) ? "missing" : "other account";
}
