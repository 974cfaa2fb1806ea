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

    test("a list that lags behind a fresh key: refresh waits for it and keeps it", async () => {
        const emulator = await emulatorWith({ listLag: 9_000 });
        const { project } = await made(emulator);
        const [before] = await project.stack.resources();
        await project.stack.must(...refresh);
        expect((await project.stack.resources())[0]?.id).toBe(before?.id);
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

    test("a list that is empty, though at least the signing key must be in it: refresh fails and leaves the state as it is", async () => {
        const emulator = await emulatorWith();
        const between = await standIn(emulator);
        const { stack } = await projectWith(program, { ...environmentOf(emulator), KALSHI_BASE_URL: between.baseUrl });
        await stack.must(...up);
        const [before] = await stack.resources();
        between.change = (answer) => ({ ...answer, body: '{"api_keys": []}' });
        const { code, stdout } = await stack.pulumi(refresh);
        expect(code).not.toBe(0);
        expect(stdout).toMatch(/Cannot tell whether the API key "bot-.*" .* still exists/);
        expect((await stack.resources())[0]?.id).toBe(before?.id);
    });

    test("credentials of another account: neither refresh nor destroy takes the key for gone", async () => {
        let emulator = await startEmulator({ dataDir: await scratchFolder() });
        onCleanUp(() => emulator.close());
        const project = await projectWith(program, environmentOf(emulator));
        await project.stack.must(...up);
        const [held] = await project.stack.resources();
        await emulator.close();
        emulator = await startEmulator({ dataDir: await scratchFolder(), port: Number(new URL(emulator.origin).port) });
        for (const command of ["refresh", "destroy"]) {
            const { code, stdout } = await project.stack.pulumi(
                [command, "--yes", "--skip-preview"],
                environmentOf(emulator),
            );
            expect(code).not.toBe(0);
            expect(stdout).toMatch(/Cannot tell whether the API key "bot-.*most likely another account/);
            expect((await project.stack.resources())[0]?.id).toBe(held?.id);
        }
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
        expect(stdout).toMatch(/Kalshi made the API key "bot-.*cannot be read as PEM/);
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
    }

    const parsed = (body: string) => JSON.parse(body) as object;

    /** A server between the provider and the emulator that passes everything on and changes what comes back, if told to. */
    async function standIn(
        emulator: Emulator,
    ): Promise<{ baseUrl: string; change: ((answer: Answer) => Answer) | undefined }> {
        const between: Awaited<ReturnType<typeof standIn>> = { baseUrl: "", change: undefined };
        const server = createServer((request, response) => {
            const passOn = async () => {
                const dropped = new Set(["host", "connection", "content-length", "accept-encoding"]);
                const headers = Object.entries(request.headers).filter(([name]) => !dropped.has(name)) as [
                    string,
                    string,
                ][];
                const body = await text(request);
                const passed = await fetch(emulator.origin + (request.url ?? ""), {
                    method: request.method ?? "",
                    headers,
                    body: body === "" ? null : body,
                });
                const answer = { status: passed.status, body: await passed.text() };
                const { status, body: changed } = between.change?.(answer) ?? answer;
                response.writeHead(status, { "content-type": "application/json" }).end(changed);
            };
            passOn().catch(() => response.destroy());
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
