import { setTimeout as sleep } from "node:timers/promises";
import type { Platform, Severity } from "./apiKey/platform";
import type { Config } from "./config";
import { Clock } from "./kalshi/clock";
import { Pace } from "./kalshi/pace";
import { FolderJournal, journalFolder, type Receipt } from "./journal/journal";
import { KalshiClient } from "./kalshi/client";
import { interrupted, KalshiError } from "./kalshi/errors";
import { parsePrivateKey, type Credentials } from "./kalshi/signing";
import { version } from "./version";

/** What serves the keys, as far as the platform has to know of it. */
export interface Door {
    /** Tells the user something. Default: on standard error, which the engine shows. */
    readonly tell?: (message: string, severity: Severity) => void;
    /** Ends the waits of what is being done at the moment. Default: nothing does. */
    readonly interruption?: () => AbortSignal | undefined;
    /** Tells whether the engine still waits for the answer to what is being done at the moment. Default: nobody can. */
    readonly receipt?: () => Receipt | undefined;
}

/** The real world: Kalshi over HTTP, this machine's clock, and the user behind the door. */
export function platformOf({ endpoint, credentials }: Config, door: Door = {}): Platform {
    const interruption = door.interruption ?? (() => undefined);
    const tell = door.tell ?? ((message: string) => console.error(message));
    const clock = new Clock(Date.now, (message) => tell(message, "warning"));
    const pace = new Pace((message) => tell(message, "info"));
    const clientOf = (credentials: Credentials) =>
        new KalshiClient({
            endpoint,
            credentials,
            userAgent: `pulumi-kalshi/${version}`,
            clock,
            pace,
            tell: (message) => tell(message, "info"),
            interruption,
        });
    return {
        client: clientOf(credentials),
        proves: ({ apiKeyId, privateKey }) => proves(clientOf({ apiKeyId, privateKey: parsePrivateKey(privateKey) })),
        environment: endpoint.environment,
        signingKeyId: credentials.apiKeyId,
        journal: new FolderJournal(journalFolder(process.env), tell, door.receipt),
        now: Date.now,
        sleep: async (milliseconds) => {
            const signal = interruption();
            await sleep(milliseconds, undefined, signal && { signal }).catch(() => {
                throw interrupted("list", signal);
            });
        },
        isAwaited: () => door.receipt?.()?.() ?? true,
        tell: (message, severity = "info") => tell(message, severity),
    };
}

/** Whether Kalshi accepts the client's signature: with a list, or by refusing one for want of a scope and not of a key. */
export async function proves(client: Pick<KalshiClient, "listApiKeys">): Promise<boolean> {
    try {
        await client.listApiKeys();
        return true;
    } catch (error) {
        if (error instanceof KalshiError && error.kind === "forbidden") {
            return true;
        }
        if (error instanceof KalshiError && error.kind === "unauthorized" && error.body.details !== undefined) {
            return false;
        }
        throw error;
    }
}
