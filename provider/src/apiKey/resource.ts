import type { KalshiError } from "../kalshi/errors";
import { shortened } from "../kalshi/text";
import { adopt, importAsIs } from "./adopt";
import { diff, type DiffResult, rotateAt } from "./diff";
import { createKey } from "./create";
import { findExistence } from "./existence";
import { ApiKeyError, explain, label, otherEnvironment } from "./errors";
import type { Origin, Platform } from "./platform";
import { publicHalfOf, readPublicKey, type PublicHalf } from "./publicKey";
import { findKey, listRetryPauses, NamesakeWatch, SharedList } from "./listing";
import { hasGeneratedName, hasUniqueName } from "./autonaming";
import { isUnknown, type RawProperties } from "./properties";
import {
    checkPropertyNames,
    inputNames,
    listedInputs,
    type AdoptedInputs,
    type Adoption,
    type ApiKey,
    type ApiKeyInputs,
} from "./inputs";
import type { ApiKeyState } from "./outputs";
import type { NewKey } from "./recoverCreate";
import { revoke, revokeOrphan } from "./revoke";
import { isExpansion } from "./scopes";

/** Kalshi created the key, but a later step failed. The state is complete, and the engine must save it. */
export class PartialCreateError extends ApiKeyError {
    constructor(
        readonly state: ApiKeyState,
        reason: string,
    ) {
        super("KALSHI_PRIVATE_KEY_UNREADABLE", reason);
    }
}

/** A key by its id and, if it is known, its name. */
type KnownKey = Pick<ApiKeyState, "apiKeyId"> & Partial<Pick<ApiKeyState, "name">>;

/** The operations on an API key: diff, create, read, update, delete. One object serves all keys of a run. */
export class ApiKeyResource {
    readonly #list: SharedList;
    readonly #namesakes: NamesakeWatch;
    /** The ids of keys that this run adopted or imported, in lower case. */
    readonly #adoptedIds = new Set<string>();

