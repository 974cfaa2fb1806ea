import * as pulumi from "@pulumi/pulumi";
import { explain } from "../apiKey/explain";
import { readConfig } from "../config";
import type { ApiKey, Scope } from "../kalshi/wire";
import { platformOf } from "../platform";

/** Which keys to list; by default all of the account. */
export interface GetApiKeysArgs {
    /** Only keys whose name begins with this. */
    readonly namePrefix?: string | undefined;
    /** Only keys that may do this, by the scope itself or by its parent: `write` is found for `write::trade`. */
    readonly scope?: Scope | undefined;
}

/**
 * The account's keys as Kalshi lists them, by name: id, name, scopes and what they are bound to, never a secret. One call, in
 * a preview too.
 *
 * @throws Error that explains what went wrong: unusable credentials, or Kalshi's answer
 */
export async function getApiKeys(args: GetApiKeysArgs = {}): Promise<ApiKey[]> {
    const { client, environment } = platformOf(
        readConfig({ option: (name) => pulumi.runtime.getConfig(`kalshi:${name}`), env: process.env }),
    );
    const keys = await client.listApiKeys().catch((error: unknown) => {
        throw explain({ what: "list the account's API keys", environment }, error);
    });
    return keys
        .filter(({ name }) => name.startsWith(args.namePrefix ?? ""))
        .filter(({ scopes }) => args.scope === undefined || may(scopes ?? [], args.scope))
        .sort((one, other) => compare(one.name, other.name) || compare(one.apiKeyId, other.apiKeyId));
}

function may(held: readonly Scope[], wanted: Scope): boolean {
    return held.includes(wanted) || held.includes(wanted.replace(/::.*/, ""));
}

function compare(one: string, other: string): number {
    return one < other ? -1 : Number(one > other);
}
