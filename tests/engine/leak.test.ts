import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { cleanUp, emulatorWith, environmentOf, inject, ownKeyPair, rootKeyPem } from "../support/harness";
import { sample, testIf } from "../support/full";
import { filesUnder, leaks } from "../support/leaks";
import { providers, resourcePlugin } from "../support/project";
import { allOf, generationsIn } from "../support/rotatingKeys";

afterEach(cleanUp);

describe.each(providers)("with the $name:", ({ name, createProjectWithEnvironment }) => {
    const keys = `
    const rsa = new Key("rsa", { scopes: ["read"] });
    const ed25519 = new Key("ed25519", { keyType: "ed25519" });
    const { dynamic } = require("@pulumi/pulumi");
    class Consumer extends dynamic.Resource {}
    const store = { create: async (inputs) => ({ id: "consumer", outs: inputs }) };
    new Consumer(store, "consumer", { copy: rsa.privateKey, nested: { copies: [ed25519.privateKey] } });
    module.exports = { rsa: rsa.privateKey, ed25519: ed25519.privateKey };`;

    test("leaks no private key and no credential to any file or output of any command, which `leaks` would find", async () => {
        const emulator = await emulatorWith();
        const rootKey = rootKeyPem(emulator);
        const misplaced = ownKeyPair("rsa").privateKey;
        const { KALSHI_PRIVATE_KEY_PATH: _, ...env } = environmentOf(emulator);
        const { stack, scratch, ...project } = await createProjectWithEnvironment(keys, env);
        // The credentials are in the configuration, from which they could leak into state and output. The last run
        // takes them from the environment.
        await stack.setSecret("kalshi:privateKey", rootKey);

        const secrets = [rootKey, misplaced];
        const printed = new Map<string, string>();
        const run = async (succeeds: boolean, ...args: string[]) => {
            const { code, stdout, stderr } = await stack.pulumi(args);
            expect([args, code === 0]).toEqual([args, succeeds]);
            printed.set(`the output of pulumi ${args.join(" ")}, run ${printed.size}`, stdout + stderr);
        };
        // With --debug the engine prints the most. The last run has no option.
        const options = sample([["--debug"], [], ["--diff"], ["--json"], ["--debug", "--json"]]);
        const yes = ["--yes", "--skip-preview"];
        for (const how of options) {
            project.write(keys);
            await run(true, "preview", ...how);
            await run(true, "up", ...yes, ...how);
            secrets.push(...Object.values(await stack.outputs()).map(String));

            // A replacement whose first response is lost and whose retry Kalshi rejects.
            project.write(keys.replace('"read"', '"read", "write"'));
            await inject(emulator, { operation: "generate", when: "after", kind: "reset" });
            await inject(emulator, { operation: "generate", when: "before", kind: "status", status: 400 });
            await run(false, "up", "--refresh", ...yes, ...how);

            project.write(`new Key("misplaced", ${JSON.stringify({ publicKey: misplaced, privateKey: misplaced })});`);
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

        expect(secrets).toHaveLength(2 + (options.length + 1) * 2);
        expect(filesUnder(scratch).length).toBeGreaterThan(10);
        // The program with the misplaced key has been overwritten.
        expect(leaks(secrets, scratch, printed)).toEqual([]);

        const latest = secrets.slice(-2);
        const shown = new Map([
            ["PEM", latest.join()],
            ["JSON", JSON.stringify(latest)],
            ["base64", latest[0]?.replaceAll(/-----.*-----|\n/g, "") ?? ""],
            ["shown", await stack.must("stack", "output", "--json", "--show-secrets")],
            ["exported", await stack.must("stack", "export", "--show-secrets")],
        ]);
        const [log, file] = ["leaked.log", "leaked.pem"].map((name) => join(stack.options.project, name)) as [
            string,
            string,
        ];
        writeFileSync(log, gzipSync(latest.join()));
        writeFileSync(file, latest.join());
        expect(leaks(latest, scratch, shown)).toEqual([log, file, ...shown.keys()]);
    });

    const rotating = (args: object) => `
    const key = new RotatingKey("bot", ${JSON.stringify({ rotationDays: 30, ...args })});
    const { dynamic } = require("@pulumi/pulumi");
    class Consumer extends dynamic.Resource {}
    const store = { create: async (inputs) => ({ id: "consumer", outs: inputs }), update: async (_, __, outs) => ({ outs }) };
    new Consumer(store, "consumer", { copy: key.current.privateKey, nested: { whole: key.current } });
    module.exports = { current: key.current, previous: key.previous };`;

    // tests/engine/rotating.test.ts searches the state that each provider writes.
    testIf(name === resourcePlugin.name)("leaks no private key of a rotation", async () => {
        const emulator = await emulatorWith();
        const { stack, scratch, write } = await createProjectWithEnvironment(rotating({}), environmentOf(emulator));
        const secrets = new Set<string>();
        const printed = new Map<string, string>();
        const run = async (succeeds: boolean, ...args: string[]) => {
            const { code, stdout, stderr } = await stack.pulumi(args);
            expect([args, code === 0]).toEqual([args, succeeds]);
            printed.set(`the output of pulumi ${args.join(" ")}, run ${printed.size}`, stdout + stderr);
            if (args[0] === "up") {
                allOf((await generationsIn(stack)).values()).forEach(({ privateKey }) => secrets.add(privateKey));
            }
        };
        // With --debug the engine prints the most.
        const options = sample([["--debug"], [], ["--diff"], ["--json"]]);
        const yes = ["--yes", "--skip-preview"];
        for (const [at, how] of options.entries()) {
            write(rotating({ rotationTriggers: { incident: 2 * at } }));
            await run(true, "up", ...yes, ...how);

            write(rotating({ rotationTriggers: { incident: 2 * at + 1 } }));
            await run(true, "preview", ...how);
            await inject(emulator, { operation: "generate", when: "after", kind: "reset" });
            await run(true, "up", "--refresh", ...yes, ...how);

            // A rotation that revokes none of the older keys: the state holds three.
            write(rotating({ revokeNow: { leak: at }, rotationTriggers: { incident: 2 * at + 1 } }));
            await inject(emulator, { operation: "delete", when: "before", kind: "status", status: 403, times: 2 });
            await run(false, "up", ...yes, ...how);
            await run(true, "stack", "export");
            await run(true, "up", ...yes, ...how);
        }
        await run(true, "stack", "output", "--json");
        await run(true, "stack", "history");
        expect(secrets.size).toBe(3 * options.length);
        expect(leaks([...secrets], scratch, printed)).toEqual([]);
        // The search would find them.
        const shown = await stack.must("stack", "export", "--show-secrets");
        expect(leaks([...secrets].slice(-1), scratch, new Map([["shown", shown]]))).toEqual(["shown"]);
    });
});
