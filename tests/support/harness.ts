import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startEmulator, type Emulator, type EmulatorOptions, type Fault, type RequestRecord } from "kalshi-emulator";
import { Clock } from "../../provider/src/kalshi/clock";
import { RateLimiter } from "../../provider/src/kalshi/rateLimiter";
import { KalshiClient, type KalshiClientOptions } from "../../provider/src/kalshi/client";
import { parseBaseUrl } from "../../provider/src/kalshi/endpoint";
import { parsePrivateKey } from "../../provider/src/kalshi/auth";
import { verifyKey } from "../../provider/src/kalshi/verifyKey";
import type { Journal, Platform } from "../../provider/src/apiKey/platform";
import { listedKey, type ApiKey } from "../../provider/src/apiKey/inputs";

const cleanups: (() => Promise<void>)[] = [];

/** Undoes what the harness has set up, in reverse order. Call it in `afterEach` or `afterAll`. */
export async function cleanUp(): Promise<void> {
    for (const cleanup of cleanups.splice(0).reverse()) {
        await cleanup();
    }
}

export function onCleanUp(cleanup: () => Promise<void>): void {
    cleanups.push(cleanup);
}

/** Creates a folder that is removed after the test. */
export async function scratchFolder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), "pulumi-kalshi-"));
    onCleanUp(() => rm(folder, { recursive: true, force: true }));
    return folder;
}

/**
 * Starts an emulator on a free port. Its account holds only the root key, of type Ed25519, because such keys are
 * generated fast. The emulator is stopped after the test.
 */
export async function emulatorWith(options: Partial<EmulatorOptions> = {}): Promise<Emulator> {
    const emulator = await startEmulator({ dataDir: await scratchFolder(), rootKeyType: "ed25519", ...options });
    onCleanUp(() => emulator.close());
    return emulator;
}

export interface ClientOptions extends Partial<KalshiClientOptions<ApiKey>> {
    /** Returns the Unix time in milliseconds, for the default `clock`. Default `Date.now`. */
    readonly now?: () => number;
}

/** Creates a client that signs with the given key, by default the emulator's root key. */
export function clientOf(
    emulator: Emulator,
    { now = Date.now, ...options }: ClientOptions = {},
    key = { apiKeyId: emulator.rootKeyId, privateKey: rootKeyPem(emulator) },
): KalshiClient<ApiKey> {
    return new KalshiClient({
        endpoint: parseBaseUrl(emulator.baseUrl),
        credentials: { apiKeyId: key.apiKeyId, privateKey: parsePrivateKey(key.privateKey) },
        listedKey,
        userAgent: "tests",
        clock: new Clock(now, () => undefined),
        rateLimiter: new RateLimiter(() => undefined),
        ...options,
    });
}

/** A journal that records nothing. */
export const noJournal: Journal = {
    begin: async () => ({ close: () => undefined }),
    held: () => undefined,
    reconcile: () => undefined,
};

/**
 * Creates a platform on an emulator's account, without a journal.
 *
 * @param clock the clock of this machine and of Kalshi, in Unix milliseconds; its `sleep` replaces every wait
 */
export function platformOn(
    emulator: Emulator,
    clock: { readonly now: () => number; readonly sleep: (milliseconds: number) => void },
    platform: Partial<Platform> = {},
): Platform {
    const { now } = clock;
    return {
        client: clientOf(emulator, { now }),
        environment: emulator.baseUrl,
        signingKeyId: emulator.rootKeyId,
        journal: noJournal,
        verifyKey: (key) => verifyKey(clientOf(emulator, { now, retries: 0 }, key)),
        now,
        kalshiTime: now,
        sleep: async (milliseconds) => clock.sleep(milliseconds),
        isEngineConnected: () => true,
        log: () => undefined,
        ...platform,
    };
}

export function rootKeyPem(emulator: Emulator): string {
    return readFileSync(emulator.rootKeyPath, "utf8");
}

/** Returns the environment variables that configure the provider for the emulator's account. */
export function environmentOf(emulator: Emulator): Record<string, string> {
    return {
        KALSHI_BASE_URL: emulator.baseUrl,
        KALSHI_API_KEY_ID: emulator.rootKeyId,
        KALSHI_PRIVATE_KEY_PATH: emulator.rootKeyPath,
    };
}

/** Injects a fault into the emulator. */
export async function inject(emulator: Emulator, fault: Partial<Fault> & Pick<Fault, "operation" | "kind" | "when">) {
    const response = await fetch(`${emulator.origin}/_emulator/faults`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(fault),
    });
    expect(response.status).toBe(201);
}

/** Waits until so many requests met a fault that delays their response, such as `after hang` or `before hold`. */
export async function untilStruck(
    emulator: Emulator,
    by: `${Fault["when"]} hang` | `${Fault["when"]} hold`,
    count = 1,
) {
    await until(async () => (await requests(emulator)).filter(({ fault }) => fault === by).length === count);
}

/** Releases the requests that the emulator holds. */
export async function release(emulator: Emulator): Promise<void> {
    await fetch(`${emulator.origin}/_emulator/held`, { method: "DELETE" });
}

/** Returns the requests since the emulator's start or the last {@link forgetRequests}, in order. */
export async function requests(emulator: Emulator): Promise<RequestRecord[]> {
    return (await (await fetch(`${emulator.origin}/_emulator/requests`)).json()) as RequestRecord[];
}

/** Returns the same requests in short: `GET api_keys`, `POST generate`, `DELETE id`. */
export async function calls(emulator: Emulator): Promise<string[]> {
    return (await requests(emulator)).map(callOf);
}

/** Returns a request as `METHOD last-part-of-path`, without an id. */
export function callOf({ method, path }: RequestRecord): string {
    return method === "DELETE" ? "DELETE id" : `${method} ${path.split("/").at(-1) ?? ""}`;
}

export async function forgetRequests(emulator: Emulator): Promise<void> {
    await fetch(`${emulator.origin}/_emulator/requests`, { method: "DELETE" });
}

/** Returns the ids of all keys of the account except the root key. */
export async function accountKeys(emulator: Emulator, options: ClientOptions = {}): Promise<string[]> {
    const keys = await clientOf(emulator, options).listApiKeys();
    return keys.map((key) => key.apiKeyId).filter((id) => id !== emulator.rootKeyId);
}

/** Generates a key pair: the public key in SPKI PEM, the private key in PKCS#8 PEM. */
export function ownKeyPair(type: "rsa" | "ed25519", bits = 2048): { publicKey: string; privateKey: string } {
    const { publicKey, privateKey } =
        type === "rsa" ? generateKeyPairSync("rsa", { modulusLength: bits }) : generateKeyPairSync("ed25519");
    return {
        publicKey: publicKey.export({ type: "spki", format: "pem" }).toString(),
        privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    };
}

/** Milliseconds, less than the timeout of a test in jest.config.cjs. */
const longestWait = 240_000;

/**
 * Polls a condition every 10 ms until it holds.
 *
 * @throws Error after four minutes; the test's timeout alone would not end the polling, and jest would not exit
 */
export async function until(condition: () => Promise<boolean>): Promise<void> {
    const end = performance.now() + longestWait;
    while (!(await condition())) {
        if (performance.now() > end) {
            throw new Error(`The condition does not hold after ${longestWait / 1000} s.`);
        }
        await sleep(10);
    }
}
