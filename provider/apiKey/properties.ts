import type { KeyType, Scope } from "../kalshi/wire";

/** The inputs of an API key, as `check` leaves them: complete, in one fixed form, ready to be compared and sent. */
export interface ApiKeyInputs {
    readonly name: string;
    readonly namePrefix?: string | undefined;
    /** Sorted, each once. */
    readonly scopes: readonly Scope[];
    /** Absent where `publicKey` is given, and where a key was adopted whose type nobody told. */
    readonly keyType?: KeyType | undefined;
    /** SPKI PEM. */
    readonly publicKey?: string | undefined;
    readonly subaccount?: number | undefined;
    readonly fcmSubtraderId?: string | undefined;
    /**
     * The inputs that `check` filled in. It is how a later `check` knows that it drew the name itself, and may keep it.
     * The engine hides properties that begin with two underscores from its diffs.
     */
    readonly __defaults?: readonly string[] | undefined;
    /** Whether other keys may have the name, because it follows a pattern (`pulumi:autonaming`) or a program writes it out. */
    readonly __autonamed?: boolean | undefined;
    readonly rotationTriggers?: Readonly<Record<string, unknown>> | undefined;
    /** Days from `createdAt` on. */
    readonly rotationDays?: number | undefined;
    /** Whether the key was adopted, so that what the program does not say of it is taken as it is. */
    readonly __adopted?: boolean | undefined;
    /**
     * When `check` saw these inputs: ISO 8601, UTC. It is the clock that rotation by age goes by: the diff of a refresh gets
     * the inputs of the last `up` and shows nothing as due; that of a preview gets today's.
     */
    readonly __checkedAt?: string | undefined;
}

/** The inputs of a key that is to be adopted, under whatever name it has unless the program says one. */
export interface AdoptedInputs extends Omit<ApiKeyInputs, "name"> {
    readonly name?: string | undefined;
    readonly adopt: Adoption;
}

/** A key that exists, to be taken into the stack. */
export interface Adoption {
    readonly apiKeyId: string;
    /** PEM. */
    readonly privateKey?: string | undefined;
}

/** What the state holds of an API key: its inputs as they took effect, and what Kalshi answered. */
export interface ApiKeyState extends ApiKeyInputs {
    /** The key's id at Kalshi; also the resource's id. */
    readonly apiKeyId: string;
    /** PEM. A secret. Absent where Kalshi never gave one, because the public key was the user's own. */
    readonly privateKey?: string | undefined;
    /** SHA-256 of the public key's SPKI DER, in lower-case hex. */
    readonly fingerprint?: string | undefined;
    /** When the key was made, or adopted, by this machine's clock: ISO 8601, UTC. The API does not tell. */
    readonly createdAt: string;
    /** When the key is due for rotation: ISO 8601, UTC. Absent without `rotationDays`. */
    readonly rotateAt?: string | undefined;
    /** The id of the key that signed when this one was last seen: it tells the account. */
    readonly __signedBy?: string | undefined;
    /** `prod`, `demo`, or the base URL of another server. */
    readonly environment: string;
}

/** Properties as they travel: anything may be missing, not known yet, or of the wrong type. */
export type RawProperties = Readonly<Record<string, unknown>>;
