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
import { sample } from "../support/full";
import { callsOf, providers } from "../support/project";

afterEach(cleanUp);

describe.each(providers)("with the $name:", ({ createProject, createProjectWithEnvironment }) => {
    const outputs = `
    module.exports = Object.fromEntries(["name", "scopes", "keyType", "publicKey", "subaccount", "apiKeyId", "privateKey",
        "fingerprint", "createdAt", "environment"].map((output) => [output, key[output]]));`;
    const program = (args: object) => `const key = new Key("bot", ${JSON.stringify(args)});${outputs}`;

    const up = ["up", "--yes", "--skip-preview"];
    const refresh = ["refresh", "--yes", "--skip-preview"];
    const unchanged = ["preview", "--expect-no-changes"];

    test("creates a generated key in one call, with the declared outputs and a working, secret private key", async () => {
        const emulator = await emulatorWith();
        const project = await createProject(
            emulator,
            program({ scopes: ["write::trade", "read"], subaccount: undefined }),
        );
        expect(await callsOf(emulator, project, "preview")).toEqual([]);
        expect(await callsOf(emulator, project, ...up)).toEqual(["POST generate"]);
        expect(await callsOf(emulator, project, ...unchanged)).toEqual([]);
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
        expect(await callsOf(emulator, project, "destroy", "--yes", "--skip-preview")).toEqual(["DELETE id"]);
        expect(await accountKeys(emulator)).toEqual([]);
    });

    test("registers a user-supplied public key, without a private key, and compares it by key, not by text", async () => {
        const emulator = await emulatorWith();
        const { publicKey, privateKey } = ownKeyPair("ed25519");
        const project = await createProject(emulator, program({ name: "mine", publicKey }));
        expect(await callsOf(emulator, project, ...up)).toEqual(["POST api_keys"]);
        const made = await project.stack.outputs();
        expect(made).toMatchObject({ name: "mine", publicKey, scopes: ["read", "write"] });
        expect(made).not.toHaveProperty("privateKey");
        await clientOf(emulator, {}, { apiKeyId: String(made["apiKeyId"]), privateKey }).listApiKeys();
        project.write(program({ name: "mine", publicKey: `# a comment\n${publicKey.trimEnd()}` }));
        expect(await callsOf(emulator, project, ...unchanged)).toEqual([]);
        expect(await callsOf(emulator, project, ...refresh)).toEqual(["GET api_keys"]);
        expect(await callsOf(emulator, project, ...unchanged)).toEqual([]);
    });

    const before = { scopes: ["read", "write"], keyType: "ed25519", subaccount: 1 };
    describe("replacement", () => {
        const changes: readonly (readonly [string, object])[] = [
            ["publicKey", { scopes: before.scopes, subaccount: 1, publicKey: ownKeyPair("ed25519").publicKey }],
            ["name", { ...before, name: "exact" }],
            ["namePrefix", { ...before, namePrefix: "desk" }],
            ["scopes", { ...before, scopes: ["read"] }],
            ["keyType", { ...before, keyType: "rsa" }],
            ["subaccount", { ...before, subaccount: 2 }],
            ["rotationTriggers", { ...before, rotationTriggers: { incident: 1 } }],
            ["fcmSubtraderId", { scopes: before.scopes, keyType: "ed25519", fcmSubtraderId: "user_A1" }],
        ];

        // Each other input is compared in tests/unit/diff.test.ts.
        test.each(sample(changes, 2))(
            "creates the new key before it revokes the old one if %s changes",
            async (input, after) => {
                const emulator = await emulatorWith({ fcmMember: true });
                const project = await createProject(emulator, program(before));
                await project.stack.must(...up);
                const [old] = await accountKeys(emulator);
                project.write(program(after));
                expect(await callsOf(emulator, project, "preview", "--diff")).toEqual([]);
                const post = input === "publicKey" ? "POST api_keys" : "POST generate";
                expect(await callsOf(emulator, project, ...up)).toEqual([post, "DELETE id"]);
                const left = await accountKeys(emulator);
                expect(left).toEqual([(await project.stack.outputs())["apiKeyId"]]);
                expect(left).not.toContain(old);
                expect(await callsOf(emulator, project, ...unchanged)).toEqual([]);
            },
        );
    });

    const ed25519 = `new Key("bot", { keyType: "ed25519" });`;
    const inDesk = `new Key("bot", { keyType: "ed25519", namePrefix: "desk" });`;
    const ignoring = (input: string) => inDesk.replace(");", `, { ignoreChanges: ["${input}"] });`);
    const dependent = `const first = new Key("first", { keyType: "ed25519" });
        new Key("second", { publicKey: first.publicKey, namePrefix: first.name, scopes: first.scopes });`;

    /** A program, the command that runs it, and the API calls that this makes. */
    type Step = readonly [program: string, command: readonly string[], calls: readonly string[]];

    test.each<[string, ...Step[]]>([
        [
            "ignores the order and repetition of scopes",
            [program(before), up, ["POST generate"]],
            [program({ ...before, scopes: ["write", "read", "write"] }), unchanged, []],
        ],
        ...["*", "name"].map((input): [string, ...Step[]] => [
            `keeps the key and its auto-generated name with ignoreChanges ${input}`,
            [ignoring(input), up, ["POST generate"]],
            [ignoring(input), unchanged, []],
            [inDesk, unchanged, []],
        ]),
        [
            "keeps the key if its resource is renamed with an alias",
            [ed25519, up, ["POST generate"]],
            [`new Key("robot", { keyType: "ed25519" }, { aliases: [{ name: "bot" }] });`, up, []],
        ],
        [
            "accepts an input that is unknown in the preview",
            [dependent, ["preview"], []],
            [dependent, up, ["POST generate", "POST api_keys"]],
            [dependent, unchanged, []],
        ],
    ])("%s", async (_what, ...steps) => {
        const emulator = await emulatorWith();
        const project = await createProject(emulator, "");
        for (const [program, command, expected] of steps) {
            project.write(program);
            expect(await callsOf(emulator, project, ...command)).toEqual(expected);
        }
    });

    test("keeps the key if the program sets its auto-generated name, which then identifies no other key", async () => {
        const emulator = await emulatorWith();
        const project = await createProject(emulator, program({ keyType: "ed25519" }));
        await project.stack.must(...up);
        const [held] = await project.stack.resources();
        const name = String(held?.outputs?.["name"]);
        project.write(program({ keyType: "ed25519", name }));
        expect(await callsOf(emulator, project, ...up)).toEqual([]);
        expect(await callsOf(emulator, project, ...unchanged)).toEqual([]);
        await clientOf(emulator).generateApiKey({ name, keyType: "ed25519" });
        expect(await project.stack.must(...refresh)).not.toContain("another API key");
        expect((await project.stack.resources())[0]).toMatchObject({ id: held?.id, outputs: { __autonamed: true } });
    });

    test("refresh notices a key that was revoked outside Pulumi, and up creates a new one", async () => {
        const emulator = await emulatorWith();
        const project = await createProject(emulator, program({ keyType: "ed25519" }));
        await project.stack.must(...up);
        const [revoked] = await accountKeys(emulator);
        await clientOf(emulator).deleteApiKey(revoked ?? "");
        await project.stack.must(...refresh);
        expect(await project.stack.resources()).toEqual([]);
        expect(await callsOf(emulator, project, ...up)).toEqual(["POST generate"]);
        expect(await accountKeys(emulator)).toEqual([(await project.stack.outputs())["apiKeyId"]]);
    });

    test("takes options of the stack before variables", async () => {
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
        await stack.must(...refresh);
        await stack.must("destroy", "--yes", "--skip-preview");
        expect(await calls(emulator)).toEqual(["POST generate", "GET api_keys", "DELETE id"]);
    });
});
