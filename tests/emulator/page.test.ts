import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { parseEnv } from "node:util";
import type { Emulator, State } from "../../emulator/index";
import { parsePrivateKey, signedHeaders } from "../../provider/src/kalshi/auth";
import {
    cleanUp,
    clientOf,
    emulatorWith,
    forgetRequests,
    inject,
    ownKeyPair,
    requests,
    rootKeyPem,
} from "../support/harness";
import { pieces } from "../support/leaks";

afterEach(cleanUp);

const json = { "content-type": "application/json" };
const fault = JSON.stringify({ operation: "list", when: "before", kind: "reset" });

const stateOf = async (emulator: Emulator) =>
    (await (await fetch(`${emulator.origin}/_emulator/state`)).json()) as State;

/** The page's files. */
const files = ["/", "/_emulator/page.css", "/_emulator/page.js", "/_emulator/icon.svg"];

interface Received {
    readonly status: number | undefined;
    readonly headers: IncomingHttpHeaders;
    readonly body: string;
}

/** Sends a request by node:http, because `fetch` does not allow to set the headers that browsers set. */
async function send(
    emulator: Emulator,
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body = "",
): Promise<Received> {
    return new Promise((resolve, reject) => {
        const { hostname, port } = new URL(emulator.origin);
        httpRequest({ hostname, port, method, path, headers }, (response) => {
            const { statusCode: status, headers } = response;
            text(response).then((body) => resolve({ status, headers, body }), reject);
        })
            .on("error", reject)
            .end(body);
    });
}

/** Sends a request to the API with a valid signature, except for the headers in `changed`. */
async function sendSigned(emulator: Emulator, changed: Readonly<Record<string, string | undefined>>): Promise<number> {
    const path = "/trade-api/v2/api_keys";
    const key = { apiKeyId: emulator.rootKeyId, privateKey: parsePrivateKey(rootKeyPem(emulator)) };
    const all = Object.entries({ ...signedHeaders(key, "GET", path, Date.now()), ...changed });
    const headers = all.filter((entry): entry is [string, string] => entry[1] !== undefined);
    return (await fetch(emulator.origin + path, { headers })).status;
}

