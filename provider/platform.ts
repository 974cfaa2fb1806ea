import { setTimeout as sleep } from "node:timers/promises";
import type { Platform, Severity } from "./apiKey/platform";
import type { Config } from "./config";
import { Clock } from "./kalshi/clock";
import { RateLimiter } from "./kalshi/rateLimiter";
import { FolderJournal, journalFolder, type Receipt } from "./journal/journal";
import { KalshiClient } from "./kalshi/client";
import { interrupted } from "./kalshi/errors";
import { parsePrivateKey, type Credentials } from "./kalshi/signing";
import { withoutControls } from "./kalshi/text";
import { verifyKey } from "./kalshi/verifyKey";
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
    const write = door.tell ?? ((message: string) => console.error(message));
    const tell: typeof write = (message, severity) => write(withoutControls(message), severity);
    const clock = new Clock(Date.now, (message) => tell(message, "warning"));
    const rateLimiter = new RateLimiter((message) => tell(message, "info"));
    const clientOf = (credentials: Credentials) =>
        new KalshiClient({
            endpoint,
            credentials,
            userAgent: `pulumi-kalshi/${version}`,
            clock,
            rateLimiter,
            tell: (message) => tell(message, "info"),
            interruption,
        });
    return {
        client: clientOf(credentials),
        verifyKey: ({ apiKeyId, privateKey }) =>
            verifyKey(clientOf({ apiKeyId, privateKey: parsePrivateKey(privateKey) })),
        environment: endpoint.environment,
        signingKeyId: credentials.apiKeyId,
        journal: new FolderJournal(journalFolder(process.env), tell, door.receipt),
        now: Date.now,
        kalshiTime: () => clock.kalshiTime,
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
