import { setTimeout as sleep } from "node:timers/promises";
import type { Platform } from "./apiKey/platform";
import type { Config } from "./config";
import { KalshiClient } from "./kalshi/client";

// The package asks for itself by name, which holds in the source tree and in the built one alike.
const { version } = require("pulumi-kalshi/package.json") as { version: string };

/** The real world: Kalshi over HTTP, this machine's clock, and standard error, which the engine shows the user. */
export function platformOf({ endpoint, credentials }: Config): Platform {
    return {
        client: new KalshiClient({ endpoint, credentials, userAgent: `pulumi-kalshi/${version}` }),
        environment: endpoint.environment,
        signingKeyId: credentials.apiKeyId,
        now: Date.now,
        sleep: (milliseconds) => sleep(milliseconds),
        tell: (message) => {
            console.error(message);
        },
    };
}
