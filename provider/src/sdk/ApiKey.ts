import * as pulumi from "@pulumi/pulumi";
import { dynamicType, pluginDownloadURL, pluginType, version } from "../package";
import { noOutputsYet, type ApiKeyArgs, type ApiKeyOutputs } from "./args";
import "./maskedLog";
import { warnIfPluginIsMissing } from "./runChecks";
import { isOfType } from "./Provider";

/**
 * A Kalshi API key, managed by the resource plugin. `pulumi up` creates it, a changed input replaces it, `pulumi import` imports an
 * existing one, `pulumi destroy` revokes it.
 *
 * **Security.** Kalshi returns the private key once. The provider stores it only as an encrypted secret in the stack's state.
 * Whoever can decrypt the state can trade with the key.
 *
 * If a program declares an `ApiKey` instead of a `KalshiApiKey` of the same name, inputs and options, the key does not change.
 *
 * @example
 * ```ts
 * const bot = new ApiKey("market-maker", { scopes: ["read", "write::trade"] });
 * export const apiKeyId = bot.apiKeyId;
 * export const privateKey = bot.privateKey; // a secret: `pulumi stack output privateKey --show-secrets`
 * ```
 */
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging -- the SDK sets the outputs by their names
export class ApiKey extends pulumi.CustomResource {
    /** Returns whether a value is an `ApiKey`, even if another copy of this package created it. */
    static override isInstance(value: unknown): value is ApiKey {
        return isOfType(value, pluginType);
    }

    /**
     * Reads an existing key without managing it. The result has all outputs except `privateKey` and `createdAt`, which Kalshi does not list.
     * If another resource of this stack manages the same key, that resource rotates and revokes it as before.
     *
     * @param name the resource's name in the program, unique within the stack
     * @param id the key's id at Kalshi; `getApiKeys` lists them
     */
    static get(name: string, id: pulumi.Input<pulumi.ID>, opts?: pulumi.CustomResourceOptions): ApiKey {
        return new ApiKey(name, {}, { ...opts, id });
    }

    /**
     * @param name the resource's name in the program, unique within the stack
     * @param args the key's inputs; the default is a key with an auto-generated name and the scopes `read` and `write`
     * @param opts how the resource behaves: provider, import, parent, protect, retainOnDelete, …
     */
    constructor(name: string, args: ApiKeyArgs = {}, opts?: pulumi.CustomResourceOptions) {
        warnIfPluginIsMissing();
        super(pluginType, name, { ...noOutputsYet, ...args }, pulumi.mergeOptions(defaults, opts));
    }
}

// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging, @typescript-eslint/no-empty-object-type
export interface ApiKey extends ApiKeyOutputs {}

const defaults: pulumi.CustomResourceOptions = {
    version,
    pluginDownloadURL,
    additionalSecretOutputs: ["privateKey"],
    aliases: [{ type: dynamicType }],
};
