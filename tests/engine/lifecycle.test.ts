import { join } from "node:path";
import { journalFolder, readJournal } from "../../provider/src/journal/journal";
import {
    accountKeys,
    calls,
    cleanUp,
    clientOf,
    emulatorWith,
    environmentOf,
    ownKeyPair,
    rootKeyPem,
} from "../support/harness";
import { testIf, testInFull } from "../support/full";
import { openEntriesIn } from "../support/killing";
import { callsOf, dynamicProvider, providers, resourcePlugin } from "../support/project";

afterEach(cleanUp);

describe.each(providers)("with the $name:", ({ name: provider, createProject, createProjectWithEnvironment }) => {
    // What both providers leave to the core is tested with one of them.
    const testOfPlugin = testIf(provider === resourcePlugin.name);
    const testOfDynamicProvider = testIf(provider === dynamicProvider.name);

    const outputs = `
    module.exports = Object.fromEntries(["name", "scopes", "keyType", "publicKey", "subaccount", "apiKeyId", "privateKey",
        "fingerprint", "createdAt", "environment"].map((output) => [output, key[output]]));`;
    const program = (args: object) => `const key = new Key("bot", ${JSON.stringify(args)});${outputs}`;

    const up = ["up", "--yes", "--skip-preview"];
    const refresh = ["refresh", "--yes", "--skip-preview"];
    const destroy = ["destroy", "--yes", "--skip-preview"];
    const unchanged = ["preview", "--expect-no-changes"];

    test("creates a generated key, replaces it by a user-supplied one, and revokes that, in one call each", async () => {
        const emulator = await emulatorWith();
        const project = await createProject(
            emulator,
            program({ scopes: ["write::trade", "read"], subaccount: undefined }),
        );
        // With its preview, which makes no API calls.
        expect(await callsOf(emulator, project, "up", "--yes")).toEqual(["POST generate"]);
        const journal = journalFolder({ PULUMI_HOME: join(project.scratch, "pulumi", "home") });
        expect(await openEntriesIn(journal)).toEqual([]);
        const made = await project.stack.outputs();
        expect(made).toEqual({
            name: expect.stringMatching(/^bot-[0-9a-f]{7}$/) as unknown,
            scopes: ["read", "write::trade"],
            keyType: "rsa",
            apiKeyId: (await accountKeys(emulator))[0],
            privateKey: expect.stringMatching(/^-----BEGIN RSA PRIVATE KEY-----/) as unknown,
            publicKey: expect.stringMatching(/^-----BEGIN PUBLIC KEY-----/) as unknown,
            fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
            createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as unknown,
            environment: emulator.baseUrl,
        });
        expect((await project.stack.resources())[0]?.additionalSecretOutputs).toEqual(["privateKey"]);
        const key = { apiKeyId: String(made["apiKeyId"]), privateKey: String(made["privateKey"]) };
        await clientOf(emulator, {}, key).listApiKeys();
        expect(await callsOf(emulator, project, ...refresh)).toEqual(["GET api_keys"]);
        expect(await callsOf(emulator, project, ...unchanged)).toEqual([]);
        expect(await project.stack.outputs()).toEqual(made);
        // The state holds the key, so the journal needs no entry of it.
        expect(await readJournal(journal)).toEqual([]);

        const { publicKey, privateKey } = ownKeyPair("ed25519");
        project.write(program({ name: "mine", publicKey }));
        expect(await callsOf(emulator, project, ...up)).toEqual(["POST api_keys", "DELETE id"]);
        const mine = await project.stack.outputs();
        expect(mine).toMatchObject({ name: "mine", publicKey, scopes: ["read", "write"] });
        expect(mine).not.toHaveProperty("privateKey");
        expect(await accountKeys(emulator)).toEqual([mine["apiKeyId"]]);
        await clientOf(emulator, {}, { apiKeyId: String(mine["apiKeyId"]), privateKey }).listApiKeys();
        // The provider compares keys, not their texts.
        project.write(program({ name: "mine", publicKey: `# a comment\n${publicKey.trimEnd()}` }));
        expect(await callsOf(emulator, project, ...unchanged)).toEqual([]);
        expect(await callsOf(emulator, project, ...destroy)).toEqual(["DELETE id"]);
        expect(await accountKeys(emulator)).toEqual([]);
    });

    test("accepts an input that is unknown in the preview", async () => {
        const emulator = await emulatorWith();
        const project = await createProject(
            emulator,
            `const first = new Key("first", { keyType: "ed25519" });
            new Key("second", { publicKey: first.publicKey, namePrefix: first.name, scopes: first.scopes });`,
        );
        expect(await callsOf(emulator, project, "up", "--yes")).toEqual(["POST generate", "POST api_keys"]);
    });

    // Which option or variable wins is in tests/unit/config.test.ts. The plugin's options are in tests/plugin/configuration.test.ts.
    testOfDynamicProvider("takes options of the stack before variables", async () => {
        const emulator = await emulatorWith();
        const project = await createProjectWithEnvironment(program({ keyType: "ed25519" }), {
            ...environmentOf(emulator),
            KALSHI_API_KEY_ID: "nobody",
            KALSHI_PRIVATE_KEY_PATH: "/nowhere",
        });
        const { stack } = project;
        await stack.must("config", "set", "kalshi:apiKeyId", emulator.rootKeyId);
        await stack.setSecret("kalshi:privateKey", rootKeyPem(emulator));
        await stack.must(...up);
        await stack.must(...destroy);
        expect(await calls(emulator)).toEqual(["POST generate", "DELETE id"]);
    });

    testOfPlugin("keeps keys if the program changes only how it declares them", async () => {
        const emulator = await emulatorWith();
        const args = { keyType: "ed25519", scopes: ["read", "write"] };
        /** Declares a key, and a second one with a prefix and options. */
        const declared = (key: string, options: object = {}) =>
            `${key}
            new Key("other", { keyType: "ed25519", namePrefix: "desk" }, ${JSON.stringify(options)});`;
        const bot = (changed: object) => `new Key("bot", ${JSON.stringify({ ...args, ...changed })});`;
        const project = await createProject(emulator, declared(bot({})));
        await project.stack.must(...up);
        const held = (await project.stack.resources()).find(({ urn }) => urn.endsWith("::bot"));
        const name = String(held?.outputs?.["name"]);
        expect(name).toMatch(/^bot-/);

        // With `ignoreChanges` the engine repeats the auto-generated name beside its prefix.
        project.write(declared(bot({ scopes: ["write", "read", "write"] }), { ignoreChanges: ["*"] }));
        expect(await callsOf(emulator, project, ...unchanged)).toEqual([]);
        project.write(declared(bot({}), { ignoreChanges: ["name"] }));
        expect(await callsOf(emulator, project, ...unchanged)).toEqual([]);
        const renamed = `new Key("robot", ${JSON.stringify({ ...args, name })}, { aliases: [{ name: "bot" }] });`;
        project.write(declared(renamed));
        expect(await callsOf(emulator, project, ...up)).toEqual([]);
        expect(await callsOf(emulator, project, ...unchanged)).toEqual([]);

        // The program sets the name, which therefore no longer identifies other keys.
        await clientOf(emulator).generateApiKey({ name, keyType: "ed25519" });
        expect(await project.stack.must(...refresh)).not.toContain("another API key");
        const after = (await project.stack.resources()).find(({ id }) => id === held?.id);
        expect(after?.outputs).toMatchObject({ name, __autonamed: true });
    });

    // Each input is compared in tests/unit/diff.test.ts.
    testInFull("creates the new key before it revokes the old one, whichever input changes", async () => {
        const emulator = await emulatorWith({ fcmMember: true });
        let args: object = { scopes: ["read", "write"], keyType: "ed25519", subaccount: 1 };
        const project = await createProject(emulator, program(args));
        await project.stack.must(...up);
        for (const change of [
            { namePrefix: "desk" },
            { scopes: ["read"] },
            { keyType: "rsa" },
            { subaccount: 2 },
            { rotationTriggers: { incident: 1 } },
            { namePrefix: undefined, name: "exact" },
            { keyType: undefined, publicKey: ownKeyPair("ed25519").publicKey },
            { subaccount: undefined, fcmSubtraderId: "user_A1" },
        ]) {
            args = { ...args, ...change };
            project.write(program(args));
            const post = "publicKey" in args ? "POST api_keys" : "POST generate";
            // With its preview, which makes no API calls.
            expect(await callsOf(emulator, project, "up", "--yes")).toEqual([post, "DELETE id"]);
            expect(await accountKeys(emulator)).toEqual([(await project.stack.resources())[0]?.id]);
        }
        expect(await callsOf(emulator, project, ...unchanged)).toEqual([]);
    });
});
