import { execFileSync } from "node:child_process";
import { constants, randomUUID, sign } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { defaults, startEmulator, type Emulator, type EmulatorOptions } from "../../emulator/index";
import { parsePrivateKey, signedHeaders } from "../../provider/src/kalshi/auth";
import { root } from "../../tools/paths";
import {
    cleanUp,
    emulatorWith,
    inject,
    onCleanUp,
    ownKeyPair,
    release,
    requests,
    rootKeyPem,
    scratchFolder,
    until,
    untilStruck,
} from "../support/harness";

afterEach(cleanUp);

interface Key {
    readonly apiKeyId: string;
    readonly privateKey: string;
}
interface Answer {
    readonly status: number;
    /** The parsed body, if it is JSON. */
    readonly body: Record<string, unknown> | undefined;
    readonly text: string;
    readonly headers: Headers;
}

const json = "application/json";
const prefix = "/trade-api/v2";

/** Sends a signed request, with the parts in `changed` replaced. */
async function call(
    emulator: Emulator,
    method: string,
    path: string,
    body?: unknown,
    changed: { key?: Key; headers?: Record<string, string | undefined>; text?: string; now?: number } = {},
): Promise<Answer> {
    const key = changed.key ?? { apiKeyId: emulator.rootKeyId, privateKey: rootKeyPem(emulator) };
    const credentials = { apiKeyId: key.apiKeyId, privateKey: parsePrivateKey(key.privateKey) };
    const signed = signedHeaders(credentials, method, (prefix + path).replace(/\?.*/, ""), changed.now ?? Date.now());
    const text = changed.text ?? (body === undefined ? undefined : JSON.stringify(body));
    const all: Record<string, string | undefined> = {
        ...signed,
        ...(text === undefined ? {} : { "content-type": json }),
        ...changed.headers,
    };
    const headers = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const response = await fetch(emulator.origin + prefix + path, {
        method,
        headers,
        body: text ?? null,
        redirect: "manual",
    });
    const answer = await response.text();
    const isJson = response.headers.get("content-type")?.startsWith(json) === true;
    return {
        status: response.status,
        body: isJson ? (JSON.parse(answer) as Record<string, unknown>) : undefined,
        text: answer,
        headers: response.headers,
    };
}

async function generate(emulator: Emulator, fields: Record<string, unknown> = {}): Promise<Key> {
    const { status, body } = await call(emulator, "POST", "/api_keys/generate", {
        name: "k",
        key_type: "ed25519",
        ...fields,
    });
    expect(status).toBe(201);
    return { apiKeyId: String(body?.["api_key_id"]), privateKey: String(body?.["private_key"]) };
}

const listed = async (emulator: Emulator) => (await call(emulator, "GET", "/api_keys")).body?.["api_keys"] as object[];

describe("the four calls respond as Kalshi does:", () => {
    test("generate creates RSA keys by default, in PKCS#1, and Ed25519 keys in PKCS#8", async () => {
        const emulator = await emulatorWith();
        const rsa = await call(emulator, "POST", "/api_keys/generate", { name: "a" });
        expect(rsa).toMatchObject({ status: 201, body: { key_type: "rsa" } });
        expect(rsa.body?.["private_key"]).toMatch(/^-----BEGIN RSA PRIVATE KEY-----\n/);
        expect(parsePrivateKey(String(rsa.body?.["private_key"])).asymmetricKeyDetails?.modulusLength).toBe(2048);
        const ed = await call(emulator, "POST", "/api_keys/generate", { name: "b", key_type: "ed25519" });
        expect(ed.body?.["private_key"]).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    });

    test("list contains the root key, and optional fields only if they are set", async () => {
        const emulator = await emulatorWith();
        const key = await generate(emulator, { scopes: ["read"], subaccount: 0 });
        expect(await listed(emulator)).toEqual([
            { api_key_id: emulator.rootKeyId, name: "root", scopes: ["read", "write"] },
            { api_key_id: key.apiKeyId, name: "k", scopes: ["read"], subaccount: 0 },
        ]);
    });

    test("delete returns 204 without a body, then 404", async () => {
        const emulator = await emulatorWith();
        const { apiKeyId } = await generate(emulator);
        expect(await call(emulator, "DELETE", `/api_keys/${apiKeyId}`)).toMatchObject({ status: 204, body: undefined });
        expect(await call(emulator, "DELETE", `/api_keys/${apiKeyId}`)).toMatchObject({
            status: 404,
            body: { error: { code: "not_found", message: "not found" } },
        });
    });

    test("rejects the signature of a deleted key", async () => {
        const emulator = await emulatorWith();
        const key = await generate(emulator);
        expect((await call(emulator, "GET", "/api_keys", undefined, { key })).status).toBe(200);
        await call(emulator, "DELETE", `/api_keys/${key.apiKeyId}`);
        expect((await call(emulator, "GET", "/api_keys", undefined, { key })).status).toBe(401);
    });

    test("redirects a trailing slash", async () => {
        const { status, headers } = await call(await emulatorWith(), "GET", "/api_keys/");
        expect([status, headers.get("location")]).toEqual([301, `${prefix}/api_keys`]);
    });

    test.each(["/nothing", "/api_keys/a/b"])("returns 404 in plain text for an unknown route (%s)", async (path) => {
        const { status, text, headers } = await call(await emulatorWith(), "GET", path);
        expect([status, text]).toEqual([404, "page not found"]);
        expect(headers.get("content-type")).toMatch(/^text\/plain/);
    });

    test("sets the content type of every response", async () => {
        const emulator = await emulatorWith();
        for (const path of ["/api_keys", "/api_keys/", "/nothing", "/api_keys/%zz"]) {
            expect((await call(emulator, "GET", path)).headers.get("x-kalshi-emulator")).toMatch(/not Kalshi/);
        }
        expect(await call(emulator, "GET", "/%zz")).toMatchObject({ status: 400, body: { code: "bad_request" } });
    });
});

