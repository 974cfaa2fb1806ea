import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { FastifyInstance } from "fastify";
import writeFileAtomic from "write-file-atomic";
import { Account } from "./account";
import { exportsOf, originOf, variablesOf } from "./credentials";
import { lockFolder, type FolderLock } from "./folderLock";
import { defaults, type EmulatorOptions } from "./options";
import { buildServer } from "./server";

export {
    bucketNames,
    defaultPort,
    defaults,
    emptyScopesChoices,
    listOrders,
    regionExpirationPlaces,
    usageLevels,
} from "./options";
export type { KeyType } from "./keys";
export type {
    Bucket,
    BucketName,
    EmptyScopes,
    EmulatorOptions,
    ListOrder,
    RegionExpirationPlace,
    UsageLevel,
} from "./options";
export type { SignatureVerdict } from "./errors";
export type { Fault } from "./faults";
export type { NumberedRecord, RequestRecord } from "./record";
export type { BucketState, FaultState, KeyState, RequestState, State } from "./state";
export type { Variables } from "./credentials";

/** A running emulator. */
export interface Emulator {
    /** `http://127.0.0.1:PORT`, the address of the page, and the base URL of the emulator's own endpoints. */
    readonly origin: string;
    /** `http://127.0.0.1:PORT/trade-api/v2`, the base URL of Kalshi's API. */
    readonly baseUrl: string;
    /** The id of the account's first key. */
    readonly rootKeyId: string;
    /** The PEM file of its private key. */
    readonly rootKeyPath: string;
    /** A file to `source` while the emulator runs: it exports KALSHI_BASE_URL, KALSHI_API_KEY_ID and KALSHI_PRIVATE_KEY_PATH. */
    readonly credentialsPath: string;
    /** Stops the server, closes hanging connections and removes `credentials.env`. The account stays in its folder. */
    close(): Promise<void>;
}

/**
 * Serves Kalshi's API key endpoints on 127.0.0.1. As long as the server runs, no other emulator can use its folder, and the folder holds
 * `credentials.env`.
 *
 * @throws Error if the port or the folder is in use, or the folder cannot be used
 */
export async function startEmulator(
    options: Partial<EmulatorOptions> & Pick<EmulatorOptions, "dataDir">,
): Promise<Emulator> {
    const complete: EmulatorOptions = { ...defaults, port: 0, ...options, dataDir: resolve(options.dataDir) };
    const lock = await lockFolder(complete.dataDir);
    try {
        return await serve(complete, lock);
    } catch (error) {
        await lock.unlock();
        throw error;
    }
}

async function serve(options: EmulatorOptions, { unlock, lost }: FolderLock): Promise<Emulator> {
    const { dataDir } = options;
    const credentialsPath = join(dataDir, "credentials.env");
    // A killed emulator left the file, and no program listens on its port.
    await rm(credentialsPath, { force: true });
    const account = await Account.open(options);
    const server = buildServer(account, options);
    try {
        const origin = await listen(server, options.port);
        let closed: Promise<void> | undefined;
        const close = () =>
            (closed ??= rm(credentialsPath, { force: true })
                .then(() => server.close())
                .then(unlock));
        void lost.then(async (error) => {
            // Does not remove the file, which may be that of the emulator that took the folder.
            await (closed ??= server.close());
            options.onFolderLost(error);
        });
        const variables = variablesOf(server, account, dataDir);
        await writeFileAtomic(credentialsPath, exportsOf(variables), { mode: 0o600 });
        return {
            origin,
            baseUrl: variables.KALSHI_BASE_URL,
            rootKeyId: variables.KALSHI_API_KEY_ID,
            rootKeyPath: variables.KALSHI_PRIVATE_KEY_PATH,
            credentialsPath,
            close,
        };
    } catch (error) {
        await server.close();
        throw error;
    }
}

async function listen(server: FastifyInstance, port: number): Promise<string> {
    try {
        await server.listen({ host: "127.0.0.1", port });
    } catch (error) {
        throw (error as NodeJS.ErrnoException).code === "EADDRINUSE"
            ? new Error(`port ${port} is in use; stop the program that uses it, or choose another port (--port)`)
            : error;
    }
    return originOf(server);
}
