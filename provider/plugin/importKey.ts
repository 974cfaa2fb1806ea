import type { ApiKeyResource } from "../apiKey/apiKey";
import { ApiKeyError } from "../apiKey/explain";
import type { ApiKeyState } from "../apiKey/properties";
import { readPrivateKeyFile } from "../config";

/** Names the file with the private key of a key that is imported. Kalshi never shows a private key again. */
const variable = "KALSHI_IMPORT_PRIVATE_KEY_PATH";

/**
 * Takes a key that exists into the stack as it is, with its private key where the variable names one, which is proven by a
 * request that it signs.
 *
 * @throws ApiKeyError where there is no such key, or where the private key cannot be read or belongs to another one
 */
export async function importKey(keys: ApiKeyResource, apiKeyId: string): Promise<ApiKeyState> {
    const path = process.env[variable]?.trim() ?? "";
    return keys.import(path === "" ? { apiKeyId } : { apiKeyId, privateKey: readImportKey(path) });
}

function readImportKey(path: string): string {
    try {
        return readPrivateKeyFile(path);
    } catch (error) {
        throw new ApiKeyError(`Could not import the API key: the variable ${variable} ${(error as Error).message}`);
    }
}
