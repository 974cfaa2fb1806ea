import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { Account, rootKeyFile } from "./account";
import { defaults, type EmulatorOptions } from "./options";
import { buildServer } from "./server";

export { bucketNames, defaults, emptyScopesChoices, listOrders, regionExpirationPlaces, usageLevels } from "./options";
export type { BucketName, EmptyScopes, EmulatorOptions, ListOrder, RegionExpirationPlace, UsageLevel } from "./options";
export type { Fault } from "./faults";
export type { RequestRecord } from "./record";

/** A running emulator. */
export interface Emulator {
    /** `http://127.0.0.1:PORT`, the base URL of the emulator's own endpoints. */
    readonly origin: string;
    /** `http://127.0.0.1:PORT/trade-api/v2`, the base URL of Kalshi's API. */
    readonly baseUrl: string;
    /** The id of the account's first key. */
    readonly rootKeyId: string;
    /** The PEM file of its private key. */
    readonly rootKeyPath: string;
    /** A file to `source`: it exports KALSHI_BASE_URL, KALSHI_API_KEY_ID and KALSHI_PRIVATE_KEY_PATH. */
    readonly credentialsPath: string;
    /** Stops the server and closes hanging connections. The account stays in its folder. */
    close(): Promise<void>;
}

/**
 * Serves Kalshi's API key endpoints on 127.0.0.1.
 *
 * @throws Error if the port is in use or the folder cannot be used
 */
export async function startEmulator(
    options: Partial<EmulatorOptions> & Pick<EmulatorOptions, "dataDir">,
): Promise<Emulator> {
    const complete: EmulatorOptions = { ...defaults, port: 0, ...options, dataDir: resolve(options.dataDir) };
    const account = await Account.open(complete);
    const server = buildServer(account, complete);
    await server.listen({ host: "127.0.0.1", port: complete.port });
    const origin = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
    const emulator: Emulator = {
        origin,
        baseUrl: `${origin}/trade-api/v2`,
        rootKeyId: account.rootKeyId,
        rootKeyPath: rootKeyFile(complete.dataDir),
        credentialsPath: join(complete.dataDir, "credentials.env"),
        close: () => server.close(),
    };
    await writeFileAtomic(emulator.credentialsPath, credentials(emulator), { mode: 0o600 });
    return emulator;
}

function credentials({ baseUrl, rootKeyId, rootKeyPath }: Emulator): string {
    const variables = { KALSHI_BASE_URL: baseUrl, KALSHI_API_KEY_ID: rootKeyId, KALSHI_PRIVATE_KEY_PATH: rootKeyPath };
    return Object.entries(variables)
        .map(([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'\n`)
        .join("");
}
