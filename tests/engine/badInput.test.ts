import type { Emulator } from "../../emulator/index";
import { accountKeys, calls, cleanUp, emulatorWith, environmentOf, ownKeyPair, rootKeyPem } from "../support/harness";
import { providers } from "../support/project";

afterEach(cleanUp);

describe.each(providers)("with the $name:", ({ createProject, createProjectWithEnvironment }) => {
    const one = `new Key("bot", { keyType: "ed25519" });`;

    /** Runs a preview that must fail without API calls, and returns its output. */
    async function failingPreview(
        emulator: Emulator,
        program: string,
        env: Record<string, string> = {},
    ): Promise<string> {
        const { stack } = await createProject(emulator, program);
        const { code, stdout, stderr } = await stack.pulumi(["preview"], env);
        expect(code).not.toBe(0);
        expect(await calls(emulator)).toEqual([]);
        return stdout + stderr;
    }

    /** Returns the diagnostics at the end of the output, which contain every message once. */
    const diagnostics = (output: string) => output.slice(output.indexOf("Diagnostics:"));

    test("a preview reports every invalid input by property, with the valid values", async () => {
        const printed = await failingPreview(
            await emulatorWith(),
            `new Key("bot", { scopes: ["write", "trade"], subaccount: 99, keyType: "dsa", nmae: "x" });`,
        );
        expect(printed).toMatch(/property scopes .*"trade" .*read, read::.*KALSHI_INPUT_INVALID/);
        expect(printed).toMatch(/property scopes .*`write` .*`read`.*KALSHI_INPUT_INVALID/);
        expect(printed).toMatch(/property subaccount value \{99\}.*at most 63 \(KALSHI_INPUT_INVALID\)/);
        expect(printed).toMatch(/property keyType value \{dsa\}.*rsa, ed25519.*KALSHI_INPUT_INVALID/);
        expect(printed).toMatch(/nmae: .*name, namePrefix.*KALSHI_INPUT_INVALID/);
    });

    test("rejects a private key passed as `publicKey`, and does not print it", async () => {
        const { privateKey } = ownKeyPair("rsa");
        const args = { publicKey: privateKey, privateKey, name: privateKey, scopes: [privateKey] };
        const printed = await failingPreview(await emulatorWith(), `new Key("bot", ${JSON.stringify(args)});`);
        for (const property of Object.keys(args)) {
            expect(printed).toMatch(new RegExp(`\\b${property}: .*KALSHI_PRIVATE_KEY_IN_PROGRAM`));
        }
        for (const line of privateKey.split("\n").slice(1, -2)) {
            expect(printed).not.toContain(line);
        }
    });

    test("rejects an unknown option, and names the nearest one", async () => {
        const emulator = await emulatorWith();
        const { stack } = await createProject(emulator, `${one} new Key("other", { keyType: "ed25519" });`);
        await stack.must("config", "set", "kalshi:enviroment", "demo");
        const { code, stdout } = await stack.pulumi(["up", "--yes", "--skip-preview"]);
        expect(code).not.toBe(0);
        expect(
            diagnostics(stdout).match(/kalshi:enviroment .*kalshi:environment\b.*KALSHI_OPTION_UNKNOWN/g),
        ).toHaveLength(1);
        expect(await calls(emulator)).toEqual([]);
    });

    test("shows the target and the signing key once in a preview, but not a key id that is a secret", async () => {
        const emulator = await emulatorWith();
        const { stack } = await createProject(emulator, `${one} new Key("other", { keyType: "ed25519" });`);
        const line = (key: string) => `The target is Kalshi ${emulator.baseUrl}. The signing key is ${key}.`;
        const shown = diagnostics(await stack.must("preview"));
        expect(shown.split(line(emulator.rootKeyId))).toHaveLength(2);
        await stack.setSecret("kalshi:apiKeyId", emulator.rootKeyId);
        const masked = await stack.must("preview");
        expect(diagnostics(masked).split(line("[secret]"))).toHaveLength(2);
        expect(masked).not.toContain(emulator.rootKeyId);
    });

    test("reports missing credentials as one error that names option, variable and file", async () => {
        const env = { KALSHI_API_KEY_ID: "", KALSHI_PRIVATE_KEY_PATH: "" };
        const printed = diagnostics(await failingPreview(await emulatorWith(), one, env));
        expect(printed.match(/error:/g)).toHaveLength(1);
        expect(printed).toMatch(
            /kalshi:apiKeyId.*kalshi:privateKey.*KALSHI_API_KEY_ID.*KALSHI_PRIVATE_KEY.*PEM.*KALSHI_CREDENTIALS_MISSING/,
        );
        expect(printed).not.toContain("<nil>");
    });

    test("reports a missing key file as one error that names the file and its variable", async () => {
        const printed = await failingPreview(await emulatorWith(), one, {
            KALSHI_PRIVATE_KEY_PATH: "/nowhere/key.pem",
        });
        expect(diagnostics(printed).match(/error:/g)).toHaveLength(1);
        expect(printed).toMatch(/KALSHI_PRIVATE_KEY_PATH .*\/nowhere\/key\.pem.*ENOENT.*KALSHI_CREDENTIALS_INVALID/);
    });

    test("rejects a private key passed as its path, and does not print it", async () => {
        const emulator = await emulatorWith();
        const pem = rootKeyPem(emulator);
        const lines = pem.split("\n").slice(1, -2);
        for (const value of [pem, lines[0] ?? "", lines.join("")]) {
            const printed = await failingPreview(emulator, one, { KALSHI_PRIVATE_KEY_PATH: value });
            expect(printed).toMatch(/KALSHI_PRIVATE_KEY_PATH .*KALSHI_CREDENTIALS_INVALID/);
            for (const line of lines) {
                expect(printed).not.toContain(line);
            }
        }
    });

    test("explains a 401, on up and on destroy", async () => {
        const emulator = await emulatorWith();
        const { stack } = await createProject(emulator, one);
        const unknownKey = { KALSHI_API_KEY_ID: "7f1c1f0e-5d0b-4b8e-8f5e-222222222222" };
        const creation = await stack.pulumi(["up", "--yes", "--skip-preview"], unknownKey);
        expect(creation.stdout).toMatch(
            /"bot-[0-9a-f]{7}".*401.*NOT_FOUND.*KALSHI_API_KEY_ID.*KALSHI_CREDENTIALS_REFUSED/,
        );
        await stack.must("up", "--yes", "--skip-preview");
        const destruction = await stack.pulumi(["destroy", "--yes", "--skip-preview"], unknownKey);
        expect(destruction.stdout).toMatch(/"bot-[0-9a-f]{7}".*401.*--run-program.*KALSHI_CREDENTIALS_REFUSED/);
        expect(destruction.stdout + destruction.stderr).not.toMatch(/ at .*\.js:\d+/);
        expect(await accountKeys(emulator)).toHaveLength(1);
    });

    test("explains a 403 for a user-supplied public key by the usage level that it needs", async () => {
        const emulator = await emulatorWith({ usageLevel: "basic" });
        const { stack } = await createProject(
            emulator,
            `new Key("bot", ${JSON.stringify({ publicKey: ownKeyPair("rsa").publicKey })});`,
        );
        const { code, stdout } = await stack.pulumi(["up", "--yes", "--skip-preview"]);
        expect(code).not.toBe(0);
        expect(stdout).toMatch(/403.*`publicKey`.*KALSHI_USAGE_LEVEL_TOO_LOW/);
    });

    test("accepts an unknown scope of the right form with a warning", async () => {
        const emulator = await emulatorWith();
        const { stack } = await createProject(emulator, `new Key("bot", { scopes: ["read", "write::margin"] });`);
        const printed = await stack.must("preview");
        expect(diagnostics(printed)).toMatch(
            /warning: scopes: write::margin is not among the scopes that this version knows/,
        );
    });

    test("does not change the state of another environment", async () => {
        const [emulator, other] = [await emulatorWith(), await emulatorWith()];
        const { stack, write } = await createProject(emulator, one);
        await stack.must("up", "--yes", "--skip-preview");
        for (const command of ["refresh", "destroy"]) {
            const { code, stdout } = await stack.pulumi([command, "--yes", "--skip-preview"], environmentOf(other));
            expect(code).not.toBe(0);
            expect(stdout).toMatch(new RegExp(`${emulator.baseUrl}.*${other.baseUrl}.*KALSHI_OTHER_ENVIRONMENT`));
        }
        write(`new Key("bot", { keyType: "ed25519", scopes: ["read"] });`);
        const { code, stdout } = await stack.pulumi(["preview"], environmentOf(other));
        expect(code).not.toBe(0);
        expect(stdout).toContain("KALSHI_OTHER_ENVIRONMENT");
        expect(await calls(other)).toEqual([]);
    });

    test("accepts a resource without arguments", async () => {
        const emulator = await emulatorWith();
        const { stack } = await createProjectWithEnvironment(`new Key("bot");`, environmentOf(emulator));
        await stack.must("up", "--yes", "--skip-preview");
        await stack.must("destroy", "--yes", "--skip-preview");
        expect(await calls(emulator)).toEqual(["POST generate", "DELETE id"]);
    });
});
