import { generateKeyPairSync } from "node:crypto";
import { getEventListeners } from "node:events";
import { createServer, globalAgent, type IncomingHttpHeaders, type OutgoingHttpHeaders } from "node:http";
import { globalAgent as secureAgent } from "node:https";
import { Socket, type AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import { listedKey, type ApiKey } from "../../provider/src/apiKey/inputs";
import { Clock } from "../../provider/src/kalshi/clock";
import { RateLimiter } from "../../provider/src/kalshi/rateLimiter";
import { RequestError } from "got";
import { KalshiClient, type KalshiClientOptions } from "../../provider/src/kalshi/client";
import { withoutRequest } from "../../provider/src/kalshi/httpCall";
import { parseBaseUrl } from "../../provider/src/kalshi/endpoint";
import { KalshiError } from "../../provider/src/kalshi/errors";
import {
    accountKeys,
    calls,
    cleanUp,
    clientOf,
    emulatorWith,
    inject,
    onCleanUp,
    ownKeyPair,
    rootKeyPem,
    until,
} from "../support/harness";

afterEach(cleanUp);

/** The first retry waits a second, so the tests allow only one. */
const once = { retries: 1 };

/** A request that hangs takes this long. All others are faster, even on a busy machine. */
const shortTimeouts = { timeouts: { connect: 10_000, response: 2_000 } };

/** Fakes `setTimeout`, but nothing that the network needs. */
const onlyTimeouts: FakeTimersConfig = {
    doNotFake: ["Date", "nextTick", "performance", "queueMicrotask", "setImmediate"],
};

const failure = async (call: Promise<unknown>): Promise<KalshiError> => {
    const error = await call.then(
        () => new Error("it succeeded"),
        (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(KalshiError);
    return error as KalshiError;
};

test.each(["rsa", "ed25519"] as const)("makes the four calls, also signed by a generated %s key", async (keyType) => {
    const emulator = await emulatorWith();
    const client = clientOf(emulator);
    const key = await client.generateApiKey({
        name: "one",
        keyType,
        scopes: ["read", "write"],
        subaccount: undefined,
    });
    const own = clientOf(emulator, {}, key);
    const other = await own.createApiKey({
        name: "two",
        publicKey: ownKeyPair(keyType).publicKey,
        scopes: ["read"],
        subaccount: 3,
    });
    const listed = await own.listApiKeys();
    expect(listed.slice(1)).toEqual([
        { apiKeyId: key.apiKeyId, name: "one", scopes: ["read", "write"] },
        { apiKeyId: other.apiKeyId, name: "two", scopes: ["read"], subaccount: 3 },
    ]);
    await own.deleteApiKey(other.apiKeyId);
    expect(await accountKeys(emulator)).toEqual([key.apiKeyId]);
    expect(await failure(client.deleteApiKey(other.apiKeyId))).toMatchObject({ kind: "notFound", status: 404 });
});

test.each(["a/b c?d", "half a pair \ud83d"])("encodes the id %j in the path and signs the encoded path", async (id) => {
    const emulator = await emulatorWith();
    expect(await failure(clientOf(emulator).deleteApiKey(id))).toMatchObject({ status: 400, kind: "invalid" });
});

test("signs every attempt anew", async () => {
    let hours = 0;
    const now = () => Date.now() + hours * 3_600_000;
    const emulator = await emulatorWith({ now });
    await inject(emulator, { operation: "list", when: "before", kind: "status", status: 503 });
    const listed = clientOf(emulator, { ...once, now }).listApiKeys();
    await until(async () => (await calls(emulator)).length === 1);
    // From now on the signature of the first attempt is too old.
    hours++;
    await listed;
    expect(await calls(emulator)).toEqual(["GET api_keys", "GET api_keys"]);
});

describe("retries only if the request cannot have succeeded or is idempotent:", () => {
    const run = (client: KalshiClient) => ({
        list: () => client.listApiKeys(),
        delete: () => client.deleteApiKey("0d7d9d5e-6a8f-4c7e-9d8e-111111111111"),
        generate: () => client.generateApiKey({ name: "a", keyType: "ed25519" }),
    });
    test.each([
        ["list", { kind: "status", status: 429 }, 2],
        ["list", { kind: "status", status: 500 }, 2],
        ["list", { kind: "reset" }, 2],
        ["list", { kind: "hang" }, 2],
        ["list", { kind: "status", status: 400 }, 1],
        ["delete", { kind: "status", status: 503 }, 2],
        ["delete", { kind: "reset" }, 2],
        ["generate", { kind: "status", status: 429 }, 2],
        ["generate", { kind: "status", status: 500 }, 1],
        ["generate", { kind: "status", status: 503 }, 1],
        ["generate", { kind: "reset" }, 1],
        ["generate", { kind: "hang" }, 1],
    ] as const)("%s after %j: %d attempts", async (operation, fault, attempts) => {
        const emulator = await emulatorWith();
        await inject(emulator, { operation, when: "before", ...fault });
        await run(clientOf(emulator, { ...once, ...shortTimeouts }))
            [operation]()
            .catch(() => undefined);
        expect(await calls(emulator)).toHaveLength(attempts);
    });
});

describe("reports whether a POST may have succeeded:", () => {
    test.each([
        [{ when: "before", kind: "status", status: 400 }, "invalid", false],
        [{ when: "before", kind: "status", status: 429 }, "rateLimited", false],
        [{ when: "after", kind: "status", status: 500 }, "server", true],
        [{ when: "after", kind: "reset" }, "connection", true],
        [{ when: "after", kind: "hang" }, "timeout", true],
        [{ when: "after", kind: "garbage" }, "unreadable", true],
    ] as const)("%j", async (fault, kind, mayHaveSucceeded) => {
        const emulator = await emulatorWith();
        await inject(emulator, { operation: "generate", ...fault });
        const client = clientOf(emulator, { ...shortTimeouts, retries: 0 });
        const error = await failure(client.generateApiKey({ name: "a", keyType: "ed25519" }));
        expect(error).toMatchObject({ operation: "generate", kind, mayHaveSucceeded });
    });

    test("not for a key id that cannot be sent", async () => {
        const emulator = await emulatorWith();
        const client = clientOf(emulator, {}, { apiKeyId: "an\nid", privateKey: rootKeyPem(emulator) });
        const error = await failure(client.generateApiKey({ name: "a" }));
        expect(error).toMatchObject({ kind: "connection", mayHaveSucceeded: false });
        expect(await calls(emulator)).toEqual([]);
    });

    test("not for a refused connection", async () => {
        const emulator = await emulatorWith();
        const client = clientOf(emulator, { retries: 0 });
        await emulator.close();
        expect(await failure(client.generateApiKey({ name: "a" }))).toMatchObject({
            kind: "connection",
            mayHaveSucceeded: false,
        });
    });
});

test("does not follow a redirect, and sends no signature to its target", async () => {
    const seen: string[] = [];
    const origin = await serve((url) => {
        seen.push(url);
        return { status: 307, location: "/elsewhere", body: "" };
    });
    const error = await failure(clientAt(origin).generateApiKey({ name: "a" }));
    expect(error).toMatchObject({ kind: "unexpected", status: 307 });
    expect(error.message).toContain("/elsewhere");
    expect(seen).toEqual(["/trade-api/v2/api_keys/generate"]);
});

test("reports a response that is not valid, without quoting it", async () => {
    const origin = await serve(() => ({ status: 201, body: '{"private_key": "-----BEGIN PRIVATE", "api_key_id": 7}' }));
    const error = await failure(clientAt(origin).generateApiKey({ name: "a" }));
    expect(error).toMatchObject({ kind: "unreadable", mayHaveSucceeded: true });
    expect(error.message).toContain("api_key_id");
    expect(error.message).not.toContain("BEGIN");
});

test("ignores missing or invalid fields that are not essential", async () => {
    const keys = [{ api_key_id: "i", name: "n", scopes: null, subaccount: null, region: 1 }];
    const origin = await serve(() => ({ status: 200, body: JSON.stringify({ api_keys: keys }) }));
    expect(await clientAt(origin).listApiKeys()).toEqual([{ apiKeyId: "i", name: "n" }]);
});

test.each([
    ["a response without the private key", '{"api_key_id":"i"}', "i"],
    ["a response without the id", '{"private_key":"p"}', undefined],
    ["a truncated response", '{"api_key_id":"i","priv', undefined],
])("reports %s as unreadable, with the key's id if it is legible", async (_what, body, apiKeyId) => {
    const origin = await serve(() => ({ status: 201, body }));
    const error = await failure(clientAt(origin).generateApiKey({ name: "a" }));
    expect(error).toMatchObject({ kind: "unreadable", mayHaveSucceeded: true });
    expect(error.apiKeyId).toBe(apiKeyId);
    expect(inspect(error, { depth: Infinity, showHidden: true })).not.toMatch(/"p"|priv"/);
});

test.each([
    ["generate", "huge", /more than 10000000 bytes/],
    ["generate", "cut", /no response/],
    ["generate", "drip", /no response in time/],
    ["list", "garbage", undefined],
    ["list", "cut", undefined],
    ["list", "drip", undefined],
] as const)("%s with a body that is %s", async (operation, kind, summary) => {
    const emulator = await emulatorWith();
    await inject(emulator, { operation, when: "after", kind });
    const client = clientOf(emulator, { ...once, ...shortTimeouts });
    if (summary === undefined) {
        await client.listApiKeys();
        expect(await calls(emulator)).toEqual(["GET api_keys", "GET api_keys"]);
    } else {
        expect(await failure(client.generateApiKey({ name: "a" }))).toMatchObject({
            summary: expect.stringMatching(summary) as unknown,
            mayHaveSucceeded: true,
        });
        expect(await calls(emulator)).toEqual(["POST generate"]);
    }
});

describe("a list with pages", () => {
    const pageOf = (id: string, cursor: string) =>
        JSON.stringify({ api_keys: [{ api_key_id: id, name: id, scopes: [] }], cursor });

    test("is read to its end", async () => {
        const seen: string[] = [];
        const origin = await serve((url) => {
            seen.push(url);
            return { status: 200, body: url.includes("cursor=") ? pageOf("second", "") : pageOf("first", "a/b c") };
        });
        expect((await clientAt(origin).listApiKeys()).map(({ apiKeyId }) => apiKeyId)).toEqual(["first", "second"]);
        expect(seen).toEqual(["/trade-api/v2/api_keys", "/trade-api/v2/api_keys?cursor=a%2Fb%20c"]);
    });

    test("that repeats is an error, because it does not prove that a key is absent", async () => {
        const origin = await serve(() => ({ status: 200, body: pageOf("first", "again") }));
        const error = await failure(clientAt(origin).listApiKeys());
        expect(error).toMatchObject({ kind: "unreadable", operation: "list" });
        expect(error.summary).toContain("pages");
    });
});

test.each([
    [1_790_000_000, "2026-09-21T14:13:20.000Z"],
    [1_790_000_000_000, "2026-09-21T14:13:20.000Z"],
    [1e11, "1973-03-03T09:46:40.000Z"],
    [null, undefined],
    ["soon", undefined],
])("the expiry of the location attestation is read: %j", async (timestamp, expected) => {
    const body = JSON.stringify({ api_keys: [], api_key_region_expiration_ts: timestamp });
    const origin = await serve(() => ({ status: 200, body }));
    expect((await clientAt(origin).listAccount()).regionExpiresAt?.toISOString()).toBe(expected);
});

test("returns the earliest expiry of the location attestation of all keys and pages", async () => {
    const key = (time: number) => ({ api_key_id: String(time), name: "bot", api_key_region_expiration_ts: time });
    const page = (cursor: string, ...times: number[]) => ({ api_keys: times.map(key), cursor });
    const bodies = [
        { ...page("next", 1_790_000_001, 1_790_000_000), api_key_region_expiration_ts: 1_790_000_002 },
        page("", 1_790_000_003),
    ];
    const origin = await serve(() => ({ status: 200, body: JSON.stringify(bodies.shift()) }));
    expect((await clientAt(origin).listAccount()).regionExpiresAt).toEqual(new Date(1_790_000_000_000));
});

test.each([200, 202])("does not treat a %d response to a DELETE as a revocation", async (status) => {
    for (const body of ["<html>Welcome</html>", "", "{}"]) {
        const origin = await serve(() => ({ status, body }));
        const error = await failure(clientAt(origin).deleteApiKey("0d7d9d5e-6a8f-4c7e-9d8e-111111111111"));
        expect(error).toMatchObject({ kind: "unexpected", status, mayHaveSucceeded: true });
    }
});

test("does not treat a 204 that announces a page as a revocation", async () => {
    const revoke = async (contentType: string) => {
        const origin = await serve(() => ({ status: 204, contentType }));
        return clientAt(origin).deleteApiKey("0d7d9d5e-6a8f-4c7e-9d8e-111111111111");
    };
    await revoke("application/json");
    const error = await failure(revoke("text/html; charset=utf-8"));
    expect(error).toMatchObject({ kind: "unexpected", status: 204, mayHaveSucceeded: true });
});

test("retries a POST after Kalshi's 429, but not after a gateway's", async () => {
    for (const [body, attempts] of [
        ["<html>slow down</html>", 1],
        ['{"error":"too many requests"}', 2],
    ] as const) {
        let count = 0;
        const origin = await serve(() => ({ status: 429, body: (count++, body) }));
        await failure(clientAt(origin, 1).generateApiKey({ name: "a" }));
        expect(count).toBe(attempts);
    }
});

test.each([
    ["while the connection is made", "connect", false],
    ["while the name is looked up", "getaddrinfo", false],
    ["while the response is read", "read", true],
    ["while the request is written", "write", true],
])("a network that is unreachable %s: may have succeeded is %s", (_when, syscall, mayHaveSucceeded) => {
    const cause = Object.assign(new Error("unreachable"), { code: "EHOSTUNREACH", syscall });
    const error = Object.assign(Object.create(RequestError.prototype) as RequestError, {
        code: "EHOSTUNREACH",
        message: "unreachable",
        cause,
    });
    expect(withoutRequest("generate", error)).toMatchObject({ kind: "connection", mayHaveSucceeded });
});

test("never prints the body of a success that contains a new key", async () => {
    const key = "MC4CAQAwBQYDK2VwBCIEIPEVOE0fmXQna3aHe2NutIZj";
    const origin = await serve(() => ({ status: 201, body: `key=${key}`, contentType: "text/plain" }));
    const { summary } = await failure(clientAt(origin).generateApiKey({ name: "a" }));
    expect(summary).toBe("unreadable response (the body)");
});

test("prints an excerpt of a success that is an HTML page", async () => {
    const origin = await serve(() => ({ status: 200, body: "<html>Sign in</html>", contentType: "text/html" }));
    const { summary } = await failure(clientAt(origin).listApiKeys());
    expect(summary).toBe("unreadable response (the body: text/html <html>Sign in</html>)");
});

test("an error contains no signature or private key at any depth", async () => {
    const emulator = await emulatorWith();
    for (const kind of ["reset", "status", "garbage"] as const) {
        await inject(emulator, { operation: "generate", when: "after", kind });
        const error = await failure(clientOf(emulator, once).generateApiKey({ name: "a" }));
        const everything = inspect(error, { depth: Infinity, showHidden: true, getters: true });
        expect(everything).not.toMatch(/SIGNATURE|PRIVATE KEY|KALSHI-ACCESS/i);
    }
});

test("completes the attempt that is in flight when the interruption comes", async () => {
    const interruption = new AbortController();
    const listeners = () => getEventListeners(interruption.signal, "abort").length;
    let during = 0;
    const origin = await serve((url) => {
        if (url.endsWith("generate")) {
            during = listeners();
            interruption.abort();
        }
        return { status: 201, body: '{"api_key_id":"id","private_key":"key"}' };
    });
    // The call waits before the attempt, so it has been interruptible once.
    const options = { rateLimiter: await exhaustedLimiter(), interruption: () => interruption.signal };
    expect(await clientAt(origin, 0, options).generateApiKey({ name: "a" })).toMatchObject({ privateKey: "key" });
    expect([during, listeners()]).toEqual([1, 0]);
});

describe("with an interruption that came before the first attempt,", () => {
    const interrupted = { interruption: () => AbortSignal.abort() };

    beforeEach(() => {
        jest.useFakeTimers(onlyTimeouts);
    });
    afterEach(() => {
        jest.useRealTimers();
    });

    test.each<[string, Response]>([
        ["shorter than its length", { body: '{"api_keys":[]}', headers: { "content-length": 100 } }],
        ["not in its encoding", { body: '{"api_keys":[]}', headers: { "content-encoding": "gzip" } }],
        ["not JSON", { body: "<html>Sign in</html>" }],
    ])("a list whose response is %s does not wait for its retry", async (_what, response) => {
        const origin = await serve(() => response);
        expect(await failure(clientAt(origin, 1, interrupted).listApiKeys())).toMatchObject({ kind: "interrupted" });
    });

    test("a list does not wait for its retry if the network is unreachable", async () => {
        const unreachable = Object.assign(new Error("unreachable"), { code: "EHOSTUNREACH", syscall: "connect" });
        const connect = jest.spyOn(globalAgent, "createConnection");
        connect.mockImplementationOnce(() => new Socket().destroy(unreachable));
        const error = await failure(clientAt("http://127.0.0.1:1", 1, interrupted).listApiKeys());
        connect.mockRestore();
        expect(error).toMatchObject({ kind: "interrupted", operation: "list", mayHaveSucceeded: false });
    });

    test("a list leaves no timer of a retry behind", async () => {
        const origin = await serve(() => ({ status: 503, headers: { "retry-after": "20" } }));
        const messages: string[] = [];
        const options = { ...interrupted, log: (message: string) => messages.push(message) };
        expect(await failure(clientAt(origin, 1, options).listApiKeys())).toMatchObject({ kind: "interrupted" });
        expect([jest.getTimerCount(), messages]).toEqual([0, []]);
    });

    test("a call does not wait for the rate limiter", async () => {
        const origin = await serve(() => ({ body: '{"api_keys":[]}' }));
        const options = { ...interrupted, rateLimiter: await exhaustedLimiter() };
        expect(await failure(clientAt(origin, 0, options).listApiKeys())).toMatchObject({ kind: "interrupted" });
    });

    test("the limits are not requested again", async () => {
        const origin = await serve(() => ({ status: 503 }));
        const error = await failure(clientAt(origin, 1, interrupted).accountLimits());
        expect(error).toMatchObject({ kind: "unexpected", operation: "limits", status: 503 });
    });
});

test("requests the account's limits if calls wait, without waiting itself", async () => {
    const seen: string[] = [];
    const origin = await serve((url) => {
        seen.push(url);
        return { body: '{"api_keys":[]}' };
    });
    await clientAt(origin, 0, { rateLimiter: await exhaustedLimiter() }).listApiKeys();
    expect(seen).toEqual(["/trade-api/v2/account/limits", "/trade-api/v2/api_keys"]);
});

test.each([
    ["once if the server's clock is another one", "header_timestamp_expired", 3_600_000, 2],
    ["never if the clocks agree", "header_timestamp_expired", 0, 1],
    ["never if the credentials are refused", "authentication_error", 3_600_000, 1],
])("retries a refused call %s", async (_when, code, drift, attempts) => {
    let count = 0;
    const origin = await serve(() => {
        const date = new Date(Date.now() + ++count * drift).toUTCString();
        return { status: 401, body: JSON.stringify({ error: { code } }), headers: { date } };
    });
    expect(await failure(clientAt(origin, 8).listApiKeys())).toMatchObject({ kind: "unauthorized" });
    expect(count).toBe(attempts);
});

test("identifies itself and accepts JSON only", async () => {
    const seen: IncomingHttpHeaders[] = [];
    const origin = await serve((_url, headers) => {
        seen.push(headers);
        return { body: '{"api_keys":null}' };
    });
    expect(await clientAt(origin).listApiKeys()).toEqual([]);
    expect(seen).toMatchObject([{ "user-agent": "tests", accept: "application/json" }]);
});

test.each<[string, (client: KalshiClient) => Promise<unknown>]>([
    ["create", (client) => client.createApiKey({ name: "a", publicKey: "key" })],
    ["generate", (client) => client.generateApiKey({ name: "a" })],
    ["list", (client) => client.listApiKeys()],
    ["delete", (client) => client.deleteApiKey("id")],
    ["limits", (client) => client.accountLimits()],
])("names the failed call: %s", async (operation, call) => {
    for (const status of [200, 300, 404]) {
        const origin = await serve(() => ({ status, body: '{"api_keys":7}' }));
        const kind = status === 200 && operation !== "delete" ? "unreadable" : "unexpected";
        expect(await failure(call(clientAt(origin)))).toMatchObject({ operation, kind });
    }
});

test("treats a list that is a gateway's error page as an error of that status", async () => {
    const origin = await serve(() => ({ status: 404, body: "<html>Not found</html>" }));
    expect(await failure(clientAt(origin).listApiKeys())).toMatchObject({ kind: "unexpected", status: 404 });
});

test("names every invalid part of a response", async () => {
    const origin = await serve(() => ({ body: '{"api_keys":[{"api_key_id":""}]}' }));
    const { summary } = await failure(clientAt(origin).listApiKeys());
    expect(summary).toContain("(api_keys.0.name, api_keys.0.api_key_id:");
});

test.each([
    ["", undefined],
    ["0d7d9d5e", "0d7d9d5e"],
])("reads the id %j from a response without the private key", async (id, apiKeyId) => {
    const origin = await serve(() => ({ status: 201, body: JSON.stringify({ api_key_id: id }) }));
    expect((await failure(clientAt(origin).generateApiKey({ name: "a" }))).apiKeyId).toBe(apiKeyId);
});

test("accepts a response of the maximum size", async () => {
    const origin = await serve(() => ({ body: '{"api_keys":[]}'.padEnd(10_000_000) }));
    expect(await clientAt(origin).listApiKeys()).toEqual([]);
});

describe("with simulated time,", () => {
    beforeEach(() => {
        jest.useFakeTimers(onlyTimeouts);
    });
    afterEach(() => {
        jest.useRealTimers();
    });

    /** Returns the outcome of a call, and its seconds. */
    async function timed<T>(call: Promise<T>): Promise<[outcome: unknown, seconds: number]> {
        let outcome: unknown;
        void call.catch((error: unknown) => error).then((value) => (outcome = value));
        let seconds = 0;
        for (; outcome === undefined && seconds < 100; seconds++) {
            await jest.advanceTimersByTimeAsync(1_000);
            // Real time for the network.
            await sleep(1);
        }
        return [outcome, seconds];
    }

    test("a call waits a minute for a response by default", async () => {
        const origin = await serve(() => undefined);
        const [error, seconds] = await timed(clientAt(origin).listApiKeys());
        expect(error).toMatchObject({ kind: "timeout" });
        expect(seconds).toBeGreaterThanOrEqual(60);
    });

    test.each<[string, string | undefined, number, string | undefined]>([
        ["a second", undefined, 0, undefined],
        ["exactly three seconds", "3", 0.5, undefined],
        ["four seconds", "4", 0.5, "retries in 4 s"],
        ["half a minute instead of the hour that a proxy asks for", "3600", 0.5, "retries in 30 s"],
        ["less than that, at random", "3600", 0, "retries in 23 s"],
        ["more than that, at random", "3600", 0.9, "retries in 36 s"],
    ])("a wait of %s is logged if it is long", async (_what, retryAfter, random, expected) => {
        const origin = await serve(() => ({ status: 503, headers: retryAfter ? { "retry-after": retryAfter } : {} }));
        const messages: string[] = [];
        const log = (message: string) => messages.push(message);
        jest.spyOn(Math, "random").mockReturnValue(random);
        await timed(clientAt(origin, 1, { log }).listApiKeys());
        jest.restoreAllMocks();
        expect(messages).toEqual(expected === undefined ? [] : [expect.stringContaining(expected)]);
    });

    test("a connection that this machine refuses is retried twice", async () => {
        const [error, seconds] = await timed(clientAt("http://127.0.0.1:1", 8).listApiKeys());
        expect(error).toMatchObject({ kind: "connection" });
        expect(seconds).toBeLessThan(10);
    });

    test("a connection that another machine refuses is retried as often as any other failure", async () => {
        const refused = Object.assign(new Error("refused"), { code: "ECONNREFUSED", syscall: "connect" });
        const connect = jest.spyOn(secureAgent, "createConnection");
        connect.mockImplementation(() => new Socket().destroy(refused));
        const [error] = await timed(clientAt("https://kalshi.example", 4).listApiKeys());
        const attempts = connect.mock.calls.length;
        connect.mockRestore();
        expect(error).toMatchObject({ kind: "connection" });
        expect(attempts).toBe(5);
    });

    test("a call without a log is retried after a long wait", async () => {
        const responses: Response[] = [{ status: 503, headers: { "retry-after": "20" } }, { body: '{"api_keys":[]}' }];
        const origin = await serve(() => responses.shift());
        const [keys, seconds] = await timed(clientAt(origin, 1).listApiKeys());
        expect(keys).toEqual([]);
        expect(seconds).toBeGreaterThanOrEqual(15);
    });
});

test("a list with more pages than any account could fill is an error", async () => {
    let pages = 0;
    const next = () => (++pages < 1_100 ? String(pages) : "");
    const origin = await serve(() => ({ body: JSON.stringify({ api_keys: [], cursor: next() }) }));
    const rateLimiter = new RateLimiter(() => undefined);
    jest.spyOn(rateLimiter, "acquire").mockResolvedValue();
    expect((await failure(clientAt(origin, 0, { rateLimiter }).listApiKeys())).summary).toContain("pages");
    expect(pages).toBe(1_001);
});

function clientAt(
    origin: string,
    retries = 0,
    options: Partial<KalshiClientOptions<ApiKey>> = {},
): KalshiClient<ApiKey> {
    return new KalshiClient({
        endpoint: parseBaseUrl(`${origin}/trade-api/v2`),
        credentials: { apiKeyId: "id", privateKey: generateKeyPairSync("ed25519").privateKey },
        listedKey,
        userAgent: "tests",
        clock: new Clock(Date.now, () => undefined),
        rateLimiter: new RateLimiter(() => undefined),
        retries,
        ...options,
    });
}

/** Returns a rate limiter that makes the next call wait for some milliseconds. */
async function exhaustedLimiter(): Promise<RateLimiter> {
    const limiter = new RateLimiter(() => undefined);
    for (let call = 0; call < 45; call++) {
        await limiter.acquire(
            () => Promise.reject(new Error("not available")),
            () => undefined,
        );
    }
    return limiter;
}

interface Response {
    readonly status?: number;
    readonly body?: string;
    readonly location?: string;
    readonly contentType?: string;
    readonly headers?: OutgoingHttpHeaders;
}

/**
 * Starts a server for responses that the emulator does not give.
 *
 * @param answer returns undefined for a request that gets no response
 */
async function serve(answer: (url: string, headers: IncomingHttpHeaders) => Response | undefined): Promise<string> {
    const server = createServer((request, response) => {
        const answered = answer(request.url ?? "", request.headers);
        if (answered === undefined) {
            return;
        }
        const { status = 200, body = "", location, contentType = "application/json", headers } = answered;
        response.writeHead(status, { "content-type": contentType, ...(location ? { location } : {}), ...headers });
        response.end(body, () => {
            if (headers?.["content-length"] !== undefined) {
                request.socket.end();
            }
        });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onCleanUp(async () => {
        server.closeAllConnections();
        server.close();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("a request that cannot be signed is not taken for one whose response was lost", async () => {
    const emulator = await emulatorWith();
    // PSS with SHA-256 and a salt of 32 bytes needs a longer key.
    const { privateKey } = ownKeyPair("rsa", 512);
    const client = clientOf(emulator, {}, { apiKeyId: emulator.rootKeyId, privateKey });
    const error = await client.generateApiKey({ name: "bot" }).catch((reason: unknown) => reason);
    expect(error).toHaveProperty("message", expect.stringContaining("key size"));
    expect(error).not.toBeInstanceOf(KalshiError);
    expect(await calls(emulator)).toEqual([]);
});
