import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, extname, join, resolve } from "node:path";
import { z } from "zod";
import { ApiKeyError } from "./apiKey/errors";
import { isKeyInsteadOfPath, looksLikeKey, readPrivateKeyFile } from "./config";
import { parseJson } from "./kalshi/text";

/**
 * The environment variables that name the private keys of imported keys: `file` for one key, `keys` for many. Kalshi never shows a
 * private key again, and an environment variable with a path shows no secret to other processes.
 */
export const importVariables = {
    file: "KALSHI_IMPORT_PRIVATE_KEY_PATH",
    keys: "KALSHI_IMPORT_PRIVATE_KEYS_DIR",
} as const;

/** The private key files that a folder or a map names. Their content was not read. */
export interface PrivateKeyFiles {
    /** The absolute path of the folder or the map. */
    readonly path: string;
    /** The absolute paths of the files by the ids of their keys, in lower case. */
    readonly files: ReadonlyMap<string, string>;
    /** The names of the other files in the folder. */
    readonly others: readonly string[];
}

/**
 * Finds private key files: in a folder, in which each is named `<id>.pem`, or in a JSON map from ids to files. The files of a map are
 * relative to its folder. Ids are case-insensitive.
 *
 * @throws Error if the folder or the map cannot be used. Its message continues a sentence about the setting, and quotes no key
 */
export function findPrivateKeyFiles(path: string): PrivateKeyFiles {
    if (path.trim() === "") {
        throw new Error("is empty; it must name a folder or a map");
    }
    if (isKeyInsteadOfPath(path)) {
        throw new Error("must name a folder or a map, but holds something that looks like a private key");
    }
    const absolute = resolve(path);
    try {
        return statSync(absolute).isDirectory() ? filesInFolder(absolute) : filesInMap(absolute);
    } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        const reason = code === undefined ? message : `cannot be read (${code}); correct the path or its permissions`;
        // No `cause`, because it may contain parts of a file.
        throw new Error(`names ${absolute}: ${reason}`);
    }
}

function filesInFolder(folder: string): PrivateKeyFiles {
    const names = readdirSync(folder).sort();
    const isPem = (name: string) => extname(name).toLowerCase() === ".pem";
    const files = names.filter(isPem).map((name) => [name.slice(0, -".pem".length), join(folder, name)] as const);
    return { path: folder, files: byId(files), others: names.filter((name) => !isPem(name)) };
}

function filesInMap(path: string): PrivateKeyFiles {
    const folder = dirname(path);
    const mapSchema = z.record(
        z.string().refine((id) => !looksLikeKey(id)),
        z.string().refine((file) => !isKeyInsteadOfPath(file, folder)),
    );
    // Some editors and shells of Windows begin a file with a byte order mark.
    const { data } = mapSchema.safeParse(parseJson(readFileSync(path, "utf8").replace(/^\uFEFF/, "")));
    if (data === undefined) {
        throw new Error(
            'it is neither a folder nor a JSON map from ids of API keys to files, such as { "7ab1e452-…": "bot.pem" }',
        );
    }
    const files = Object.entries(data).map(([id, file]) => [id.trim(), resolve(folder, file)] as const);
    return { path, files: byId(files), others: [] };
}

function byId(files: readonly (readonly [id: string, file: string])[]): ReadonlyMap<string, string> {
    const found = new Map<string, string>();
    for (const [id, file] of files) {
        const other = found.get(id.toLowerCase());
        if (other !== undefined) {
            throw new Error(`two files are for the API key ${id}: ${other} and ${file}; remove one`);
        }
        found.set(id.toLowerCase(), file);
    }
    return found;
}

/**
 * Returns the private key of a key that is about to be imported, from the file that the environment names for it.
 *
 * @param log reports a key that is imported without private key, although the environment names a folder or a map
 * @throws ApiKeyError if the environment or the file cannot be used
 */
export function privateKeyForImport(
    apiKeyId: string,
    env: Readonly<Record<string, string | undefined>>,
    log: (message: string) => void,
): string | undefined {
    const [file, keys] = [env[importVariables.file]?.trim() ?? "", env[importVariables.keys]?.trim() ?? ""];
    if (file !== "" && keys !== "") {
        throw invalid(
            apiKeyId,
            `s ${importVariables.file} and ${importVariables.keys} are both set. Unset one of them.`,
        );
    }
    if (keys === "") {
        return file === "" ? undefined : attempt(apiKeyId, importVariables.file, () => readPrivateKeyFile(file));
    }
    const { path, files } = attempt(apiKeyId, importVariables.keys, () => findPrivateKeyFiles(keys));
    const found = files.get(apiKeyId.toLowerCase());
    if (found === undefined) {
        log(`The API key ${apiKeyId} is imported without its private key, because ${path} has no file for it.`);
        return undefined;
    }
    return attempt(apiKeyId, importVariables.keys, () => readPrivateKeyFile(found));
}

function attempt<T>(apiKeyId: string, variable: string, read: () => T): T {
    try {
        return read();
    } catch (error) {
        throw invalid(apiKeyId, ` ${variable} ${(error as Error).message}`);
    }
}

function invalid(apiKeyId: string, text: string): ApiKeyError {
    return new ApiKeyError(
        "KALSHI_IMPORT_FILE_INVALID",
        `Could not import the API key ${apiKeyId}: the variable${text}`,
    );
}
