import type { ApiKey as ListedKey } from "../kalshi/wire";
import { adopt, importAsIs } from "./adoption";
import { diff, type DiffResult } from "./diff";
import { ApiKeyError, explain, label, otherEnvironment } from "./explain";
import type { Origin } from "./journal";
import { publicHalfOf, readPublicKey, type PublicHalf } from "./keys";
import { patience, revoke } from "./lostAnswer";
import { make } from "./making";
import { wasDrawn } from "./naming";
import { sameId, SharedList, type Platform } from "./platform";
import type { AdoptedInputs, Adoption, ApiKeyInputs, ApiKeyState, RawProperties } from "./properties";
import { rotateAt } from "./rotation";
import { isUnknown } from "./unknowns";

/** A key that Kalshi made, of which something could not be finished here. Its state is whole and must be kept. */
export class PartialCreateError extends ApiKeyError {
    constructor(
        readonly state: ApiKeyState,
        reason: string,
    ) {
        super(reason);
    }
}

/** What a state holds of a key, or only its id. */
type KnownKey = Pick<ApiKeyState, "apiKeyId" | "__signedBy"> & Partial<Pick<ApiKeyState, "name">>;

/** A key younger than this may be missing from the list because the list lags, not because the key is gone. */
export const youngForMilliseconds = 5 * 60_000;

/** The life of an API key: diff, create, read, update, delete. One object serves all keys of a run. */
export class ApiKeyResource {
    readonly #list: SharedList;
    /** The ids of keys that this run adopted or imported, in lower case. */
    readonly #takenOverHere = new Set<string>();

    constructor(private readonly platform: Platform) {
        this.#list = new SharedList(platform);
    }

    /** What new inputs would do to the key. Calls nobody. */
    diff(state: RawProperties, inputs: RawProperties): DiffResult {
        this.platform.journal.held(String(state["apiKeyId"]));
        return diff(state, inputs, this.platform.environment);
    }

    /**
     * Makes the key, in one call where that one is answered; or adopts one that exists.
     *
     * @param inputs what `check` returned
     * @param origin where the key stands in a program; without it no journal remembers the creation should this process die
     * @throws PartialCreateError where Kalshi made the key and the rest failed; {@link ApiKeyError} where it made none
     */
    async create(inputs: ApiKeyInputs | AdoptedInputs, origin?: Origin): Promise<ApiKeyState> {
        return "adopt" in inputs ? this.#adopt(inputs) : this.#make(inputs, origin);
    }

