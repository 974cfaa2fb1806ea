import * as pulumi from "@pulumi/pulumi";
import { dynamicType, pluginType } from "../apiKey/typeTokens";
import { noOutputsYet, type ApiKeyArgs, type ApiKeyOutputs } from "../args";
import "../dynamic/maskedLog";
import { version } from "../version";
import { isOfType } from "./Provider";

/**
 * A Kalshi API key, by the provider plugin: `pulumi up` makes it, a changed input replaces it, `pulumi import` takes one over,
 * `pulumi destroy` revokes it.
 *
 * **Security.** The private key exists in the stack's state alone, encrypted, because Kalshi shows it once and never
 * again. Whoever can decrypt the state can trade with the key.
 *
 * A `KalshiApiKey` of the same name, inputs and options becomes an `ApiKey` without a change to the key.
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
    /** Whether a value is an `ApiKey`, of whichever copy of this package. */
    static override isInstance(value: unknown): value is ApiKey {
        return isOfType(value, pluginType);
    }

    /**
     * Returns a key that exists, without managing it: its outputs, except `privateKey` and `createdAt`, which Kalshi does not list.
     * If this stack manages the same key by another resource, that one rotates and revokes it as before.
     *
     * @param name the resource's name in the program, unique within the stack
     * @param id the key's id at Kalshi; `getApiKeys` lists them
     */
    static get(name: string, id: pulumi.Input<pulumi.ID>, opts?: pulumi.CustomResourceOptions): ApiKey {
        return new ApiKey(name, {}, { ...opts, id });
    }

    /**
     * @param name the resource's name in the program, unique within the stack
     * @param args the key's inputs; without any, a key with a drawn name that may read and write
     * @param opts how the resource behaves: provider, import, parent, protect, retainOnDelete, …
     */
    constructor(name: string, args: ApiKeyArgs = {}, opts?: pulumi.CustomResourceOptions) {
        super(pluginType, name, { ...noOutputsYet, ...args }, pulumi.mergeOptions(defaults, opts));
    }
}

// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging, @typescript-eslint/no-empty-object-type
export interface ApiKey extends ApiKeyOutputs {}

const defaults: pulumi.CustomResourceOptions = {
    version,
    additionalSecretOutputs: ["privateKey"],
    aliases: [{ type: dynamicType }],
};
