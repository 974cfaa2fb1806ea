import type { KalshiClient } from "../kalshi/client";
import type { ApiKey } from "./inputs";
import type { KeyVerdict } from "../kalshi/verifyKey";

/** What the resource needs from its environment: Kalshi, the journal, clocks and the log. */
export interface Platform {
    readonly client: Pick<KalshiClient<ApiKey>, "createApiKey" | "generateApiKey" | "listApiKeys" | "deleteApiKey">;
    /** The environment of `client`'s endpoint. */
    readonly environment: string;
    /** The id of the signing key. */
    readonly signingKeyId: string;
    /**
     * Verifies by one request that the key itself signs whether the key exists and the private key belongs to it.
     *
     * @throws KalshiError if the response shows no verdict
     */
    verifyKey(key: { readonly apiKeyId: string; readonly privateKey: string }): Promise<KeyVerdict>;
    readonly journal: Journal;
    /** Returns Unix time in milliseconds, by this machine's clock. */
    now(): number;
    /** Returns Unix time in milliseconds by Kalshi's clock, which does not depend on this machine's clock skew. */
    kalshiTime(): number;
    /**
     * Waits.
     *
     * @throws KalshiError of the kind `interrupted` if the user or a timeout ends the wait
     */
    sleep(milliseconds: number): Promise<void>;
    /** Returns whether the engine still waits for the current call; true if that is unknown. */
    isEngineConnected(): boolean;
    /** Logs a message for the user that is not an error. Default severity: `info`. */
    log(message: string, severity?: Severity): void;
}

export type Severity = "info" | "warning";

/** Compares two UUIDs, which are case-insensitive. */
export function sameId(one: string, other: string): boolean {
    return one.toLowerCase() === other.toLowerCase();
}

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
     * earlier attempt of its create may exist. Other entries of its unique name then record this key as delivered, so that only a
     * second key of that name is an orphan, even after this one was moved to another state.
     *
     * @param uniqueName the key's name; undefined if it is not unique
     */
    held(apiKeyId: string, uniqueName?: string): void;

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
