import { sameId } from "../apiKey/platform";
import type { ApiKey } from "../kalshi/wire";

/** Where a creation was asked for. */
export interface Place {
    readonly environment: string | undefined;
    /** The id of the key that signed. */
    readonly signedBy: string | undefined;
}

/** The account, as a list shows it that is whole. */
export interface Listed {
    readonly environment: string;
    readonly signingKeyId: string;
    readonly keys: readonly ApiKey[];
}

/** Whether something was asked for on this account; what is not known is taken for the same. */
export function isHere({ environment, signedBy }: Place, account: Listed): boolean {
    return (
        (environment ?? account.environment) === account.environment &&
        (signedBy === undefined ||
            [account.signingKeyId, ...account.keys.map(({ apiKeyId }) => apiKeyId)].some((id) => sameId(id, signedBy)))
    );
}
