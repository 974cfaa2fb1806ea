import { isDeepStrictEqual } from "node:util";
import { TooEarlyError } from "../kalshi/errors";
import { ApiKeyError, label, otherEnvironment, reasonOf } from "../apiKey/errors";
import type { Adoption, ApiKeyInputs } from "../apiKey/inputs";
import type { ApiKeyState } from "../apiKey/outputs";
import type { Origin, Platform } from "../apiKey/platform";
import { unknownText, type RawProperties } from "../apiKey/properties";
import { PartialCreateError, type ApiKeyResource } from "../apiKey/resource";
import { assertNotSigningKey } from "../apiKey/revoke";
import { checkPropertyNames, defaultOverlapDays, inputNames, type RotatingApiKeyInputs } from "./inputs";
import { generationName, newNameSeed } from "./names";
import { apiKeyStateOf, generationOf, generationsOf, type Generation, type RotatingApiKeyState } from "./outputs";
import {
    describe,
    expectedState,
    planOf,
    withDerived,
    type Description,
    type Plan,
    type PlannedRevocation,
} from "./plan";

/** Kalshi created a key, but a later step failed. The state is complete, and the engine must save it. */
export class PartialRotationError extends ApiKeyError {
    constructor(
        readonly state: RotatingApiKeyState,
        error: Pick<ApiKeyError, "code" | "text">,
    ) {
        super(error.code, error.text);
    }
}

/** What an update would change. */
export interface RotationDiff {
    /** The inputs and outputs whose values change. Every change is an update in place. */
    readonly updates: readonly string[];
    /** The state after the update, as far as it is known. */
    readonly expected: RawProperties;
    /** What the update does and why, for the user. */
    readonly descriptions: readonly Description[];
}

/** The outputs that an update may change besides the inputs. */
const changingOutputs = ["current", "previous", "rotateAt", "revokeAt", "environment"] as const;

/** The rotation days of an imported key until the program's are applied. */
const importedRotationDays = 30;

/**
 * The operations on a rotating API key: diff, create, import, read, update, delete. It holds up to two generations, each of which is an API
 * key. One object serves all rotating keys of a run.
 */
export class RotatingApiKeyResource {
    /**
     * The ids of keys that this run imported. After an import by the option `import`, the engine calls Diff in the same run, and discards
     * the inputs if nothing changes. Then a trigger in the next run would still belong to the import and not rotate.
     */
    readonly #importedIds = new Set<string | undefined>();

    constructor(
        private readonly platform: Platform,
        private readonly keys: ApiKeyResource,
    ) {}

    /**
     * Determines what is due, and what other changes of the inputs do. Makes no API calls.
     *
     * @throws ApiKeyError if a key of another environment would be revoked, or one would be created there
     */
    diff(state: RotatingApiKeyState, inputs: RotatingApiKeyInputs): RotationDiff {
        generationsOf(state).forEach((one) => this.keys.recordHeld({ ...apiKeyStateOf(state, one) }));
        const plan = this.#plan(state, inputs);
        const expected = expectedState(state, inputs, plan, this.platform.environment);
        const outputs = changingOutputs.filter((name) => !isDeepStrictEqual(state[name], expected[name]));
        return {
            updates: [...plan.changedInputs, ...outputs, ...this.#hiddenChanges(state)],
            expected,
            descriptions: describe(plan, inputs),
        };
    }

    /** Returns the properties for which an update is needed, although no other property changes. */
    #hiddenChanges({ current, __outdated, __imported = false }: RotatingApiKeyState): string[] {
        const isImportedInThisRun = __imported && this.#importedIds.has(current?.apiKeyId);
        return [...(__outdated === undefined ? [] : ["__outdated"]), ...(isImportedInThisRun ? ["__imported"] : [])];
    }

