import { isDeepStrictEqual } from "node:util";
import { ApiKeyError, label, otherEnvironment } from "./errors";
import { publicHalfOf, readPublicKey } from "./publicKey";
import { sameId } from "./platform";
import { isUnknown, type RawProperties } from "./properties";
import { inputNames, inputOf, type Adoption } from "./inputs";
import type { ApiKeyState } from "./outputs";
import { isExpansion, sameSet } from "./scopes";

export interface DiffResult {
    /**
     * The properties that replace the key: inputs that changed, because the API cannot change a key; the output `rotateAt` if the key is
     * due; the output `privateKey` if it is unreadable.
     */
    readonly replaces: readonly string[];
    /** The inputs whose change is an update in place. */
    readonly updates: readonly string[];
    /** Why a key is replaced although no input has changed. */
    readonly reason?: string;
}

/** The inputs whose change replaces the key. A change of `namePrefix` generates another name, so the names are compared. */
const compared = inputNames.filter((name) => inputOf(name).onChange === "replace" && name !== "namePrefix");

/** Inputs that Kalshi does not store. `__autonamed` decides whether the name is unique, so the state must contain it. */
const updatable = [...inputNames.filter((name) => inputOf(name).onChange === "update"), "__autonamed"];

/**
 * Determines which changes of the inputs replace or update a key, and whether its rotation is due. Makes no API calls.
 *
 * @param state the state's properties of the key
 * @param news inputs that `check` returned; an unknown value counts as changed
 * @param environment the configured environment, in which a replacement would be created
 * @throws ApiKeyError if the replacement would be in another environment, if `adopt` names the key that would be replaced, or if
 *     `adopt` contains another private key than the state
 */
export function diff(state: RawProperties, news: RawProperties, environment: string): DiffResult {
    const changed = compared.filter((property) => differs(property, state, news));
    // Without a fingerprint, the private key is unreadable, so no program can sign with it.
    const broken = state["privateKey"] !== undefined && state["fingerprint"] === undefined ? ["privateKey"] : [];
    const due = dueDate(state, news);
    const replaces = [...changed, ...broken, ...(due === undefined ? [] : ["rotateAt"]), ...otherAdoption(state, news)];
    const known = replaces.filter((property) => !isUnknown(news[property]));
    if (known.length > 0 && state["environment"] !== environment) {
        throw otherEnvironment("replace", keyOf(state), environment);
    }
    if (known.length > 0 && isAdopted(state, news)) {
        throw new ApiKeyError(
            "KALSHI_ADOPTION_BLOCKS_REPLACEMENT",
            `The API key ${label(keyOf(state))} has to be replaced because of its ` +
                `${known.join(", ")}, but \`adopt\` in the program says that it is to be this very key. Take \`adopt\` out: ` +
                "the adoption is done and is kept.",
        );
    }
    assertSamePrivateKey(state, news);
    const updates = updatable.filter((property) => (state[property] ?? undefined) !== (news[property] ?? undefined));
    const reason = reasonFor(due, broken.length > 0);
    return { replaces, updates, ...(reason !== undefined && { reason }) };
}

function reasonFor(due: string | undefined, isBroken: boolean): string | undefined {
    if (due !== undefined) {
        return `it was due for rotation on ${due}`;
    }
    return isBroken ? "its private key cannot be read" : undefined;
}

/** Casts a state that `create` or `read` returned. */
function keyOf(state: RawProperties): ApiKeyState {
    return state as unknown as ApiKeyState;
}

/** Returns the date since which the key is due for rotation, by the time of the last `check`; undefined if it is not due. */
function dueDate(state: RawProperties, news: RawProperties): string | undefined {
    const { rotationDays, __checkedAt } = news;
    if (typeof rotationDays !== "number" || typeof __checkedAt !== "string") {
        return undefined;
    }
    const date = rotateAt(String(state["createdAt"]), rotationDays);
    return date !== undefined && Date.parse(date) <= Date.parse(__checkedAt) ? date : undefined;
}

/** Returns `adopt` as a reason for a replacement if the program adopts another key. */
function otherAdoption(state: RawProperties, news: RawProperties): string[] {
    return news["adopt"] === undefined || isAdopted(state, news) ? [] : ["adopt"];
}

/** Checks that `adopt` contains no other private key than the state, because a private key can only be supplied at the adoption. */
function assertSamePrivateKey(state: RawProperties, news: RawProperties): void {
    const { privateKey } = (news["adopt"] ?? {}) as Partial<Adoption>;
    if (privateKey === undefined || isUnknown(privateKey) || !isAdopted(state, news)) {
        return;
    }
    if (publicHalfOf(privateKey).fingerprint !== state["fingerprint"]) {
        throw new ApiKeyError(
            "KALSHI_PRIVATE_KEY_MISMATCH",
            `The private key in \`adopt\` is not the one that the API key ${label(keyOf(state))} was adopted ` +
                "with. To hand one in now, take the key out of the stack with `pulumi state delete`, which revokes nothing, and " +
                "adopt it again.",
        );
    }
}

/** Returns whether the program's `adopt` names the key of the state. */
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
        // Inputs that the program omits have the adopted key's values.
        return false;
    }
    switch (property) {
        case "scopes":
            // The state of an adopted key has the scopes of Kalshi's list; that of a created key has the program's.
            return !(sameSet(was, is) || (news["__adopted"] === true && isExpansion(is as string[], was as string[])));
        case "publicKey":
            // If the user supplies none, the state's public key was derived from the generated key pair, so there is nothing to compare.
            return is !== undefined && (was === undefined || fingerprint(was) !== fingerprint(is));
        case "keyType":
            // If the user supplies the public key, the comparison of the public keys decides.
            return news["publicKey"] === undefined && was !== is;
        default:
            return !isDeepStrictEqual(was, is);
    }
}

function fingerprint(pem: unknown): string {
    return readPublicKey(String(pem)).fingerprint;
}

const millisecondsOfADay = 24 * 60 * 60 * 1000;

/**
 * Returns when a key is due for rotation.
 *
 * @param createdAt ISO 8601
 * @returns ISO 8601, UTC; undefined without `rotationDays`, and if the date is beyond the range of `Date`
 */
export function rotateAt(createdAt: string, rotationDays: number | undefined): string | undefined {
    const date = new Date(Date.parse(createdAt) + (rotationDays ?? NaN) * millisecondsOfADay);
    return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