describe("the state", () => {
    test("has the keys with their last use and revocation, which the list of the API does not show", async () => {
        const emulator = await emulatorWith();
        const client = clientOf(emulator);
        const key = await client.generateApiKey({ name: "bot", keyType: "ed25519", scopes: ["read"], subaccount: 3 });
        expect((await stateOf(emulator)).keys).toEqual([
            {
                apiKeyId: emulator.rootKeyId,
                name: "root",
                scopes: ["read", "write"],
                keyType: "ed25519",
                subaccount: null,
                fcmSubtraderId: null,
                createdAt: expect.any(String) as unknown,
                lastUsedAt: expect.stringMatching(/^\d{4}-.*Z$/) as unknown,
                revokedAt: null,
            },
            {
                apiKeyId: key.apiKeyId,
                name: "bot",
                scopes: ["read"],
                keyType: "ed25519",
                subaccount: 3,
                fcmSubtraderId: null,
                createdAt: expect.any(String) as unknown,
                lastUsedAt: null,
                revokedAt: null,
            },
        ]);
        await client.deleteApiKey(key.apiKeyId);
        const revoked = (await stateOf(emulator)).keys[1];
        expect(revoked).toMatchObject({ name: "bot", revokedAt: expect.stringMatching(/Z$/) as unknown });
        expect(await client.listApiKeys()).toHaveLength(1);
    });

    test("remembers the latest 100 revoked keys", async () => {
        const emulator = await emulatorWith({ rateLimits: false });
        const client = clientOf(emulator);
        const { publicKey } = ownKeyPair("ed25519");
        for (let number = 0; number < 102; number++) {
            const { apiKeyId } = await client.createApiKey({ name: `bot ${number}`, publicKey });
            await client.deleteApiKey(apiKeyId);
        }
        const names = (await stateOf(emulator)).keys.map(({ name }) => name);
        expect(names).toHaveLength(101);
        expect([names[1], names.at(-1)]).toEqual(["bot 101", "bot 2"]);
    });

    test("has the content of credentials.env and its variables", async () => {
        const emulator = await emulatorWith();
        const { variables, exports } = await stateOf(emulator);
        expect(exports).toBe(readFileSync(emulator.credentialsPath, "utf8"));
        expect({ ...parseEnv(exports) }).toEqual(variables);
        expect(variables.KALSHI_PRIVATE_KEY_PATH).toBe(emulator.rootKeyPath);
    });

    test("has the latest 100 requests, the last one first, and neither itself nor the page", async () => {
        const emulator = await emulatorWith();
        for (let number = 0; number < 101; number++) {
            await fetch(`${emulator.origin}/trade-api/v2/nothing/${number}`);
        }
        await fetch(`${emulator.origin}/`);
        const before = await stateOf(emulator);
        expect(before.requests).toHaveLength(100);
        expect(before.requests[0]).toMatchObject({ number: 101, path: "/trade-api/v2/nothing/100", signature: null });
        await forgetRequests(emulator);
        expect((await stateOf(emulator)).requests).toEqual([]);
        await clientOf(emulator).listApiKeys();
        expect((await stateOf(emulator)).requests).toEqual([
            expect.objectContaining({ number: 102, status: 200, signature: "valid", keyId: emulator.rootKeyId }),
        ]);
    });

    test.each([
        ["valid", {}],
        [
            "no_headers",
            {
                "KALSHI-ACCESS-KEY": undefined,
                "KALSHI-ACCESS-SIGNATURE": undefined,
                "KALSHI-ACCESS-TIMESTAMP": undefined,
            },
        ],
        ["key_missing", { "KALSHI-ACCESS-KEY": undefined }],
        ["signature_missing", { "KALSHI-ACCESS-SIGNATURE": undefined }],
        ["timestamp_missing", { "KALSHI-ACCESS-TIMESTAMP": undefined }],
        ["timestamp_expired", { "KALSHI-ACCESS-TIMESTAMP": "1" }],
        ["unknown_key", { "KALSHI-ACCESS-KEY": "7ab1e452-0000-4000-8000-000000000000" }],
        ["bad_signature", { "KALSHI-ACCESS-SIGNATURE": "AAAA" }],
    ] as const)("has the verdict on a signature: %s", async (verdict, changed) => {
        const emulator = await emulatorWith();
        const status = await sendSigned(emulator, changed);
        expect(status).toBe(verdict === "valid" ? 200 : 401);
        expect((await stateOf(emulator)).requests[0]).toMatchObject({ status, signature: verdict });
        expect(await requests(emulator)).toEqual([expect.objectContaining({ signature: verdict })]);
    });

    test("distinguishes a revoked key from an unknown one, although their responses are equal", async () => {
        const emulator = await emulatorWith();
        const client = clientOf(emulator);
        const { apiKeyId } = await client.generateApiKey({ name: "bot", keyType: "ed25519" });
        await client.deleteApiKey(apiKeyId);
        expect(await sendSigned(emulator, { "KALSHI-ACCESS-KEY": apiKeyId })).toBe(401);
        expect((await stateOf(emulator)).requests[0]).toMatchObject({ signature: "revoked_key" });
    });

    test("has the tokens of both buckets, and whether they are enforced", async () => {
        const emulator = await emulatorWith({ usageLevel: "basic" });
        await Promise.all(Array.from({ length: 30 }, async () => sendSigned(emulator, {})));
        const { usageLevel, rateLimits } = await stateOf(emulator);
        expect(usageLevel).toBe("basic");
        expect(rateLimits).toEqual({
            enforced: true,
            buckets: [
                { name: "read", tokens: expect.any(Number) as unknown, capacity: 600, refillRate: 200 },
                { name: "write", tokens: 100, capacity: 100, refillRate: 100 },
            ],
        });
        expect(rateLimits.buckets[0]?.tokens).toBeLessThan(600);
        expect((await stateOf(await emulatorWith({ rateLimits: false }))).rateLimits.enforced).toBe(false);
    });

    test("has the pending faults, which can be removed one by one", async () => {
        const emulator = await emulatorWith();
        await inject(emulator, { operation: "list", when: "before", kind: "reset" });
        await inject(emulator, { operation: "delete", when: "after", kind: "status", status: 503, times: 2 });
        const [first, second] = (await stateOf(emulator)).faults;
        expect(second).toMatchObject({ operation: "delete", when: "after", kind: "status", status: 503, times: 2 });
        const remove = async () =>
            (await fetch(`${emulator.origin}/_emulator/faults/${first?.id}`, { method: "DELETE" })).status;
        expect([await remove(), await remove()]).toEqual([204, 404]);
        expect((await stateOf(emulator)).faults).toEqual([second]);
    });

    test("contains no private key, signature or body, not even those that a client sends in the wrong place", async () => {
        const emulator = await emulatorWith({ rootKeyType: "rsa" });
        const generated = await clientOf(emulator).generateApiKey({ name: "bot", keyType: "rsa" });
        const secrets = [rootKeyPem(emulator), generated.privateKey].flatMap(pieces);
        expect(secrets.length).toBeGreaterThan(20);
        const headers = signedHeaders(
            { apiKeyId: emulator.rootKeyId, privateKey: parsePrivateKey(rootKeyPem(emulator)) },
            "GET",
            "/trade-api/v2/api_keys",
            Date.now(),
        );
        const signature = String(new Headers({ ...headers }).get("kalshi-access-signature"));
        expect(signature).toMatch(/^[\w+/]{300,}=*$/);
        await sendSigned(emulator, { "KALSHI-ACCESS-KEY": secrets[0] });
        await fetch(`${emulator.origin}/trade-api/v2/api_keys?key=${secrets[1]}&signature=${signature}`, {
            headers: { ...headers },
        });
        await inject(emulator, { operation: "create", when: "after", kind: "status", status: 201, body: secrets[2] });
        const sources = ["/_emulator/state", ...files].map(async (path) =>
            (await fetch(emulator.origin + path)).text(),
        );
        const shown = (await Promise.all(sources)).join("\n");
        expect(shown).toContain(generated.apiKeyId);
        expect([...secrets, signature, "PRIVATE KEY-----"].filter((secret) => shown.includes(secret))).toEqual([]);
    });
});