describe("verifies a signature as Kalshi does:", () => {
    const nested = (code: string, message = code, details?: string) => ({
        error: { code, message, ...(details ? { details } : {}) },
    });

    test("accepts RSA and Ed25519 signatures without the query", async () => {
        const emulator = await emulatorWith();
        expect((await call(emulator, "GET", "/api_keys?fcm_subtrader_id=none")).body).toEqual({ api_keys: [] });
        const key = await generate(emulator);
        expect((await call(emulator, "GET", "/api_keys?a=b", undefined, { key })).status).toBe(200);
    });

    test.each([
        [
            "no headers",
            {
                "KALSHI-ACCESS-KEY": undefined,
                "KALSHI-ACCESS-SIGNATURE": undefined,
                "KALSHI-ACCESS-TIMESTAMP": undefined,
            },
            nested("token_authentication_failure", "token authentication failure"),
        ],
        [
            "no signature",
            { "KALSHI-ACCESS-SIGNATURE": undefined },
            nested("signature_is_missing_from_headers", "signature is missing from headers"),
        ],
        [
            "an unknown key",
            { "KALSHI-ACCESS-KEY": randomUUID() },
            nested("authentication_error", undefined, "NOT_FOUND"),
        ],
        [
            "a wrong signature",
            { "KALSHI-ACCESS-SIGNATURE": Buffer.alloc(256).toString("base64") },
            nested("authentication_error", undefined, "INCORRECT_API_KEY_SIGNATURE"),
        ],
        [
            "a signature that is not base64",
            { "KALSHI-ACCESS-SIGNATURE": "%%%" },
            nested("authentication_error", undefined, "INCORRECT_API_KEY_SIGNATURE"),
        ],
        [
            "a timestamp that is not a number",
            { "KALSHI-ACCESS-TIMESTAMP": "soon" },
            nested("header_timestamp_expired", "header timestamp expired"),
        ],
        [
            "a timestamp in seconds",
            { "KALSHI-ACCESS-TIMESTAMP": String(Math.trunc(Date.now() / 1000)) },
            nested("header_timestamp_expired", "header timestamp expired"),
        ],
    ])("%s: 401", async (_what, headers, body) => {
        expect(await call(await emulatorWith(), "GET", "/api_keys", undefined, { headers })).toMatchObject({
            status: 401,
            body,
        });
    });

    test.each([
        [-14_000, 200],
        [-16_000, 401],
        [29_000, 200],
        [31_000, 401],
    ])("a timestamp %d ms off: %d", async (offset, status) => {
        const now = Date.now();
        const emulator = await emulatorWith({ now: () => now });
        expect((await call(emulator, "GET", "/api_keys", undefined, { now: now + offset })).status).toBe(status);
    });

    test.each([
        ["another method", { method: "POST" }],
        ["another path", { path: `${prefix}/portfolio` }],
        ["another salt length", { saltLength: 20 }],
        ["PKCS#1 v1.5 padding", { padding: constants.RSA_PKCS1_PADDING }],
    ])(
        "a signature of %s: 401",
        async (
            _what,
            {
                method = "GET",
                path = `${prefix}/api_keys`,
                saltLength = 32,
                padding = constants.RSA_PKCS1_PSS_PADDING,
            }: { method?: string; path?: string; saltLength?: number; padding?: number },
        ) => {
            const emulator = await emulatorWith({ rootKeyType: "rsa" });
            const timestamp = String(Date.now());
            const key = { key: rootKeyPem(emulator), padding, saltLength };
            const signature = sign("sha256", Buffer.from(timestamp + method + path), key).toString("base64");
            const headers = { "KALSHI-ACCESS-TIMESTAMP": timestamp, "KALSHI-ACCESS-SIGNATURE": signature };
            expect((await call(emulator, "GET", "/api_keys", undefined, { headers })).status).toBe(401);
        },
    );
});

