import { accountKeys, calls, cleanUp, emulatorWith, environmentOf, ownKeyPair, rootKeyPem } from "../support/harness";
import { sample, testInFull } from "../support/full";
import { dynamicProvider, providers, resourcePlugin, type TestProject } from "../support/project";

// tests/unit/check.test.ts and tests/unit/config.test.ts have every invalid input and option. The engine shows how each provider
// reports them.

afterEach(cleanUp);

const up = ["up", "--yes", "--skip-preview"];
const destroy = ["destroy", "--yes", "--skip-preview"];
const one = `new Key("bot", { keyType: "ed25519" });`;

/** Runs a preview that must fail, and returns its output. */
async function failingPreview({ stack }: TestProject, env: Record<string, string> = {}): Promise<string> {
    const { code, stdout, stderr } = await stack.pulumi(["preview"], env);
    expect(code).not.toBe(0);
    return stdout + stderr;
}

/** Returns the diagnostics at the end of the output, which contain every message once. */
const diagnostics = (output: string) => output.slice(output.indexOf("Diagnostics:"));

const count = (text: string, pattern: RegExp) => text.match(pattern)?.length ?? 0;

describe.each(providers)("with the $name:", ({ createProject }) => {
    test("a preview reports every invalid input by property, and prints no misplaced private key", async () => {
        const emulator = await emulatorWith();
        const { privateKey } = ownKeyPair("rsa");
        const misplaced = { publicKey: privateKey, privateKey, name: privateKey };
        const args = { scopes: ["write", "trade"], subaccount: 99, nmae: "x", ...misplaced };
        const printed = await failingPreview(await createProject(emulator, `new Key("bot", ${JSON.stringify(args)});`));
        expect(printed).toMatch(/\bscopes\b.*"trade" .*read, read::.*KALSHI_INPUT_INVALID/);
        expect(printed).toMatch(/\bscopes\b.*`write` .*`read`.*KALSHI_INPUT_INVALID/);
        expect(printed).toMatch(/property subaccount value \{99\}.*at most 63 \(KALSHI_INPUT_INVALID\)/);
        expect(printed).toMatch(/nmae: .*name, namePrefix.*KALSHI_INPUT_INVALID/);
        for (const property of Object.keys(misplaced)) {
            expect(printed).toMatch(new RegExp(`\\b${property}: .*KALSHI_PRIVATE_KEY_IN_PROGRAM`));
        }
        for (const line of privateKey.split("\n").slice(1, -2)) {
            expect(printed).not.toContain(line);
        }
        expect(await calls(emulator)).toEqual([]);
    });

    test("a preview reports unusable options once, and shows the target once, but no key id that is a secret", async () => {
        const emulator = await emulatorWith();
        const project = await createProject(
            emulator,
            `${one} new Key("other", { scopes: ["read", "write::margin"] });`,
        );
        const { stack } = project;
        const missing = diagnostics(
            await failingPreview(project, { KALSHI_API_KEY_ID: "", KALSHI_PRIVATE_KEY_PATH: "" }),
        );
        expect(missing).toMatch(
            /kalshi:apiKeyId.*kalshi:privateKey.*KALSHI_API_KEY_ID.*KALSHI_PRIVATE_KEY.*PEM.*KALSHI_CREDENTIALS_MISSING/,
        );
        expect(count(missing, /error:.*KALSHI_/g)).toBe(1);
        expect(missing).not.toContain("<nil>");

        await stack.setSecret("kalshi:apiKeyId", emulator.rootKeyId);
        const shown = await stack.must("preview");
        const target = `The target is Kalshi ${emulator.baseUrl}. The signing key is [secret].`;
        expect(diagnostics(shown).split(target)).toHaveLength(2);
        expect(shown).not.toContain(emulator.rootKeyId);
        expect(diagnostics(shown)).toMatch(
            /warning: scopes: write::margin is not among the scopes that this version knows/,
        );

        await stack.must("config", "set", "kalshi:enviroment", "demo");
        const mistyped = diagnostics(await failingPreview(project));
        expect(count(mistyped, /kalshi:enviroment .*kalshi:environment\b.*KALSHI_OPTION_UNKNOWN/g)).toBe(1);
        expect(await calls(emulator)).toEqual([]);
    });

    testInFull("reports a missing key file as one error that names the file and its variable", async () => {
        const project = await createProject(await emulatorWith(), one);
        const printed = await failingPreview(project, { KALSHI_PRIVATE_KEY_PATH: "/nowhere/key.pem" });
        expect(count(diagnostics(printed), /error:/g)).toBe(1);
        expect(printed).toMatch(/KALSHI_PRIVATE_KEY_PATH .*\/nowhere\/key\.pem.*ENOENT.*KALSHI_CREDENTIALS_INVALID/);
    });

    testInFull("rejects a private key passed as its path, and does not print it", async () => {
        const emulator = await emulatorWith();
        const project = await createProject(emulator, one);
        const pem = rootKeyPem(emulator);
        const lines = pem.split("\n").slice(1, -2);
        for (const value of [pem, lines[0] ?? "", lines.join("")]) {
            const printed = await failingPreview(project, { KALSHI_PRIVATE_KEY_PATH: value });
            expect(printed).toMatch(/KALSHI_PRIVATE_KEY_PATH .*KALSHI_CREDENTIALS_INVALID/);
            for (const line of lines) {
                expect(printed).not.toContain(line);
            }
        }
    });

    testInFull("explains a 403 for a user-supplied public key by the usage level that it needs", async () => {
        const emulator = await emulatorWith({ usageLevel: "basic" });
        const args = JSON.stringify({ publicKey: ownKeyPair("rsa").publicKey });
        const { stack } = await createProject(emulator, `new Key("bot", ${args});`);
        const { code, stdout } = await stack.pulumi(up);
        expect(code).not.toBe(0);
        expect(stdout).toMatch(/403.*`publicKey`.*KALSHI_USAGE_LEVEL_TOO_LOW/);
    });
});

