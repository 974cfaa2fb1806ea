import { constants, createPublicKey, verify } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { Account } from "./account";
import { unauthorized } from "./errors";
import type { StoredKey } from "./keys";
import type { EmulatorOptions } from "./options";

/**
 * Verifies a request's signature as Kalshi does. Returns the signing key.
 *
 * The signed text is timestamp + method + path, where the path is the raw one of the request line without its query.
 * Source: docs.kalshi.com, getting_started/quick_start_authenticated_requests. A signature may be used more than once.
 *
 * @param rawUrl the request target, not decoded
 * @throws SignatureError with status 401
 */
export function authenticate(
    account: Account,
    options: EmulatorOptions,
    method: string,
    rawUrl: string,
    headers: IncomingHttpHeaders,
): StoredKey {
    const keyId = single(headers["kalshi-access-key"]);
    const signature = single(headers["kalshi-access-signature"]);
    const timestamp = single(headers["kalshi-access-timestamp"]);
    if (keyId === undefined && signature === undefined && timestamp === undefined) {
        throw unauthorized.noHeaders();
    }
    if (keyId === undefined) {
        throw unauthorized.missing("key");
    }
    if (signature === undefined) {
        throw unauthorized.missing("signature");
    }
    if (timestamp === undefined) {
        throw unauthorized.missing("timestamp");
    }
    const [past, future] = options.clockWindow;
    const age = (options.now() - Number(timestamp)) / 1000;
    if (!/^\d{1,15}$/.test(timestamp) || age > past || age < -future) {
        throw unauthorized.expired();
    }
    const key = account.find(keyId);
    if (key === undefined) {
        throw unauthorized.unknownKey(account.isRevoked(keyId) ? "revoked_key" : "unknown_key");
    }
    const text = timestamp + method + (rawUrl.split("?")[0] ?? "");
    if (!isSignedBy(key, text, signature)) {
        throw unauthorized.badSignature();
    }
    account.recordUse(key);
    return key;
}

function isSignedBy(key: StoredKey, text: string, signature: string): boolean {
    const bytes = Buffer.from(signature, "base64");
    // Node accepts other forms of base64, but Kalshi documents the standard alphabet with padding.
    if (bytes.length === 0 || bytes.toString("base64") !== signature) {
        return false;
    }
    const publicKey = createPublicKey(key.public_key);
    return key.key_type === "ed25519"
        ? verify(null, Buffer.from(text), publicKey, bytes)
        : verify(
              "sha256",
              Buffer.from(text),
              {
                  key: publicKey,
                  padding: constants.RSA_PKCS1_PSS_PADDING,
                  saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
              },
              bytes,
          );
}

function single(header: string | string[] | undefined): string | undefined {
    return typeof header === "string" && header !== "" ? header : undefined;
}