describe("the page", () => {
    test.each(files)("serves %s without inline scripts, styles or other origins", async (path) => {
        const emulator = await emulatorWith();
        const response = await fetch(emulator.origin + path);
        expect(response.status).toBe(200);
        const policy = response.headers.get("content-security-policy") ?? "";
        expect(policy.split("; ")).toEqual(
            expect.arrayContaining(["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"]),
        );
        expect(policy).not.toMatch(/unsafe|data:|\*/);
        expect(Object.fromEntries(response.headers)).toMatchObject({
            "x-content-type-options": "nosniff",
            "referrer-policy": "no-referrer",
            "cross-origin-resource-policy": "same-origin",
            "cache-control": "no-store",
        });
        const content = await response.text();
        expect(content).not.toMatch(/<style|<script(?! type="module" src=)|style=|\son\w+=|innerHTML/);
        expect(content.match(/https?:\/\/[^"\s]+/g) ?? []).toEqual(
            path.endsWith(".svg") ? ["http://www.w3.org/2000/svg"] : [],
        );
    });

    test("is also served by an emulator of the retired host", async () => {
        const emulator = await emulatorWith({ retiredHost: true });
        expect((await fetch(`${emulator.origin}/`)).status).toBe(200);
    });
});

describe("the emulator's own endpoints and the page", () => {
    const endpoints = [
        ...files.map((path) => ["GET", path] as const),
        ["GET", "/_emulator/state"],
        ["GET", "/_emulator/requests"],
        ["DELETE", "/_emulator/requests"],
        ["GET", "/_emulator/faults"],
        ["POST", "/_emulator/faults"],
        // Another spelling of the same path.
        ["POST", "/%5Femulator/faults"],
        ["DELETE", "/_emulator/faults"],
        ["DELETE", "/_emulator/faults/1"],
        ["DELETE", "/_emulator/held"],
        ["OPTIONS", "/_emulator/faults"],
    ] as const;
    const foreign = (port: string): [string, Record<string, string>][] => [
        ["foreign_host", { host: "example.com" }],
        ["foreign_host", { host: `example.com:${port}` }],
        ["foreign_host", { host: `localhost.example.com:${port}` }],
        ["foreign_host", { host: `127.0.0.1.example.com:${port}` }],
        ["foreign_host", { host: `user@127.0.0.1:${port}` }],
        ["foreign_host", { host: "127.0.0.1" }],
        ["foreign_host", { host: `127.0.0.1:${Number(port) + 1}` }],
        ["foreign_host", { host: `0.0.0.0:${port}` }],
        ["foreign_host", { host: `192.168.0.1:${port}` }],
        ["foreign_origin", { origin: "https://example.com" }],
        ["foreign_origin", { origin: `http://example.com:${port}` }],
        ["foreign_origin", { origin: "http://127.0.0.1" }],
        ["foreign_origin", { origin: `http://localhost:${Number(port) + 1}` }],
        ["foreign_origin", { origin: `https://localhost:${port}` }],
        ["foreign_origin", { origin: "null" }],
        ["cross_site", { "sec-fetch-site": "cross-site" }],
        ["cross_site", { "sec-fetch-site": "same-site" }],
    ];

    test.each(endpoints)("refuse a foreign Host, Origin or Sec-Fetch-Site: %s %s", async (method, path) => {
        const emulator = await emulatorWith();
        await inject(emulator, { operation: "delete", when: "before", kind: "reset" });
        await clientOf(emulator).listApiKeys();
        for (const [code, headers] of foreign(new URL(emulator.origin).port)) {
            const { status, body } = await send(
                emulator,
                method,
                path,
                { ...json, ...headers },
                method === "POST" ? fault : "",
            );
            expect({ headers, status, body: JSON.parse(body) as unknown }).toEqual({
                headers,
                status: 403,
                body: { code, message: expect.any(String) as unknown },
            });
        }
        const { faults, requests: recorded } = await stateOf(emulator);
        expect([faults.length, recorded.length]).toEqual([1, 1]);
    });

    test("refuse a request without Host", async () => {
        const emulator = await emulatorWith();
        const socket = connect(Number(new URL(emulator.origin).port), "127.0.0.1");
        socket.write("GET /_emulator/state HTTP/1.0\r\n\r\n");
        expect(await text(socket)).toMatch(/^HTTP\/1\.1 403 /);
    });

    test.each<[string, (port: string) => Record<string, string>]>([
        ["a program", () => ({})],
        ["another loopback name", (port) => ({ host: `localhost:${port}` })],
        ["a name in capitals", (port) => ({ host: `LOCALHOST:${port}` })],
        ["the address of IPv6", (port) => ({ host: `[::1]:${port}` })],
        ["the page", (port) => ({ origin: `http://127.0.0.1:${port}`, "sec-fetch-site": "same-origin" })],
        ["the address bar", () => ({ "sec-fetch-site": "none" })],
    ])("accept %s", async (_who, headersOf) => {
        const emulator = await emulatorWith();
        const headers = headersOf(new URL(emulator.origin).port);
        expect((await send(emulator, "GET", "/", headers)).status).toBe(200);
        expect((await send(emulator, "POST", "/_emulator/faults", { ...json, ...headers }, fault)).status).toBe(201);
    });

    test.each([
        "text/plain",
        "text/plain; charset=application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/jsonp",
        "",
    ])("take a fault only as JSON, which a form cannot send, not as %j", async (contentType) => {
        const emulator = await emulatorWith();
        const headers: Record<string, string> = contentType === "" ? {} : { "content-type": contentType };
        expect((await send(emulator, "POST", "/_emulator/faults", headers, fault)).status).toBe(415);
        expect((await stateOf(emulator)).faults).toEqual([]);
    });

    test("allow no other origin to read a response", async () => {
        const emulator = await emulatorWith();
        const { headers } = await send(emulator, "GET", "/_emulator/state", {});
        expect(Object.keys(headers).filter((name) => name.startsWith("access-control-"))).toEqual([]);
    });
});

test("the endpoints of the API accept any Host and Origin, because their requests are signed", async () => {
    const emulator = await emulatorWith();
    const path = "/trade-api/v2/api_keys";
    const key = { apiKeyId: emulator.rootKeyId, privateKey: parsePrivateKey(rootKeyPem(emulator)) };
    const headers = {
        ...signedHeaders(key, "GET", path, Date.now()),
        host: "example.com",
        origin: "https://example.com",
    };
    expect((await send(emulator, "GET", path, headers)).status).toBe(200);
});
