import { constants, generateKeyPairSync, verify } from "node:crypto";
import { parsePrivateKey, signedHeaders } from "../../provider/src/kalshi/auth";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ed25519 = generateKeyPairSync("ed25519");
const path = "/trade-api/v2/api_keys/a%2Fb";
const text = Buffer.from(`1703123456789DELETE${path}`);

/** Returns the PEM as a prompt for one line stores it. */
function pasted(key: typeof rsa.privateKey, type: "pkcs1" | "pkcs8"): string {
    return String(key.export({ type, format: "pem" }))
        .trim()
        .replaceAll("\n", " ");
}

function signatureBy(privateKey: typeof rsa.privateKey): Buffer {
    const headers = signedHeaders({ apiKeyId: "id", privateKey }, "delete", path, 1703123456789.9);
    expect(headers["KALSHI-ACCESS-KEY"]).toBe("id");
    expect(headers["KALSHI-ACCESS-TIMESTAMP"]).toBe("1703123456789");
    return Buffer.from(headers["KALSHI-ACCESS-SIGNATURE"] ?? "", "base64");
}

test("signs timestamp, method and encoded path by RSA-PSS with SHA-256 and a salt of 32 bytes", () => {
    const signature = signatureBy(rsa.privateKey);
    const pss = (saltLength: number) => ({ key: rsa.publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });
    expect(verify("sha256", text, pss(32), signature)).toBe(true);
    expect(verify("sha256", text, pss(20), signature)).toBe(false);
    expect(verify("sha256", Buffer.from("other"), pss(32), signature)).toBe(false);
});

test("signs the same text by Ed25519", () => {
    expect(verify(null, text, ed25519.publicKey, signatureBy(ed25519.privateKey))).toBe(true);
});

describe("reads private keys in", () => {
    test.each([
        ["PKCS#1", rsa.privateKey.export({ type: "pkcs1", format: "pem" }), "rsa"],
        ["PKCS#8 RSA", rsa.privateKey.export({ type: "pkcs8", format: "pem" }), "rsa"],
        ["PKCS#8 Ed25519", ed25519.privateKey.export({ type: "pkcs8", format: "pem" }), "ed25519"],
        ["PKCS#1, with spaces for its line breaks", pasted(rsa.privateKey, "pkcs1"), "rsa"],
        ["PKCS#8 RSA, with spaces for its line breaks", pasted(rsa.privateKey, "pkcs8"), "rsa"],
        ["PKCS#8 Ed25519, with spaces for its line breaks", pasted(ed25519.privateKey, "pkcs8"), "ed25519"],
        ["spaces for line breaks of Windows", pasted(rsa.privateKey, "pkcs8").replaceAll("- ", "-  "), "rsa"],
    ])("%s", (_form, pem, type) => {
        expect(parsePrivateKey(String(pem)).asymmetricKeyType).toBe(type);
    });
});

describe("rejects private keys, with the reason and without quoting them:", () => {
    const pem = String(rsa.privateKey.export({ type: "pkcs8", format: "pem" }));
    const locked = rsa.privateKey.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" });
    const curve = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
        type: "pkcs8",
        format: "pem",
    });
    test.each([
        ["encrypted", String(locked), /passphrase/],
        ["truncated", pem.slice(0, 300), /not a readable private key/],
        ["without line breaks", pem.replaceAll("\n", ""), /with its line breaks/],
        ["an elliptic curve key", String(curve), /RSA or Ed25519/],
        ["empty", "", /not a readable/],
    ])("%s", (_what, text, reason) => {
        const error = errorOf(() => parsePrivateKey(text));
        expect(error.message).toMatch(reason);
        expect(error.message).not.toContain(pem.split("\n")[2]);
        expect(error.cause).toBeUndefined();
    });
});

function errorOf(work: () => unknown): Error {
    try {
        work();
    } catch (error) {
        return error as Error;
    }
    throw new Error("nothing was thrown");
}