    constructor(private readonly platform: Platform) {
        this.#namesakes = new NamesakeWatch(platform);
        this.#list = new SharedList(platform, (keys) => {
            platform.journal.reconcile({ environment: platform.environment, keys });
            this.#namesakes.inspect(keys);
        });
    }

    /** Compares new inputs with the state. Makes no API calls. */
    diff(state: RawProperties, inputs: RawProperties): DiffResult {
        this.recordHeld(state);
        return diff(state, inputs, this.platform.environment);
    }

    /**
     * Creates the key, with one API call unless its response is lost; or adopts an existing one.
     *
     * @param inputs the inputs that `check` returned
     * @param origin the stack's resource that the key is for; without it the journal does not record the create
     * @throws PartialCreateError if Kalshi created the key and a later step failed; {@link ApiKeyError} if it created none
     */
    async create(inputs: ApiKeyInputs | AdoptedInputs, origin?: Origin): Promise<ApiKeyState> {
        if ("adopt" in inputs) {
            return this.#adopt(inputs);
        }
        const { state, close } = await this.createRecorded(inputs, origin);
        close();
        return state;
    }

    /**
     * Creates a key as {@link create} does, for a caller that calls Kalshi again before it returns the key to the engine.
     *
     * @param notBefore Unix time in milliseconds, before which no key may be created by Kalshi's clock; default: any time
     * @returns the key, and the function that closes the journal's entry. Until it is called, the journal records the key as an orphan
     * @throws the same errors, and TooEarlyError
     */
    async createRecorded(
        inputs: ApiKeyInputs,
        origin: Origin | undefined,
        notBefore?: number,
    ): Promise<{ readonly state: ApiKeyState; readonly close: () => void }> {
        const { key, close } = await createKey(inputs, origin, this.platform, this.#list, notBefore);
        try {
            return { state: this.#created(inputs, key), close };
        } catch (error) {
            close();
            throw error;
        }
    }

    async #adopt(inputs: AdoptedInputs): Promise<ApiKeyState> {
        try {
            return this.#registerAdopted(await adopt(inputs, this.platform, this.#list));
        } catch (error) {
            throw this.#explained(`adopt the API key ${inputs.adopt.apiKeyId}`, error);
        }
    }

    /** Imports an existing key with all its values. A supplied private key is verified first. */
    async import(key: Adoption): Promise<ApiKeyState> {
        try {
            return this.#registerAdopted(await importAsIs(key, this.platform, this.#list));
        } catch (error) {
            throw this.#explained(`import the API key ${key.apiKeyId}`, error);
        }
    }

    /**
     * Returns the key as Kalshi lists it, for a program that only reads it (`ApiKey.get`). Another resource may manage the key, so a
     * later step of this run may revoke it. The result has no `createdAt`, because the API does not return one.
     *
     * @throws ApiKeyError if there is no such key, or if the private key does not belong to it
     */
    async get(key: Adoption): Promise<Omit<ApiKeyState, "createdAt">> {
        try {
            const { createdAt: _createdAt, ...state } = await importAsIs(key, this.platform, this.#list);
            return { ...state, __signedBy: this.platform.signingKeyId };
        } catch (error) {
            throw this.#explained(`read the API key ${key.apiKeyId}`, error);
        }
    }

    #registerAdopted(state: ApiKeyState): ApiKeyState {
        this.#adoptedIds.add(state.apiKeyId.toLowerCase());
        return this.#withDerived(state);
    }

    /** Returns the part of the state that is known before the create. Makes no API calls. */
    preview(inputs: ApiKeyInputs): Partial<ApiKeyState> {
        const { publicKey } = inputs;
        const known = publicKey === undefined || isUnknown(publicKey) ? {} : readPublicKey(publicKey);
        return { ...inputs, ...known, environment: this.platform.environment };
    }

    /** Records that the state holds a key. */
    recordHeld(state: RawProperties): void {
        const { apiKeyId, name } = state;
        this.platform.journal.held(String(apiKeyId), hasUniqueName(state) ? String(name) : undefined);
        this.#namesakes.remember(state);
    }

    /** @throws PartialCreateError if the private key is unreadable */
    #created(inputs: ApiKeyInputs, created: NewKey): ApiKeyState {
        if (created.warning !== undefined) {
            this.platform.log(
                `Kalshi on the API key ${label({ ...inputs, ...created })}: ${shortened(created.warning)}`,
                "warning",
            );
        }
        const state = this.#withDerived({
            ...inputs,
            apiKeyId: created.apiKeyId,
            privateKey: created.privateKey,
            createdAt: new Date(this.platform.kalshiTime()).toISOString(),
            environment: this.platform.environment,
        });
        return { ...state, ...publicHalf(state) };
    }

    /** Returns the state with the date of its next rotation and with the current signing key. */
    #withDerived(state: ApiKeyState): ApiKeyState {
        return {
            ...state,
            rotateAt: rotateAt(state.createdAt, state.rotationDays),
            __signedBy: this.platform.signingKeyId,
        };
    }

    /**
     * Returns the key as Kalshi lists it, or undefined if there is evidence that it is gone. All properties that are
     * not in the list come from the state, above all the private key, which Kalshi returns only once.
     *
     * @throws ApiKeyError if the key is not listed and there is no evidence whether it exists
     */
    async read(state: ApiKeyState): Promise<ApiKeyState | undefined> {
        this.recordHeld({ ...state });
        this.#assertEnvironment("read", state);
        try {
            const [keys, generation] = await this.#list.get();
            const listed = findKey(keys, state.apiKeyId);
            return listed === undefined
                ? await this.#readUnlisted(state, generation)
                : this.#withDerived(asListed(state, listed));
        } catch (error) {
            throw this.#explained(`read the API key ${label(state)}`, error);
        }
    }

    /** Reads a key that a list does not show. Such a list is inconclusive: it may lag, be incomplete, or belong to another account. */
    async #readUnlisted(state: ApiKeyState, newerThan: number): Promise<ApiKeyState | undefined> {
        if ((await findExistence({ state, newerThan }, this.platform, this.#list)) === "gone") {
            return undefined;
        }
        const [keys] = await this.#list.get();
        const listed = findKey(keys, state.apiKeyId);
        if (listed !== undefined) {
            return this.#withDerived(asListed(state, listed));
        }
        this.platform.log(
            `Kalshi's list does not show the API key ${label(state)}, but Kalshi still knows the key. The list lags, or the ` +
                "credentials are those of another account. The state keeps the key as it is.",
            "warning",
        );
        return state;
    }

    /** Applies the inputs that Kalshi does not store. Every other change is a replacement. Makes no API calls. */
    update(
        state: ApiKeyState,
        { rotationDays, __autonamed }: Pick<ApiKeyInputs, "rotationDays" | "__autonamed">,
    ): ApiKeyState {
        return { ...state, rotationDays, __autonamed, rotateAt: rotateAt(state.createdAt, rotationDays) };
    }

    /**
     * Revokes the key. Succeeds also if there is evidence that the key no longer exists.
     *
     * @param notBefore Unix time in milliseconds, before which the key must not be revoked by Kalshi's clock; default: any time
     * @throws KalshiError, ApiKeyError, TooEarlyError if the key may still exist
     */
    async delete(state: ApiKeyState, notBefore?: number): Promise<void> {
        this.recordHeld({ ...state });
        this.#assertEnvironment("revoke", state);
        const findEvidence = ({ kind }: KalshiError) => {
            this.#list.invalidate();
            const query = { state, pauses: listRetryPauses, wasNotFound: kind === "notFound" };
            return findExistence(query, this.platform, this.#list);
        };
        await this.#revoke(state, () => revoke(this.platform, state, findEvidence, notBefore));
    }

    /** Revokes a key that no state holds, in the configured environment (`pulumi do … delete`). */
    async deleteById(apiKeyId: string): Promise<void> {
        await this.#revoke({ apiKeyId }, () => revokeOrphan(this.platform, this.#list, { apiKeyId }));
    }

    async #revoke(key: KnownKey, revoking: () => Promise<unknown>): Promise<void> {
        if (this.#adoptedIds.has(key.apiKeyId.toLowerCase())) {
            this.platform.log(
                `The API key ${label(key)} was adopted or imported again in this run, so it is not revoked.`,
            );
            return;
        }
        try {
            await revoking();
        } catch (error) {
            throw this.#explained(`revoke the API key ${label(key)}`, error);
        } finally {
            this.#list.invalidate();
        }
    }

    #assertEnvironment(verb: string, state: ApiKeyState): void {
        if (state.environment !== this.platform.environment) {
            throw otherEnvironment(verb, state, this.platform.environment);
        }
    }

    #explained(what: string, error: unknown): unknown {
        return explain({ what, environment: this.platform.environment }, error);
    }
}

