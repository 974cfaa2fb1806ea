import { setTimeout as sleep } from "node:timers/promises";
import type { Emulator, EmulatorOptions } from "kalshi-emulator";
import { accountKeys, cleanUp, clientOf, emulatorWith, inject, requests } from "../support/harness";
import { testInFull } from "../support/full";
import { dynamicProvider } from "../support/project";
import { startProxy, type ProxyResponse } from "../support/proxy";
import { accountOf, injectRateLimit, targetThrough } from "./emulatedAccounts";
import { list } from "./keyProbes";
import { Life } from "./life";
import { LiveAccount } from "./liveAccount";
import { probes } from "./probes";
import { compare } from "./suite";

afterEach(cleanUp);

/** Opens the account of a new emulator behind a proxy that changes its responses. */
async function changedAccount(
    change: (answer: ProxyResponse) => ProxyResponse,
    options: Partial<EmulatorOptions> = {},
): Promise<{ emulator: Emulator; account: LiveAccount }> {
    const emulator = await emulatorWith(options);
    const proxy = await startProxy(emulator);
    const target = targetThrough(proxy, emulator);
    const account = await LiveAccount.open(target, new AbortController().signal);
    proxy.change = change;
    return { emulator, account };
}

test("an account whose limits Kalshi does not return is one of the lowest level", async () => {
    const emulator = await emulatorWith();
    const proxy = await startProxy(emulator);
    const notFound = { status: 404, body: "page not found", contentType: "text/plain" };
    proxy.change = (answer) => (answer.body.includes("usage_tier") ? notFound : answer);
    const target = targetThrough(proxy, emulator);
    const { limits } = await LiveAccount.open(target, new AbortController().signal);
    expect(limits).toMatchObject({ usageLevel: "unknown", read: { refillRate: 200 }, write: { bucketCapacity: 100 } });
});

/** Returns a change of the body of each success. */
const changeBody = (change: (body: string) => string) => (answer: ProxyResponse) =>
    answer.status < 300 ? { ...answer, body: change(answer.body) } : answer;

test.each<[string, (body: string) => string]>([
    ["cut off", (body) => body.slice(0, -2)],
    ["an array", (body) => JSON.stringify((JSON.parse(body) as { api_keys: unknown }).api_keys)],
    ["in another field", (body) => body.replace("api_keys", "keys")],
    ["of objects by id", () => JSON.stringify({ keys: { one: { name: "of somebody else", api_key_id: "a" } } })],
])("the answer to a list that is %s shows no key of the account", async (_what, change) => {
    const { emulator, account } = await changedAccount(changeBody(change));
    await clientOf(emulator).generateApiKey({ name: "of somebody else" });
    const answer = await account.describe(list);
    expect(answer).toMatch(/^200 /);
    expect(answer).not.toContain("somebody");
});

test("the answer of an error contains neither a signature nor an id of the account, and the rest of Kalshi's text", async () => {
    const id = "0a1b2c3d-0000-4000-8000-0123456789ab";
    const signature = Buffer.alloc(64, 7).toString("base64");
    const body = JSON.stringify({
        error: { code: `user_not_found:_${id}`, details: `signature ${signature} is wrong` },
    });
    const { account } = await changedAccount(() => ({ status: 404, body }));
    expect(await account.describe(list)).toBe(
        '404 {"error":{"code":"user_not_found:_<id>","details":"signature […] is wrong"}}',
    );
});

/** Runs a probe and returns the answers by their cases. */
async function answersOf(title: string, account: LiveAccount): Promise<Record<string, string>> {
    const probe = probes.find((one) => one.title === title);
    const observations = (await probe?.observe(account)) ?? [];
    return Object.fromEntries(observations.map((one) => [one.case, one.answer]));
}

test("the probe of the list sees the order of its keys although others of the run are left", async () => {
    const account = await accountOf(await emulatorWith());
    await account.generate();
    expect(await answersOf("List", account)).toMatchObject({ "order of five keys": "oldest first" });
});

test("the probe of the list sees an order by id", async () => {
    const { account } = await changedAccount(
        changeBody((text) => {
            const body = JSON.parse(text) as { api_keys?: { api_key_id: string }[] };
            body.api_keys?.sort((one, other) => (one.api_key_id < other.api_key_id ? -1 : 1));
            return JSON.stringify(body);
        }),
    );
    // By chance, in one of 40 runs the random ids are also in another order that the probe knows.
    const orders = new Set<string | undefined>();
    for (let run = 0; run < 5; run++) {
        orders.add((await answersOf("List", account))["order of five keys"]);
    }
    expect(orders).toContain("by id");
});

test("the probe of the list takes no error for a list", async () => {
    const { account } = await changedAccount(changeBody((body) => body.replace("api_keys", "keys")));
    await expect(answersOf("List", account)).rejects.toThrow(/list/);
});

