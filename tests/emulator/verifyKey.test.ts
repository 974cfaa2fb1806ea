import { KalshiError, type ErrorBody, type FailureKind } from "../../provider/src/kalshi/errors";
import { verifyKey } from "../../provider/src/kalshi/verifyKey";
import { cleanUp, clientOf, emulatorWith, ownKeyPair } from "../support/harness";

afterEach(cleanUp);

const refusing = (kind: FailureKind, body: ErrorBody = {}) => ({
    listApiKeys: async () => {
        throw new KalshiError("list", kind, { summary: "refused", body });
    },
});

describe("verifyKey", () => {
    test("returns whether Kalshi accepts the key, rejects its private key, or does not know it", async () => {
        const emulator = await emulatorWith();
        const { apiKeyId, privateKey } = await clientOf(emulator).generateApiKey({ name: "a", keyType: "ed25519" });
        const verdictOn = (key: { apiKeyId: string; privateKey: string }) => verifyKey(clientOf(emulator, {}, key));
        expect(await verdictOn({ apiKeyId, privateKey })).toBe("accepted");
        const { privateKey: another } = ownKeyPair("ed25519");
        expect(await verdictOn({ apiKeyId, privateKey: another })).toBe("wrongPrivateKey");
        await clientOf(emulator).deleteApiKey(apiKeyId);
        expect(await verdictOn({ apiKeyId, privateKey })).toBe("unknownKey");
    });

    test("accepts a key that only lacks the scope to list", async () => {
        const emulator = await emulatorWith();
        const scopes = ["write::trade"];
        const key = await clientOf(emulator).generateApiKey({ name: "a", keyType: "ed25519", scopes });
        expect(await verifyKey(clientOf(emulator, {}, key))).toBe("accepted");
    });

    test.each([
        ["INCORRECT_API_KEY_SIGNATURE", "wrongPrivateKey"],
        ["rpc error: code = Unauthenticated desc = INCORRECT_API_KEY_SIGNATURE", "wrongPrivateKey"],
        ["NOT_FOUND", "unknownKey"],
        ["rpc error: code = Unauthenticated desc = NOT_FOUND", "unknownKey"],
    ])("interprets Kalshi's details: %s", async (details, verdict) => {
        const client = refusing("unauthorized", { code: "authentication_error", details });
        expect(await verifyKey(client)).toBe(verdict);
    });

    test.each<[string, FailureKind, ErrorBody]>([
        ["a refusal of the timestamp", "unauthorized", { code: "header_timestamp_expired" }],
        ["a 401 without details", "unauthorized", { code: "authentication_error" }],
        ["other details", "unauthorized", { code: "authentication_error", details: "ACCOUNT_NOT_FOUND" }],
        ["the same details with another code", "unauthorized", { code: "user_not_found", details: "NOT_FOUND" }],
        ["longer details", "unauthorized", { code: "authentication_error", details: "NOT_FOUND in cache" }],
        ["a gateway's response", "unexpected", {}],
        ["the same details with another status", "notFound", { code: "not_found", details: "NOT_FOUND" }],
        ["no response", "timeout", {}],
    ])("throws for %s", async (_what, kind, body) => {
        await expect(verifyKey(refusing(kind, body))).rejects.toMatchObject({ kind });
    });

    test("rethrows an internal error", async () => {
        const listApiKeys = async () => {
            throw new TypeError("internal");
        };
        await expect(verifyKey({ listApiKeys })).rejects.toThrow(TypeError);
    });
});
