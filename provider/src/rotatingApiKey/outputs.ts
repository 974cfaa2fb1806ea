import { outputs as apiKeyOutputs, type ApiKeyState, type Output } from "../apiKey/outputs";
import { inputs as apiKeyInputs } from "../apiKey/inputs";
import { isGenerationName } from "./names";
import type { RotatingApiKeyInputs } from "./inputs";

/** The properties of a generation, which is one key. */
export const generationOutputs = {
    apiKeyId: { ...apiKeyOutputs.apiKeyId, description: "The key's id, sent as `KALSHI-ACCESS-KEY`: a UUID." },
    name: { description: "The key's name at Kalshi.", isRequired: true },
    privateKey: {
        ...apiKeyOutputs.privateKey,
        description:
            "The private key in PEM, PKCS#1 for RSA and PKCS#8 for Ed25519: a secret. Undefined if the key was imported without it.",
    },
    publicKey: { description: apiKeyInputs.publicKey.output, isRequired: false },
    fingerprint: apiKeyOutputs.fingerprint,
    createdAt: {
        ...apiKeyOutputs.createdAt,
        description: "When the key was created or imported, by Kalshi's clock: ISO 8601, UTC.",
    },
} as const satisfies Readonly<Record<string, Output>>;

/** The outputs of a rotating API key that are text, besides the inputs. */
export const outputs = {
    rotateAt: {
        description: "When the current key is due for rotation: ISO 8601, UTC. Undefined if there is no current key.",
        isRequired: false,
    },
    revokeAt: {
        description:
            "When the overlap ends: ISO 8601, UTC. The first `pulumi up` from then on revokes the previous key. Undefined if there is none.",
        isRequired: false,
    },
    environment: {
        ...apiKeyOutputs.environment,
        description: apiKeyOutputs.environment.description.replace("key", "keys"),
    },
} as const satisfies Readonly<Record<string, Output>>;

/** The outputs that hold a generation. */
export const generations = {
    current: {
        description:
            "The key to sign with. A refresh removes it if it was revoked outside Pulumi; the next `pulumi up` creates another one.",
    },
    previous: {
        description: "The key that `current` replaced. It stays valid until `revokeAt`. Undefined if there is none.",
    },
} as const;

/** A key of a rotating API key. */
export type Generation = Pick<
    ApiKeyState,
    "apiKeyId" | "name" | "privateKey" | "publicKey" | "fingerprint" | "createdAt"
>;

/** The state of a rotating API key: the inputs as they took effect, and the outputs. */
export type RotatingApiKeyState = RotatingApiKeyInputs & {
    readonly current?: Generation | undefined;
    readonly previous?: Generation | undefined;
    readonly rotateAt?: string | undefined;
    readonly revokeAt?: string | undefined;
    readonly environment: string;
    /** The ids of all keys that the state holds. They stay readable if a program makes `current` or `previous` a secret as a whole. */
    readonly __ids: readonly string[];
    /** Keys that an earlier update could not revoke. No program gets them. */
    readonly __outdated?: readonly Generation[] | undefined;
    /** How many keys this resource has created. */
    readonly __generations: number;
    /** Whether the current key was imported, and no update has applied the program's inputs since. */
    readonly __imported?: boolean | undefined;
    /** The id of the signing key when the keys were last read. It identifies the account. */
    readonly __signedBy?: string | undefined;
};

/** Returns the properties of a key that a generation holds. */
export function generationOf(key: Generation): Generation {
    const { apiKeyId, name, privateKey, publicKey, fingerprint, createdAt } = key;
    return { apiKeyId, name, privateKey, publicKey, fingerprint, createdAt };
}

/** Returns all keys of a state, the ones to revoke first at the beginning. */
export function generationsOf({ current, previous, __outdated = [] }: Partial<RotatingApiKeyState>): Generation[] {
    return [...__outdated, previous, current].filter((generation) => generation !== undefined);
}

/** Returns a generation as the state of an API key, for the operations that both have in common. */
export function apiKeyStateOf(state: RotatingApiKeyState, generation: Generation): ApiKeyState {
    const { scopes, subaccount, fcmSubtraderId, keyType, environment, __signedBy } = state;
    return {
        ...generation,
        scopes,
        subaccount,
        fcmSubtraderId,
        keyType,
        environment,
        __signedBy,
        ...(isGenerationName({ ...state }, generation.name) ? { __defaults: ["name"] } : {}),
    };
}
