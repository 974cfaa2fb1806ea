import * as pulumi from "@pulumi/pulumi";
import { unknownScopes, unknownScopesWarning } from "../apiKey/check";
import { dynamicType } from "../apiKey/typeTokens";
import { unknownOptionWarnings } from "../config";
import { noOutputsYet, type ApiKeyArgs, type ApiKeyOutputs } from "../args";
import "./maskedLog";
import { shim } from "./shim";

/** The inputs of a {@link KalshiApiKey}. */
export interface KalshiApiKeyArgs extends ApiKeyArgs {
    /**
     * Takes a key that exists into the stack instead of making one. What the program says of it has to be so, and what it
     * does not say of its name and type is taken as it is. Once done, take this input out again; the key stays. From then
     * on it is a key like any other: `pulumi destroy` revokes it, unless `retainOnDelete` is set.
     *
     * While the input is there, do not force a replacement (`--replace`) and rename the resource with an alias only: of two
     * entries for one key, the one that goes last revokes it. To move a key to another stack, take it out of the first with
     * `pulumi state delete`.
     */
    readonly adopt?: pulumi.Input<KalshiApiKeyAdoption> | undefined;
}

/** A key that exists. */
export interface KalshiApiKeyAdoption {
    /** Its id at Kalshi; `getApiKeys` lists them. */
    readonly apiKeyId: pulumi.Input<string>;
    /**
     * Its private key in PEM, to become the `privateKey` output. It is proven by one request that is signed with it, and a
     * secret whether you mark it as one or not. Left out, there is no such output.
     */
    readonly privateKey?: pulumi.Input<string> | undefined;
}

/**
 * A Kalshi API key: `pulumi up` makes it, a changed input replaces it, `pulumi destroy` revokes it.
 *
 * **Security.** The private key exists in the stack's state alone, encrypted, because Kalshi shows it once and never
 * again. Whoever can decrypt the state can trade with the key.
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
     * @param args the key's inputs; without any, a key with a drawn name that may read and write
     * @param opts how the resource behaves: parent, dependsOn, protect, retainOnDelete, … (`import` is not possible for
     *     dynamic resources, https://github.com/pulumi/pulumi/issues/7534)
     */
    constructor(name: string, args: KalshiApiKeyArgs = {}, opts?: pulumi.CustomResourceOptions) {
        const adopt = args.adopt === undefined ? {} : { adopt: pulumi.output(args.adopt).apply(sealed) };
        const __stack = [...organization(), pulumi.getProject(), pulumi.getStack()].join("/");
        const props = { ...noOutputsYet, ...args, ...adopt, __provider: shim, __resourceName: name, __stack };
        super(dynamicType, name, props, pulumi.mergeOptions(opts, { additionalSecretOutputs: ["privateKey"] }));
        warnOfUnknownScopes(this, args.scopes);
        warnOfUnknownOptions(__stack);
    }
}

// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging, @typescript-eslint/no-empty-object-type
export interface KalshiApiKey extends ApiKeyOutputs {}

/** The stack's organization; empty if the engine does not pass it, for which the SDK has no result but an error. */
function organization(): readonly string[] {
    try {
        return [pulumi.getOrganization()];
    } catch {
        return [];
    }
}

/** What holds a private key is a secret; what is no object at all may be one, and is for `check` to refuse. */
function sealed(adoption: unknown): unknown {
    if (typeof adoption !== "object" || adoption === null) {
        return adoption === undefined || adoption === null ? undefined : pulumi.secret(adoption);
    }
    const { privateKey, ...rest } = adoption as pulumi.Unwrap<KalshiApiKeyAdoption>;
    return privateKey === undefined ? rest : { ...rest, privateKey: pulumi.secret(privateKey) };
}

function warnOfUnknownScopes(key: KalshiApiKey, scopes: KalshiApiKeyArgs["scopes"]): void {
    pulumi.output(scopes).apply((known) => {
        const unknown = unknownScopes(known);
        if (unknown.length > 0) {
            void pulumi.log.warn(unknownScopesWarning(unknown), key);
        }
    });
}

/** The stacks whose options have been looked at. A process may run the programs of several. */
const checkedStacks = new Set<string>();

/** The engine has the dynamic provider check no configuration, so the program does. */
function warnOfUnknownOptions(stack: string): void {
    // A project of that name has options of its own there.
    if (checkedStacks.has(stack) || pulumi.getProject() === namespace) {
        return;
    }
    checkedStacks.add(stack);
    const names = Object.keys(pulumi.runtime.allConfig())
        .filter((name) => name.startsWith(`${namespace}:`))
        .map((name) => name.slice(namespace.length + 1));
    unknownOptionWarnings(names).forEach((warning) => void pulumi.log.warn(warning));
}

const namespace = "kalshi";
