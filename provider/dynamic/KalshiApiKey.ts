import * as pulumi from "@pulumi/pulumi";
import { unknownScopes } from "../apiKey/check";
import { knownScopes, type KeyType, type Scope } from "../kalshi/wire";
import "./maskedLog";
import { shim } from "./shim";

/** The inputs of a {@link KalshiApiKey}. A change of any of them makes a new key first and revokes the old one last. */
export interface KalshiApiKeyArgs {
    /**
     * The key's exact name at Kalshi. Left out, a name is drawn: {@link namePrefix}, a hyphen, and 7 random hex digits,
     * kept for as long as the key lives. A drawn name is found again when Kalshi's answer to the creation is lost; with
     * an exact one that is left to you.
     */
    readonly name?: pulumi.Input<string> | undefined;
    /** What a drawn name begins with. Default: the resource's name. Excludes {@link name}. */
    readonly namePrefix?: pulumi.Input<string> | undefined;
    /**
     * What the key may do: `read`, `write` (which needs `read` beside it), or narrower ones such as `write::trade`. Order
     * and repeats do not matter. Default: `["read", "write"]`, as at Kalshi. A scope newer than this version passes with
     * a warning.
     */
    readonly scopes?: pulumi.Input<readonly pulumi.Input<Scope>[]> | undefined;
    /** The type of the key pair that Kalshi generates. Default: `rsa` (2048 bits). Excludes {@link publicKey}. */
    readonly keyType?: pulumi.Input<KeyType> | undefined;
    /**
     * Bring your own key pair: its public half in SPKI PEM, RSA of 2048 bits or more, or Ed25519. There is no
     * `privateKey` output then. Needs the API usage level Premier or Market Maker; without it Kalshi answers 403.
     */
    readonly publicKey?: pulumi.Input<string> | undefined;
    /** The subaccount that the key is bound to: 0 (the primary one) to 63. Default: none, the key is not restricted. */
    readonly subaccount?: pulumi.Input<number> | undefined;
    /** FCM members only: the subtrader that the key is bound to, `{user id}_{suffix}`. Excludes {@link subaccount}. */
    readonly fcmSubtraderId?: pulumi.Input<string> | undefined;
    /** Any change of this map rotates the key: a new one first, the old one revoked last. */
    readonly rotationTriggers?: pulumi.Input<Record<string, pulumi.Input<unknown>>> | undefined;
    /**
     * Days from {@link KalshiApiKey.createdAt} on after which the next `pulumi up` rotates the key, and the next preview
     * says so. More than 0, at most 36,500. A change of the number is taken over in place. Default: never.
     */
    readonly rotationDays?: pulumi.Input<number> | undefined;
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
export class KalshiApiKey extends pulumi.dynamic.Resource {
    /** The key's id, sent as `KALSHI-ACCESS-KEY`: a UUID. Also the resource's id. */
    declare readonly apiKeyId: pulumi.Output<string>;
    /**
     * The private key in PEM, PKCS#1 for RSA and PKCS#8 for Ed25519: a secret. Undefined where the key pair is your own,
     * since Kalshi never had its private half.
     */
    declare readonly privateKey: pulumi.Output<string | undefined>;
    /** The public key in SPKI PEM. */
    declare readonly publicKey: pulumi.Output<string>;
    /** SHA-256 of the public key's SPKI DER, in lower-case hex. */
    declare readonly fingerprint: pulumi.Output<string>;
    /** When the key was made or adopted, by the clock of the machine that did it: ISO 8601, UTC. */
    declare readonly createdAt: pulumi.Output<string>;
    /** When the key is due for rotation: ISO 8601, UTC. Undefined without `rotationDays`. */
    declare readonly rotateAt: pulumi.Output<string | undefined>;
    /** Where the key lives: `prod`, `demo`, or the base URL of another server. */
    declare readonly environment: pulumi.Output<string>;
    /** The key's name at Kalshi, given or drawn. */
    declare readonly name: pulumi.Output<string>;
    /** What the drawn name begins with, where that was given. */
    declare readonly namePrefix: pulumi.Output<string | undefined>;
    /** What the key may do, sorted, each scope once. */
    declare readonly scopes: pulumi.Output<Scope[]>;
    /** The type of the key pair that Kalshi generated; undefined where it is your own. */
    declare readonly keyType: pulumi.Output<KeyType | undefined>;
    /** The subaccount that the key is bound to, if it is. */
    declare readonly subaccount: pulumi.Output<number | undefined>;
    /** The FCM subtrader that the key is bound to, if it is. */
    declare readonly fcmSubtraderId: pulumi.Output<string | undefined>;
    /** What a change of rotates the key. */
    declare readonly rotationTriggers: pulumi.Output<Record<string, unknown> | undefined>;
    /** The days after which the key is due for rotation. */
    declare readonly rotationDays: pulumi.Output<number | undefined>;

    /**
     * @param name the resource's name in the program, unique within the stack
     * @param args the key's inputs; without any, a key with a drawn name that may read and write
     * @param opts how the resource behaves: parent, dependsOn, protect, retainOnDelete, … (`import` is not possible for
     *     dynamic resources, https://github.com/pulumi/pulumi/issues/7534)
     */
    constructor(name: string, args: KalshiApiKeyArgs = {}, opts?: pulumi.CustomResourceOptions) {
        const adopt = args.adopt === undefined ? {} : { adopt: pulumi.output(args.adopt).apply(sealed) };
        const props = { ...noOutputsYet, ...args, ...adopt, __resourceName: name };
        super(
            shim,
            name,
            props,
            pulumi.mergeOptions(opts, { additionalSecretOutputs: ["privateKey"] }),
            "kalshi",
            "ApiKey",
        );
        warnOfUnknownScopes(this, args.scopes);
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

/** The SDK makes an output of every property that it is handed, so those that only the provider can fill are named here. */
const noOutputsYet = {
    name: undefined,
    namePrefix: undefined,
    scopes: undefined,
    keyType: undefined,
    publicKey: undefined,
    subaccount: undefined,
    fcmSubtraderId: undefined,
    apiKeyId: undefined,
    privateKey: undefined,
    fingerprint: undefined,
    createdAt: undefined,
    rotateAt: undefined,
    rotationTriggers: undefined,
    rotationDays: undefined,
    environment: undefined,
};

function warnOfUnknownScopes(key: KalshiApiKey, scopes: KalshiApiKeyArgs["scopes"]): void {
    pulumi.output(scopes).apply((known) => {
        // What is no list at all is for `check` to refuse.
        const unknown = Array.isArray(known) ? unknownScopes(known) : [];
        if (unknown.length > 0) {
            void pulumi.log.warn(
                `scopes: ${unknown.join(", ")} is not among the scopes that this version knows (${knownScopes.join(", ")}). ` +
                    "If Kalshi added it since, all is well; if it is a slip, Kalshi will refuse to make the key.",
                key,
            );
        }
    });
}
