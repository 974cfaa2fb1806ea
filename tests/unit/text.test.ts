import { ApiKeyError, label } from "../../provider/src/apiKey/errors";
import { engineFailure } from "../../provider/src/apiKey/check";
import { readPublicKey } from "../../provider/src/apiKey/publicKey";
import { ConfigError, unknownOptions } from "../../provider/src/config";
import { parsePrivateKey } from "../../provider/src/kalshi/auth";
import { excerpt, printable, withoutControls } from "../../provider/src/kalshi/text";

const hostile = "bot\u001b[2J\r\n\u009b31m\u202egnp\u2028\u0000 end";
const harmless = "bot gnp  end";
const pem = (body: string) => `-----BEGIN RSA PRIVATE KEY-----\n${body}\n-----END RSA PRIVATE KEY-----`;

test.each<[string, (text: string) => string]>([
    ["text without control characters", withoutControls],
    ["printable text", printable],
    ["an error about a key", (text) => new ApiKeyError("KALSHI_NOT_REVOKED", text).text],
    ["an error about the configuration", (text) => new ConfigError("KALSHI_ENDPOINT_INVALID", "baseUrl", text).text],
    ["a key's label", (text) => label({ name: text, apiKeyId: "" }).slice(1, -4)],
])("%s moves no cursor, changes no color and turns no direction", (_what, print) => {
    expect(print(hostile)).toBe(harmless);
});

test.each<[string, (text: string) => string]>([
    ["an error about a key", (text) => new ApiKeyError("KALSHI_NOT_REVOKED", text).message],
    ["a key's label", (text) => label({ name: text, apiKeyId: "id" })],
    ["a key's label without a name", (text) => label({ apiKeyId: text })],
    ["an unknown option", (text) => unknownOptions([text], "tests")[0]?.text ?? ""],
    ["an invalid input", (text) => engineFailure({ property: "name", reason: text, sensitive: false }).reason],
    ["an unknown input", (text) => engineFailure({ property: text, reason: "", sensitive: true }).reason],
])("%s contains no private key", (_what, print) => {
    expect(print(`a ${pem("MIIE")} b`)).toMatch(/a \[PEM\] b/);
});

test.each([() => readPublicKey("ssh-ed25519 AAAA"), () => parsePrivateKey("ssh-ed25519 AAAA")])(
    "an error about an unreadable key is printed to its end: %#",
    (read) => {
        const { message } = errorOf(read);
        expect(message).toMatch(/BEGIN P/);
        expect(printable(message)).toBe(message);
    },
);

function errorOf(step: () => unknown): Error {
    try {
        step();
    } catch (error) {
        return error as Error;
    }
    throw new Error("nothing was thrown");
}

test("keeps indentation", () => {
    expect(printable("    two words ")).toBe("    two words ");
});

test("keeps letters of every script and symbols", () => {
    const name = "Bücher-機器人-🤖 (1 €)";
    expect(printable(name)).toBe(name);
});

test("replaces each PEM block, and keeps the surrounding text", () => {
    expect(printable(`a ${pem("MIIE")} b ${pem("MIIF")} c`)).toBe("a [PEM] b [PEM] c");
    expect(printable("a -----BEGIN PRIVATE KEY-----\nMIIE")).toBe("a [PEM]");
});

test("limits an excerpt to 200 characters without long base64", () => {
    expect(excerpt("a".repeat(47))).toBe("a".repeat(47));
    expect(excerpt(`${"a".repeat(48)}!`)).toBe("[…]!");
    expect(excerpt("ab ".repeat(66) + "ab")).toHaveLength(200);
    expect(excerpt("ab ".repeat(67))).toBe("ab ".repeat(67).slice(0, 200));
    expect(excerpt("ab ".repeat(68))).toBe(`${"ab ".repeat(68).slice(0, 200)}…`);
    expect(excerpt("a\n\n   b")).toBe("a b");
});

test.each([
    ["bot-0123456 ✓ ä", "bot-0123456 ✓ ä"],
    ["a\u001b[31;1mred\u001b[0mb", "a red b"],
    ["a\u009b2Jb", "a b"],
    ["a\nb\tc\u0000d\u007fe\u0085f", "a b c d e f"],
    ["a\u202eb\u2066c\u200fd\u2028e", "a b c d e"],
    ["x -----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY----- y", "x [PEM] y"],
    ["x -----BEGIN PRIVATE KEY-----\nMII torn", "x [PEM]"],
])("%j is printed as %j", (text, expected) => {
    expect(printable(text)).toBe(expected);
});
