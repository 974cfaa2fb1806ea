import type * as pulumi from "@pulumi/pulumi";
import type { KeyType, Scope } from "./kalshi/wire";

// What both doors offer to a program. The descriptions stand in schema.json too, for the other languages; a test compares.

/**
 * The inputs of an API key. A change of any of them, but for `rotationDays`, makes a new key first and revokes the old one
 * last: the API has no call that changes a key.
 */
export interface ApiKeyArgs {
    /**
     * The key's exact name at Kalshi. Left out, a name is drawn: `namePrefix`, a hyphen, and 7 random hex digits,
     * kept for as long as the key lives. A drawn name is found again when Kalshi's answer to the creation is lost; with
     * an exact one that is left to you.
     */
    readonly name?: pulumi.Input<string> | undefined;
    /** What a drawn name begins with. Default: the resource's name. Excludes `name`. */
    readonly namePrefix?: pulumi.Input<string> | undefined;
    /**
     * What the key may do: `read`, `write` (which needs `read` beside it), or narrower ones such as `write::trade`. Order
     * and repeats do not matter. Default: `["read", "write"]`, as at Kalshi. A scope newer than this version passes with
     * a warning.
     */
    readonly scopes?: pulumi.Input<readonly pulumi.Input<Scope>[]> | undefined;
    /** The type of the key pair that Kalshi generates. Default: `rsa` (2048 bits). Excludes `publicKey`. */
    readonly keyType?: pulumi.Input<KeyType> | undefined;
    /**
     * Bring your own key pair: its public half in SPKI PEM, RSA of 2048 bits or more, or Ed25519. There is no
     * `privateKey` output then. Needs the API usage level Premier or Market Maker; without it Kalshi answers 403.
     */
    readonly publicKey?: pulumi.Input<string> | undefined;
    /** The subaccount that the key is bound to: 0 (the primary one) to 63. Default: none, the key is not restricted. */
    readonly subaccount?: pulumi.Input<number> | undefined;
    /** FCM members only: the subtrader that the key is bound to, `{user id}_{suffix}`. Excludes `subaccount`. */
    readonly fcmSubtraderId?: pulumi.Input<string> | undefined;
    /** Any change of this map rotates the key: a new one first, the old one revoked last. */
    readonly rotationTriggers?: pulumi.Input<Record<string, pulumi.Input<unknown>>> | undefined;
    /**
     * Days from `createdAt` on after which the next `pulumi up` rotates the key, and the next preview
     * says so. More than 0, at most 36,500. A change of the number is taken over in place. Default: never.
     */
    readonly rotationDays?: pulumi.Input<number> | undefined;
}

/** The outputs of an API key: its inputs as they took effect, and what Kalshi answered. */
export interface ApiKeyOutputs {
    /** The key's id, sent as `KALSHI-ACCESS-KEY`: a UUID. Also the resource's id. */
    readonly apiKeyId: pulumi.Output<string>;
    /**
     * The private key in PEM, PKCS#1 for RSA and PKCS#8 for Ed25519: a secret. Undefined where the key pair is your own,
     * since Kalshi never had its private half, and for a key that was taken over without it.
     */
    readonly privateKey: pulumi.Output<string | undefined>;
    /** The public key in SPKI PEM. Undefined for a key that was taken over without its private key. */
    readonly publicKey: pulumi.Output<string | undefined>;
    /** SHA-256 of the public key's SPKI DER, in lower-case hex. Undefined where there is no `publicKey`. */
    readonly fingerprint: pulumi.Output<string | undefined>;
    /** When the key was created or adopted, by Kalshi's clock: ISO 8601, UTC. */
    readonly createdAt: pulumi.Output<string>;
    /** When the key is due for rotation: ISO 8601, UTC. Undefined without `rotationDays`. */
    readonly rotateAt: pulumi.Output<string | undefined>;
    /** Where the key lives: `prod`, `demo`, or the base URL of another server. */
    readonly environment: pulumi.Output<string>;
    /** The key's name at Kalshi, given or drawn. */
    readonly name: pulumi.Output<string>;
    /** What the drawn name begins with, where that was given. */
    readonly namePrefix: pulumi.Output<string | undefined>;
    /** What the key may do, sorted, each scope once. */
    readonly scopes: pulumi.Output<Scope[]>;
    /** The type of the key pair that Kalshi generated; undefined where it is your own. */
    readonly keyType: pulumi.Output<KeyType | undefined>;
    /** The subaccount that the key is bound to, if it is. */
    readonly subaccount: pulumi.Output<number | undefined>;
    /** The FCM subtrader that the key is bound to, if it is. */
    readonly fcmSubtraderId: pulumi.Output<string | undefined>;
    /** The map whose change rotates the key. */
    readonly rotationTriggers: pulumi.Output<Record<string, unknown> | undefined>;
    /** The days after which the key is due for rotation. */
    readonly rotationDays: pulumi.Output<number | undefined>;
}

/** The SDK makes an output of every property that it is handed, so those that only the provider can fill are named here. */
export const noOutputsYet: { readonly [K in keyof ApiKeyOutputs]: undefined } = {
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
