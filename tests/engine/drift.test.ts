import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startEmulator, type Emulator } from "../../emulator/index";
import {
    accountKeys,
    calls,
    cleanUp,
    clientOf,
    emulatorWith,
    environmentOf,
    forgetRequests,
    inject,
    onCleanUp,
    ownKeyPair,
    scratchFolder,
} from "../support/harness";
import { testIf, testInFull } from "../support/full";
import { startProxy } from "../support/proxy";
import { callsOf, dynamicProvider, providers, resourcePlugin, type TestProject } from "../support/project";

afterEach(cleanUp);

describe.each(providers)("with the $name:", ({ name, createProject, createProjectWithEnvironment }) => {
    // What a provider passes from the engine to the core and back is tested with both. For the rest, one provider is enough.
    const testOfPlugin = testIf(name === resourcePlugin.name);
    const testOfDynamicProvider = testIf(name === dynamicProvider.name);

    const program = `const key = new Key("bot", { keyType: "ed25519", scopes: ["read", "write::trade"] });
    module.exports = { apiKeyId: key.apiKeyId, name: key.name, scopes: key.scopes, privateKey: key.privateKey };`;
    const up = ["up", "--yes", "--skip-preview"];
    const refresh = ["refresh", "--yes", "--skip-preview"];
    const destroy = ["destroy", "--yes", "--skip-preview"];
    const fastTime = { NODE_OPTIONS: `--require=${join(__dirname, "..", "support", "fastTime.cjs")}` };

    /** Creates a stack with one key. */
    async function made(emulator: Emulator): Promise<{ project: TestProject; id: string }> {
        const project = await createProject(emulator, program);
        await project.stack.must(...up);
        const [id] = await accountKeys(emulator);
        await forgetRequests(emulator);
        return { project, id: id ?? "" };
    }

    /** Expects that the account has the stack's key alone, and that its private key signs. */
    async function assertConverged(emulator: Emulator, { stack }: TestProject): Promise<void> {
        const { apiKeyId, privateKey, scopes } = await stack.outputs();
        expect(await accountKeys(emulator)).toEqual([apiKeyId]);
        expect(scopes).toEqual(["read", "write::trade"]);
        await clientOf(emulator, {}, { apiKeyId: String(apiKeyId), privateKey: String(privateKey) }).listApiKeys();
    }

    // In the order of the rows of docs/drift.md.

    test("refresh drops a key that was revoked outside Pulumi, and up creates a new one", async () => {
        const emulator = await emulatorWith();
        const { project, id } = await made(emulator);
        await clientOf(emulator).deleteApiKey(id);
        await project.stack.must(...refresh);
        expect(await project.stack.resources()).toEqual([]);
        expect(await callsOf(emulator, project, ...up)).toEqual(["POST generate"]);
        await assertConverged(emulator, project);
    });

    testOfDynamicProvider(
        "without a refresh, up does not notice a revoked key, and destroy treats the 404 as success",
        async () => {
            const emulator = await emulatorWith();
            const { project, id } = await made(emulator);
            await clientOf(emulator).deleteApiKey(id);
            expect(await callsOf(emulator, project, ...up)).toEqual([]);
            await project.stack.must(...destroy);
            expect(await project.stack.resources()).toEqual([]);
        },
    );

    testOfPlugin("refresh shows a key that was renamed and re-scoped outside Pulumi, and up replaces it", async () => {
        const dataDir = await scratchFolder();
        let emulator = await startEmulator({ dataDir });
        onCleanUp(() => emulator.close());
        const { project, id } = await made(emulator);
        await emulator.close();
        const file = join(dataDir, "keys.json");
        const stored = JSON.parse(readFileSync(file, "utf8")) as { keys: { api_key_id: string }[] };
        const change = { name: "theirs", scopes: ["read"] };
        const keys = stored.keys.map((key) => (key.api_key_id === id ? { ...key, ...change } : key));
        writeFileSync(file, JSON.stringify({ ...stored, keys }));
        emulator = await startEmulator({ dataDir, port: Number(new URL(emulator.origin).port) });

        const shown = await project.stack.must(...refresh, "--diff");
        expect(shown).toMatch(/~ name *: "bot-[0-9a-f]{7}" => "theirs"/);
        expect(shown).toMatch(/~ scopes/);
        expect(await callsOf(emulator, project, ...up)).toEqual(["POST generate", "DELETE id"]);
        await assertConverged(emulator, project);
    });

    testInFull("refresh shows no change if Kalshi lists a broad scope as its child scopes", async () => {
        const emulator = await emulatorWith({ expandScopes: true });
        const { project } = await made(emulator);
        await project.stack.must(...refresh, "--expect-no-changes");
        await project.stack.must("preview", "--expect-no-changes");
    });

    testInFull("refresh reads all pages of a list, and fails if they do not end", async () => {
        const dataDir = await scratchFolder();
        let emulator = await startEmulator({ dataDir, pageSize: 1 });
        onCleanUp(() => emulator.close());
        const { project, id } = await made(emulator);
        await project.stack.must(...refresh, "--expect-no-changes");
        expect(await calls(emulator)).toEqual(["GET api_keys", "GET api_keys?cursor=MQ"]);
        await emulator.close();
        const port = Number(new URL(emulator.origin).port);
        emulator = await startEmulator({ dataDir, port, pageSize: 1, ignoreCursor: true });
        const { code, stdout } = await project.stack.pulumi(refresh);
        expect(code).not.toBe(0);
        expect(stdout).toMatch(/"bot-.*pages.*KALSHI_SERVER_FAILURE/);
        expect((await project.stack.resources())[0]?.id).toBe(id);
    });

    testInFull("refresh warns of another key with the unique name of a key in the state, and keeps both", async () => {
        const emulator = await emulatorWith();
        const { project, id } = await made(emulator);
        const [held] = await project.stack.resources();
        const late = await clientOf(emulator).generateApiKey({ name: String(held?.outputs?.["name"]) });
        expect(await project.stack.must(...refresh)).toContain(`another API key "${String(held?.outputs?.["name"])}"`);
        expect((await accountKeys(emulator)).sort()).toEqual([id, late.apiKeyId].sort());
    });

    testInFull("refresh keeps a key that still signs but is not in a lagging list, and warns", async () => {
        const emulator = await emulatorWith({ listLag: 60 * 60_000 });
        const { project } = await made(emulator);
        const [before] = await project.stack.resources();
        expect(await project.stack.must(...refresh)).toMatch(
            /list does not show the API key "bot-.*still knows the key/,
        );
        expect((await project.stack.resources())[0]?.id).toBe(before?.id);
        await project.stack.must("preview", "--expect-no-changes");
    });

    testInFull("refresh fails and keeps a user-supplied key that is not in a lagging list", async () => {
        const emulator = await emulatorWith({ listLag: 60 * 60_000 });
        const { publicKey } = ownKeyPair("ed25519");
        const { stack } = await createProject(emulator, `new Key("bot", ${JSON.stringify({ publicKey })});`);
        await stack.must(...up);
        const [before] = await stack.resources();
        const { code, stdout } = await stack.pulumi(refresh);
        expect(code).not.toBe(0);
        expect(stdout).toMatch(/"bot-.*\b5 minutes.*KALSHI_EXISTENCE_UNKNOWN/);
        expect((await stack.resources())[0]?.id).toBe(before?.id);
    });

    testInFull.each([
        ["a gateway's 404", 404, '{"message":"no Route matched with those values"}', "application/json"],
        ["an XML 404", 404, "<Error><Code>NoSuchKey</Code></Error>", "application/xml"],
        ["an HTML 403", 403, "<html>Access denied</html>", "text/html"],
        ["a 200 with HTML", 200, "<html>Sign in</html>", "text/html"],
    ])("neither refresh nor destroy treats %s as a response of Kalshi", async (_what, status, body, contentType) => {
        const emulator = await emulatorWith();
        const proxy = await startProxy(emulator);
        const { stack } = await createProjectWithEnvironment(program, {
            ...environmentOf(emulator),
            ...fastTime,
            KALSHI_BASE_URL: proxy.baseUrl,
        });
        await stack.must(...up);
        const [before] = await stack.resources();
        proxy.instead = { status, body, contentType };
        for (const command of [refresh, destroy]) {
            const { code, stdout } = await stack.pulumi(command);
            expect(code).not.toBe(0);
            expect(stdout).toContain(body.slice(0, 20));
            expect((await stack.resources())[0]?.id).toBe(before?.id);
            expect(await accountKeys(emulator)).toEqual([before?.id]);
        }
        proxy.instead = undefined;
        await stack.must(...destroy);
        expect(await accountKeys(emulator)).toEqual([]);
    });

    testInFull("refresh fails and keeps the state if the list fails", async () => {
        const emulator = await emulatorWith();
        const { project, id } = await made(emulator);
        await inject(emulator, { operation: "list", when: "before", kind: "status", status: 403 });
        const { code, stdout } = await project.stack.pulumi(refresh);
        expect(code).not.toBe(0);
        expect(stdout).toMatch(/"bot-.*status 403.*KALSHI_PERMISSION_DENIED/);
        expect((await project.stack.resources())[0]?.id).toBe(id);
        expect(await callsOf(emulator, project, ...up)).toEqual([]);
        await assertConverged(emulator, project);
    });

    testInFull("refresh keeps a key that still signs if the list lacks even the signing key", async () => {
        const emulator = await emulatorWith();
        const proxy = await startProxy(emulator);
        const { stack } = await createProjectWithEnvironment(program, {
            ...environmentOf(emulator),
            KALSHI_BASE_URL: proxy.baseUrl,
        });
        await stack.must(...up);
        const [before] = await stack.resources();
        proxy.change = (answer) => ({ ...answer, body: '{"api_keys": []}' });
        await stack.must(...refresh);
        expect((await stack.resources())[0]?.id).toBe(before?.id);
    });

    testOfDynamicProvider("with another account's credentials, refresh keeps the key and destroy fails", async () => {
        const [owner, other] = [await emulatorWith(), await emulatorWith()];
        const proxy = await startProxy(owner);
        const env = { ...environmentOf(owner), KALSHI_BASE_URL: proxy.baseUrl };
        const { stack } = await createProjectWithEnvironment(program, env);
        await stack.must(...up);
        const [held] = await stack.resources();
        // As at Kalshi, both accounts share one base URL.
        proxy.originOf = (keyId) => (keyId === other.rootKeyId ? other : owner).origin;
        const others = { ...environmentOf(other), KALSHI_BASE_URL: proxy.baseUrl };
        const refreshed = await stack.pulumi(refresh, others);
        expect(refreshed).toMatchObject({ code: 0 });
        expect(refreshed.stdout).toMatch(/list does not show the API key "bot-.*those of another account/);
        const { code, stdout } = await stack.pulumi(destroy, others);
        expect(code).not.toBe(0);
        expect(stdout).toMatch(/KALSHI_OTHER_ACCOUNT/);
        expect((await stack.resources())[0]?.id).toBe(held?.id);
        expect(await accountKeys(owner)).toEqual([held?.id]);
    });

    testOfPlugin("the state holds the key after its consumer crashed, and the next up continues", async () => {
        const emulator = await emulatorWith();
        const consumer = (crashes: boolean) => `${program}
        const { dynamic } = require("@pulumi/pulumi");
        class Consumer extends dynamic.Resource {}
        const create = async (inputs) => {
            if (${crashes}) throw new Error("the consumer crashed");
            return { id: "consumer", outs: inputs };
        };
        new Consumer({ create }, "consumer", { privateKey: key.privateKey });`;
        const project = await createProject(emulator, consumer(true));
        const { code, stdout } = await project.stack.pulumi(up);
        expect(code).not.toBe(0);
        expect(stdout).toContain("the consumer crashed");
        const [held] = await project.stack.resources();
        expect(await accountKeys(emulator)).toEqual([held?.id]);
        project.write(consumer(false));
        expect(await callsOf(emulator, project, ...up)).toEqual([]);
        await assertConverged(emulator, project);
    });

    test("keeps an unreadable private key as a secret, and up replaces it", async () => {
        const emulator = await emulatorWith();
        const proxy = await startProxy(emulator);
        const project = await createProjectWithEnvironment(program, {
            ...environmentOf(emulator),
            KALSHI_BASE_URL: proxy.baseUrl,
        });
        const { stack } = project;
        const garbled = ownKeyPair("ed25519").privateKey.slice(0, 70);
        const piece = garbled.split("\n")[1] ?? "";
        proxy.change = (answer) => ({
            ...answer,
            body: JSON.stringify({ ...(JSON.parse(answer.body) as object), private_key: garbled }),
        });
        const { code, stdout } = await stack.pulumi(up);
        expect(code).not.toBe(0);
        expect(stdout).toMatch(/"bot-.*KALSHI_PRIVATE_KEY_UNREADABLE/);
        expect(stdout).not.toContain(piece);
        proxy.change = undefined;

        const [id] = await accountKeys(emulator);
        expect((await stack.resources()).map((resource) => resource.id)).toEqual([id]);
        expect(await stack.must("stack", "export")).not.toContain(piece);
        expect(await stack.must("stack", "export", "--show-secrets")).toContain(piece);
        const replacing = await callsOf(emulator, project, ...up, "--refresh");
        expect(replacing).toEqual(["GET api_keys", "POST generate", "DELETE id"]);
        await assertConverged(emulator, project);
    });
});
