import * as pulumi from "@pulumi/pulumi";
import { rotatingShim } from "../dynamic/shim";
import { rotatingDynamicType } from "../package";
import { noRotatingOutputsYet, type RotatingApiKeyArgs, type RotatingApiKeyOutputs } from "./args";
import { dynamicProperties, refuseImport, warnOfUnknownScopes } from "./dynamicResource";
import "./maskedLog";
import { checkStackConfiguration } from "./runChecks";

/**
 * A Kalshi API key that rotates without downtime. When the current key is older than `rotationDays`, the next `pulumi up` creates another
 * one. The old key becomes the previous one, and the first `pulumi up` after `overlapDays` revokes it. Every change is an update in place;
 * `pulumi destroy` revokes both keys.
 *
 * **Security.** Kalshi returns a private key once. The provider stores the private keys only as encrypted secrets in the stack's state.
 * Whoever can decrypt the state can trade with the keys.
 *
 * @example
 * ```ts
 * const bot = new RotatingKalshiApiKey("market-maker", { scopes: ["read", "write::trade"], rotationDays: 30, overlapDays: 2 });
 * export const privateKey = bot.current.privateKey; // a secret; read it again at least once within `overlapDays`
 * ```
 *
 * The provider's own credentials come from the same options and variables as those of `KalshiApiKey`.
 */
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging -- the SDK sets the outputs by their names
export class RotatingKalshiApiKey extends pulumi.CustomResource {
    /**
     * @param name the resource's name in the program, unique within the stack
     * @param args the inputs; `rotationDays` is required
     * @param opts how the resource behaves: parent, dependsOn, protect, retainOnDelete, … (`import` is not possible for
     *     dynamic resources, https://github.com/pulumi/pulumi/issues/7534)
     */
    constructor(name: string, args: RotatingApiKeyArgs, opts?: pulumi.CustomResourceOptions) {
        refuseImport(name, "Import the key as `kalshi:index:RotatingApiKey`.", opts);
        checkStackConfiguration();
        const props = { ...noRotatingOutputsYet, ...args, ...dynamicProperties(name, rotatingShim) };
        super(rotatingDynamicType, name, props, opts);
        warnOfUnknownScopes(this, args.scopes);
    }
}

// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging, @typescript-eslint/no-empty-object-type
export interface RotatingKalshiApiKey extends RotatingApiKeyOutputs {}
