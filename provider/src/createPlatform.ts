import { setTimeout as sleep } from "node:timers/promises";
import { listedKey } from "./apiKey/inputs";
import type { Platform, Severity } from "./apiKey/platform";
import type { Config } from "./config";
import { Clock } from "./kalshi/clock";
import { RateLimiter } from "./kalshi/rateLimiter";
import { FolderJournal, journalFolder, type ConnectionCheck } from "./journal/journal";
import { KalshiClient } from "./kalshi/client";
import { interrupted } from "./kalshi/errors";
import { type Credentials, parsePrivateKey } from "./kalshi/auth";
import { verifyKey } from "./kalshi/verifyKey";
import { printable } from "./kalshi/text";
import { version } from "./package";

/** Functions by which a provider connects the platform to the engine. */
export interface PlatformHooks {
    /** Logs a message for the user. Default: prints it to standard error, which the engine shows. */
    readonly log?: (message: string, severity: Severity) => void;
    /** Returns the signal that cancels the waits of the current call. Default: nothing cancels them. */
    readonly interruption?: () => AbortSignal | undefined;
    /** Returns a function that reports whether the engine still waits for the current call. Default: that is unknown. */
    readonly connectionCheck?: () => ConnectionCheck | undefined;
}

/** Returns the platform that calls Kalshi over HTTP and uses this machine's clock and journal. */
export function platformOf({ endpoint, credentials }: Config, hooks: PlatformHooks = {}): Platform {
    const interruption = hooks.interruption ?? (() => undefined);
    const write = hooks.log ?? ((message: string) => console.error(message));
    const log: typeof write = (message, severity) => write(printable(message), severity);
    const clock = new Clock(Date.now, (message) => log(message, "warning"));
    const rateLimiter = new RateLimiter((message) => log(message, "info"));
    const clientOf = (credentials: Credentials) =>
        new KalshiClient({
            endpoint,
            credentials,
            listedKey,
            userAgent: `pulumi-kalshi/${version}`,
            clock,
            rateLimiter,
            log: (message) => log(message, "info"),
            interruption,
        });
    return {
        client: clientOf(credentials),
        verifyKey: ({ apiKeyId, privateKey }) =>
            verifyKey(clientOf({ apiKeyId, privateKey: parsePrivateKey(privateKey) })),
        environment: endpoint.environment,
        signingKeyId: credentials.apiKeyId,
        journal: new FolderJournal(journalFolder(process.env), log, hooks.connectionCheck),
        now: Date.now,
        kalshiTime: () => clock.kalshiTime,
        sleep: async (milliseconds) => {
            const signal = interruption();
            await sleep(milliseconds, undefined, signal && { signal }).catch(() => {
                throw interrupted("list", signal);
            });
        },
        isEngineConnected: () => hooks.connectionCheck?.()?.() ?? true,
        log: (message, severity = "info") => log(message, severity),
    };
}
