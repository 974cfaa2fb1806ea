// Generated from provider/src/apiKey and provider/src/config.ts by `npm run generate`.
import type * as pulumi from "@pulumi/pulumi";
import type { KeyType, Scope } from "./enums";

/**
 * The inputs of an API key. Kalshi's API cannot change a key. A change of any input except `rotationDays` creates a new key first and
 * revokes the old one last.
 */
export interface ApiKeyArgs {
    /**
     * The key's explicit name at Kalshi. Default: an auto-generated name, which is `namePrefix`, a hyphen and 7 random
     * hex digits, and stays the same until the key is replaced. If Kalshi's response to the create is lost, the
     * provider finds the new key by its auto-generated name. With an explicit name it cannot, and reports the candidate
     * keys.
     */
    readonly name?: pulumi.Input<string> | undefined;
    /** The prefix of the auto-generated name. Default: the resource's name. Excludes `name`. */
    readonly namePrefix?: pulumi.Input<string> | undefined;
    /**
     * What the key may do: `read`, `write` (which needs `read`, too), or narrower scopes such as `write::trade`. Order
     * and duplicates do not matter. Default: `["read", "write"]`, as at Kalshi. A scope that this version does not know
     * is accepted with a warning.
     */
    readonly scopes?: pulumi.Input<readonly pulumi.Input<Scope>[]> | undefined;
    /** The type of the key pair that Kalshi generates. Default: `rsa` (2048 bits). Excludes `publicKey`. */
    readonly keyType?: pulumi.Input<KeyType> | undefined;
    /**
     * The public key of your key pair, in SPKI PEM: RSA of 2048 bits or more, or Ed25519. Default: Kalshi generates a
     * key pair. With it there is no `privateKey` output. Needs the API usage level Premier or above, or Market Maker;
     * at lower levels Kalshi returns 403.
     */
    readonly publicKey?: pulumi.Input<string> | undefined;
    /**
     * The subaccount that the key is bound to: 0 (the primary one) to 63. Default: the key is not bound to one.
     * Excludes `fcmSubtraderId`.
     */
    readonly subaccount?: pulumi.Input<number> | undefined;
    /** FCM members only: the subtrader that the key is bound to, `{user id}_{suffix}`. Excludes `subaccount`. */
    readonly fcmSubtraderId?: pulumi.Input<string> | undefined;
    /** Any change of this map rotates the key. Pulumi creates the new key first and revokes the old one last. */
    readonly rotationTriggers?: pulumi.Input<Record<string, pulumi.Input<unknown>>> | undefined;
    /**
     * The days from `createdAt` until the key is due for rotation. When it is due, the next preview reports a
     * replacement and the next `pulumi up` performs it. More than 0, at most 36,500. A change of this input is an
     * update in place, unless the key is due by the new value. Default: never.
     */
    readonly rotationDays?: pulumi.Input<number> | undefined;
}

/** The outputs of an API key: the effective inputs, and the properties from Kalshi's response. */
export interface ApiKeyOutputs {
    /** The key's id, sent as `KALSHI-ACCESS-KEY`: a UUID. Also the resource's id. */
    readonly apiKeyId: pulumi.Output<string>;
    /**
     * The private key in PEM, PKCS#1 for RSA and PKCS#8 for Ed25519: a secret. Undefined if `publicKey` is an input,
     * because Kalshi never had the private key, and if the key was imported or adopted without its private key.
     */
    readonly privateKey: pulumi.Output<string | undefined>;
    /** The SHA-256 hash of the public key's SPKI DER, in lower-case hex. Undefined if `publicKey` is. */
    readonly fingerprint: pulumi.Output<string | undefined>;
    /** When the key was created or adopted, by Kalshi's clock: ISO 8601, UTC. */
    readonly createdAt: pulumi.Output<string>;
    /** When the key is due for rotation: ISO 8601, UTC. Undefined without `rotationDays`. */
    readonly rotateAt: pulumi.Output<string | undefined>;
    /** The environment of the key: `prod`, `demo`, or the base URL of another server. */
    readonly environment: pulumi.Output<string>;
    /** The key's name at Kalshi, explicit or auto-generated. */
    readonly name: pulumi.Output<string>;
    /** The prefix of the auto-generated name, if it is an input. */
    readonly namePrefix: pulumi.Output<string | undefined>;
    /** What the key may do: sorted scopes without duplicates. */
    readonly scopes: pulumi.Output<Scope[]>;
    /** The type of the key pair that Kalshi generated. Undefined if `publicKey` is an input. */
    readonly keyType: pulumi.Output<KeyType | undefined>;
    /** The public key in SPKI PEM. Undefined if the key was imported or adopted without its private key. */
    readonly publicKey: pulumi.Output<string | undefined>;
    /** The subaccount that the key is bound to. Undefined if it is not bound to one. */
    readonly subaccount: pulumi.Output<number | undefined>;
    /** The FCM subtrader that the key is bound to. Undefined if it is not bound to one. */
    readonly fcmSubtraderId: pulumi.Output<string | undefined>;
    /** The map whose change rotates the key. */
    readonly rotationTriggers: pulumi.Output<Record<string, unknown> | undefined>;
    /** The days from `createdAt` until the key is due for rotation. */
    readonly rotationDays: pulumi.Output<number | undefined>;
}

