// A resource plugin for the tests, in place of plugins that need an account or a cluster. The resources are the inputs that the engine
// passes, secrets included, and the outputs that the examples read. stubPlugins.ts starts it.
import { createPublicKey, generateKeyPairSync, randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import type { KmsRequest } from "./kmsServer";

type Properties = Readonly<Record<string, unknown>>;

/** What the real plugins add to the inputs, by the type of the resource. */
const generatedOutputs: Readonly<Record<string, (inputs: Properties) => Properties | Promise<Properties>>> = {
    "tls:index/privateKey:PrivateKey": () => {
        const { publicKey, privateKey } = generateKeyPairSync("ed25519", {
            publicKeyEncoding: { type: "spki", format: "pem" },
            privateKeyEncoding: { type: "pkcs8", format: "pem" },
        });
        return { publicKeyPem: publicKey, privateKeyPemPkcs8: privateKey };
    },
    "kubernetes:core/v1:Secret": () => ({ metadata: { name: `secret-${randomUUID().slice(0, 8)}` } }),
    "aws:kms/key:Key": async ({ customerMasterKeySpec }) => {
        const request = { KeySpec: String(customerMasterKeySpec) };
        const { KeyMetadata } = await callKms<{ KeyMetadata: { KeyId: string } }>("CreateKey", request);
        return { keyId: KeyMetadata.KeyId };
    },
};

/** The inputs whose change replaces a resource, by its type. */
const replacing: Readonly<Record<string, readonly string[]>> = { "kubernetes:core/v1:Secret": ["stringData"] };

/** Sends a request to the server of kmsServer.ts. The variable is that of the AWS SDKs. */
async function callKms<T>(operation: string, request: KmsRequest): Promise<T> {
    const response = await fetch(String(process.env["AWS_ENDPOINT_URL_KMS"]), {
        method: "POST",
        headers: { "x-amz-target": `TrentService.${operation}` },
        body: JSON.stringify(request),
    });
    return (await response.json()) as T;
}

function typeOf(urn: pulumi.URN): string {
    return urn.split("::")[2]?.split("$").at(-1) ?? "";
}

const provider: pulumi.provider.Provider = {
    version: "0.0.0",
    diff: async (_id, urn, olds: Properties, news: Properties) => {
        const changed = Object.keys(news).filter((name) => !isDeepStrictEqual(olds[name], news[name]));
        const replaces = changed.filter((name) => replacing[typeOf(urn)]?.includes(name));
        return { changes: changed.length > 0, replaces };
    },
    create: async (urn, inputs: Properties) => {
        const outputs = await generatedOutputs[typeOf(urn)]?.(inputs);
        return { id: randomUUID(), outs: { ...inputs, ...outputs } };
    },
    update: async (_id, _urn, olds: Properties, news: Properties) => ({ outs: { ...olds, ...news } }),
    invoke: async (token, inputs: { readonly keyId: string }) => {
        if (token !== "aws:kms/getPublicKey:getPublicKey") {
            throw new Error(`The stub has no function ${token}.`);
        }
        const { PublicKey } = await callKms<{ PublicKey: string }>("GetPublicKey", { KeyId: inputs.keyId });
        const key = createPublicKey({ key: Buffer.from(PublicKey, "base64"), type: "spki", format: "der" });
        return { outputs: { publicKeyPem: key.export({ type: "spki", format: "pem" }) } };
    },
};

void pulumi.provider.main(provider, process.argv.slice(2));