describe("rejects an invalid request and creates no key:", () => {
    const own = ownKeyPair("ed25519").publicKey;
    const invalid = (message: RegExp) => ({
        error: { code: "invalid_parameters", message: expect.stringMatching(message) as unknown },
    });
    test.each([
        ["generate", {}, invalid(/name is required/)],
        ["generate", { name: "" }, invalid(/name is required/)],
        ["generate", { name: "a", scopes: ["read", "nope"] }, invalid(/unknown scope nope/)],
        ["generate", { name: "a", scopes: ["write"] }, invalid(/needs the read/)],
        ["generate", { name: "a", subaccount: 64 }, invalid(/0 to 63/)],
        ["generate", { name: "a", subaccount: -1 }, invalid(/0 to 63/)],
        ["generate", { name: "a", subaccount: 0, fcm_subtrader_id: "u_a" }, invalid(/exclude/)],
        ["generate", { name: "a", key_type: "dsa" }, invalid(/rsa or ed25519/)],
        ["generate", { name: 7 }, { code: "bad_request", message: expect.stringContaining("name") as unknown }],
        ["generate", ["a"], { code: "bad_request" }],
        ["", { name: "a" }, invalid(/public_key is required/)],
        ["", { name: "a", public_key: "x" }, invalid(/BEGIN PUBLIC KEY/)],
        ["", { name: "a", public_key: own.slice(0, 50) }, invalid(/cannot be parsed/)],
    ])("POST api_keys/%s %j: 400", async (path, body, expected) => {
        const emulator = await emulatorWith();
        const answer = await call(emulator, "POST", `/api_keys${path === "" ? "" : `/${path}`}`, body);
        expect(answer).toMatchObject({ status: 400, body: expected });
        expect(await listed(emulator)).toHaveLength(1);
    });

    test("returns 400 in the flat shape without a body, JSON or content type", async () => {
        const emulator = await emulatorWith();
        const noBody = await call(emulator, "POST", "/api_keys/generate");
        expect(noBody).toMatchObject({ status: 400, body: { code: "invalid_content_type" } });
        const noJson = await call(emulator, "POST", "/api_keys/generate", undefined, { text: "{" });
        expect(noJson).toMatchObject({ status: 400, body: { code: "bad_request" } });
        const plain = await call(
            emulator,
            "POST",
            "/api_keys",
            { name: "a" },
            { headers: { "content-type": "text/plain" } },
        );
        expect(plain).toMatchObject({ status: 400, body: { code: "invalid_content_type" } });
    });

    test("returns 400 in the bare shape for an invalid id", async () => {
        expect(await call(await emulatorWith(), "DELETE", "/api_keys/abc")).toMatchObject({
            status: 400,
            body: { msg: "invalid API key ID" },
        });
    });
});

