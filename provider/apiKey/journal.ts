/** Where a key is declared in a Pulumi program. */
export interface Origin {
    readonly project: string;
    readonly stack: string;
    /** The stack's organization, if it is known. */
    readonly organization?: string | undefined;
    /** The resource's name. */
    readonly resource: string;
}

/** A create that is about to be sent. */
export interface CreateRecord extends Origin {
    /** The key's name. */
    readonly name: string;
    /** Whether the name is unique, so that it identifies the key's owner. */
    readonly uniqueName: boolean;
    readonly environment: string;
    /** The id of the signing key, which identifies the account. */
    readonly signedBy: string;
    /** ISO 8601, UTC. */
    readonly startedAt: string;
}

/** How a create ended, as far as the process that sent it knows. */
export type CreateOutcome =
    | {
          /** Kalshi created no key. */
          readonly status: "failed";
      }
    | {
          readonly status: "created";
          readonly apiKeyId: string;
          /** Whether an earlier attempt got no response and may have created another key of the name, or may yet do so. */
          readonly earlierAttemptMayExist: boolean;
      };

/**
 * Records creates before they are sent. A process that is killed during a create may leave a key that is in no state. If the
 * engine survives, it drops its pending operation, so the journal alone knows the key's unique name.
 */
export interface Journal {
    /** Records a create; the record is on disk when this resolves. Never fails: a key is worth more than its record. */
    begin(create: CreateRecord): Promise<JournalEntry>;

    /** Removes what an earlier process recorded of a delivered key, because the state holds that key. */
    held(apiKeyId: string): void;

    /**
     * Closes the question whether an earlier attempt created another key: if the list shows the key that was kept and no other
     * one of its name, the entry goes. Never revokes anything.
     *
     * @param list a complete list of the account's keys
     */
    reconcile(list: {
        readonly environment: string;
        readonly keys: readonly { readonly apiKeyId: string; readonly name: string }[];
    }): void;
}

/** The record of one create. An entry that is never closed stays, because the create may have succeeded. */
export interface JournalEntry {
    /** Records how the create ended. */
    close(outcome: CreateOutcome): void;
}
