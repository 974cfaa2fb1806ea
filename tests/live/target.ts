import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parsePrivateKey, type Credentials } from "../../provider/src/kalshi/auth";
import { endpointOf, isOnThisMachine, parseBaseUrl, type Endpoint } from "../../provider/src/kalshi/endpoint";

/** The account that the live suite uses. */
export interface Target {
    readonly endpoint: Endpoint;
    /** An API key of the account with the scopes `read` and `write`. The suite never revokes it. */
    readonly credentials: Credentials;
    /** The PEM file of its private key. */
    readonly privateKeyPath: string;
}

/**
 * Reads the target from the environment variables KALSHI_LIVE_API_KEY_ID and KALSHI_LIVE_PRIVATE_KEY_PATH. KALSHI_LIVE_BASE_URL replaces
 * Kalshi's demo environment by an emulator on this machine, or by another host of the demo environment.
 *
 * @throws Error if a variable is missing or invalid, or if the server is neither the demo environment nor on this machine
 */
export function readTarget(env: NodeJS.ProcessEnv): Target {
    const { KALSHI_LIVE_API_KEY_ID: apiKeyId = "", KALSHI_LIVE_PRIVATE_KEY_PATH: privateKeyPath = "" } = env;
    if (apiKeyId === "" || privateKeyPath === "") {
        throw new Error(
            "Set KALSHI_LIVE_API_KEY_ID and KALSHI_LIVE_PRIVATE_KEY_PATH to an API key of an account in Kalshi's demo environment.",
        );
    }
    const baseUrl = env["KALSHI_LIVE_BASE_URL"] || endpointOf("demo").baseUrl;
    const endpoint = parseBaseUrl(baseUrl);
    if (endpoint.environment !== "demo" && !isOnThisMachine(endpoint)) {
        throw new Error(
            `The live suite creates and revokes keys only in Kalshi's demo environment or on an emulator, not at ${endpoint.baseUrl}.`,
        );
    }
    const privateKey = parsePrivateKey(readFileSync(privateKeyPath, "utf8"));
    // The engine runs the provider in another folder.
    return { endpoint, credentials: { apiKeyId, privateKey }, privateKeyPath: resolve(privateKeyPath) };
}
