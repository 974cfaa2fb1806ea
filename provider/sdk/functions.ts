import * as pulumi from "@pulumi/pulumi";
import { listKeys, lookUpKey, type GetApiKeyArgs, type GetApiKeysArgs } from "../apiKey/lookup";
import type { Platform } from "../apiKey/platform";
import { readConfig } from "../config";
import type { ApiKey } from "../kalshi/wire";
import { platformOf } from "../platform";
import { version } from "../version";

/** What {@link getApiKeys} found. */
export interface GetApiKeysResult {
    /** By name. */
    readonly apiKeys: readonly ApiKey[];
}

/**
 * The account's keys as Kalshi lists them, by name: id, name, scopes and what they are bound to, never a secret. One call, in
 * a preview too.
 *
 * With a provider among the options it is that provider's account, asked through the plugin. Without one it is the account of
 * the stack's configuration, asked from the program itself: no plugin needs to be installed.
 *
 * @throws Error that explains what went wrong: unusable credentials, or Kalshi's answer
 */
export async function getApiKeys(
    args: GetApiKeysArgs = {},
    opts: pulumi.InvokeOptions = {},
): Promise<GetApiKeysResult> {
    const token = "kalshi:index:getApiKeys";
    return hasProvider(token, opts)
        ? ((await pulumi.runtime.invoke(token, args, { version, ...opts })) as GetApiKeysResult)
        : { apiKeys: await listKeys(account(), args) };
}

/** As {@link getApiKeys}, of arguments that may be outputs. */
export function getApiKeysOutput(
    args: Inputs<GetApiKeysArgs> = {},
    opts?: pulumi.InvokeOptions,
): pulumi.Output<GetApiKeysResult> {
    return pulumi.output(args).apply((known) => getApiKeys(known, opts));
}

/**
 * One key of the account as Kalshi lists it, by its id or its exact name. One call, in a preview too; which account is asked
 * and how, see {@link getApiKeys}.
 *
 * @throws Error where there is no such key, or more than one of that name
 */
export async function getApiKey(args: GetApiKeyArgs, opts: pulumi.InvokeOptions = {}): Promise<ApiKey> {
    const token = "kalshi:index:getApiKey";
    return hasProvider(token, opts)
        ? ((await pulumi.runtime.invoke(token, args, { version, ...opts })) as ApiKey)
        : lookUpKey(account(), args);
}

/** As {@link getApiKey}, of arguments that may be outputs. */
export function getApiKeyOutput(args: Inputs<GetApiKeyArgs>, opts?: pulumi.InvokeOptions): pulumi.Output<ApiKey> {
    return pulumi.output(args).apply((known) => getApiKey(known, opts));
}

/** Arguments, each of which may be an output. */
type Inputs<T> = { readonly [K in keyof T]: pulumi.Input<T[K]> };

function hasProvider(token: string, { provider, parent }: pulumi.InvokeOptions): boolean {
    return provider !== undefined || parent?.getProvider(token) !== undefined;
}

/** The account of the stack's configuration and the variables. */
function account(): Platform {
    return platformOf(readConfig({ option: (name) => pulumi.runtime.getConfig(`kalshi:${name}`), env: process.env }));
}