describe("returns 403 for what is not allowed:", () => {
    const request = { name: "a", public_key: ownKeyPair("rsa").publicKey };

    test.each([
        ["basic", 403],
        ["advanced", 403],
        ["expert", 403],
        ["premier", 201],
        ["prestige", 201],
    ] as const)("a user-supplied public key at the usage level %s: %d", async (usageLevel, status) => {
        expect((await call(await emulatorWith({ usageLevel }), "POST", "/api_keys", request)).status).toBe(status);
    });

    test.each([
        [{ scopes: ["read"] }, "GET", 200],
        [{ scopes: ["read"] }, "POST", 403],
        [{ scopes: ["read"] }, "DELETE", 403],
        [{ scopes: ["write::trade"] }, "GET", 403],
        [{ subaccount: 1 }, "GET", 403],
    ])("key management with a key of %j: %s %d", async (fields, method, status) => {
        const emulator = await emulatorWith();
        const key = await generate(emulator, fields);
        const path =
            { GET: "/api_keys", POST: "/api_keys/generate", DELETE: `/api_keys/${key.apiKeyId}` }[method] ?? "";
        const body = method === "POST" ? { name: "b", key_type: "ed25519" } : undefined;
        expect((await call(emulator, method, path, body, { key })).status).toBe(status);
    });

    test.each([
        [
            { usageLevel: "expert" },
            "",
            "api_key_creation_requires_premier_api_usage_level",
            "api key creation requires premier api usage level",
        ],
        [
            { attestationMissing: true },
            "/generate",
            "Your_location_attestation_for_API_trading_is_missing_or_expired._Please_verify_your_location_in_the_Kalshi_" +
                "app_or_website,_and_then_retry.",
            "Your location attestation for API trading is missing or expired. Please verify your location in the Kalshi app or " +
                "website, and then retry.",
        ],
    ] as const)("with the message in underscores as the code (%j)", async (options, path, code, message) => {
        const emulator = await emulatorWith(options);
        expect(await call(emulator, "POST", `/api_keys${path}`, request)).toMatchObject({
            status: 403,
            body: { error: { code, message } },
        });
        expect(await listed(emulator)).toHaveLength(1);
    });

    test("an FCM subtrader without membership", async () => {
        const fields = { name: "a", key_type: "ed25519", fcm_subtrader_id: "u_A1" };
        expect((await call(await emulatorWith(), "POST", "/api_keys/generate", fields)).status).toBe(403);
        const member = await emulatorWith({ fcmMember: true });
        const key = await generate(member, fields);
        expect((await call(member, "GET", "/api_keys", undefined, { key })).status).toBe(403);
        expect((await call(member, "GET", "/api_keys?fcm_subtrader_id=u_A1")).body?.["api_keys"]).toHaveLength(1);
    });
});

