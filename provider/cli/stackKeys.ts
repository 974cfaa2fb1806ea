import { sameId } from "../apiKey/platform";
import { isHere, type Listed } from "./place";
import type { StateKey } from "./state";

/** A key that the stack's state holds, and whether the account has it. */
export interface StackKey extends StateKey {
    /** `elsewhere`: it is of another environment or another account, and was not looked at. */
    readonly status: "there" | "missing" | "elsewhere";
}

/** Whether the account has the keys of a state. */
export function judgeKeys(keys: readonly StateKey[], account: Listed): StackKey[] {
    return keys.map((key) => ({ ...key, status: statusOf(key, account) }));
}

function statusOf({ apiKeyId, environment, signedBy }: StateKey, account: Listed): StackKey["status"] {
    if (!isHere({ environment, signedBy: undefined }, account)) {
        return "elsewhere";
    }
    if (account.keys.some((key) => sameId(key.apiKeyId, apiKeyId))) {
        return "there";
    }
    return isHere({ environment, signedBy }, account) ? "missing" : "elsewhere";
}
