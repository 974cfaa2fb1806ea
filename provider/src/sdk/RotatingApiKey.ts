import * as pulumi from "@pulumi/pulumi";
import { pluginDownloadURL, rotatingDynamicType, rotatingPluginType, version } from "../package";
import { noRotatingOutputsYet, type RotatingApiKeyArgs, type RotatingApiKeyOutputs } from "./args";
import "./maskedLog";
import { isOfType } from "./Provider";
import { warnIfPluginIsMissing } from "./runChecks";

/**
 * A Kalshi API key that rotates without downtime, managed by the resource plugin. When the current key is older than `rotationDays`, the
 * next `pulumi up` creates another one. The old key becomes the previous one, and the first `pulumi up` after `overlapDays` revokes it.
 * Every change is an update in place; `pulumi destroy` revokes both keys.
 *
 * **Security.** Kalshi returns a private key once. The provider stores the private keys only as encrypted secrets in the stack's state.
 * Whoever can decrypt the state can trade with the keys.
 *
 * If a program declares a `RotatingApiKey` instead of a `RotatingKalshiApiKey` of the same name, inputs and options, no key changes.
 *
 * @example
 * ```ts
 * const bot = new RotatingApiKey("market-maker", { scopes: ["read", "write::trade"], rotationDays: 30, overlapDays: 2 });
 * export const privateKey = bot.current.privateKey; // a secret; read it again at least once within `overlapDays`
 * ```
 */
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging -- the SDK sets the outputs by their names
export class RotatingApiKey extends pulumi.CustomResource {
    /** Returns whether a value is a `RotatingApiKey`, even if another copy of this package created it. */
    static override isInstance(value: unknown): value is RotatingApiKey {
        return isOfType(value, rotatingPluginType);
    }

    /**
     * @param name the resource's name in the program, unique within the stack
     * @param args the inputs; `rotationDays` is required
     * @param opts how the resource behaves: provider, import, parent, protect, retainOnDelete, …
     */
    constructor(name: string, args: RotatingApiKeyArgs, opts?: pulumi.CustomResourceOptions) {
        warnIfPluginIsMissing();
        super(rotatingPluginType, name, { ...noRotatingOutputsYet, ...args }, pulumi.mergeOptions(defaults, opts));
    }
}

// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging, @typescript-eslint/no-empty-object-type
export interface RotatingApiKey extends RotatingApiKeyOutputs {}

const defaults: pulumi.CustomResourceOptions = { version, pluginDownloadURL, aliases: [{ type: rotatingDynamicType }] };