describe("has a switch for what Kalshi does not document:", () => {
    const statusOf = async (options: Partial<EmulatorOptions>, fields: object, key?: Key, emulator?: Emulator) => {
        const server = emulator ?? (await emulatorWith(options));
        const body = { name: "k", key_type: "ed25519", ...fields };
        return (await call(server, "POST", "/api_keys/generate", body, key ? { key } : {})).status;
    };

    test.each([
        [{ uniqueNames: false }, 201],
        [{ uniqueNames: true }, 400],
        [{ maxKeys: 2 }, 400],
    ])("%j: a second key of one name %d", async (options, status) => {
        const emulator = await emulatorWith(options);
        await generate(emulator);
        expect(await statusOf({}, {}, undefined, emulator)).toBe(status);
    });

    test.each([
        ["default", 201, ["read", "write"]],
        ["none", 201, []],
        ["refuse", 400, undefined],
    ] as const)("emptyScopes %s: %d", async (emptyScopes, status, scopes) => {
        const emulator = await emulatorWith({ emptyScopes });
        expect(await statusOf({}, { scopes: [] }, undefined, emulator)).toBe(status);
        expect((await listed(emulator))[1]).toEqual(scopes && expect.objectContaining({ scopes }));
    });

    test.each([
        [true, 201],
        [false, 403],
    ])("scopeEscalation %s: %d", async (scopeEscalation, status) => {
        const emulator = await emulatorWith({ scopeEscalation, narrowKeysManage: true });
        const key = await generate(emulator, { scopes: ["write::trade"] });
        expect(await statusOf({}, { scopes: ["write::trade"] }, key, emulator)).toBe(201);
        expect(await statusOf({}, { scopes: ["read", "write"] }, key, emulator)).toBe(status);
    });

    test.each([
        [true, 204],
        [false, 400],
    ])("selfDelete %s: %d", async (selfDelete, status) => {
        const emulator = await emulatorWith({ selfDelete });
        expect((await call(emulator, "DELETE", `/api_keys/${emulator.rootKeyId}`)).status).toBe(status);
    });

    test("pageSize: the list has pages, and the last one has an empty cursor", async () => {
        const emulator = await emulatorWith({ pageSize: 2 });
        for (const name of ["a", "b", "c"]) {
            await generate(emulator, { name });
        }
        const pages: string[][] = [];
        let cursor: string | undefined;
        do {
            const { body } = await call(emulator, "GET", `/api_keys${cursor === undefined ? "" : `?cursor=${cursor}`}`);
            pages.push((body?.["api_keys"] as { name: string }[]).map(({ name }) => name));
            cursor = body?.["cursor"] as string;
        } while (cursor !== "");
        expect(pages).toEqual([
            ["root", "a"],
            ["b", "c"],
        ]);
        expect((await call(emulator, "GET", "/api_keys?cursor=x")).status).toBe(400);
    });

    test("ignoreCursor: every page is the first one and has a cursor", async () => {
        const emulator = await emulatorWith({ pageSize: 1, ignoreCursor: true });
        await generate(emulator);
        const first = (await call(emulator, "GET", "/api_keys")).body;
        expect(first).toMatchObject({ api_keys: [{ name: "root" }], cursor: expect.stringMatching(/./) as unknown });
        expect((await call(emulator, "GET", `/api_keys?cursor=${String(first?.["cursor"])}`)).body).toEqual(first);
    });

    test("expandScopes: the list shows the children of a parent", async () => {
        const emulator = await emulatorWith({ expandScopes: true });
        const key = await generate(emulator, { scopes: ["read", "write::trade"] });
        expect(await listed(emulator)).toContainEqual(
            expect.objectContaining({
                api_key_id: key.apiKeyId,
                scopes: ["read::block_trade_accept", "read::portfolio_balance", "write::trade"],
            }),
        );
        expect((await call(emulator, "GET", "/api_keys", undefined, { key })).status).toBe(200);
    });

    test.each([
        ["list", { api_keys: [expect.not.objectContaining({ api_key_region_expiration_ts: 1_800_000_000 })] }],
        ["keys", { api_keys: [expect.objectContaining({ api_key_region_expiration_ts: 1_800_000_000 })] }],
    ] as const)("regionExpirationTs, in %s", async (regionExpirationIn, expected) => {
        const emulator = await emulatorWith({ regionExpirationTs: 1_800_000_000, regionExpirationIn });
        expect((await call(emulator, "GET", "/api_keys")).body).toEqual({
            ...expected,
            ...(regionExpirationIn === "list" ? { api_key_region_expiration_ts: 1_800_000_000 } : {}),
        });
    });

    test("warning: both responses with a new key contain it", async () => {
        const emulator = await emulatorWith({ warning: "take care" });
        for (const path of ["/api_keys", "/api_keys/generate"]) {
            const fields = { name: "a", public_key: ownKeyPair("ed25519").publicKey };
            expect(await call(emulator, "POST", path, fields)).toMatchObject({
                status: 201,
                body: { warning: "take care" },
            });
        }
    });

    test("fcmSubtraderPending: only a key for a subtrader is 409", async () => {
        const options = { fcmMember: true, fcmSubtraderPending: true };
        expect(await statusOf(options, { fcm_subtrader_id: "u_A1" })).toBe(409);
        expect(await statusOf(options, {})).toBe(201);
    });

    test("retiredHost: every API call is 401 with the API's new address", async () => {
        const emulator = await emulatorWith({ retiredHost: true });
        for (const path of ["/api_keys", "/account/limits", "/nothing"]) {
            const { status, text } = await call(emulator, "GET", path);
            expect([status, text]).toEqual([
                401,
                "API has been moved to https://api.elections.kalshi.com/. Please check our docs on how to migrate.",
            ]);
        }
        expect((await requests(emulator)).map(({ status }) => status)).toEqual([401, 401, 401]);
    });

    test("listOrder and listLag", async () => {
        let now = Date.now();
        const emulator = await emulatorWith({ listOrder: "name", listLag: 5_000, now: () => now });
        const at = async (method: string, path: string, body?: unknown) => call(emulator, method, path, body, { now });
        const names = async () =>
            ((await at("GET", "/api_keys")).body?.["api_keys"] as { name: string }[]).map(({ name }) => name);
        const made = await at("POST", "/api_keys/generate", { name: "a", key_type: "ed25519" });
        expect(await names()).toEqual(["root"]);
        now += 5_000;
        expect(await names()).toEqual(["a", "root"]);
        await at("DELETE", `/api_keys/${String(made.body?.["api_key_id"])}`);
        expect(await names()).toEqual(["a", "root"]);
        now += 5_000;
        expect(await names()).toEqual(["root"]);
    });
});

