import type { KalshiClient } from "../kalshi/client";
import type { KeyVerdict } from "../kalshi/verifyKey";
import type { Journal } from "./journal";

/** What the resource needs from its environment: Kalshi, the journal, clocks and the log. */
export interface Platform {
    readonly client: Pick<KalshiClient, "createApiKey" | "generateApiKey" | "listApiKeys" | "deleteApiKey">;
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
