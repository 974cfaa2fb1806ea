import { sameId } from "../apiKey/platform";
import type { ApiKey } from "../kalshi/wire";

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

/** Returns a test whether a scope is in an account's environment. What the scope does not say is taken for the same. */
export function isSameEnvironment({ environment }: AccountKeys): (scope: AccountScope) => boolean {
    return (scope) => (scope.environment ?? environment) === environment;
}

/** Returns whether a scope is an account. What the scope does not say is taken for the same. */
export function isSameAccount(scope: AccountScope, account: AccountKeys): boolean {
    const { signedBy } = scope;
    return (
        isSameEnvironment(account)(scope) &&
        (signedBy === undefined || sameId(account.signingKeyId, signedBy) || isListed(account, signedBy))
    );
}

/** The ids of each list, in lower case: a doctor looks for hundreds of keys among thousands. */
const listedIds = new WeakMap<readonly ApiKey[], ReadonlySet<string>>();

/** Returns whether the account's list shows a key. */
export function isListed({ keys }: AccountKeys, apiKeyId: string): boolean {
    const ids = listedIds.get(keys) ?? new Set(keys.map((key) => key.apiKeyId.toLowerCase()));
    listedIds.set(keys, ids);
    return ids.has(apiKeyId.toLowerCase());
}