test("keeps the account across a restart, in files that only their owner can read", async () => {
    const dataDir = await scratchFolder();
    const first = await startEmulator({ dataDir });
    const key = await generate(first);
    await first.close();
    const second = await startEmulator({ dataDir });
    onCleanUp(() => second.close());
    expect(second.rootKeyId).toBe(first.rootKeyId);
    expect((await call(second, "GET", "/api_keys", undefined, { key })).status).toBe(200);
    expect(readFileSync(second.credentialsPath, "utf8")).toBe(
        `export KALSHI_BASE_URL='${second.baseUrl}'\nexport KALSHI_API_KEY_ID='${second.rootKeyId}'\n` +
            `export KALSHI_PRIVATE_KEY_PATH='${join(dataDir, "root-key.pem")}'\n`,
    );
    for (const file of [second.credentialsPath, second.rootKeyPath, join(dataDir, "keys.json")]) {
        expect(statSync(file).mode & 0o777).toBe(0o600);
    }
    expect(readFileSync(join(dataDir, "keys.json"), "utf8")).not.toContain("PRIVATE");
});

describe("rate limits", () => {
    test("return 429 without Retry-After for the 61st parallel call of a Basic account, which has 600 tokens", async () => {
        const emulator = await emulatorWith({ usageLevel: "basic" });
        const statuses = await Promise.all(
            Array.from({ length: 75 }, async () => {
                const { status, body, headers } = await call(emulator, "GET", "/api_keys");
                if (status === 429) {
                    expect(body).toEqual({ error: "too many requests" });
                    expect(headers.get("retry-after")).toBeNull();
                }
                return status;
            }),
        );
        expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(60);
        expect(statuses).toContain(429);
    });

    test.each([
        ["read", { POST: "read", DELETE: "read", GET: "read" }],
        ["write", { POST: "write", DELETE: "write", GET: "read" }],
    ] as const)(
        "keyWritesBucket %s: GETs are charged to read, POST and DELETE to that bucket",
        async (bucket, charged) => {
            const emulator = await emulatorWith({ usageLevel: "basic", keyWritesBucket: bucket });
            const paths = { POST: "/api_keys/generate", DELETE: `/api_keys/${randomUUID()}`, GET: "/api_keys" };
            const methods = Array.from({ length: 30 }, () => ["POST", "DELETE", "GET"] as const).flat();
            const start = performance.now();
            const allowed = { read: 0, write: 0 };
            await Promise.all(
                methods.map(async (method) => {
                    const body = method === "POST" ? { name: "a", key_type: "ed25519" } : undefined;
                    const { status } = await call(emulator, method, paths[method], body);
                    allowed[charged[method]] += status === 429 ? 0 : 1;
                }),
            );
            // The buckets refill during the calls.
            const seconds = (performance.now() - start) / 1000;
            expect(allowed.read).toBeGreaterThanOrEqual(bucket === "write" ? 30 : 60);
            expect(allowed.read).toBeLessThanOrEqual(60 + seconds * 20);
            expect(allowed.write).toBeGreaterThanOrEqual(bucket === "write" ? 10 : 0);
            expect(allowed.write).toBeLessThanOrEqual(bucket === "write" ? 10 + seconds * 10 : 0);
        },
    );

    test("can be turned off", async () => {
        const emulator = await emulatorWith({ usageLevel: "basic", rateLimits: false });
        const statuses = await Promise.all(
            Array.from({ length: 75 }, async () => (await call(emulator, "GET", "/api_keys")).status),
        );
        expect(new Set(statuses)).toEqual(new Set([200]));
    });
});

test.each([
    ["basic", [200, 600], [100, 100]],
    ["advanced", [300, 900], [300, 600]],
    ["premier", [1_000, 1_000], [1_000, 2_000]],
    ["prestige", [10_000, 10_000], [8_000, 16_000]],
] as const)("returns the limits of a %s account, only for signed requests", async (usageLevel, read, write) => {
    const emulator = await emulatorWith({ usageLevel });
    const bucket = ([refill_rate, bucket_capacity]: readonly number[]) => ({ refill_rate, bucket_capacity });
    expect(await call(emulator, "GET", "/account/limits")).toMatchObject({
        status: 200,
        body: { usage_tier: usageLevel, read: bucket(read), write: bucket(write), grants: [] },
    });
    expect((await fetch(`${emulator.baseUrl}/account/limits`)).status).toBe(401);
});

