import type { Emulator } from "../../emulator/index";
import { accountKeys, calls, cleanUp, emulatorWith, environmentOf, ownKeyPair, rootKeyPem } from "../harness";
import { doors } from "./project";

afterEach(cleanUp);

describe.each(doors)("through the $name door:", ({ projectOn, projectWith }) => {
    const one = `new Key("bot", { keyType: "ed25519" });`;

    /** What a preview that must fail prints; nothing may be called. */
    async function failingPreview(
        emulator: Emulator,
        program: string,
        env: Record<string, string> = {},
    ): Promise<string> {
        const { stack } = await projectOn(emulator, program);
        const { code, stdout, stderr } = await stack.pulumi(["preview"], env);
        expect(code).not.toBe(0);
        expect(await calls(emulator)).toEqual([]);
        return stdout + stderr;
    }

    /** The resource's own section of the diagnostics at the end, which says everything once. */
    const diagnostics = (output: string) => output.slice(output.indexOf("Diagnostics:"));

    test("inputs that can't be right are refused in the preview, each by property, with what would be right", async () => {
        const printed = await failingPreview(
            await emulatorWith(),
            `new Key("bot", { scopes: ["write", "trade"], subaccount: 99, keyType: "dsa", nmae: "x" });`,
        );
        expect(printed).toMatch(/property scopes .*"trade" is no scope; those known are read/);
        expect(printed).toMatch(/property scopes .*`write` needs `read`/);
        expect(printed).toMatch(/property subaccount value \{99\}.*at most 63/);
        expect(printed).toMatch(/property keyType value \{dsa\}.*rsa, ed25519/);
        expect(printed).toMatch(/nmae: is no input of an API key; those are name, namePrefix/);
    });

    test("a private key in the place of a public one is refused, and not printed", async () => {
        const { privateKey } = ownKeyPair("rsa");
        const args = { publicKey: privateKey, privateKey, name: privateKey, scopes: [privateKey] };
        const printed = await failingPreview(await emulatorWith(), `new Key("bot", ${JSON.stringify(args)});`);
        for (const property of Object.keys(args)) {
            expect(printed).toContain(`${property}: holds a private key`);
        }
        for (const line of privateKey.split("\n").slice(1, -2)) {
            expect(printed).not.toContain(line);
        }
    });

    test("an option that does not exist is one warning, which names those that do", async () => {
        const emulator = await emulatorWith();
        const { stack } = await projectOn(emulator, `${one} new Key("other", { keyType: "ed25519" });`);
        await stack.must("config", "set", "kalshi:enviroment", "demo");
        const printed = diagnostics(await stack.must("preview"));
        expect(printed.match(/kalshi:enviroment is no option of the Kalshi provider/g)).toHaveLength(1);
        expect(printed).toMatch(/its options are environment, baseUrl/);
    });

    test("missing credentials are one error that names option, variable and file", async () => {
        const env = { KALSHI_API_KEY_ID: "", KALSHI_PRIVATE_KEY_PATH: "" };
        const printed = diagnostics(await failingPreview(await emulatorWith(), one, env));
        expect(printed.match(/error:/g)).toHaveLength(1);
        expect(printed).toMatch(/kalshi:apiKeyId.*kalshi:privateKey.*KALSHI_API_KEY_ID.*KALSHI_PRIVATE_KEY.*PEM file/);
    });

    test("a key file that isn't there is one error that names the file and where it was named", async () => {
        const printed = await failingPreview(await emulatorWith(), one, {
            KALSHI_PRIVATE_KEY_PATH: "/nowhere/key.pem",
        });
        expect(diagnostics(printed).match(/error:/g)).toHaveLength(1);
        expect(printed).toMatch(
            /KALSHI_PRIVATE_KEY_PATH names the private key file \/nowhere\/key.pem: cannot be read .ENOENT/,
        );
    });

    test("a private key in the place of its path is refused, and not printed", async () => {
        const emulator = await emulatorWith();
        const pem = rootKeyPem(emulator);
        const lines = pem.split("\n").slice(1, -2);
        for (const slip of [pem, lines[0] ?? "", lines.join("")]) {
            const printed = await failingPreview(emulator, one, { KALSHI_PRIVATE_KEY_PATH: slip });
            expect(printed).toMatch(
                /KALSHI_PRIVATE_KEY_PATH must name a file, but holds something that looks like the private key/,
            );
            for (const line of lines) {
                expect(printed).not.toContain(line);
            }
        }
    });

    test("a 401 is explained, on up and on destroy", async () => {
        const emulator = await emulatorWith();
        const { stack } = await projectOn(emulator, one);
        const stranger = { KALSHI_API_KEY_ID: "7f1c1f0e-5d0b-4b8e-8f5e-222222222222" };
        const creation = await stack.pulumi(["up", "--yes", "--skip-preview"], stranger);
        expect(creation.stdout).toMatch(
            /Could not create the API key "bot-[0-9a-f]{7}".*401.*NOT_FOUND.*KALSHI_API_KEY_ID/,
        );
        await stack.must("up", "--yes", "--skip-preview");
        const destruction = await stack.pulumi(["destroy", "--yes", "--skip-preview"], stranger);
        expect(destruction.stdout).toMatch(/Could not revoke the API key "bot-[0-9a-f]{7}".*401.*--run-program/);
        expect(destruction.stdout + destruction.stderr).not.toMatch(/ at .*\.js:\d+/);
        expect(await accountKeys(emulator)).toHaveLength(1);
    });

    test("a 403 for one's own key says which usage level it needs, and what to do", async () => {
        const emulator = await emulatorWith({ usageLevel: "basic" });
        const { stack } = await projectOn(
            emulator,
            `new Key("bot", ${JSON.stringify({ publicKey: ownKeyPair("rsa").publicKey })});`,
        );
        const { code, stdout } = await stack.pulumi(["up", "--yes", "--skip-preview"]);
        expect(code).not.toBe(0);
        expect(stdout).toMatch(/403.*usage level Premier or above.*leave `publicKey` out/);
    });

    test("a scope that is newer than this version passes with a warning", async () => {
        const emulator = await emulatorWith();
        const { stack } = await projectOn(emulator, `new Key("bot", { scopes: ["read", "write::margin"] });`);
        const printed = await stack.must("preview");
        expect(diagnostics(printed)).toMatch(
            /warning: scopes: write::margin is not among the scopes that this version knows/,
        );
    });

    test("state of one environment is not touched through another", async () => {
        const [emulator, other] = [await emulatorWith(), await emulatorWith()];
        const { stack, write } = await projectOn(emulator, one);
        await stack.must("up", "--yes", "--skip-preview");
        for (const command of ["refresh", "destroy"]) {
            const { code, stdout } = await stack.pulumi([command, "--yes", "--skip-preview"], environmentOf(other));
            expect(code).not.toBe(0);
            expect(stdout).toContain(
                `belongs to the environment ${emulator.baseUrl}, and the configuration says ${other.baseUrl}`,
            );
        }
        write(`new Key("bot", { keyType: "ed25519", scopes: ["read"] });`);
        const { code, stdout } = await stack.pulumi(["preview"], environmentOf(other));
        expect(code).not.toBe(0);
        expect(stdout).toContain("Will not replace the API key");
        expect(await calls(other)).toEqual([]);
    });

    test("a program that gives its resource no arguments works", async () => {
        const emulator = await emulatorWith();
        const { stack } = await projectWith(`new Key("bot");`, environmentOf(emulator));
        await stack.must("up", "--yes", "--skip-preview");
        await stack.must("destroy", "--yes", "--skip-preview");
        expect(await calls(emulator)).toEqual(["POST generate", "DELETE id"]);
    });
});
