import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LocalWorkspace } from "@pulumi/pulumi/automation";
import axios, { isAxiosError } from "axios";
import { ApiKeysApi, Configuration } from "kalshi-typescript";

// Shorter than the key's overlap, so that the bot has the new key before the old one is revoked.
const secondsBetweenReads = Number(process.env["BOT_SECONDS_BETWEEN_READS"] ?? 3600);

/** Reads the stack's outputs, and returns a client that signs with the key in them. */
async function connect() {
    const workspace = await LocalWorkspace.create({ workDir: join(__dirname, "..") });
    const outputs = await workspace.stackOutputs(process.env["PULUMI_STACK"] ?? "dev").catch(() => {
        // The error itself can contain the private key: it repeats what the command printed.
        throw new Error("The outputs could not be read. Run `pulumi stack output` to see why");
    });
    const [basePath, apiKey, privateKeyPem] = ["BOT_BASE_URL", "BOT_API_KEY_ID", "BOT_PRIVATE_KEY"].map((name) => {
        const value: unknown = outputs[name]?.value;
        if (typeof value !== "string") {
            throw new Error(`The stack has no output ${name}: run pulumi up`);
        }
        return value;
    }) as [string, string, string];
    const configuration = new Configuration({ basePath, apiKey, privateKeyPem });
    // Without its own axios instance, each later client would sign with the key of the first one.
    return { apiKey, kalshi: new ApiKeysApi(configuration, undefined, axios.create()), readAt: performance.now() };
}

async function trade(): Promise<never> {
    let connection = await connect();
    for (;;) {
        let refused = false;
        try {
            // In a real bot: orders and positions.
            const { data } = await connection.kalshi.getApiKeys();
            console.log(`signed with ${connection.apiKey}: the account has ${data.api_keys.length} keys`);
        } catch (error) {
            // Never print the error itself: it holds the request with its signature.
            console.error(`signed with ${connection.apiKey}: ${error instanceof Error ? error.message : "failed"}`);
            // Only without an overlap: after `revokeNow`, or if somebody revoked the key on Kalshi's web page.
            refused = isAxiosError(error) && error.response?.status === 401;
        }
        if (refused || performance.now() - connection.readAt > secondsBetweenReads * 1000) {
            // If the outputs cannot be read now, the key in use is still valid during the overlap. The next round tries again.
            connection = await connect().catch(() => connection);
        }
        await sleep(500);
    }
}

void trade();
