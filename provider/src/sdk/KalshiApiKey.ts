import * as pulumi from "@pulumi/pulumi";
import { dynamicType } from "../package";
import { dynamicProperties, refuseImport, warnOfUnknownScopes } from "./dynamicResource";
import { noOutputsYet, type ApiKeyArgs, type ApiKeyOutputs } from "./args";
import "./maskedLog";
import { shim } from "../dynamic/shim";
import { checkStackConfiguration } from "./runChecks";

/** The inputs of a {@link KalshiApiKey}. */
export interface KalshiApiKeyArgs extends ApiKeyArgs {
    /**
     * Adopts an existing key instead of creating one. The program's inputs have to match the key; a `name` or `keyType` that
     * the program omits is taken from the key. Remove this input after the adoption; the key stays in the stack. From then on
     * `pulumi destroy` revokes it like any other key, unless `retainOnDelete` is set.
     *
     * As long as this input is set, do not force a replacement (`--replace`), and rename the resource only with an alias. If two
     * resources manage one key, the deletion of either revokes it. To move a key to another stack, remove it from the first one
     * with `pulumi state delete`.
     */
    readonly adopt?: pulumi.Input<KalshiApiKeyAdoption> | undefined;
}

/** An existing key to adopt. */
export interface KalshiApiKeyAdoption {
    /** The key's id at Kalshi. `getApiKeys` lists the ids. */
    readonly apiKeyId: pulumi.Input<string>;
    /**
     * The private key in PEM, which becomes the `privateKey` output. The provider verifies it by one request that it signs with
     * it. It is stored as a secret even if the program does not mark it as one. If omitted, there is no `privateKey` output.
     */
    readonly privateKey?: pulumi.Input<string> | undefined;
}

/**
 * A Kalshi API key: `pulumi up` creates it, a changed input replaces it, `pulumi destroy` revokes it.
 *
 * **Security.** Kalshi returns the private key once. The provider stores it only as an encrypted secret in the stack's state.
 * Whoever can decrypt the state can trade with the key.
 *
 * @example
 * ```ts
 * const bot = new KalshiApiKey("market-maker", { scopes: ["read", "write::trade"] });
 * export const apiKeyId = bot.apiKeyId;
 * export const privateKey = bot.privateKey; // a secret: `pulumi stack output privateKey --show-secrets`
 * ```
 *
 * The provider's own credentials come from `kalshi:apiKeyId` and `kalshi:privateKey` (or `kalshi:privateKeyPath`) in
 * the stack's configuration, or from KALSHI_API_KEY_ID and KALSHI_PRIVATE_KEY (or KALSHI_PRIVATE_KEY_PATH).
 */
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging -- the SDK sets the outputs by their names
export class KalshiApiKey extends pulumi.CustomResource {
    /**
     * @param name the resource's name in the program, unique within the stack
     * @param args the key's inputs; the default is a key with an auto-generated name and the scopes `read` and `write`
     * @param opts how the resource behaves: parent, dependsOn, protect, retainOnDelete, … (`import` is not possible for
     *     dynamic resources, https://github.com/pulumi/pulumi/issues/7534)
     */
    constructor(name: string, args: KalshiApiKeyArgs = {}, opts?: pulumi.CustomResourceOptions) {
        refuseImport(name, "Use the input `adopt` of KalshiApiKey, or import the key as `kalshi:index:ApiKey`.", opts);
        checkStackConfiguration();
        const adopt = args.adopt === undefined ? {} : { adopt: pulumi.output(args.adopt).apply(withSecretPrivateKey) };
        const props = { ...noOutputsYet, ...args, ...adopt, ...dynamicProperties(name, shim) };
        super(dynamicType, name, props, pulumi.mergeOptions(opts, { additionalSecretOutputs: ["privateKey"] }));
        warnOfUnknownScopes(this, args.scopes);
    }
}

// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging, @typescript-eslint/no-empty-object-type
export interface KalshiApiKey extends ApiKeyOutputs {}

/**
 * Makes the private key a secret. A value that is not an object becomes a secret as a whole, because it may be a private key;
 * `check` rejects it.
 */
function withSecretPrivateKey(adoption: unknown): unknown {
    if (typeof adoption !== "object" || adoption === null) {
        return adoption === undefined || adoption === null ? undefined : pulumi.secret(adoption);
    }
    const { privateKey, ...rest } = adoption as pulumi.Unwrap<KalshiApiKeyAdoption>;
    return privateKey === undefined ? rest : { ...rest, privateKey: pulumi.secret(privateKey) };
}
