import { z } from "zod";
import type { Scope } from "../kalshi/types";
import { scopeForm, type ApiKey } from "./inputs";
import { ApiKeyError, explain, label } from "./errors";
import { sameId, type Platform } from "./platform";

/** The arguments of `getApiKeys`. The descriptions are those of schema.json and the SDK. */
export const getApiKeysArgs = z.strictObject({
    namePrefix: z.string().optional().describe("Only keys whose name begins with this."),
    scope: z
        .string()
        .regex(scopeForm, "must be a scope, such as `write::trade`")
        .optional()
        .describe(
            "Only keys that may do this, by the scope itself or by its parent: `write` is found for `write::trade`.",
        ),
});
export type GetApiKeysArgs = Readonly<z.output<typeof getApiKeysArgs>>;

/** The arguments of `getApiKey`. */
export const getApiKeyArgs = z.strictObject({
    apiKeyId: z.string().optional().describe("The key's id."),
    name: z.string().optional().describe("The key's full name, which only that key may have."),
});
export type GetApiKeyArgs = Readonly<z.output<typeof getApiKeyArgs>>;

/** Returns the account's keys as Kalshi lists them, sorted by name. Makes one API call. */
export async function listKeys({ client, environment }: Platform, args: GetApiKeysArgs): Promise<ApiKey[]> {
    const invalid = getApiKeysArgs
        .safeParse(args)
        .error?.issues.map(({ path, message }) => [...path, message].join(": "));
    if (invalid !== undefined) {
        throw new ApiKeyError(
            "KALSHI_QUERY_INVALID",
            `Could not list the account's API keys: the query is invalid (${invalid.join("; ")}).`,
        );
    }
    const keys = await client.listApiKeys().catch((error: unknown) => {
        throw explain({ what: "list the account's API keys", environment }, error);
    });
    return keys
        .filter(({ name }) => name.startsWith(args.namePrefix ?? ""))
        .filter(({ scopes }) => args.scope === undefined || isAllowed(scopes ?? [], args.scope))
        .sort(compareKeys);
}

/**
 * Returns one key of the account as Kalshi lists it. Makes one API call.
 *
 * @throws ApiKeyError if there is no such key, or more than one of that name
 */
export async function lookUpKey(platform: Platform, { apiKeyId, name }: GetApiKeyArgs): Promise<ApiKey> {
    if ((apiKeyId === undefined) === (name === undefined)) {
        throw new ApiKeyError(
            "KALSHI_QUERY_INVALID",
            "Could not look up an API key: say which one, by either its apiKeyId or its name.",
        );
    }
    const matches = (key: ApiKey) => (apiKeyId === undefined ? key.name === name : sameId(key.apiKeyId, apiKeyId));
    const found = (await listKeys(platform, {})).filter(matches);
    const [key] = found;
    if (key === undefined || found.length > 1) {
        const wanted = apiKeyId === undefined ? `of the name "${String(name)}"` : apiKeyId;
        throw key === undefined
            ? new ApiKeyError(
                  "KALSHI_KEY_NOT_FOUND",
                  `Could not look up the API key ${wanted} (environment ${platform.environment}): the account has none. ` +
                      "`getApiKeys` lists those that it has.",
              )
            : new ApiKeyError(
                  "KALSHI_NAME_AMBIGUOUS",
                  `Could not look up the API key ${wanted} (environment ${platform.environment}): the account has ${found.length}: ` +
                      `${found.map(label).join(", ")}. Look it up by its apiKeyId.`,
              );
    }
    return key;
}

function isAllowed(held: readonly Scope[], wanted: Scope): boolean {
    return held.includes(wanted) || held.includes(wanted.replace(/::.*/, ""));
}

/** Compares two keys by name, then by id. */
export function compareKeys(one: ApiKey, other: ApiKey): number {
    return compare(one.name, other.name) || compare(one.apiKeyId, other.apiKeyId);
}

function compare(one: string, other: string): number {
    return one < other ? -1 : Number(one > other);
}
