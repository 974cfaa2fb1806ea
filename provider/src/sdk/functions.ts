import * as pulumi from "@pulumi/pulumi";
import type { Platform } from "../apiKey/platform";
import { readConfig } from "../config";
import { pluginDownloadURL, version } from "../package";
import { checkStackConfiguration, stackSources } from "./runChecks";
import type { GetApiKeyArgs, GetApiKeyOutputArgs, GetApiKeysArgs, GetApiKeysOutputArgs, ListedApiKey } from "./args";

/** The result of {@link getApiKeys}. */
export interface GetApiKeysResult {
    /** The keys, sorted by name. */
    readonly apiKeys: readonly ListedApiKey[];
}

/**
 * Returns the account's keys as Kalshi lists them, sorted by name: id, name, scopes and the subaccount or subtrader, but no secret.
 * Makes one API call, in a preview too.
 *
 * If the options contain a provider, the plugin lists the keys of that provider's account. Otherwise the program itself lists the
 * keys of the account in the stack's configuration, and needs no installed plugin.
 *
 * @throws Error if the credentials are unusable or Kalshi returns an error
 */
export async function getApiKeys(
    args: GetApiKeysArgs = {},
    opts: pulumi.InvokeOptions = {},
): Promise<GetApiKeysResult> {
    const token = "kalshi:index:getApiKeys";
    return hasProvider(token, opts)
        ? ((await pulumi.runtime.invoke(token, args, { version, pluginDownloadURL, ...opts })) as GetApiKeysResult)
        : { apiKeys: await (await import("../apiKey/lookup.js")).listKeys(await account(), args) };
}

/** Does the same as {@link getApiKeys}, with arguments that may be outputs, and after the resources of `dependsOn`. */
export function getApiKeysOutput(
    args: GetApiKeysOutputArgs = {},
    opts: pulumi.InvokeOutputOptions = {},
): pulumi.Output<GetApiKeysResult> {
    return pulumi.all([args, dependenciesOf(opts)]).apply(([known]) => getApiKeys(known, opts));
}

/**
 * Returns one key of the account as Kalshi lists it, by its id or its full name. Makes one API call, in a preview too. The account is
 * the same as for {@link getApiKeys}.
 *
 * @throws Error if there is no such key, or more than one of that name
 */
export async function getApiKey(args: GetApiKeyArgs, opts: pulumi.InvokeOptions = {}): Promise<ListedApiKey> {
    const token = "kalshi:index:getApiKey";
    return hasProvider(token, opts)
        ? ((await pulumi.runtime.invoke(token, args, { version, pluginDownloadURL, ...opts })) as ListedApiKey)
        : (await import("../apiKey/lookup.js")).lookUpKey(await account(), args);
}

/** Does the same as {@link getApiKey}, with arguments that may be outputs, and after the resources of `dependsOn`. */
export function getApiKeyOutput(
    args: GetApiKeyOutputArgs,
    opts: pulumi.InvokeOutputOptions = {},
): pulumi.Output<ListedApiKey> {
    return pulumi.all([args, dependenciesOf(opts)]).apply(([known]) => getApiKey(known, opts));
}

/** Returns an output that is known when the resources of `dependsOn` exist. In a preview that would create one, it stays unknown. */
function dependenciesOf({ dependsOn = [] }: pulumi.InvokeOutputOptions): pulumi.Output<unknown> {
    return pulumi
        .output(dependsOn as pulumi.Input<pulumi.Resource | pulumi.Resource[]>)
        .apply((resources) => pulumi.all([resources].flat().map(idOf)));
}

const idOf = (resource: pulumi.Resource) => (pulumi.CustomResource.isInstance(resource) ? resource.id : resource.urn);

function hasProvider(token: string, { provider, parent }: pulumi.InvokeOptions): boolean {
    return provider !== undefined || parent?.getProvider(token) !== undefined;
}

/**
 * Returns the account of the stack's configuration and the environment variables. The modules that call Kalshi are loaded here and above,
 * because they take a tenth of a second, and most programs call no function.
 */
async function account(): Promise<Platform> {
    checkStackConfiguration();
    const { platformOf } = await import("../createPlatform.js");
    return platformOf(readConfig(stackSources));
}
