import { setTimeout as sleep } from "node:timers/promises";
import type { Platform } from "./apiKey/platform";
import type { Config } from "./config";
import { KalshiClient } from "./kalshi/client";
import { KalshiError } from "./kalshi/errors";
import { parsePrivateKey, type Credentials } from "./kalshi/signing";

// The package asks for itself by name, which holds in the source tree and in the built one alike.
const { version } = require("pulumi-kalshi/package.json") as { version: string };

/** The real world: Kalshi over HTTP, this machine's clock, and standard error, which the engine shows the user. */
export function platformOf({ endpoint, credentials }: Config): Platform {
    const clientOf = (credentials: Credentials) =>
        new KalshiClient({ endpoint, credentials, userAgent: `pulumi-kalshi/${version}` });
    return {
        client: clientOf(credentials),
        proves: ({ apiKeyId, privateKey }) => proves(clientOf({ apiKeyId, privateKey: parsePrivateKey(privateKey) })),
        environment: endpoint.environment,
        signingKeyId: credentials.apiKeyId,
        now: Date.now,
        sleep: (milliseconds) => sleep(milliseconds),
        tell: (message) => {
            console.error(message);
        },
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
