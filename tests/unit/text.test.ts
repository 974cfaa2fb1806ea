import { ApiKeyError, label } from "../../provider/apiKey/explain";
import { ConfigError } from "../../provider/config";
import { excerpt, printable, withoutControls } from "../../provider/kalshi/text";

const hostile = "bot\u001b[2J\r\n\u009b31m\u202egnp\u2028\u0000 end";
const harmless = "bot [2J 31m gnp  end";

test.each<[string, (text: string) => string]>([
    ["text without control characters", withoutControls],
    ["printable text", printable],
    ["an error about a key", (text) => new ApiKeyError(text).message],
    ["an error about the configuration", (text) => new ConfigError("baseUrl", text).message],
    ["a key's label", (text) => label({ name: text, apiKeyId: "" }).slice(1, -4)],
])("%s moves no cursor, changes no color and turns no direction", (_what, print) => {
    expect(print(hostile)).toBe(harmless);
});

test("letters of every script and signs stay as they are", () => {
    const name = "Bücher-機器人-🤖 (1 €)";
    expect(printable(name)).toBe(name);
});

const pem = (body: string) => `-----BEGIN RSA PRIVATE KEY-----\n${body}\n-----END RSA PRIVATE KEY-----`;

test("each PEM block is replaced, and what is around it stays", () => {
    expect(printable(`a ${pem("MIIE")} b ${pem("MIIF")} c`)).toBe("a [PEM] b [PEM] c");
    expect(printable("a -----BEGIN PRIVATE KEY-----\nMIIE")).toBe("a [PEM]");
});

test("an excerpt has at most 200 characters and no long base64", () => {
    expect(excerpt("a".repeat(47))).toBe("a".repeat(47));
    expect(excerpt(`${"a".repeat(48)}!`)).toBe("[…]!");
    expect(excerpt("ab ".repeat(66) + "ab")).toHaveLength(200);
    expect(excerpt("ab ".repeat(67))).toBe("ab ".repeat(67).slice(0, 200));
    expect(excerpt("ab ".repeat(68))).toBe(`${"ab ".repeat(68).slice(0, 200)}…`);
    expect(excerpt("a\n\n   b")).toBe("a b");
});
