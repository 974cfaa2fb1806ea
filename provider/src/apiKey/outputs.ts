import type { ApiKeyInputs } from "./inputs";

/** An output of an API key that is no input, or is derived if the input is absent. */
export interface Output {
    readonly description: string;
    /** Whether every key has it. */
    readonly isRequired: boolean;
    readonly isSecret?: boolean;
}

/** The outputs of an API key in both providers, besides the inputs. */
export const outputs = {
    apiKeyId: {
        description: "The key's id, sent as `KALSHI-ACCESS-KEY`: a UUID. Also the resource's id.",
        isRequired: true,
    },
    privateKey: {
        description:
            "The private key in PEM, PKCS#1 for RSA and PKCS#8 for Ed25519: a secret. Undefined if `publicKey` is an input, because Kalshi " +
            "never had the private key, and if the key was imported or adopted without its private key.",
        isRequired: false,
        isSecret: true,
    },
    fingerprint: {
        description: "The SHA-256 hash of the public key's SPKI DER, in lower-case hex. Undefined if `publicKey` is.",
        isRequired: false,
    },
    createdAt: {
        description: "When the key was created or adopted, by Kalshi's clock: ISO 8601, UTC.",
        isRequired: true,
    },
    rotateAt: {
        description: "When the key is due for rotation: ISO 8601, UTC. Undefined without `rotationDays`.",
        isRequired: false,
    },
    environment: {
        description: "The environment of the key: `prod`, `demo`, or the base URL of another server.",
        isRequired: true,
    },
} as const satisfies Readonly<Record<string, Output>>;

type OutputName = keyof typeof outputs;
type RequiredOutput = { [K in OutputName]: (typeof outputs)[K]["isRequired"] extends true ? K : never }[OutputName];

/** The state of an API key: the effective inputs and the outputs. All outputs are text. */
export type ApiKeyState = ApiKeyInputs & { readonly [K in RequiredOutput]: string } & {
    readonly [K in Exclude<OutputName, RequiredOutput>]?: string | undefined;
} & {
    /** The id of the signing key when this key was last read. It identifies the account. */
    readonly __signedBy?: string | undefined;
};
