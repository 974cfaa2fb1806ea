import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import { parsePrivateKey } from "../kalshi/auth";
import { ApiKeyError } from "./errors";

/** The public part of a key pair. */
export interface PublicHalf {
    /** SPKI PEM. */
    readonly publicKey: string;
    /** SHA-256 of the SPKI DER, in lower-case hex. */
    readonly fingerprint: string;
}

const smallestRsa = 2048;
/** The command that prints a public key in the form of the input `publicKey`. */
export const howToConvert = "openssl pkey -in private.pem -pubout";

/**
 * Parses a public key: SPKI PEM, RSA of 2048 bits or more, or Ed25519. The result has one fixed form, so that other line breaks or
 * text around the key are no change.
 *
 * @throws ApiKeyError that says what is valid and never quotes the text
 */
export function readPublicKey(pem: string): PublicHalf {
    if (!pem.includes("-----BEGIN PUBLIC KEY-----")) {
        throw new ApiKeyError(
            "KALSHI_INPUT_INVALID",
            `expected a public key in SPKI PEM, whose first line says BEGIN PUBLIC KEY; \`${howToConvert}\` prints one`,
        );
    }
    const key = parse(pem);
    const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
    if (key.asymmetricKeyType === "rsa" && bits < smallestRsa) {
        throw new ApiKeyError(
            "KALSHI_INPUT_INVALID",
            `an RSA key needs ${smallestRsa} bits or more; this one has ${bits}`,
        );
    }
    if (key.asymmetricKeyType !== "rsa" && key.asymmetricKeyType !== "ed25519") {
        throw new ApiKeyError(
            "KALSHI_INPUT_INVALID",
            `expected an RSA or Ed25519 key; this one is of type ${key.asymmetricKeyType}`,
        );
    }
    return describe(key);
}

/**
 * Returns the public half of a private key.
 *
 * @throws Error if the text is not a private key that can sign Kalshi's requests. Node's own functions would accept a public key, too
 */
export function publicHalfOf(privateKeyPem: string): PublicHalf {
    return describe(createPublicKey(parsePrivateKey(privateKeyPem)));
}

function parse(pem: string): KeyObject {
    try {
        return createPublicKey(pem);
    } catch {
        throw new ApiKeyError(
            "KALSHI_INPUT_INVALID",
            "starts like a public key in PEM but cannot be read; is it whole, with its line breaks?",
        );
    }
}

function describe(key: KeyObject): PublicHalf {
    return {
        publicKey: key.export({ type: "spki", format: "pem" }).toString(),
        fingerprint: createHash("sha256")
            .update(key.export({ type: "spki", format: "der" }))
            .digest("hex"),
    };
}
