import { constants, generateKeyPairSync, randomUUID, sign, type KeyObject } from "node:crypto";
import Fastify from "fastify";
import { onCleanUp } from "./harness";

/** A request to KMS, in the JSON protocol of AWS. Binary values are in base64. */
export interface KmsRequest {
    readonly KeyId?: string;
    readonly KeySpec?: string;
    readonly Message?: string;
    readonly MessageType?: string;
    readonly SigningAlgorithm?: string;
}

interface KeyPair {
    readonly publicKey: KeyObject;
    readonly privateKey: KeyObject;
}

const keySpecs: Readonly<Record<string, () => KeyPair>> = {
    RSA_2048: () => generateKeyPairSync("rsa", { modulusLength: 2048 }),
    ECC_NIST_EDWARDS25519: () => generateKeyPairSync("ed25519"),
};

/** How each algorithm signs. Source: docs.aws.amazon.com, kms/latest/developerguide/asymmetric-key-specs. */
const algorithms: Readonly<Record<string, (message: Buffer, key: KeyObject) => Buffer>> = {
    RSASSA_PSS_SHA_256: (message, key) =>
        sign("sha256", message, {
            key,
            padding: constants.RSA_PKCS1_PSS_PADDING,
            saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
        }),
    ED25519_SHA_512: (message, key) => sign(null, message, key),
};

/**
 * Starts a server with three operations of AWS KMS, which generates keys and signs on this machine. It is stopped after the test.
 *
 * @returns its URL
 */
export async function startKms(): Promise<string> {
    const keys = new Map<string, KeyPair>();
    const keyOf = ({ KeyId = "" }: KmsRequest) => found(keys.get(KeyId), KeyId);
    const operations: Readonly<Record<string, (request: KmsRequest) => object>> = {
        CreateKey: ({ KeySpec = "" }) => {
            const KeyId = randomUUID();
            keys.set(KeyId, found(keySpecs[KeySpec], KeySpec)());
            return { KeyMetadata: { KeyId } };
        },
        GetPublicKey: (request) => {
            const der = keyOf(request).publicKey.export({ type: "spki", format: "der" });
            return { PublicKey: der.toString("base64") };
        },
        Sign: (request) => {
            const { SigningAlgorithm = "", MessageType, Message = "" } = request;
            // A digest would be signed in another way.
            const algorithm = found(MessageType === "RAW" ? algorithms[SigningAlgorithm] : undefined, SigningAlgorithm);
            const signature = algorithm(Buffer.from(Message, "base64"), keyOf(request).privateKey);
            return { Signature: signature.toString("base64") };
        },
    };
    const server = Fastify({ forceCloseConnections: true });
    server.removeAllContentTypeParsers();
    const parse = async (_request: unknown, body: string) => JSON.parse(body) as KmsRequest;
    server.addContentTypeParser("*", { parseAs: "string" }, parse);
    server.post("/", async ({ headers, body }) => {
        const operation = String(headers["x-amz-target"]).replace("TrentService.", "");
        return found(operations[operation], operation)(body as KmsRequest);
    });
    onCleanUp(() => server.close());
    return server.listen({ host: "127.0.0.1", port: 0 });
}

function found<T>(value: T | undefined, name: string): T {
    if (value === undefined) {
        throw new Error(`KMS has no ${name}.`);
    }
    return value;
}