    async #adopt(inputs: AdoptedInputs): Promise<ApiKeyState> {
        try {
            return this.#tookOver(await adopt(inputs, this.platform, this.#list));
        } catch (error) {
            throw this.#explained(`adopt the API key ${inputs.adopt.apiKeyId}`, error);
        }
    }

    /** Takes a key that exists into the stack as it is; with its private key, where that is handed in and proven. */
    async import(key: Adoption): Promise<ApiKeyState> {
        try {
            return this.#tookOver(await importAsIs(key, this.platform, this.#list));
        } catch (error) {
            throw this.#explained(`import the API key ${key.apiKeyId}`, error);
        }
    }

    /**
     * Returns the key as Kalshi lists it, for a program that only looks at it (`ApiKey.get`). It stays managed by whoever manages
     * it, so a later step of this run may revoke it. It has no `createdAt`: the API does not return one.
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

    #tookOver(state: ApiKeyState): ApiKeyState {
        this.#takenOverHere.add(state.apiKeyId.toLowerCase());
        return this.#dated(state);
    }

    /** What is known of the state before the key is made. Calls nobody. */
    preview(inputs: ApiKeyInputs): Partial<ApiKeyState> {
        const { publicKey } = inputs;
        const known = publicKey === undefined || isUnknown(publicKey) ? {} : readPublicKey(publicKey);
        return { ...inputs, ...known, environment: this.platform.environment };
    }

    async #make(inputs: ApiKeyInputs, origin: Origin | undefined): Promise<ApiKeyState> {
        const made = await make(inputs, origin, this.platform, this.#list).catch((error: unknown) => {
            throw this.#explained(`create the API key "${inputs.name}"`, error);
        });
        if (made.warning !== undefined) {
            this.platform.tell(`Kalshi on the API key "${inputs.name}": ${made.warning}`, "warning");
        }
        const state = this.#dated({
            ...inputs,
            apiKeyId: made.apiKeyId,
            privateKey: made.privateKey,
            createdAt: new Date(this.platform.now()).toISOString(),
            environment: this.platform.environment,
        });
        return { ...state, ...publicHalf(state) };
    }

    /** The state with what follows from its date and from who signs now. */
    #dated(state: ApiKeyState): ApiKeyState {
        return {
            ...state,
            rotateAt: rotateAt(state.createdAt, state.rotationDays),
            __signedBy: this.platform.signingKeyId,
        };
    }

    /**
     * The key as Kalshi lists it, or undefined where it is gone for sure. The private key, which Kalshi never shows
     * again, is carried over from the state, as is all else that the list does not tell.
     */
    async read(state: ApiKeyState): Promise<ApiKeyState | undefined> {
        this.platform.journal.held(state.apiKeyId);
        this.#assertEnvironment("read", state);
        try {
            const key = await this.#find(state);
            return key === undefined ? undefined : this.#dated(asListed(state, key));
        } catch (error) {
            throw this.#explained(`read the API key ${label(state)}`, error);
        }
    }

    /** One list without the key proves nothing: a second, fresh one must agree, and a young key gets time to show up. */
    async #find(state: ApiKeyState): Promise<ListedKey | undefined> {
        const isIt = (key: ListedKey) => sameId(key.apiKeyId, state.apiKeyId);
        const { found, keys } = await this.#list.lookFor(isIt, () => this.#pauses(state));
        if (found.length === 0) {
            this.#assertTelling(keys, state);
        }
        return found[0];
    }

    /**
     * The list shows the key that signs for it too, so one without that key shows who knows what. And where today's
     * signing key is another than the one that last saw the key, while Kalshi lists neither that one nor the key, the
     * credentials are most likely those of another account, where the key never was.
     */
    #assertTelling(keys: readonly ListedKey[], state: KnownKey): void {
        const { signingKeyId } = this.platform;
        const lists = (id: string) => keys.some((key) => sameId(key.apiKeyId, id));
        if (!lists(signingKeyId)) {
            throw new ApiKeyError(
                `Cannot tell whether the API key ${label(state)} still exists: Kalshi's list holds neither it nor the key that signs ` +
                    `(${signingKeyId}), so it is not whole. The state is left as it is; run it again later.`,
            );
        }
        if (state.__signedBy !== undefined && !lists(state.__signedBy)) {
            throw new ApiKeyError(
                `Cannot tell whether the API key ${label(state)} still exists: the account of the key that signs (${signingKeyId}) has ` +
                    `neither it nor the key that signed when it was last seen (${state.__signedBy}), so this is most likely another ` +
                    "account. Use credentials of the account that the key was made on. If both were revoked there, take the key " +
                    "out of the stack with `pulumi state delete`.",
            );
        }
    }

    /** The milliseconds to wait before each further look at the list for a key that it does not show. */
    #pauses(state: ApiKeyState): readonly number[] {
        const age = this.platform.now() - Date.parse(state.createdAt);
        if (age >= youngForMilliseconds) {
            return [0];
        }
        this.platform.tell(
            `The API key ${label(state)} is not in Kalshi's list. It is younger than ${youngForMilliseconds / 60_000} minutes, ` +
                `so it gets ${patience.reduce((sum, pause) => sum + pause) / 1000} seconds to show up.`,
        );
        return patience;
    }

    /** Takes over what Kalshi keeps no record of; every other change is a replacement. Calls nobody. */
    update(state: ApiKeyState, { rotationDays }: Pick<ApiKeyInputs, "rotationDays">): ApiKeyState {
        return { ...state, rotationDays, rotateAt: rotateAt(state.createdAt, rotationDays) };
    }

    /** Revokes the key. One that is gone already is no error. */
    async delete(state: ApiKeyState): Promise<void> {
        this.platform.journal.held(state.apiKeyId);
        this.#assertEnvironment("revoke", state);
        await this.#revoke(state);
    }

    /**
     * Revokes a key that no state holds, in the configured environment (`pulumi do … delete`). One that is gone already is no
     * error if a complete list lacks it.
     */
    async deleteById(apiKeyId: string): Promise<void> {
        await this.#revoke({ apiKeyId });
    }

    async #revoke(state: KnownKey): Promise<void> {
        if (sameId(state.apiKeyId, this.platform.signingKeyId)) {
            throw new ApiKeyError(
                `Will not revoke the API key ${label(state)}: it signs this provider's own requests, and without it nothing ` +
                    "could be managed any more. Sign with another key (`kalshi:apiKeyId`), or take this one out of the " +
                    "stack's state with `pulumi state delete`.",
            );
        }
        if (this.#takenOverHere.has(state.apiKeyId.toLowerCase())) {
            this.platform.tell(
                `The API key ${label(state)} was taken over in this run in its own place, so it is not revoked.`,
            );
            return;
        }
        try {
            if (
                (await revoke(this.platform, state.apiKeyId)) === "was gone" &&
                state.__signedBy !== this.platform.signingKeyId
            ) {
                this.#list.drop();
                const [keys] = await this.#list.get();
                this.#assertTelling(keys, state);
                if (keys.some((key) => sameId(key.apiKeyId, state.apiKeyId))) {
                    throw new ApiKeyError(
                        `Could not revoke the API key ${label(state)}: Kalshi says that it has no such key, and lists it. Run it again.`,
                    );
                }
            }
        } catch (error) {
            throw this.#explained(`revoke the API key ${label(state)}`, error);
        } finally {
            this.#list.drop();
        }
    }

    #assertEnvironment(verb: string, state: ApiKeyState): void {
        if (state.environment !== this.platform.environment) {
            throw new ApiKeyError(otherEnvironment(verb, state, this.platform.environment));
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
            `Kalshi made the API key ${label(state)}, but the private key that it sent cannot be read as PEM, so its ` +
                "public key and fingerprint are missing. The stack's state holds what was sent. Replace the key with " +
                "`pulumi up --replace`, and tell Kalshi.",
        );
    }
}

