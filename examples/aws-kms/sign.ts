import { SignCommand, type KMSClient } from "@aws-sdk/client-kms";

/** The outputs of this stack. */
interface Key {
    readonly apiKeyId: string;
    readonly kmsKeyId: string;
}

/** Returns the headers that sign a request to Kalshi. KMS makes the signature. */
export async function signedHeaders(
    kms: KMSClient,
    key: Key,
    method: string,
    url: URL,
): Promise<Record<string, string>> {
    const timestamp = String(Date.now());
    const command = new SignCommand({
        KeyId: key.kmsKeyId,
        // The path includes /trade-api/v2, but no query.
        Message: Buffer.from(`${timestamp}${method}${url.pathname}`),
        MessageType: "RAW",
        // The salt is as long as the digest, as Kalshi expects.
        SigningAlgorithm: "RSASSA_PSS_SHA_256",
    });
    const { Signature = new Uint8Array() } = await kms.send(command);
    return {
        "KALSHI-ACCESS-KEY": key.apiKeyId,
        "KALSHI-ACCESS-TIMESTAMP": timestamp,
        "KALSHI-ACCESS-SIGNATURE": Buffer.from(Signature).toString("base64"),
    };
}
