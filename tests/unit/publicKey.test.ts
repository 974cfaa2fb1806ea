import { createHash, createPublicKey, generateKeyPairSync } from "node:crypto";
import { publicHalfOf, readPublicKey } from "../../provider/src/apiKey/publicKey";
import { hasGeneratedName, hasUniqueName, nameFor, type Autonaming } from "../../provider/src/apiKey/autonaming";
import { ownKeyPair } from "../support/harness";

describe("a public key", () => {
    test.each(["rsa", "ed25519"] as const)("is read in one form, with its fingerprint (%s)", (type) => {
        const { publicKey, privateKey } = ownKeyPair(type);
        const der = createPublicKey(publicKey).export({ type: "spki", format: "der" });
        const fingerprint = createHash("sha256").update(der).digest("hex");
        expect(readPublicKey(`a comment\n${publicKey.replaceAll("\n", "\r\n")}`)).toEqual({ publicKey, fingerprint });
        expect(publicHalfOf(privateKey)).toEqual({ publicKey, fingerprint });
    });

    const pemOf = (key: { export(options: { type: "spki"; format: "pem" }): string | Buffer }) =>
        key.export({ type: "spki", format: "pem" }).toString();
    const p256 = pemOf(generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey);
    const { publicKey } = ownKeyPair("ed25519");

    test.each([
        ["is too short", ownKeyPair("rsa", 1024).publicKey, /\b2048\b.*\b1024 \(KALSHI_INPUT_INVALID\)$/],
        ["is of another type", p256, /RSA or Ed25519.*\bec \(KALSHI_INPUT_INVALID\)$/],
        ["is cut", publicKey.slice(0, 60), /is it whole.*KALSHI_INPUT_INVALID/],
        ["is a private key", ownKeyPair("ed25519").privateKey, /BEGIN PUBLIC KEY.*openssl pkey.*KALSHI_INPUT_INVALID/],
    ])("that %s is refused", (_, pem, message) => {
        expect(() => readPublicKey(pem)).toThrow(message);
    });
});

describe("the name of a key without one", () => {
    const autonaming: Autonaming = { mode: "offered", proposedName: "team-bot" };
    const generated = { name: "bot-0123456", __defaults: ["name"] };

    test("is the one of the stack's autonaming, which identifies no owner", () => {
        const named = nameFor({ resourceName: "bot", autonaming }, {}, {});
        expect(named).toEqual({ name: "team-bot", __defaults: ["name"], __autonamed: true });
    });

    test("is none if the stack's autonaming is disabled", () => {
        const disabled = { ...autonaming, mode: "disabled" as const };
        expect(nameFor({ resourceName: "bot", autonaming: disabled }, {}, {})).toBeUndefined();
    });

    test("begins with namePrefix, whatever the stack's autonaming says", () => {
        const named = nameFor({ resourceName: "bot", autonaming }, {}, { namePrefix: "desk" });
        expect(named).toEqual({ name: expect.stringMatching(/^desk-[0-9a-f]{7}$/) as unknown, __defaults: ["name"] });
    });

    test("stays, and so does what is known of its origin", () => {
        expect(nameFor({ resourceName: "robot", autonaming }, generated, {})).toEqual(generated);
        const autonamed = { ...generated, __autonamed: true };
        expect(nameFor({ resourceName: "robot" }, autonamed, {})).toEqual(autonamed);
    });

    test.each([
        ["auto-generated", generated, true, true],
        ["of the stack's autonaming", { ...generated, __autonamed: true }, true, false],
        ["explicit", { name: "bot" }, false, false],
        ["explicit, beside another default", { name: "bot", __defaults: ["scopes"] }, false, false],
    ])("identifies the key's owner only if it is auto-generated: %s", (_what, inputs, isGenerated, isUnique) => {
        expect(hasGeneratedName(inputs)).toBe(isGenerated);
        expect(hasUniqueName(inputs)).toBe(isUnique);
    });
});
