import type { ApiKeyResource } from "../apiKey/resource";
import { ApiKeyError } from "../apiKey/errors";
import type { ApiKeyState } from "../apiKey/properties";
import { readPrivateKeyFile } from "../config";

/** The environment variable that names the private key's file of an imported key. Kalshi never shows a private key again. */
const variable = "KALSHI_IMPORT_PRIVATE_KEY_PATH";

/**
 * Imports an existing key. If the variable names a private key's file, the import includes the private key and verifies it by one
 * signed request.
 *
 * @throws ApiKeyError if the key does not exist, or if the private key cannot be read or belongs to another key
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
