import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
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
} from "../harness";
import { doors, type TestProject } from "./project";

afterEach(cleanUp);

describe.each(doors)("through the $name door:", ({ projectOn, projectWith }) => {
    const program = `const key = new Key("bot", { keyType: "ed25519", scopes: ["read", "write::trade"] });
    module.exports = { apiKeyId: key.apiKeyId, name: key.name, scopes: key.scopes, privateKey: key.privateKey };`;
    const up = ["up", "--yes", "--skip-preview"];
    const refresh = ["refresh", "--yes", "--skip-preview"];
    const fastTime = { NODE_OPTIONS: `--require=${join(__dirname, "..", "chaos", "fastTime.cjs")}` };

    /** A stack with one key, made. */
    async function made(emulator: Emulator): Promise<{ project: TestProject; id: string }> {
        const project = await projectOn(emulator, program);
        await project.stack.must(...up);
        const [id] = await accountKeys(emulator);
        await forgetRequests(emulator);
        return { project, id: id ?? "" };
    }

    /** After whatever happened: one up, and all is as the program says, with a private key that signs. */
    async function assertConverges(emulator: Emulator, { stack }: TestProject): Promise<void> {
        await stack.must(...up);
        await stack.must("preview", "--expect-no-changes");
        const { apiKeyId, privateKey, scopes } = await stack.outputs();
        expect(await accountKeys(emulator)).toEqual([apiKeyId]);
        expect(scopes).toEqual(["read", "write::trade"]);
        await clientOf(emulator, {}, { apiKeyId: String(apiKeyId), privateKey: String(privateKey) }).listApiKeys();
    }

    // The rows of docs/drift.md, in its order.

    test("revoked outside: refresh drops it, up makes a new one", async () => {
        const emulator = await emulatorWith();
        const { project, id } = await made(emulator);
        await clientOf(emulator).deleteApiKey(id);
        await project.stack.must("preview", "--expect-no-changes");
        await project.stack.must(...refresh);
        expect(await project.stack.resources()).toEqual([]);
        expect(await project.stack.must("preview")).toMatch(/\+ 1 to create/);
        await assertConverges(emulator, project);
    });

    test("revoked outside, without a refresh: up sees nothing, and a later replacement or destroy takes the 404 for done", async () => {
        const emulator = await emulatorWith();
        const { project, id } = await made(emulator);
        await clientOf(emulator).deleteApiKey(id);
        await project.stack.must(...up);
        await project.stack.must("destroy", "--yes", "--skip-preview");
        expect(await accountKeys(emulator)).toEqual([]);
    });

    test.each([
        ["renamed", { name: "theirs" }, /~ name *: "bot-[0-9a-f]{7}" => "theirs"/],
        ["re-scoped", { scopes: ["read"] }, /~ scopes/],
    ])("%s outside: refresh shows it, preview replaces the key, up does", async (_how, change, shown) => {
        const dataDir = await scratchFolder();
        let emulator = await startEmulator({ dataDir });
        onCleanUp(() => emulator.close());
        const { project, id } = await made(emulator);
        await emulator.close();
        const file = join(dataDir, "keys.json");
        const stored = JSON.parse(readFileSync(file, "utf8")) as { keys: { api_key_id: string }[] };
        const keys = stored.keys.map((key) => (key.api_key_id === id ? { ...key, ...change } : key));
        writeFileSync(file, JSON.stringify({ ...stored, keys }));
        emulator = await startEmulator({ dataDir, port: Number(new URL(emulator.origin).port) });

        expect(await project.stack.must(...refresh, "--diff")).toMatch(shown);
        expect(await project.stack.must("preview")).toMatch(/1 to replace/);
        await forgetRequests(emulator);
        await project.stack.must(...up);
        expect(await calls(emulator)).toEqual(["POST generate", "DELETE id"]);
        await assertConverges(emulator, project);
    });

    test("a broad scope that is listed as its known children: refresh shows no change", async () => {
        const emulator = await emulatorWith({ expandScopes: true });
        const { project } = await made(emulator);
        await project.stack.must(...refresh, "--expect-no-changes");
        await project.stack.must("preview", "--expect-no-changes");
    });

    test("a list with pages: refresh reads them all, and fails if they have no end", async () => {
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
        expect(stdout).toMatch(/Could not read the API key "bot-.*its pages have no end/);
        expect((await project.stack.resources())[0]?.id).toBe(id);
    });

    test("another key with the unique name of a key in the state: refresh warns and keeps both", async () => {
        const emulator = await emulatorWith();
        const { project, id } = await made(emulator);
        const [held] = await project.stack.resources();
        const late = await clientOf(emulator).generateApiKey({ name: String(held?.outputs?.["name"]) });
        expect(await project.stack.must(...refresh)).toContain(`another API key "${String(held?.outputs?.["name"])}"`);
        expect((await accountKeys(emulator)).sort()).toEqual([id, late.apiKeyId].sort());
    });

    test("a list that lags: refresh keeps the key, which still signs, and warns", async () => {
        const emulator = await emulatorWith({ listLag: 60 * 60_000 });
        const { project } = await made(emulator);
        const [before] = await project.stack.resources();
        expect(await project.stack.must(...refresh)).toMatch(
            /list does not show the API key "bot-.*still knows the key/,
        );
        expect((await project.stack.resources())[0]?.id).toBe(before?.id);
        await project.stack.must("preview", "--expect-no-changes");
    });

    test("a list that lags behind a key whose private key Kalshi never had: refresh fails and keeps it", async () => {
        const emulator = await emulatorWith({ listLag: 60 * 60_000 });
        const { publicKey } = ownKeyPair("ed25519");
        const { stack } = await projectOn(emulator, `new Key("bot", ${JSON.stringify({ publicKey })});`);
        await stack.must(...up);
        const [before] = await stack.resources();
        const { code, stdout } = await stack.pulumi(refresh);
        expect(code).not.toBe(0);
        expect(stdout).toMatch(/Cannot tell whether the API key "bot-.*younger than 5 minutes/);
        expect((await stack.resources())[0]?.id).toBe(before?.id);
    });

    test.each([
        ["a gateway's 404", 404, '{"message":"no Route matched with those values"}', "application/json"],
        ["an XML 404", 404, "<Error><Code>NoSuchKey</Code></Error>", "application/xml"],
        ["an HTML 403", 403, "<html>Access denied</html>", "text/html"],
        ["a 200 with HTML", 200, "<html>Sign in</html>", "text/html"],
    ])("%s: neither refresh nor destroy believes it", async (_what, status, body, contentType) => {
        const emulator = await emulatorWith();
        const between = await standIn(emulator);
        const { stack } = await projectWith(program, {
            ...environmentOf(emulator),
            ...fastTime,
            KALSHI_BASE_URL: between.baseUrl,
        });
        await stack.must(...up);
        const [before] = await stack.resources();
        between.instead = { status, body, contentType };
        for (const command of ["refresh", "destroy"]) {
            const { code, stdout } = await stack.pulumi([command, "--yes", "--skip-preview"]);
            expect(code).not.toBe(0);
            expect(stdout).toContain(body.slice(0, 20));
            expect((await stack.resources())[0]?.id).toBe(before?.id);
            expect(await accountKeys(emulator)).toEqual([before?.id]);
        }
        between.instead = undefined;
        await stack.must("destroy", "--yes", "--skip-preview");
        expect(await accountKeys(emulator)).toEqual([]);
    });

    test("a list that fails: refresh fails and leaves the state as it is", async () => {
        const emulator = await emulatorWith();
        const { project, id } = await made(emulator);
        await inject(emulator, { operation: "list", when: "before", kind: "status", status: 403 });
        const { code, stdout } = await project.stack.pulumi(refresh);
        expect(code).not.toBe(0);
        expect(stdout).toMatch(/Could not read the API key "bot-.*status 403/);
        expect((await project.stack.resources())[0]?.id).toBe(id);
        await assertConverges(emulator, project);
    });

    test("a list that is empty, though at least the signing key must be in it: refresh keeps the key, which still signs", async () => {
        const emulator = await emulatorWith();
        const between = await standIn(emulator);
        const { stack } = await projectWith(program, { ...environmentOf(emulator), KALSHI_BASE_URL: between.baseUrl });
        await stack.must(...up);
        const [before] = await stack.resources();
        between.change = (answer) => ({ ...answer, body: '{"api_keys": []}' });
        await stack.must(...refresh);
        expect((await stack.resources())[0]?.id).toBe(before?.id);
    });

    test("credentials of another account: refresh keeps the key, which still signs, and destroy fails", async () => {
        const [owner, other] = [await emulatorWith(), await emulatorWith()];
        const between = await standIn(owner);
        const env = { ...environmentOf(owner), KALSHI_BASE_URL: between.baseUrl };
        const { stack } = await projectWith(program, env);
        await stack.must(...up);
        const [held] = await stack.resources();
        // Each key of either account is known at the same address, as it is at Kalshi.
        between.originOf = (keyId) => (keyId === other.rootKeyId ? other : owner).origin;
        const others = { ...environmentOf(other), KALSHI_BASE_URL: between.baseUrl };
        const refreshed = await stack.pulumi(refresh, others);
        expect(refreshed).toMatchObject({ code: 0 });
        expect(refreshed.stdout).toMatch(/list does not show the API key "bot-.*those of another account/);
        const { code, stdout } = await stack.pulumi(["destroy", "--yes", "--skip-preview"], others);
        expect(code).not.toBe(0);
        expect(stdout).toMatch(/the key still exists.*most likely those of another account/);
        expect((await stack.resources())[0]?.id).toBe(held?.id);
        await stack.must("destroy", "--yes", "--skip-preview");
        expect(await accountKeys(owner)).toEqual([]);
    });

    test("a consumer that crashes: the key and its private key are in the state, and the next up goes on from there", async () => {
        const emulator = await emulatorWith();
        const consumer = (crashes: boolean) => `${program}
        const { dynamic } = require("@pulumi/pulumi");
        class Consumer extends dynamic.Resource {}
        const create = async (inputs) => {
            if (${crashes}) throw new Error("the consumer crashed");
            return { id: "consumer", outs: inputs };
        };
        new Consumer({ create }, "consumer", { privateKey: key.privateKey });`;
        const project = await projectOn(emulator, consumer(true));
        const { code, stdout } = await project.stack.pulumi(up);
        expect(code).not.toBe(0);
        expect(stdout).toContain("the consumer crashed");
        const [held] = await project.stack.resources();
        expect(await accountKeys(emulator)).toEqual([held?.id]);
        project.write(consumer(false));
        await project.stack.must(...refresh);
        await forgetRequests(emulator);
        await project.stack.must(...up);
        expect(await calls(emulator)).toEqual([]);
        await assertConverges(emulator, project);
    });

    test("a private key that cannot be read: it is kept as a secret, and the next refresh, up and destroy work from there", async () => {
        const emulator = await emulatorWith();
        const between = await standIn(emulator);
        const { stack } = await projectWith(program, { ...environmentOf(emulator), KALSHI_BASE_URL: between.baseUrl });
        const garbled = ownKeyPair("ed25519").privateKey.slice(0, 70);
        const piece = garbled.split("\n")[1] ?? "";
        between.change = (answer) => ({
            ...answer,
            body: JSON.stringify({ ...parsed(answer.body), private_key: garbled }),
        });
        const { code, stdout } = await stack.pulumi(up);
        expect(code).not.toBe(0);
        expect(stdout).toMatch(/Kalshi created the API key "bot-.*private key in its response cannot be read/);
        expect(stdout).not.toContain(piece);
        between.change = undefined;

        const [id] = await accountKeys(emulator);
        expect((await stack.resources()).map((resource) => resource.id)).toEqual([id]);
        expect(await stack.must("stack", "export")).not.toContain(piece);
        expect(await stack.must("stack", "export", "--show-secrets")).toContain(piece);
        await stack.must(...refresh);
        expect((await stack.resources()).map((resource) => resource.id)).toEqual([id]);
        expect(await stack.must("preview")).toMatch(/1 to replace/);
        await stack.must(...up);
        await stack.must("preview", "--expect-no-changes");
        expect(await accountKeys(emulator)).toEqual([(await stack.outputs())["apiKeyId"]]);
        await stack.must("destroy", "--yes", "--skip-preview");
        expect(await accountKeys(emulator)).toEqual([]);
    });

    interface Answer {
        readonly status: number;
        readonly body: string;
        readonly contentType?: string;
    }

    const parsed = (body: string) => JSON.parse(body) as object;

    /** A server between the provider and the emulator that passes everything on and changes what comes back, if told to. */
    async function standIn(emulator: Emulator): Promise<{
        baseUrl: string;
        change: ((answer: Answer) => Answer) | undefined;
        /** What every request is answered with, without being passed on. */
        instead: Answer | undefined;
        /** Where requests go, by the key that signs them. */
        originOf: (keyId: unknown) => string;
    }> {
        const between: Awaited<ReturnType<typeof standIn>> = {
            baseUrl: "",
            change: undefined,
            instead: undefined,
            originOf: () => emulator.origin,
        };
        const server = createServer((request, response) => {
            const passOn = async (): Promise<Answer> => {
                const dropped = new Set(["host", "connection", "content-length", "accept-encoding"]);
                const headers = Object.entries(request.headers).filter(([name]) => !dropped.has(name)) as [
                    string,
                    string,
                ][];
                const body = await text(request);
                const origin = between.originOf(request.headers["kalshi-access-key"]);
                const passed = await fetch(origin + (request.url ?? ""), {
                    method: request.method ?? "",
                    headers,
                    body: body === "" ? null : body,
                });
                const answer = { status: passed.status, body: await passed.text() };
                return between.change?.(answer) ?? answer;
            };
            const answer = async () => {
                const { status, body, contentType = "application/json" } = between.instead ?? (await passOn());
                response.writeHead(status, { "content-type": contentType }).end(body);
            };
            answer().catch(() => response.destroy());
        });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        onCleanUp(async () => {
            server.closeAllConnections();
            server.close();
        });
        between.baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/trade-api/v2`;
        return between;
    }
});
