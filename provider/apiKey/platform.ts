import type { KalshiClient } from "../kalshi/client";
import type { KeyVerdict } from "../kalshi/verifyKey";
import type { Journal } from "./journal";

/** What an API key's life needs of the world around it. */
export interface Platform {
    readonly client: Pick<KalshiClient, "createApiKey" | "generateApiKey" | "listApiKeys" | "deleteApiKey">;
    /** The account realm that `client` talks to. */
    readonly environment: string;
    /** The id of the key that signs the provider's own requests. */
    readonly signingKeyId: string;
    /**
     * Asks Kalshi with one request that the key signs itself whether the key exists and the private key belongs to it.
     *
     * @throws KalshiError if the response is no verdict of Kalshi's on the key
     */
    verifyKey(key: { readonly apiKeyId: string; readonly privateKey: string }): Promise<KeyVerdict>;
    readonly journal: Journal;
    /** Unix time in milliseconds, by this machine's clock. */
    now(): number;
    /** Unix time in milliseconds by Kalshi's clock, as far as its responses told: the same on every machine. */
    kalshiTime(): number;
    /**
     * Waits that many milliseconds.
     *
     * @throws KalshiError of the kind `interrupted` where somebody ends the wait
     */
    sleep(milliseconds: number): Promise<void>;
    /** Whether the engine still waits for what is being done at the moment. Where nobody can tell, it does. */
    isEngineConnected(): boolean;
    /** Tells the user something that is no error: a warning from Kalshi, why a call takes its time (the default). */
    log(message: string, severity?: Severity): void;
}

export type Severity = "info" | "warning";

/** UUIDs are the same in upper and lower case. */
export function sameId(one: string, other: string): boolean {
    return one.toLowerCase() === other.toLowerCase();
}
