import * as pulumi from "@pulumi/pulumi";
import { pluginDownloadURL, version } from "../package";
import type { ProviderArgs } from "./args";
import { warnIfPluginIsMissing } from "./runChecks";

/**
 * An explicit provider of the resource plugin, for programs that manage the keys of more than one account or environment. Resources
 * without an explicit provider use the stack's configuration (`kalshi:environment`, `kalshi:apiKeyId`, …) and the environment
 * variables.
 *
 * @example
 * ```ts
 * const demo = new Provider("demo", { environment: "demo", apiKeyId, privateKey });
 * const bot = new ApiKey("bot", { scopes: ["read"] }, { provider: demo });
 * ```
 */
export class Provider extends pulumi.ProviderResource {
    /** Returns whether a value is a `Provider`, even if another copy of this package created it. */
    static override isInstance(value: unknown): value is Provider {
        return isOfType(value, `pulumi:providers:${packageName}`);
    }

    /** @param name the provider's name in the stack */
    constructor(name: string, args: ProviderArgs = {}, opts?: pulumi.ResourceOptions) {
        warnIfPluginIsMissing();
        const { privateKey, ...rest } = args;
        const secret = privateKey === undefined ? {} : { privateKey: pulumi.secret(privateKey) };
        const env = {
            environment: process.env["KALSHI_ENVIRONMENT"] || undefined,
            baseUrl: process.env["KALSHI_BASE_URL"] || undefined,
        };
        super(
            packageName,
            name,
            { ...env, ...rest, ...secret },
            pulumi.mergeOptions({ version, pluginDownloadURL }, opts),
        );
    }
}

/** The name of the Pulumi package. */
export const packageName = "kalshi";

/** Returns whether a value is a resource of a type, even if another copy of this package created it. */
export function isOfType(value: unknown, type: string): boolean {
    return (value as { __pulumiType?: unknown } | null | undefined)?.__pulumiType === type;
}
