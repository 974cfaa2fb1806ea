import { isListed, isSameAccount, type AccountKeys } from "./accountScope";
import type { StateKey } from "./stackState";

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