    /**
     * Creates the first key, with one API call unless its response is lost.
     *
     * @param inputs the inputs that `check` returned
     * @param origin the stack's resource that the key is for
     * @throws PartialRotationError if Kalshi created the key and a later step failed; ApiKeyError if it created none
     */
    async create(inputs: RotatingApiKeyInputs, origin: Origin): Promise<RotatingApiKeyState> {
        try {
            const key = await this.keys.create(keyInputsOf(inputs, 0), origin);
            return this.#withNext(0, inputs, key, undefined);
        } catch (error) {
            throw error instanceof PartialCreateError
                ? new PartialRotationError(this.#withNext(0, inputs, error.state, undefined), error)
                : error;
        }
    }

    /**
     * Imports an existing key as the current one. There is no previous one. A supplied private key is verified first. Kalshi does not know
     * when to rotate, so the state has default values until an update applies the program's.
     */
    async import(key: Adoption): Promise<RotatingApiKeyState> {
        const { scopes, subaccount, fcmSubtraderId, keyType, environment, ...rest } = await this.keys.import(key);
        const inputs = {
            scopes,
            subaccount,
            fcmSubtraderId,
            keyType,
            rotationDays: importedRotationDays,
            overlapDays: defaultOverlapDays,
            __nameSeed: newNameSeed(),
        };
        this.#importedIds.add(rest.apiKeyId);
        return withDerived({
            ...inputs,
            current: generationOf(rest),
            environment,
            __generations: 0,
            __imported: true,
            __signedBy: this.platform.signingKeyId,
        });
    }

    /** Returns the part of the state that is known before the create. Makes no API calls. */
    preview(inputs: RotatingApiKeyInputs): RawProperties {
        return { ...inputs, current: unknownText, rotateAt: unknownText, environment: this.platform.environment };
    }

    /**
     * Returns the keys as Kalshi lists them, without those of which there is evidence that they are gone. The resource stays even if all
     * are, and the next update creates a new current key.
     *
     * @throws ApiKeyError if a key is not listed and there is no evidence whether it exists
     */
    async read(state: RotatingApiKeyState): Promise<RotatingApiKeyState> {
        const read = async (generation: Generation | undefined) =>
            generation && this.keys.read(apiKeyStateOf(state, generation));
        const [current, previous, ...outdated] = await Promise.all(
            [state.current, state.previous, ...(state.__outdated ?? [])].map(read),
        );
        if (state.current !== undefined && current === undefined) {
            this.platform.log(
                `The current API key ${label(state.current)} was revoked outside Pulumi. The next \`pulumi up\` creates another one.`,
                "warning",
            );
        }
        const kept = [current, previous, ...outdated].filter((key) => key !== undefined);
        const isAllListed = kept.every(({ __signedBy }) => __signedBy === this.platform.signingKeyId);
        return withDerived({
            ...state,
            ...(current && {
                scopes: current.scopes,
                subaccount: current.subaccount,
                fcmSubtraderId: current.fcmSubtraderId,
            }),
            current: current && generationOf(current),
            previous: previous && generationOf(previous),
            __outdated: orUndefined(outdated.flatMap((key) => (key === undefined ? [] : generationOf(key)))),
            __signedBy: isAllListed ? this.platform.signingKeyId : state.__signedBy,
        });
    }

    /**
     * Rotates if that is due, revokes what is due, and applies the other inputs: one create at most, and one delete for each key to revoke.
     *
     * @throws PartialRotationError if a revocation failed: the state is complete, and the next update revokes; ApiKeyError if nothing changed
     */
    async update(
        state: RotatingApiKeyState,
        inputs: RotatingApiKeyInputs,
        origin: Origin,
    ): Promise<RotatingApiKeyState> {
        const plan = this.#plan(state, inputs);
        plan.revocations.forEach(({ generation }) => assertNotSigningKey(generation, this.platform.signingKeyId));
        try {
            return await this.#carryOut(plan, state, inputs, origin);
        } catch (error) {
            if (!(error instanceof TooEarlyError)) {
                throw error;
            }
            this.platform.log(
                `This machine's clock is ahead: ${error.message}. So the rotating API key ${describeKey(state)} neither rotates nor revokes a ` +
                    "key in this run. Set the clock (NTP).",
                "warning",
            );
            return withInputs(state, inputs);
        }
    }

    async #carryOut(
        plan: Plan,
        state: RotatingApiKeyState,
        inputs: RotatingApiKeyInputs,
        origin: Origin,
    ): Promise<RotatingApiKeyState> {
        const { next, close } = await this.#rotate(state, inputs, plan, origin);
        try {
            return await this.#revokePlanned(next, plan);
        } finally {
            close();
        }
    }

