/** Where a key stands in a program. */
export interface Origin {
    readonly project: string;
    readonly stack: string;
    /** The resource's name. */
    readonly resource: string;
}

/** A creation that is about to be asked for. */
export interface Creation extends Origin {
    readonly name: string;
    /** Whether the name proves that a key is ours. */
    readonly proof: boolean;
    readonly environment: string;
    /** The id of the key that signs: it tells the account. */
    readonly signedBy: string;
    /** ISO 8601, UTC. */
    readonly startedAt: string;
}

/**
 * Remembers the creations that are under way. A process that is killed in the middle of one leaves a key that is in no state;
 * where the engine lives on, it forgets that the creation was ever begun, and with it the name that would prove whose it is.
 */
export interface Journal {
    /** Notes a creation down, before it is asked for. Never fails: a key is worth more than the note of it. */
    begin(creation: Creation): Promise<Note>;

    /** The state holds the key, so that what an earlier process noted down of its creation is of no account any more. */
    held(apiKeyId: string): void;
}

export interface Note {
    /**
     * The creation is answered for, so that the note can go once the engine has the answer.
     *
     * @param apiKeyId the id of the key that was made, where one was
     * @param unanswered whether an attempt before got no answer, of which it is not known that it left nothing
     */
    end(apiKeyId?: string, unanswered?: boolean): void;
}