/** All outputs, undefined. The SDK creates an output only for a property that the constructor passes to it. */
export const noOutputsYet: { readonly [K in keyof ApiKeyOutputs]: undefined } = {
    apiKeyId: undefined,
    privateKey: undefined,
    fingerprint: undefined,
    createdAt: undefined,
    rotateAt: undefined,
    environment: undefined,
    name: undefined,
    namePrefix: undefined,
    scopes: undefined,
    keyType: undefined,
    publicKey: undefined,
    subaccount: undefined,
    fcmSubtraderId: undefined,
    rotationTriggers: undefined,
    rotationDays: undefined,
};

/** The inputs of a rotating API key. Every change is an update in place. */
export interface RotatingApiKeyArgs {
    /**
     * The days from the current key's `createdAt` until it is due for rotation. When it is due, the next preview
     * reports it and the next `pulumi up` rotates. More than 0, at most 36,500. A change is an update in place, unless
     * the key is due by the new value.
     */
    readonly rotationDays: pulumi.Input<number>;
    /**
     * The days for which the previous key stays valid. They count from the rotation that actually happened, however
     * late it was. The first `pulumi up` after them revokes the previous key. 0 or more, and less than `rotationDays`.
     * Default: 2. A change is an update in place, unless the overlap is over by the new value.
     */
    readonly overlapDays?: pulumi.Input<number> | undefined;
    /** Any change of this map rotates at the next `pulumi up`. The previous key stays valid for `overlapDays`. */
    readonly rotationTriggers?: pulumi.Input<Record<string, pulumi.Input<unknown>>> | undefined;
    /**
     * For an emergency: any change of this map rotates at the next `pulumi up` and revokes both older keys at once,
     * without an overlap.
     */
    readonly revokeNow?: pulumi.Input<Record<string, pulumi.Input<unknown>>> | undefined;
    /**
     * The prefix of the keys' names. Each key gets an auto-generated name: this prefix, a hyphen and 7 hex digits.
     * Default: the resource's name. A change applies from the next rotation on.
     */
    readonly namePrefix?: pulumi.Input<string> | undefined;
    /**
     * What the key may do: `read`, `write` (which needs `read`, too), or narrower scopes such as `write::trade`. Order
     * and duplicates do not matter. Default: `["read", "write"]`, as at Kalshi. A scope that this version does not know
     * is accepted with a warning.
     */
    readonly scopes?: pulumi.Input<readonly pulumi.Input<Scope>[]> | undefined;
    /** The type of the key pairs that Kalshi generates. Default: `rsa` (2048 bits). */
    readonly keyType?: pulumi.Input<KeyType> | undefined;
    /**
     * The subaccount that the key is bound to: 0 (the primary one) to 63. Default: the key is not bound to one.
     * Excludes `fcmSubtraderId`.
     */
    readonly subaccount?: pulumi.Input<number> | undefined;
    /** FCM members only: the subtrader that the key is bound to, `{user id}_{suffix}`. Excludes `subaccount`. */
    readonly fcmSubtraderId?: pulumi.Input<string> | undefined;
}

/** The outputs of a rotating API key: the effective inputs, and its keys. */
export interface RotatingApiKeyOutputs {
    /**
     * The key to sign with. A refresh removes it if it was revoked outside Pulumi; the next `pulumi up` creates another
     * one.
     */
    readonly current: pulumi.Output<ApiKeyGeneration>;
    /** The key that `current` replaced. It stays valid until `revokeAt`. Undefined if there is none. */
    readonly previous: pulumi.Output<ApiKeyGeneration | undefined>;
    /** When the current key is due for rotation: ISO 8601, UTC. Undefined if there is no current key. */
    readonly rotateAt: pulumi.Output<string | undefined>;
    /**
     * When the overlap ends: ISO 8601, UTC. The first `pulumi up` from then on revokes the previous key. Undefined if
     * there is none.
     */
    readonly revokeAt: pulumi.Output<string | undefined>;
    /** The environment of the keys: `prod`, `demo`, or the base URL of another server. */
    readonly environment: pulumi.Output<string>;
    /** The days from the current key's `createdAt` until it is due for rotation. */
    readonly rotationDays: pulumi.Output<number>;
    /** The days for which the previous key stays valid after a rotation. */
    readonly overlapDays: pulumi.Output<number>;
    /** The map whose change rotates. */
    readonly rotationTriggers: pulumi.Output<Record<string, unknown> | undefined>;
    /** The map whose change rotates without an overlap. */
    readonly revokeNow: pulumi.Output<Record<string, unknown> | undefined>;
    /** The prefix of the keys' names, if it is an input. */
    readonly namePrefix: pulumi.Output<string | undefined>;
    /** What the current key may do: sorted scopes without duplicates. */
    readonly scopes: pulumi.Output<Scope[]>;
    /** The type of the key pairs that Kalshi generates. */
    readonly keyType: pulumi.Output<KeyType>;
    /** The subaccount that the key is bound to. Undefined if it is not bound to one. */
    readonly subaccount: pulumi.Output<number | undefined>;
    /** The FCM subtrader that the key is bound to. Undefined if it is not bound to one. */
    readonly fcmSubtraderId: pulumi.Output<string | undefined>;
}