function publicHalf(state: ApiKeyState): PublicHalf {
    if (state.privateKey === undefined) {
        return readPublicKey(state.publicKey ?? "");
    }
    try {
        return publicHalfOf(state.privateKey);
    } catch {
        throw new PartialCreateError(
            state,
            `Kalshi created the API key ${label(state)}, but the private key in its response cannot be read. The stack's state holds ` +
                "what was sent, as a secret. Run `pulumi up` again, which replaces the key, and report it to Kalshi.",
        );
    }
}

/** Returns the state with the values of the list. */
function asListed(state: ApiKeyState, key: ApiKey): ApiKeyState {
    const { __defaults, ...rest } = state;
    return {
        ...rest,
        // If the listed name differs, it is not the auto-generated one, so the next check must not keep it as such.
        ...(key.name === state.name && hasGeneratedName({ __defaults }) ? { __defaults } : {}),
        ...listedInputs(key),
        scopes:
            key.scopes === undefined || isExpansion(state.scopes, key.scopes) ? state.scopes : [...key.scopes].sort(),
    };
}

/** Returns the inputs with which a program would get the key of a state. */
export function inputsOf(state: Omit<ApiKeyState, "createdAt">): ApiKeyInputs {
    // The public key is an input only if the user supplied it. For a generated or adopted key pair it is derived.
    const own = state.keyType === undefined;
    const names = [...inputNames, ...checkPropertyNames].filter(
        (name) => state[name] !== undefined && (own || name !== "publicKey"),
    );
    return Object.fromEntries(names.map((name) => [name, state[name]])) as unknown as ApiKeyInputs;
}