    /** Creates the next key if the plan says so. */
    async #rotate(
        state: RotatingApiKeyState,
        inputs: RotatingApiKeyInputs,
        plan: Plan,
        origin: Origin,
    ): Promise<{ readonly next: RotatingApiKeyState; readonly close: () => void }> {
        const { previous, rotationReasons } = plan;
        if (rotationReasons.length === 0) {
            return { next: withInputs({ ...state, previous }, inputs), close: () => undefined };
        }
        try {
            const { state: key, close } = await this.keys.createRecorded(
                keyInputsOf(inputs, state.__generations),
                origin,
                plan.rotationNotBefore,
            );
            const next = this.#withNext(state.__generations, inputs, key, previous);
            return { next: { ...next, __signedBy: this.#signedByAfterCreate(state) }, close };
        } catch (error) {
            if (error instanceof PartialCreateError) {
                // Programs go on with the current key, because the new one's private key cannot be read.
                const broken = generationOf(error.state);
                const __outdated = [...(state.__outdated ?? []), broken];
                const __generations = state.__generations + 1;
                const { environment } = this.platform;
                const __signedBy = this.#signedByAfterCreate(state);
                throw new PartialRotationError(
                    withDerived({ ...state, environment, __outdated, __generations, __signedBy }),
                    error,
                );
            }
            throw error;
        }
    }

    /**
     * Returns the signing key that identifies the account of a state's keys after another key was created. The older ones may be of
     * another account than the new one, and only a list that shows them proves otherwise.
     */
    #signedByAfterCreate(state: RotatingApiKeyState): string | undefined {
        return generationsOf(state).length > 0 ? state.__signedBy : this.platform.signingKeyId;
    }

    /**
     * Returns the state with a new current key. It is in the configured environment, and so are the other keys, if there are any.
     *
     * @param generation the number of generations before it
     */
    #withNext(
        generation: number,
        inputs: RotatingApiKeyInputs,
        key: ApiKeyState,
        previous: Generation | undefined,
    ): RotatingApiKeyState {
        return withDerived({
            ...inputs,
            current: generationOf(key),
            previous,
            environment: this.platform.environment,
            __generations: generation + 1,
            __signedBy: this.platform.signingKeyId,
        });
    }

    /** Revokes the keys that the plan names. Those whose revocation fails are in the result's `__outdated`. */
    async #revokePlanned(state: RotatingApiKeyState, { revocations }: Plan): Promise<RotatingApiKeyState> {
        const failures = await this.#revoke(state, revocations);
        const after = withDerived({ ...state, __outdated: orUndefined(failures.map(({ generation }) => generation)) });
        if (failures.length > 0) {
            throw new PartialRotationError(after, {
                code: "KALSHI_ROTATION_INCOMPLETE",
                text:
                    `${failures.map(({ error }) => reasonOf(error)).join(" ")} The state holds the current key ` +
                    `${describeKey(after)}; run \`pulumi up\` again to revoke what is left.`,
            });
        }
        return after;
    }

    /** @throws TooEarlyError */
    async #revoke(
        state: RotatingApiKeyState,
        revocations: readonly Pick<PlannedRevocation, "generation" | "notBefore">[],
    ): Promise<{ readonly generation: Generation; readonly error: unknown }[]> {
        const failures: { readonly generation: Generation; readonly error: unknown }[] = [];
        for (const { generation, notBefore } of revocations) {
            try {
                await this.keys.delete(apiKeyStateOf(state, generation), notBefore);
            } catch (error) {
                if (error instanceof TooEarlyError) {
                    throw error;
                }
                failures.push({ generation, error });
            }
        }
        return failures;
    }

    /**
     * Revokes all keys. Succeeds also for those of which there is evidence that they no longer exist.
     *
     * @throws the first error, after an attempt to revoke each
     */
    async delete(state: RotatingApiKeyState): Promise<void> {
        const all = generationsOf(state);
        all.forEach((generation) => assertNotSigningKey(generation, this.platform.signingKeyId));
        const [failure] = await this.#revoke(
            state,
            all.map((generation) => ({ generation })),
        );
        if (failure !== undefined) {
            throw failure.error;
        }
    }

    /** @throws ApiKeyError if a key of another environment would be revoked, or one would be created there */
    #plan(state: RotatingApiKeyState, inputs: RotatingApiKeyInputs): Plan {
        const plan = planOf(state, inputs);
        const makesCalls = plan.rotationReasons.length + plan.revocations.length > 0;
        const [key] = generationsOf(state);
        if (makesCalls && key !== undefined && state.environment !== this.platform.environment) {
            throw otherEnvironment("rotate", apiKeyStateOf(state, key), this.platform.environment);
        }
        return plan;
    }
}

/** Returns the state with other inputs and the same keys. */
function withInputs(state: RotatingApiKeyState, inputs: RotatingApiKeyInputs): RotatingApiKeyState {
    const { current, previous, environment, __outdated, __generations, __signedBy } = state;
    return withDerived({ ...inputs, current, previous, environment, __outdated, __generations, __signedBy });
}

/** Returns the current key for a message. */
function describeKey({ current }: RotatingApiKeyState): string {
    return current === undefined ? "without a current key" : label(current);
}

/** Returns the inputs of one generation. */
function keyInputsOf(inputs: RotatingApiKeyInputs, generation: number): ApiKeyInputs {
    const { scopes, keyType, subaccount, fcmSubtraderId } = inputs;
    const name = generationName({ ...inputs }, generation);
    return { name, scopes, keyType, subaccount, fcmSubtraderId, __defaults: ["name"] };
}

function orUndefined<T>(list: readonly T[]): readonly T[] | undefined {
    return list.length === 0 ? undefined : list;
}

/** Returns the inputs with which a program would get a state. */
export function inputsOf(state: RotatingApiKeyState): RotatingApiKeyInputs {
    const names = [...inputNames, ...checkPropertyNames].filter((name) => state[name] !== undefined);
    return Object.fromEntries(names.map((name) => [name, state[name]])) as unknown as RotatingApiKeyInputs;
}
