import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cleanUp, clientOf, emulatorWith, environmentOf, inject, ownKeyPair, rootKeyPem } from "../harness";
import { projectWith } from "./project";

afterEach(cleanUp);

/**
 * Pieces of a private key that give it away in whichever form it is printed or kept: as PEM, as its base64 without line
 * breaks, or escaped for JSON, a line of its base64 stays together. An RSA key's first lines hold the modulus, which is
 * public, so they are left out.
 */
function pieces(pem: string): string[] {
    const lines = pem.split("\n").filter((line) => line !== "" && !line.startsWith("-----"));
    return lines.length === 1 ? lines : lines.slice(7, -1);
}

function filesUnder(folder: string): string[] {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name));
}

/** Where any of the secrets stands: the files below a folder, and what was printed. */
function leaks(secrets: readonly string[], folder: string, printed: ReadonlyMap<string, string>): string[] {
    const found = secrets.flatMap(pieces);
    expect(found.length).toBeGreaterThanOrEqual(secrets.length);
    const places: [string, string][] = filesUnder(folder).map((file) => [file, readFileSync(file, "latin1")]);
    return [...places, ...printed]
        .filter(([, text]) => found.some((piece) => text.includes(piece)))
        .map(([place]) => place);
}

const keys = `
    const rsa = new KalshiApiKey("rsa", { scopes: ["read"] });
    const ed25519 = new KalshiApiKey("ed25519", { keyType: "ed25519" });
    const { dynamic } = require("@pulumi/pulumi");
    class Consumer extends dynamic.Resource {}
    const store = { create: async (inputs) => ({ id: "consumer", outs: inputs }) };
    new Consumer(store, "consumer", { copy: rsa.privateKey, nested: { copies: [ed25519.privateKey] } });
    module.exports = { rsa: rsa.privateKey, ed25519: ed25519.privateKey };`;

test("no private key and no credential in any file or any output, whatever is run and however", async () => {
    const emulator = await emulatorWith();
    const rootKey = rootKeyPem(emulator);
    const misplaced = ownKeyPair("rsa").privateKey;
    const { KALSHI_PRIVATE_KEY_PATH: _, ...env } = environmentOf(emulator);
    const { stack, scratch, ...project } = await projectWith(keys, env);
    // The credentials come from the configuration, from where they could leak into state and output; in the last run from
    // the environment.
    await stack.setSecret("kalshi:privateKey", rootKey);

    const secrets = [rootKey, misplaced];
    const printed = new Map<string, string>();
    const run = async (succeeds: boolean, ...args: string[]) => {
        const { code, stdout, stderr } = await stack.pulumi(args);
        expect([args, code === 0]).toEqual([args, succeeds]);
        printed.set(`the output of pulumi ${args.join(" ")}, run ${printed.size}`, stdout + stderr);
    };
    for (const how of [[], ["--diff"], ["--json"], ["--debug"], ["--debug", "--json"]]) {
        const yes = how.includes("--json") ? ["--yes", "--skip-preview"] : ["--yes"];
        project.write(keys);
        await run(true, "up", ...yes, ...how);
        secrets.push(...Object.values(await stack.outputs()).map(String));
        await run(true, "preview", ...how);
        await run(true, "refresh", ...yes, ...how);

        // A replacement whose new key is made, its answer lost on the way, and the creation then refused for good.
        project.write(keys.replace('"read"', '"read", "write"'));
        await inject(emulator, { operation: "generate", when: "after", kind: "reset" });
        await inject(emulator, { operation: "generate", when: "before", kind: "status", status: 400 });
        await run(false, "up", ...yes, ...how);

        project.write(`new KalshiApiKey("slip", ${JSON.stringify({ publicKey: misplaced, privateKey: misplaced })});`);
        await run(false, "up", ...yes, ...how);
        project.write(keys);
        await run(true, "destroy", ...yes, ...how);
    }
    await stack.must("config", "rm", "kalshi:privateKey");
    Object.assign(stack.env, { KALSHI_PRIVATE_KEY: rootKey });
    await run(true, "up", "--yes");
    secrets.push(...Object.values(await stack.outputs()).map(String));
    await run(true, "stack", "output");
    await run(true, "stack", "export");
    await run(true, "destroy", "--yes");

    expect(secrets).toHaveLength(2 + 6 * 2);
    expect(filesUnder(scratch).length).toBeGreaterThan(10);
    // The program that makes the slip held the misplaced key; it is written over by now.
    expect(leaks(secrets, scratch, printed)).toEqual([]);
});

test("nor of an adopted key, whose private key the program holds, not even marked as a secret", async () => {
    const emulator = await emulatorWith();
    const { stack, scratch, ...project } = await projectWith(keys, environmentOf(emulator));
    const secrets: string[] = [];
    const printed = new Map<string, string>();
    for (const how of [["--diff"], ["--json"], ["--debug"]]) {
        const { apiKeyId, privateKey } = await clientOf(emulator).generateApiKey({ name: "by hand", scopes: ["read"] });
        secrets.push(privateKey);
        project.write(
            `new KalshiApiKey("bot", { scopes: ["read"], adopt: ${JSON.stringify({ apiKeyId, privateKey })} });`,
        );
        for (const [command, expected] of [
            ["up", true],
            ["refresh", true],
            ["up", false],
            ["destroy", true],
        ] as const) {
            if (!expected) {
                project.write(`new KalshiApiKey("bot", { adopt: ${JSON.stringify({ apiKeyId, privateKey })} });`);
            }
            const { code, stdout, stderr } = await stack.pulumi([command, "--yes", "--skip-preview", ...how]);
            expect([command, how, code === 0]).toEqual([command, how, expected]);
            printed.set(`the output of pulumi ${command} ${how.join(" ")}, run ${printed.size}`, stdout + stderr);
        }
        project.write("");
    }
    expect(leaks(secrets, scratch, printed)).toEqual([]);
});

test("the search finds a private key in all its forms", async () => {
    const emulator = await emulatorWith();
    const { stack, scratch } = await projectWith(keys, environmentOf(emulator));
    await stack.must("up", "--yes", "--skip-preview");
    const secrets = Object.values(await stack.outputs()).map(String);
    const printed = new Map([
        ["PEM", secrets.join()],
        ["JSON", JSON.stringify(secrets)],
        ["base64", secrets[0]?.replaceAll(/-----.*-----|\n/g, "") ?? ""],
        ["shown", await stack.must("stack", "output", "--json", "--show-secrets")],
        ["exported", await stack.must("stack", "export", "--show-secrets")],
    ]);
    expect(leaks(secrets, scratch, printed)).toEqual(["PEM", "JSON", "base64", "shown", "exported"]);
    await stack.must("destroy", "--yes", "--skip-preview");
});