/** The state, corrected by what the list says. */
function asListed(state: ApiKeyState, key: ListedKey): ApiKeyState {
    const { __defaults, ...rest } = state;
    return {
        ...rest,
        // A key renamed by others does not bear the name that we drew, so the next check must not take it for one.
        ...(key.name === state.name && wasDrawn({ __defaults }) ? { __defaults } : {}),
        name: key.name,
        scopes: key.scopes === undefined ? state.scopes : [...key.scopes].sort(),
        subaccount: key.subaccount,
        fcmSubtraderId: key.fcmSubtraderId,
    };
}

const inputNames = [
    "name",
    "namePrefix",
    "scopes",
    "keyType",
    "publicKey",
    "subaccount",
    "fcmSubtraderId",
    "rotationTriggers",
    "rotationDays",
    "__defaults",
    "__autonamed",
    "__adopted",
    "__checkedAt",
] as const satisfies readonly (keyof ApiKeyInputs)[];

/** The inputs that a state stands for: what a program would have to say to get this key. */
export function inputsOf(state: Omit<ApiKeyState, "createdAt">): ApiKeyInputs {
    // The public key is an input only where it is the user's own; of a generated or adopted pair it was derived.
    const own = state.keyType === undefined;
    const names = inputNames.filter((name) => state[name] !== undefined && (own || name !== "publicKey"));
    return Object.fromEntries(names.map((name) => [name, state[name]])) as unknown as ApiKeyInputs;
}
