import type { KeyType, Scope } from "../kalshi/types";

/** The inputs of an API key as `check` returns them: validated, normalized and with defaults. */
export interface ApiKeyInputs {
    readonly name: string;
    readonly namePrefix?: string | undefined;
    /** Sorted, each once. */
    readonly scopes: readonly Scope[];
    /** Absent if `publicKey` is set, and for an adopted key of unknown type. */
    readonly keyType?: KeyType | undefined;
    /** SPKI PEM. */
    readonly publicKey?: string | undefined;
    readonly subaccount?: number | undefined;
    readonly fcmSubtraderId?: string | undefined;
    /**
     * The names of the inputs that `check` added. By it, a later `check` recognizes an auto-generated name and keeps it. The engine hides
     * properties that begin with two underscores from its diffs.
     */
    readonly __defaults?: readonly string[] | undefined;
    /** Whether an auto-generated name is not unique, because it follows a pattern (`pulumi:autonaming`) or is in the program too. */
    readonly __autonamed?: boolean | undefined;
    readonly rotationTriggers?: Readonly<Record<string, unknown>> | undefined;
    /** Days from `createdAt` on. */
    readonly rotationDays?: number | undefined;
    /** Whether the key was adopted, so that inputs that the program omits have the key's values. */
    readonly __adopted?: boolean | undefined;
    /**
     * When `check` returned these inputs: ISO 8601, UTC. Rotation by age compares with this time. The diff of a preview gets new inputs.
     * The diff of a refresh gets those of the last `up`, so it shows no key as due.
     */
    readonly __checkedAt?: string | undefined;
}

/** The inputs of a key that is to be adopted. The name is optional: by default, the key's name is kept. */
export interface AdoptedInputs extends Omit<ApiKeyInputs, "name"> {
    readonly name?: string | undefined;
    readonly adopt: Adoption;
}

/** An existing key to adopt or import. */
export interface Adoption {
    readonly apiKeyId: string;
    /** PEM. */
    readonly privateKey?: string | undefined;
}

/** The state of an API key: the effective inputs and the outputs. */
export interface ApiKeyState extends ApiKeyInputs {
    /** The key's id at Kalshi; also the resource's id. */
    readonly apiKeyId: string;
    /** PEM. A secret. Absent if Kalshi returned none because the user supplied the public key, or if an adoption supplied none. */
    readonly privateKey?: string | undefined;
    /** SHA-256 of the public key's SPKI DER, in lower-case hex. */
    readonly fingerprint?: string | undefined;
    /** When the key was created or adopted, by Kalshi's clock: ISO 8601, UTC. The API does not return it. */
    readonly createdAt: string;
    /** When the key is due for rotation: ISO 8601, UTC. Absent without `rotationDays`. */
    readonly rotateAt?: string | undefined;
    /** The id of the signing key when this key was last read. It identifies the account. */
    readonly __signedBy?: string | undefined;
    /** `prod`, `demo`, or the base URL of another server. */
    readonly environment: string;
}

/** Unvalidated properties. Any may be missing, unknown or of the wrong type. */
export type RawProperties = Readonly<Record<string, unknown>>;

/**
 * The sentinels that the engine sends in a preview for unknown values, one for each type.
 * Source: pulumi/pulumi, sdk/go/common/resource/plugin/rpc.go.
 */
const sentinels: ReadonlySet<unknown> = new Set([
    "04da6b54-80e4-46f7-96ec-b56ff0331ba9", // string
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7", // bool
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421", // number
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2", // array
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff", // object
]);

/** Returns whether a value is unknown or contains an unknown value. */
export function isUnknown(value: unknown): boolean {
    if (typeof value === "object" && value !== null) {
        return Object.values(value).some(isUnknown);
    }
    return sentinels.has(value);
}