describe("faults", () => {
    test.each([
        ["before", 1],
        ["after", 2],
    ] as const)("a status %s the request is executed leaves %d keys, and is recorded", async (when, keys) => {
        const emulator = await emulatorWith();
        await inject(emulator, { operation: "generate", when, kind: "status", status: 502 });
        const answer = await call(emulator, "POST", "/api_keys/generate", { name: "a", key_type: "ed25519" });
        expect(answer.status).toBe(502);
        expect(await listed(emulator)).toHaveLength(keys);
        expect((await requests(emulator))[0]).toEqual({
            at: expect.stringMatching(/^\d{4}-.*Z$/) as unknown,
            method: "POST",
            path: "/trade-api/v2/api_keys/generate",
            status: 502,
            keyId: emulator.rootKeyId,
            signature: "valid",
            fault: `${when} status`,
        });
    });

    test.each([
        [{ status: 200, body: "<html></html>", contentType: "text/html" }, "<html></html>", /^text\/html/],
        [{ status: 204 }, "", null],
        [{ status: 408 }, expect.stringContaining("injected_fault"), /^application\/json/],
        [
            { status: 429, body: '{"error":{"code":"too_many_requests","message":"too many requests"}}' },
            '{"error":{"code":"too_many_requests","message":"too many requests"}}',
            /^application\/json/,
        ],
        [{ status: 520, body: "error code: 520", contentType: "text/plain" }, "error code: 520", /^text\/plain/],
    ])("a status with a given body: %j", async (fault, body, contentType) => {
        const emulator = await emulatorWith();
        await inject(emulator, { operation: "list", when: "before", kind: "status", ...fault });
        const { status, text, headers } = await call(emulator, "GET", "/api_keys");
        expect([status, text]).toEqual([fault.status, body]);
        expect(headers.get("content-type")).toEqual(contentType && expect.stringMatching(contentType));
    });

    test("late: responds at once, and creates the key after the release", async () => {
        const emulator = await emulatorWith();
        const fault = { status: 502, body: "<html>", contentType: "text/html" };
        await inject(emulator, { operation: "generate", when: "after", kind: "late", ...fault });
        const { status, text } = await call(emulator, "POST", "/api_keys/generate", { name: "a", key_type: "rsa" });
        expect([status, text]).toEqual([502, "<html>"]);
        expect(await listed(emulator)).toHaveLength(1);
        await release(emulator);
        expect(await listed(emulator)).toHaveLength(2);
        await release(emulator);
        expect(await listed(emulator)).toHaveLength(2);
    });

    test("late with delayMs: deletes the key after that time, without a release", async () => {
        const emulator = await emulatorWith();
        const { apiKeyId } = await generate(emulator);
        await inject(emulator, { operation: "delete", when: "after", kind: "late", status: 504, delayMs: 300 });
        expect((await call(emulator, "DELETE", `/api_keys/${apiKeyId}`)).status).toBe(504);
        await until(async () => (await listed(emulator)).length === 1);
    });

    test("closing discards late requests", async () => {
        const dataDir = await scratchFolder();
        const emulator = await startEmulator({ dataDir });
        await inject(emulator, { operation: "generate", when: "after", kind: "late", delayMs: 60_000 });
        await call(emulator, "POST", "/api_keys/generate", { name: "a" });
        await emulator.close();
        const second = await startEmulator({ dataDir });
        onCleanUp(() => second.close());
        expect(await listed(second)).toHaveLength(1);
    });

    test("a late request that is refused changes nothing and does not block the release", async () => {
        const emulator = await emulatorWith({ attestationMissing: true });
        await inject(emulator, { operation: "generate", when: "after", kind: "late" });
        expect((await call(emulator, "POST", "/api_keys/generate", { name: "a" })).status).toBe(500);
        await release(emulator);
        expect(await listed(emulator)).toHaveLength(1);
    });

    test("reset, hang, garbage and slow affect the response", async () => {
        const emulator = await emulatorWith();
        const list = () => call(emulator, "GET", "/api_keys");
        await inject(emulator, { operation: "list", when: "after", kind: "reset" });
        await expect(list()).rejects.toThrow();
        await inject(emulator, { operation: "list", when: "after", kind: "garbage" });
        await expect(list()).rejects.toThrow(SyntaxError);
        await inject(emulator, { operation: "list", when: "before", kind: "slow", delayMs: 150 });
        const start = performance.now();
        expect((await list()).status).toBe(200);
        expect(performance.now() - start).toBeGreaterThanOrEqual(140);
        await inject(emulator, { operation: "list", when: "after", kind: "hang" });
        const hanging = list();
        const winner = await Promise.race([hanging.catch(() => "reset"), list().then(() => "later one")]);
        expect(winner).toBe("later one");
        expect((await requests(emulator)).map(({ status }) => status)).toEqual([null, 200, 200, null, 200]);
        hanging.catch(() => undefined);
    });

    test.each(["before", "after"] as const)("hold, %s: responds after the release", async (when) => {
        const emulator = await emulatorWith();
        await inject(emulator, { operation: "list", when, kind: "hold", times: 11 });
        const held = Promise.all(Array.from({ length: 11 }, async () => call(emulator, "GET", "/api_keys")));
        await untilStruck(emulator, `${when} hold`, 11);
        expect((await requests(emulator)).every(({ status }) => status === null)).toBe(true);
        await release(emulator);
        expect((await held).map(({ status }) => status)).toEqual(Array.from({ length: 11 }, () => 200));
    });

    test("closing does not wait for held requests", async () => {
        const emulator = await emulatorWith();
        await inject(emulator, { operation: "list", when: "before", kind: "hold" });
        const held = call(emulator, "GET", "/api_keys");
        await untilStruck(emulator, "before hold");
        await Promise.all([emulator.close(), expect(held).rejects.toThrow()]);
    });

    test("cut, drip, huge and redirect affect the response", async () => {
        const emulator = await emulatorWith();
        const path = `${prefix}/api_keys`;
        const key = { apiKeyId: emulator.rootKeyId, privateKey: parsePrivateKey(rootKeyPem(emulator)) };
        const list = () =>
            fetch(emulator.origin + path, {
                redirect: "manual",
                headers: signedHeaders(key, "GET", path, Date.now()),
            });
        await inject(emulator, { operation: "list", when: "after", kind: "cut" });
        await expect(list().then((response) => response.text())).rejects.toThrow();
        await inject(emulator, { operation: "list", when: "after", kind: "drip" });
        const reader = (await list()).body?.getReader();
        expect([(await reader?.read())?.done, (await reader?.read())?.done]).toEqual([false, false]);
        await reader?.cancel();
        await inject(emulator, { operation: "list", when: "after", kind: "huge" });
        expect((await (await list()).arrayBuffer()).byteLength).toBe(64 * 1024 * 1024);
        await inject(emulator, { operation: "list", when: "before", kind: "redirect" });
        const { status, headers } = await list();
        expect(status).toBe(307);
        expect(new URL(headers.get("location") ?? "").origin).not.toBe(emulator.origin);
    });

    test("affect only their operation, a given number of times, and can be listed and cleared", async () => {
        const emulator = await emulatorWith();
        await inject(emulator, { operation: "delete", when: "before", kind: "reset" });
        await inject(emulator, { operation: "list", when: "before", kind: "status", status: 429, times: 2 });
        const statuses = [];
        for (let call_ = 0; call_ < 3; call_++) {
            statuses.push((await call(emulator, "GET", "/api_keys")).status);
        }
        expect(statuses).toEqual([429, 429, 200]);
        const control = `${emulator.origin}/_emulator/faults`;
        const pending: unknown = await (await fetch(control)).json();
        expect(pending).toEqual([expect.objectContaining({ operation: "delete", kind: "reset", times: 1 })]);
        await fetch(control, { method: "DELETE" });
        expect(await (await fetch(control)).json()).toEqual([]);
    });

    test("are rejected if they are invalid", async () => {
        const emulator = await emulatorWith();
        for (const nonsense of [
            { kind: "explode" },
            { kind: "status", status: 199 },
            { kind: "status", status: 600 },
        ]) {
            const body = JSON.stringify({ operation: "list", when: "before", ...nonsense });
            const headers = { "content-type": json };
            const response = await fetch(`${emulator.origin}/_emulator/faults`, { method: "POST", headers, body });
            expect(response.status).toBe(400);
        }
    });
});

test("lists every switch in --help and in the README", () => {
    const help = execFileSync(process.execPath, [join(root, "emulator", "dist", "main.js"), "--help"], {
        encoding: "utf8",
    });
    const readme = readFileSync(join(root, "emulator", "README.md"), "utf8");
    const isSwitch = (name: string) => !["now", "onFolderLost"].includes(name);
    for (const name of Object.keys(defaults).filter(isSwitch)) {
        const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
        expect(help).toMatch(new RegExp(`--(no-)?${flag}\\b`));
        expect(readme).toMatch(new RegExp(`--(no-)?${flag}\\b`));
    }
});

test("listens only on loopback", async () => {
    const emulator = await emulatorWith();
    expect(new URL(emulator.origin).hostname).toBe("127.0.0.1");
});