/** All outputs, undefined. The SDK creates an output only for a property that the constructor passes to it. */
export const noRotatingOutputsYet: { readonly [K in keyof RotatingApiKeyOutputs]: undefined } = {
    current: undefined,
    previous: undefined,
    rotateAt: undefined,
    revokeAt: undefined,
    environment: undefined,
    rotationDays: undefined,
    overlapDays: undefined,
    rotationTriggers: undefined,
    revokeNow: undefined,
    namePrefix: undefined,
    scopes: undefined,
    keyType: undefined,
    subaccount: undefined,
    fcmSubtraderId: undefined,
};

/** A key of a rotating API key. */
export interface ApiKeyGeneration {
    /** The key's id, sent as `KALSHI-ACCESS-KEY`: a UUID. */
    readonly apiKeyId: string;
    /** The key's name at Kalshi. */
    readonly name: string;
    /**
     * The private key in PEM, PKCS#1 for RSA and PKCS#8 for Ed25519: a secret. Undefined if the key was imported
     * without it.
     */
    readonly privateKey?: string | undefined;
    /** The public key in SPKI PEM. Undefined if the key was imported or adopted without its private key. */
    readonly publicKey?: string | undefined;
    /** The SHA-256 hash of the public key's SPKI DER, in lower-case hex. Undefined if `publicKey` is. */
    readonly fingerprint?: string | undefined;
    /** When the key was created or imported, by Kalshi's clock: ISO 8601, UTC. */
    readonly createdAt: string;
}

/** The configuration of a `Provider`. Each option that is omitted comes from its environment variable. */
export interface ProviderArgs {
    /**
     * The environment whose keys the provider manages: `prod` or `demo`. Default: the variable KALSHI_ENVIRONMENT, or
     * `prod` if it is not set. A change replaces the provider and all its keys.
     */
    readonly environment?: pulumi.Input<"prod" | "demo"> | undefined;
    /**
     * The server's base URL instead of an environment, including `/trade-api/v2`: https, or http on a loopback address.
     * Default: the variable KALSHI_BASE_URL. A change to the URL of another environment replaces the provider and all
     * its keys.
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

/** Which keys to list. Default: all keys of the account. */
export interface GetApiKeysArgs {
    /** Only keys whose name begins with this. */
    readonly namePrefix?: string | undefined;
    /** Only keys that may do this, by the scope itself or by its parent: `write` is found for `write::trade`. */
    readonly scope?: Scope | undefined;
}

/** Which keys to list, by arguments that may be outputs. Default: all keys of the account. */
export interface GetApiKeysOutputArgs {
    /** Only keys whose name begins with this. */
    readonly namePrefix?: pulumi.Input<string> | undefined;
    /** Only keys that may do this, by the scope itself or by its parent: `write` is found for `write::trade`. */
    readonly scope?: pulumi.Input<Scope> | undefined;
}

/** Which key to look up: exactly one of the two. */
export interface GetApiKeyArgs {
    /** The key's id. */
    readonly apiKeyId?: string | undefined;
    /** The key's full name, which only that key may have. */
    readonly name?: string | undefined;
}

/** Which key to look up, by arguments that may be outputs: exactly one of the two. */
export interface GetApiKeyOutputArgs {
    /** The key's id. */
    readonly apiKeyId?: pulumi.Input<string> | undefined;
    /** The key's full name, which only that key may have. */
    readonly name?: pulumi.Input<string> | undefined;
}

/** A key as Kalshi lists it. The list contains no key material, no key type and no creation time. */
export interface ListedApiKey {
    /** Its id: a UUID. */
    readonly apiKeyId: string;
    /** Its name, which other keys may have too. */
    readonly name: string;
    /** What it may do. Absent if the list does not show it. */
    readonly scopes?: readonly Scope[] | undefined;
    /** The subaccount that it is bound to, 0 to 63. Absent on a key that is not. */
    readonly subaccount?: number | undefined;
    /** The FCM subtrader that it is bound to. Absent on a key that is not. */
    readonly fcmSubtraderId?: string | undefined;
}
