import { constants, createPrivateKey, sign, type KeyObject } from "node:crypto";

/** The provider credentials: an API key id and the private key that belongs to it. */
export interface Credentials {
    readonly apiKeyId: string;
    readonly privateKey: KeyObject;
}

/**
 * Returns the three headers of a signed request. Every attempt needs new ones, because Kalshi refuses a timestamp that is older than
 * some seconds.
 *
 * The signed text is timestamp + method + path. The path is percent-encoded, as it is sent, and without the query. RSA keys sign with PSS, SHA-256 and a salt of 32 bytes; Ed25519 keys sign the text itself.
 * Source: docs.kalshi.com, getting_started/quick_start_authenticated_requests and OpenAPI 3.34.0 `securitySchemes`.
 *
 * @param path the URL's path as it is sent, with `/trade-api/v2`
 * @param now Unix time in milliseconds
 */
export function signedHeaders(
    credentials: Credentials,
    method: string,
    path: string,
    now: number,
): Record<string, string> {
    const timestamp = String(Math.trunc(now));
    const text = Buffer.from(timestamp + method.toUpperCase() + path, "utf8");
    const { privateKey } = credentials;
    const signature =
        privateKey.asymmetricKeyType === "ed25519"
            ? sign(null, text, privateKey)
            : sign("sha256", text, {
                  key: privateKey,
                  padding: constants.RSA_PKCS1_PSS_PADDING,
                  saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
              });
    return {
        "KALSHI-ACCESS-KEY": credentials.apiKeyId,
        "KALSHI-ACCESS-TIMESTAMP": timestamp,
        "KALSHI-ACCESS-SIGNATURE": signature.toString("base64"),
    };
}

/**
 * Parses a private key that can sign Kalshi's requests: PEM, PKCS#1 or PKCS#8, RSA or Ed25519, not encrypted. A prompt for one line, such
 * as that of `pulumi new`, replaces the line breaks of a pasted key by spaces. So such a key is accepted, too.
 *
 * @throws Error that says what is wrong and never quotes the text
 */
export function parsePrivateKey(pem: string): KeyObject {
    if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: 4,ENCRYPTED/.test(pem)) {
        throw new Error(
            "the private key is protected by a passphrase; store it without one (openssl pkey -in … -out …)",
        );
    }
    const key = readPem(pem);
    if (key.asymmetricKeyType !== "rsa" && key.asymmetricKeyType !== "ed25519") {
        throw new Error(`Kalshi signs with RSA or Ed25519 keys; this one is of type ${key.asymmetricKeyType}`);
    }
    return key;
}

function readPem(pem: string): KeyObject {
    try {
        return createPrivateKey(onOneLine.test(pem) ? withLineBreaks(pem) : pem);
    } catch {
        // OpenSSL's message is of no use to the user, and this error must not quote the text.
        throw new Error(
            "not a readable private key; expected PEM whose first line says BEGIN PRIVATE KEY or BEGIN RSA PRIVATE KEY, with its " +
                "line breaks",
        );
    }
}

const onOneLine = /^-----BEGIN [A-Z ]+-----[ \w+/=]+-----END [A-Z ]+-----\s*$/;

/** Replaces the spaces by line breaks, except those in the first and the last line of the PEM. */
function withLineBreaks(pem: string): string {
    return pem.trim().replace(/(?<!-----(?:BEGIN|END)[A-Z ]*) +/g, "\n");
}
