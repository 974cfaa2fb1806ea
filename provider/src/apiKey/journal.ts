/** The resource of a stack that a create is for. */
export interface Origin {
    readonly project: string;
    /** The stack's own name, without organization and project. */
    readonly stack: string;
    /** The organization that the stack belongs to; absent if unknown: the engine does not pass it to a resource plugin. */
    readonly organization?: string;
    /** The resource's name in the program. */
    readonly resource: string;
}

/** A create that is about to be sent. */
export interface CreateRecord extends Origin {
    /** The key's name. */
    readonly name: string;
    /** Whether the name is unique (auto-generated), so that it identifies the key's owner. */
    readonly uniqueName: boolean;
    readonly environment: string;
    /** The id of the signing key, which identifies the account. */
    readonly signedBy: string;
    /** When the create began: ISO 8601, UTC. */
    readonly startedAt: string;
}

/** The outcome of a create. */
export type CreateOutcome =
    /** Kalshi created no key. */
    | { readonly status: "failed" }
    | {
          readonly status: "created";
          readonly apiKeyId: string;
          /** Whether an earlier attempt got no response of Kalshi's, so that a second key of this name may exist or still appear. */
          readonly earlierAttemptMayExist: boolean;
      };

/** A create that is recorded in the journal. */
export interface JournalEntry {
    /**
     * Records the outcome. Call it when the create's result is about to be returned to the engine. An entry that is never closed
     * stays `pending`: its outcome is unknown.
     */
    close(outcome: CreateOutcome): void;
}

/**
 * The write-ahead log of creates. A process that is killed during a create leaves a key that is in no state. If the engine
 * survives, it drops its pending operation, and with it the unique name that identifies the key.
 */
export interface Journal {
    /**
     * Records a create. The entry is on disk when the promise resolves. The promise never rejects: a journal that cannot be
     * written must not prevent the create.
     */
    begin(create: CreateRecord): Promise<JournalEntry>;

    /**
     * Reports that the state holds a key. Removes the `delivered` entry that an earlier process left for this key, unless an
     * earlier attempt of its create may exist.
     */
    held(apiKeyId: string): void;

    /**
     * Compares the journal with a complete list of the account's keys. Removes each entry of an earlier process that the list
     * settles, because it shows that the create left no orphaned key. Revokes nothing.
     */
    reconcile(list: KeyList): void;
}

/** A complete list of an account's keys. It contains the signing key. */
export interface KeyList {
    readonly environment: string;
    readonly keys: readonly { readonly apiKeyId: string; readonly name: string }[];
}
