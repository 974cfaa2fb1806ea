import * as pulumi from "@pulumi/pulumi";
import { version } from "../package";

/** The configuration of a {@link Provider}. Each option that is omitted comes from its environment variable. */
export interface ProviderArgs {
    /**
     * The environment whose keys the provider manages: `prod` or `demo`. Default: the variable KALSHI_ENVIRONMENT, or
     * `prod` if it is not set. A change replaces the provider and all its keys.
     */
    readonly environment?: pulumi.Input<"prod" | "demo"> | undefined;
    /**
     * The server's base URL instead of an environment, including `/trade-api/v2`: https, or http on a loopback
     * address. Default: the variable KALSHI_BASE_URL. A change to the URL of another environment replaces the provider
     * and all its keys.
     */
    readonly baseUrl?: pulumi.Input<string> | undefined;
    /**
     * The id of the signing key for the provider's own requests: a UUID. The key needs the scopes read and write, and
     * must not be bound to a subaccount. Default: the variable KALSHI_API_KEY_ID. The provider reads the variable
     * itself, so the state does not contain its value.
     */
    readonly apiKeyId?: pulumi.Input<string> | undefined;
    /**
     * The signing key's private key in PEM: PKCS#1 or PKCS#8, RSA or Ed25519. A secret. Default: the variable
     * KALSHI_PRIVATE_KEY. The provider reads the variable itself, so the state does not contain its value.
     */
    readonly privateKey?: pulumi.Input<string> | undefined;
    /**
     * The file that holds the signing key's private key. Default: the variable KALSHI_PRIVATE_KEY_PATH. The provider
     * reads the variable itself, so the state does not contain its value.
     */
    readonly privateKeyPath?: pulumi.Input<string> | undefined;
}

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
        const { privateKey, ...rest } = args;
        const secret = privateKey === undefined ? {} : { privateKey: pulumi.secret(privateKey) };
        const env = {
            environment: process.env["KALSHI_ENVIRONMENT"] || undefined,
            baseUrl: process.env["KALSHI_BASE_URL"] || undefined,
        };
        super(packageName, name, { ...env, ...rest, ...secret }, pulumi.mergeOptions({ version }, opts));
    }
}

/** The name of the Pulumi package. */
export const packageName = "kalshi";

/** Returns whether a value is a resource of a type, even if another copy of this package created it. */
export function isOfType(value: unknown, type: string): boolean {
    return (value as { __pulumiType?: unknown } | null | undefined)?.__pulumiType === type;
}
