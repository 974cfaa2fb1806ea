import { isDeepStrictEqual } from "node:util";
import { ApiKeyError, label, otherEnvironment } from "./explain";
import { publicHalfOf, readPublicKey } from "./keys";
import { sameId } from "./platform";
import type { Adoption, ApiKeyState, RawProperties } from "./properties";
import { rotateAt } from "./rotation";
import { isExpansion, sameSet } from "./scopes";
import { isUnknown } from "./unknowns";

export interface DiffResult {
    /** The properties whose change needs a new key: the API has no call that changes one. */
    readonly replaces: readonly string[];
    /** The inputs whose change is taken over without one. */
    readonly updates: readonly string[];
    /** Why a key is replaced although no input has changed. */
    readonly reason?: string;
}

const compared = [
    "name",
    "scopes",
    "keyType",
    "publicKey",
    "subaccount",
    "fcmSubtraderId",
    "rotationTriggers",
] as const;

/** What Kalshi does not know of. `__autonamed` says whose key the name may be, so the state has to hold it. */
const updatable = ["rotationDays", "__autonamed"] as const;

/**
 * What a change of inputs, or the passing of time, would do to a key. Calls nobody.
 *
 * @param state the key as the state has it
 * @param news inputs that `check` returned; a value that is not known yet counts as changed
 * @param environment the one that the configuration names, where a replacement would be made
 * @throws ApiKeyError where the key would be replaced by itself or in another environment, or where `adopt` comes too late
 */
export function diff(state: RawProperties, news: RawProperties, environment: string): DiffResult {
    const changed = compared.filter((property) => differs(property, state, news));
    // A private key whose public half could not be derived cannot be read: nobody can sign with it.
    const broken = state["privateKey"] !== undefined && state["fingerprint"] === undefined ? ["privateKey"] : [];
    const due = dueDate(state, news);
    const replaces = [...changed, ...broken, ...(due === undefined ? [] : ["rotateAt"]), ...otherAdoption(state, news)];
    const known = replaces.filter((property) => !isUnknown(news[property]));
    if (known.length > 0 && state["environment"] !== environment) {
        throw new ApiKeyError(otherEnvironment("replace", keyOf(state), environment));
    }
    if (known.length > 0 && isAdopted(state, news)) {
        throw new ApiKeyError(
            `The API key ${label(keyOf(state))} has to be replaced because of its ` +
                `${known.join(", ")}, but \`adopt\` in the program says that it is to be this very key. Take \`adopt\` out: ` +
                "the adoption is done and is kept.",
        );
    }
    assertSamePrivateKey(state, news);
    const updates = updatable.filter((property) => (state[property] ?? undefined) !== (news[property] ?? undefined));
    return due === undefined
        ? { replaces, updates }
        : { replaces, updates, reason: `it was due for rotation on ${due}` };
}

/** A state, for messages: it is one that `create` or `read` returned. */
function keyOf(state: RawProperties): ApiKeyState {
    return state as unknown as ApiKeyState;
}

/** The date since which the key is due for rotation, by the clock of the last `check`. */
function dueDate(state: RawProperties, news: RawProperties): string | undefined {
    const { rotationDays, __checkedAt } = news;
    if (typeof rotationDays !== "number" || typeof __checkedAt !== "string") {
        return undefined;
    }
    const date = rotateAt(String(state["createdAt"]), rotationDays);
    return date !== undefined && Date.parse(date) <= Date.parse(__checkedAt) ? date : undefined;
}

/** Another key is to be adopted in this one's place. */
function otherAdoption(state: RawProperties, news: RawProperties): string[] {
    return news["adopt"] === undefined || isAdopted(state, news) ? [] : ["adopt"];
}

/** A private key can be handed in with the adoption, and not to a key that the stack has already. */
function assertSamePrivateKey(state: RawProperties, news: RawProperties): void {
    const { privateKey } = (news["adopt"] ?? {}) as Partial<Adoption>;
    if (privateKey === undefined || isUnknown(privateKey) || !isAdopted(state, news)) {
        return;
    }
    if (publicHalfOf(privateKey).fingerprint !== state["fingerprint"]) {
        throw new ApiKeyError(
            `The private key in \`adopt\` is not the one that the API key ${label(keyOf(state))} was adopted ` +
                "with. To hand one in now, take the key out of the stack with `pulumi state delete`, which revokes nothing, and " +
                "adopt it again.",
        );
    }
}

/** Whether the program says that this very key is to be adopted. */
function isAdopted(state: RawProperties, news: RawProperties): boolean {
    const { apiKeyId } = (news["adopt"] ?? {}) as Partial<Adoption>;
    return apiKeyId !== undefined && sameId(apiKeyId, String(state["apiKeyId"]));
}

function differs(property: (typeof compared)[number], state: RawProperties, news: RawProperties): boolean {
    const [was, is] = [state[property] ?? undefined, news[property] ?? undefined];
    if (isUnknown(is)) {
        return true;
    }
    if (news["__adopted"] === true && is === undefined && (property === "name" || property === "keyType")) {
        // What the program does not say of an adopted key is taken as it is.
        return false;
    }
    switch (property) {
        case "scopes":
            // An adopted key's scopes are as Kalshi listed them; those of a key that was created are as the program had them.
            return !(sameSet(was, is) || (news["__adopted"] === true && isExpansion(is as string[], was as string[])));
        case "publicKey":
            // Without one of the user's own, the state's was derived from the generated key: nothing to compare.
            return is !== undefined && (was === undefined || fingerprint(was) !== fingerprint(is));
        case "keyType":
            // A public key that the user gives says by itself whether the key is another one.
            return news["publicKey"] === undefined && was !== is;
        default:
            return !isDeepStrictEqual(was, is);
    }
}

function fingerprint(pem: unknown): string {
    return readPublicKey(String(pem)).fingerprint;
}
