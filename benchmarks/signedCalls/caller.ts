// Measures one client in a process of its own: signed GET requests for the list of API keys. It runs on Node's type stripping instead of
// ts-node, which changes how errors are built. The arguments are the client, the number of calls and how many run at once.
import { constants, createPrivateKey, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import got from "got";
import { ApiKeysApi, Configuration } from "kalshi-typescript";
import { listedKey } from "../../provider/dist/apiKey/inputs.js";
import { readConfig } from "../../provider/dist/config.js";
import { KalshiClient } from "../../provider/dist/kalshi/client.js";
import { Clock } from "../../provider/dist/kalshi/clock.js";
import { RateLimiter } from "../../provider/dist/kalshi/rateLimiter.js";

/** A signed call; returns the number of listed keys. */
type Call = () => Promise<number>;

/** Calls that are not counted: V8 compiles, and the rate limiter adopts the limits. */
const warmUpCalls = 200;

const environment = (name: string): string => process.env[name] ?? "";
const baseUrl = environment("KALSHI_BASE_URL");
const apiKeyId = environment("KALSHI_API_KEY_ID");
const privateKeyPem = readFileSync(environment("KALSHI_PRIVATE_KEY_PATH"), "utf8");

/** The clients by name. */
const clients: Readonly<Record<string, () => Call>> = {
    "pulumi-kalshi": () => {
        const client = new KalshiClient({
            ...readConfig({ option: () => undefined, env: process.env }),
            listedKey,
            userAgent: "benchmark",
            clock: new Clock(Date.now, () => undefined),
            rateLimiter: new UnlimitedRateLimiter(() => undefined),
        });
        return async () => (await client.listApiKeys()).length;
    },
    "kalshi-typescript": () => {
        const client = new ApiKeysApi(new Configuration({ apiKey: apiKeyId, privateKeyPem, basePath: baseUrl }));
        return async () => (await client.getApiKeys()).data.api_keys.length;
    },
    "bare got": () => {
        const url = `${baseUrl}/api_keys`;
        return async () => listedIn((await got(url, { headers: signedHeaders() })).body);
    },
    "bare node:http": () => {
        const agent = new Agent({ keepAlive: true });
        const url = new URL(`${baseUrl}/api_keys`);
        return () =>
            new Promise((resolve, reject) => {
                request(url, { agent, headers: signedHeaders() }, (response) => {
                    const chunks: Buffer[] = [];
                    response.on("data", (chunk: Buffer) => chunks.push(chunk));
                    response.on("end", () => resolve(listedIn(Buffer.concat(chunks).toString())));
                    response.on("error", reject);
                })
                    .on("error", reject)
                    .end();
            });
    },
};

const key = createPrivateKey(privateKeyPem);
const { pathname } = new URL(`${baseUrl}/api_keys`);

/** Returns the headers of a request for the list, for the bare clients. */
function signedHeaders(): Record<string, string> {
    const timestamp = String(Date.now());
    const text = Buffer.from(`${timestamp}GET${pathname}`);
    const signature =
        key.asymmetricKeyType === "ed25519"
            ? sign(null, text, key)
            : sign("sha256", text, {
                  key,
                  padding: constants.RSA_PKCS1_PSS_PADDING,
                  saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
              });
    return {
        "KALSHI-ACCESS-KEY": apiKeyId,
        "KALSHI-ACCESS-TIMESTAMP": timestamp,
        "KALSHI-ACCESS-SIGNATURE": signature.toString("base64"),
    };
}

function listedIn(body: string): number {
    return (JSON.parse(body) as { api_keys: unknown[] }).api_keys.length;
}

/** The provider's rate limiter on an account whose limits no program reaches. */
class UnlimitedRateLimiter extends RateLimiter {
    override async acquire(_getLimits: unknown, onWait: () => void): Promise<void> {
        const bucket = { refillRate: 1e9, bucketCapacity: 1e9 };
        await super.acquire(async () => ({ usageLevel: "unlimited", read: bucket, write: bucket }), onWait);
    }
}

async function callAll(call: Call, calls: number, atOnce: number): Promise<void> {
    let left = calls;
    const worker = async () => {
        while (left-- > 0) {
            if ((await call()) !== 1) {
                throw new Error("The list is not that of a new account.");
            }
        }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
}

async function main(): Promise<void> {
    const [client = "", calls, atOnce] = process.argv.slice(2);
    const call = clients[client]?.();
    if (call === undefined) {
        throw new Error(`There is no client named ${client}.`);
    }
    await callAll(call, warmUpCalls, Number(atOnce));
    const [processorBefore, before] = [process.cpuUsage(), performance.now()];
    await callAll(call, Number(calls), Number(atOnce));
    const [{ user, system }, ms] = [process.cpuUsage(processorBefore), performance.now() - before];
    console.log(JSON.stringify({ ms, processorMs: (user + system) / 1000 }));
    process.exit();
}

void main();
