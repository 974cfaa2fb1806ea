import { readPublicKey } from "./keys";
import type { RawProperties } from "./properties";
import { isUnknown } from "./unknowns";

export interface DiffResult {
    /** The inputs whose change needs a new key: the API has no call that changes one. */
    readonly replaces: readonly string[];
}

const compared = ["name", "scopes", "keyType", "publicKey", "subaccount", "fcmSubtraderId"] as const;

/**
 * What a change of inputs would do to a key. Calls nobody.
 *
 * @param state the key as the state has it
 * @param news inputs that `check` returned; a value that is not known yet counts as changed
 */
export function diff(state: RawProperties, news: RawProperties): DiffResult {
    const replaces = compared.filter((property) => differs(property, state, news));
    // A private key whose public half could not be derived cannot be read: nobody can sign with it.
    const broken = state["privateKey"] !== undefined && state["fingerprint"] === undefined;
    return { replaces: broken ? [...replaces, "privateKey"] : replaces };
}

function differs(property: (typeof compared)[number], state: RawProperties, news: RawProperties): boolean {
    const [was, is] = [state[property] ?? undefined, news[property] ?? undefined];
    if (isUnknown(is)) {
        return true;
    }
    switch (property) {
        case "scopes":
            return !sameSet(was, is);
        case "publicKey":
            // Without one of the user's own, the state's was derived from the generated key: nothing to compare.
            return is !== undefined && (was === undefined || fingerprint(was) !== fingerprint(is));
        case "keyType":
            // A public key that the user gives says by itself whether the key is another one.
            return news["publicKey"] === undefined && was !== is;
        default:
            return was !== is;
    }
}

function fingerprint(pem: unknown): string {
    return readPublicKey(String(pem)).fingerprint;
}

function sameSet(one: unknown, other: unknown): boolean {
    const members = (set: unknown) => (Array.isArray(set) ? [...new Set(set)].sort().join() : undefined);
    return members(one) === members(other);
}