test.each([
    ["Lag of the list", { "a new key": "none", "a revoked key": "none" }],
    ["Scopes", { absent: '201, listed as ["read","write"]' }],
    ["Self-revocation", { "a revoked key signs": expect.stringContaining("NOT_FOUND") as string }],
])("the probe %s does not take a gateway's 503 for Kalshi's answer", async (title, expected) => {
    const emulator = await emulatorWith();
    const account = await accountOf(emulator);
    await inject(emulator, { operation: "list", when: "before", kind: "status", status: 503 });
    expect(await answersOf(title, account)).toMatchObject(expected);
});

test.each(["garbage", "cut", "reset"] as const)(
    "revokes a key whose response is unreadable (%s) as soon as the lagging list shows it",
    async (kind) => {
        const emulator = await emulatorWith({ listLag: 1_500 });
        const account = await accountOf(emulator);
        await inject(emulator, { operation: "generate", when: "after", kind });
        await account.call(account.generateCall()).catch(() => undefined);
        expect(await account.cleanUp()).toEqual([]);
        expect(
            (await requests(emulator)).filter(({ method, status }) => method === "DELETE" && status === 204),
        ).toHaveLength(1);
    },
);

test("reports a key whose response was unreadable if the list never shows it", async () => {
    const emulator = await emulatorWith({ listLag: 60_000 });
    const account = await accountOf(emulator);
    await inject(emulator, { operation: "generate", when: "after", kind: "garbage" });
    const name = account.newName();
    await account.call(account.generateCall({ name }));
    expect(await account.cleanUp(0)).toEqual([JSON.stringify(name)]);
});

test("revokes a key of another name by its id, also if the status of its creation is not the documented one", async () => {
    const { emulator, account } = await changedAccount((answer) => ({
        ...answer,
        status: answer.status === 201 ? 200 : answer.status,
    }));
    await account.call(account.generateCall({ name: "changed by Kalshi" }));
    expect(await accountKeys(emulator)).toHaveLength(1);
    expect(await account.cleanUp()).toEqual([]);
    expect(await accountKeys(emulator)).toEqual([]);
});

test("keeps the answers of a probe whose keys cannot be revoked, and revokes the keys at the end", async () => {
    const emulator = await emulatorWith();
    const account = await accountOf(emulator);
    await inject(emulator, { operation: "delete", when: "before", kind: "status", status: 403, times: 3 });
    const [probe] = probes.filter(({ title }) => title === "Generated key");
    expect(probe && (await compare(probe, account, await accountOf(await emulatorWith())))).toHaveLength(4);
    expect(await accountKeys(emulator)).toHaveLength(3);
    expect(await account.cleanUp()).toEqual([]);
    expect(await accountKeys(emulator)).toEqual([]);
});

// The retries take most of a minute.
testInFull("a rate limit that lasts fails the probe, after some retries", async () => {
    const emulator = await emulatorWith();
    const account = await accountOf(emulator);
    await inject(emulator, { operation: "list", when: "before", kind: "status", status: 429, times: 9 });
    const start = performance.now();
    await expect(account.call(list)).rejects.toThrow(/rate limit.*429/);
    expect(performance.now() - start).toBeLessThan(60_000);
});

test("a late response does not change the timestamp of the next request", async () => {
    const emulator = await emulatorWith({ clockWindow: [3, 3] });
    const account = await accountOf(emulator);
    await account.call(list);
    await inject(emulator, { operation: "list", when: "before", kind: "slow", delayMs: 5_000 });
    await account.call(list);
    expect((await account.call(list)).status).toBe(200);
});

test("on a machine whose clock is off, the names of keys have Kalshi's time, and the timestamps are right", async () => {
    const ahead = 3 * 60 * 60 * 1000;
    const emulator = await emulatorWith({ now: () => Date.now() + ahead });
    const account = await accountOf(emulator);
    const start = Number(account.runName.split("-")[3]);
    expect(Math.abs(start - Date.now() - ahead)).toBeLessThan(60_000);
    expect((await answersOf("Timestamps", account))["-5 s"]).toMatch(/^200/);
});

testInFull("the life of the keys passes although the list lags", async () => {
    const listLag = 2_500;
    const emulator = await emulatorWith({ listLag });
    const { steps } = await Life.create(await accountOf(emulator), dynamicProvider);
    for (const { title, run } of steps.slice(0, 4)) {
        if (title.startsWith("refresh")) {
            // The list now shows the keys, and will still do so when they are revoked.
            await sleep(listLag);
        }
        await run();
    }
});

test("the probe of the rate limits does not decide by a burst during which the bucket was refilled", async () => {
    const emulator = await emulatorWith({ usageLevel: "basic" });
    const account = await accountOf(emulator);
    await inject(emulator, { operation: "delete", when: "before", kind: "slow", delayMs: 500, times: 24 });
    await injectRateLimit(emulator);
    expect(await answersOf("Rate limits", account)).toMatchObject({
        "bucket of DELETE, by 12 at once": expect.stringContaining("undecided") as string,
        "refusal of a signed call": '429 {"error":"too many requests"}',
    });
});