// tests/emulator/resource.test.ts has the core's errors.
test.each(sample([resourcePlugin, dynamicProvider]))(
    "explains a 401, on up and on destroy ($name)",
    async ({ createProject }) => {
        const emulator = await emulatorWith();
        const { stack } = await createProject(emulator, one);
        const unknownKey = { KALSHI_API_KEY_ID: "7f1c1f0e-5d0b-4b8e-8f5e-222222222222" };
        const creation = await stack.pulumi(up, unknownKey);
        expect(creation.stdout).toMatch(
            /"bot-[0-9a-f]{7}".*401.*NOT_FOUND.*KALSHI_API_KEY_ID.*KALSHI_CREDENTIALS_REFUSED/,
        );
        await stack.must(...up);
        const destruction = await stack.pulumi(destroy, unknownKey);
        expect(destruction.stdout).toMatch(/"bot-[0-9a-f]{7}".*401.*--run-program.*KALSHI_CREDENTIALS_REFUSED/);
        expect(destruction.stdout + destruction.stderr).not.toMatch(/ at .*\.js:\d+/);
        expect(await accountKeys(emulator)).toHaveLength(1);
    },
);

test.each(sample([dynamicProvider, resourcePlugin]))(
    "does not change the state of another environment ($name)",
    async ({ createProject }) => {
        const [emulator, other] = [await emulatorWith(), await emulatorWith()];
        const { stack, write } = await createProject(emulator, `new Key("bot");`);
        await stack.must(...up);
        for (const command of sample(["destroy", "refresh"])) {
            const { code, stdout } = await stack.pulumi([command, "--yes", "--skip-preview"], environmentOf(other));
            expect(code).not.toBe(0);
            expect(stdout).toMatch(new RegExp(`${emulator.baseUrl}.*${other.baseUrl}.*KALSHI_OTHER_ENVIRONMENT`));
        }
        write(`new Key("bot", { scopes: ["read"] });`);
        const { code, stdout } = await stack.pulumi(["preview"], environmentOf(other));
        expect(code).not.toBe(0);
        expect(stdout).toContain("KALSHI_OTHER_ENVIRONMENT");
        expect(await calls(other)).toEqual([]);
        await stack.must(...destroy);
        expect(await calls(emulator)).toEqual(["POST generate", "DELETE id"]);
    },
);
