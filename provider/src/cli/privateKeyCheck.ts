import { statSync } from "node:fs";
import { assertVerified } from "../apiKey/adopt";
import { ApiKeyError, explain, label } from "../apiKey/errors";
import type { ApiKey } from "../apiKey/inputs";
import { readPrivateKeyFile } from "../config";
import type { PrivateKeyFiles } from "../importKeys";
import { UserError } from "../userError";
import type { Account } from "./account";
import { isListed, type AccountKeys } from "./accountScope";

/** A key and the file of its private key. */
export interface KeyWithFile {
    readonly key: ApiKey;
    readonly file: string;
}

/** The verifications that run at once. The rate limiter sets their rate. */
const concurrency = 16;

/** Returns the files whose ids the account does not have, as errors. */
export function filesOfNoKey({ files }: PrivateKeyFiles, account: AccountKeys): ApiKeyError[] {
    return [...files]
        .filter(([id]) => !isListed(account, id))
        .map(
            ([id, file]) =>
                new ApiKeyError(
                    "KALSHI_KEY_NOT_FOUND",
                    `The private key file ${file} is for the API key "${id}", which the account does not have (environment ` +
                        `${account.environment}). Correct its id, or remove the file from the folder or the map.`,
                ),
        );
}

/**
 * Verifies private keys, each by one request that it signs.
 *
 * @param progress is called after each verification
 * @returns what is wrong: unreadable files, for which no request is made, and private keys of other API keys
 * @throws ApiKeyError if Kalshi gives no verdict. The verifications that have not begun are then left out
 */
export async function verifyPrivateKeys(
    keys: readonly KeyWithFile[],
    account: Account,
    progress: () => void,
): Promise<ApiKeyError[]> {
    const problems: ApiKeyError[] = [];
    const readable: (KeyWithFile & { readonly privateKey: string })[] = [];
    for (const one of keys) {
        try {
            readable.push({ ...one, privateKey: readPrivateKeyFile(one.file) });
        } catch (error) {
            const text = `The entry for the API key ${label(one.key)} ${(error as Error).message}`;
            problems.push(new ApiKeyError("KALSHI_IMPORT_FILE_INVALID", text));
        }
    }
    if (problems.length > 0) {
        return problems;
    }
    let isInterrupted = false;
    const queue = readable.values();
    const verifyNext = async () => {
        for (const { key, file, privateKey } of queue) {
            if (isInterrupted) {
                return;
            }
            try {
                await assertVerified(key, privateKey, account);
            } catch (error) {
                if (!(error instanceof UserError)) {
                    isInterrupted = true;
                    account.endRetries();
                    const { environment } = account.config.endpoint;
                    throw explain({ what: `verify the private key of the API key ${label(key)}`, environment }, error);
                }
                problems.push(new ApiKeyError(error.code, `${file}: ${error.text}`));
            }
            progress();
        }
    };
    await Promise.all(Array.from({ length: concurrency }, verifyNext));
    return problems;
}

/** Returns the files that other users of this machine can read. Windows has no such permission bits. */
export function exposedFiles(files: readonly string[]): string[] {
    return process.platform === "win32" ? [] : files.filter((file) => (statSync(file).mode & 0o077) !== 0);
}
