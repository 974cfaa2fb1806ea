import * as pulumi from "@pulumi/pulumi";
import { version } from "../version";

/** The configuration of a {@link Provider}. What is left out comes from the variable of the same meaning. */
export interface ProviderArgs {
    /**
     * The environment whose keys are managed: `prod` or `demo`. Default: the variable KALSHI_ENVIRONMENT, else `prod`. A change
     * replaces the provider, and with it all its keys.
     */
    readonly environment?: pulumi.Input<"prod" | "demo"> | undefined;
    /**
     * The server to talk to, instead of an environment: a URL up to and with `/trade-api/v2`, https, or http on a loopback
     * address. Default: the variable KALSHI_BASE_URL. A change that leads to another environment replaces the provider, and
     * with it all its keys.
     */
    readonly baseUrl?: pulumi.Input<string> | undefined;
    /**
     * The id of the key that signs the provider's own requests: a UUID. It needs the scopes read and write, and must not be
     * bound to a subaccount. Default: the variable KALSHI_API_KEY_ID, which the provider reads itself, so that it stays out of
     * the state.
     */
    readonly apiKeyId?: pulumi.Input<string> | undefined;
    /**
     * The private key of that key in PEM: PKCS#1 or PKCS#8, RSA or Ed25519. A secret. Default: the variable
     * KALSHI_PRIVATE_KEY, which the provider reads itself, so that it stays out of the state.
     */
    readonly privateKey?: pulumi.Input<string> | undefined;
    /**
     * The file that holds that private key. Default: the variable KALSHI_PRIVATE_KEY_PATH, which the provider reads itself, so
     * that it stays out of the state.
     */
    readonly privateKeyPath?: pulumi.Input<string> | undefined;
}

/**
 * The provider plugin with a configuration of its own, for programs that manage the keys of more than one account or
 * environment. Without one, resources use the stack's configuration (`kalshi:environment`, `kalshi:apiKeyId`, …) and the
 * variables.
 *
 * @example
 * ```ts
 * const demo = new Provider("demo", { environment: "demo", apiKeyId, privateKey });
 * const bot = new ApiKey("bot", { scopes: ["read"] }, { provider: demo });
 * ```
 */
export class Provider extends pulumi.ProviderResource {
    /** Whether a value is a `Provider`, of whichever copy of this package. */
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

/** Whether a value is a resource of a type, of whichever copy of this package. */
export function isOfType(value: unknown, type: string): boolean {
    return (value as { __pulumiType?: unknown } | null | undefined)?.__pulumiType === type;
}
