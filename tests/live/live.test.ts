import { spawn } from "node:child_process";
import { once } from "node:events";
import { randomUUID } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { type Emulator, type EmulatorOptions } from "kalshi-emulator";
import { parsePrivateKey } from "../../provider/src/kalshi/auth";
import { root } from "../../tools/paths";
import {
    accountKeys,
    cleanUp,
    clientOf,
    emulatorWith,
    environmentOf,
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
import { pieces } from "../support/leaks";
import { providers } from "../support/project";
import { startProxy } from "../support/proxy";
import { accountOf, injectRateLimit, targetThrough } from "./emulatedAccounts";
import { LiveAccount } from "./liveAccount";
import { capProbe, probes, type Probe } from "./probes";
import type { LiveReport } from "./report";
import { compare, targetOf } from "./suite";
import { readTarget } from "./target";

afterEach(cleanUp);

/** A run of the command on an emulator. */
interface Run {
    readonly out: string;
    readonly pid: number;
    /** Does what happens if its terminal is closed: nobody reads its output any longer, and it gets SIGHUP. */
    readonly hangUp: () => void;
    /** Resolves when it has ended. */
    readonly ended: Promise<{ readonly code: number | null; readonly printed: string }>;
}

async function start(env: Readonly<Record<string, string>>): Promise<Run> {
    // The command creates the folder.
    const out = join(await scratchFolder(), "reports");
    const args = ["--require", "ts-node/register/transpile-only", join("tests", "live", "main.ts"), "--out", out];
    // As in a terminal, its processes are a separate group.
    const child = spawn(process.execPath, args, { cwd: root, env: { ...process.env, ...env }, detached: true });
    onCleanUp(async () => void child.kill("SIGKILL"));
    let printed = "";
    for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding("utf8").on("data", (text: string) => (printed += text));
    }
    const ended = once(child, "close").then(([code]) => ({ code: code as number | null, printed }));
    const hangUp = () => {
        child.stdout.destroy();
        child.stderr.destroy();
        child.kill("SIGHUP");
    };
    return { out, pid: child.pid ?? 0, hangUp, ended };
}

function liveEnvironmentOf(emulator: Emulator): Record<string, string> {
    return Object.fromEntries(
        Object.entries(environmentOf(emulator)).map(([name, value]) => [
            name.replace("KALSHI_", "KALSHI_LIVE_"),
            value,
        ]),
    );
}

const reportIn = (out: string) => JSON.parse(readFileSync(join(out, "live-report.json"), "utf8")) as LiveReport;

test("the suite passes on an emulator with defaults, sees no difference, and revokes all of its keys", async () => {
    const emulator = await emulatorWith({ usageLevel: "basic" });
    const { apiKeyId } = await clientOf(emulator).generateApiKey({ name: "of somebody else" });
    const { out, ended } = await start(liveEnvironmentOf(emulator));
    const { code, printed } = await ended;
    expect({ code, printed }).toMatchObject({ code: 0 });
    const report = reportIn(out);
    expect(report.status).toBe("complete");
    expect(report.life.map(({ error }) => error)).toEqual(Array.from({ length: 12 }, () => undefined));
    expect(new Set(report.probes.map(({ probe }) => probe))).toEqual(new Set(probes.map(({ title }) => title)));
    expect(report.probes.filter(({ same }) => !same)).toEqual([]);
    expect(report.keys.left).toEqual([]);
    expect(await accountKeys(emulator)).toEqual([apiKeyId]);
    const written =
        readFileSync(join(out, "live-report.json"), "utf8") + readFileSync(join(out, "live-report.md"), "utf8");
    // Neither the account's keys nor any private key, not even one that was generated for a probe.
    for (const secret of [
        ...pieces(rootKeyPem(emulator)),
        "-----BEGIN",
        emulator.rootKeyId,
        apiKeyId,
        "of somebody else",
    ]) {
        expect(`${printed}${written}`).not.toContain(secret);
    }
    expect(written).toMatch(/\| User-supplied public keys +\| Ed25519 +\| 403 .*premier/);
});

test("after Ctrl-C while the engine waits for a new key, the command revokes the key and reports the interruption", async () => {
    const emulator = await emulatorWith();
    await inject(emulator, { operation: "generate", when: "after", kind: "hold" });
    const { out, pid, ended } = await start(liveEnvironmentOf(emulator));
    await untilStruck(emulator, "after hold");
    process.kill(-pid, "SIGINT");
    await release(emulator);
    const { code, printed } = await ended;
    expect({ code, printed }).toMatchObject({ code: 130, printed: expect.stringContaining("Interrupted") as string });
    expect(reportIn(out)).toMatchObject({ status: "interrupted", keys: { left: [] } });
    expect(await accountKeys(emulator)).toEqual([]);
});

test("after its terminal was closed, the command revokes its keys and writes the report", async () => {
    const emulator = await emulatorWith();
    await inject(emulator, { operation: "generate", when: "after", kind: "hold" });
    const { out, hangUp, ended } = await start(liveEnvironmentOf(emulator));
    await untilStruck(emulator, "after hold");
    hangUp();
    await release(emulator);
    expect((await ended).code).toBe(130);
    expect(reportIn(out)).toMatchObject({ status: "interrupted", keys: { left: [] } });
    expect(await accountKeys(emulator)).toEqual([]);
});

describe("an account of the probes", () => {
    const signal = new AbortController().signal;

    test("revokes the key of a request that was in flight when the run was interrupted", async () => {
        const emulator = await emulatorWith();
        const interruption = new AbortController();
        const account = await LiveAccount.open(targetOf(emulator), interruption.signal);
        await inject(emulator, { operation: "generate", when: "after", kind: "hold" });
        const generated = account.generate();
        await untilStruck(emulator, "after hold");
        interruption.abort();
        await release(emulator);
        await generated;
        await expect(account.generate()).rejects.toThrow("aborted");
        expect(await accountKeys(emulator)).toHaveLength(1);
        expect(await account.cleanUp()).toEqual([]);
        expect(await accountKeys(emulator)).toEqual([]);
    });

    test("finds a key whose response was lost by its name", async () => {
        const emulator = await emulatorWith();
        const account = await accountOf(emulator);
        await inject(emulator, { operation: "generate", when: "after", kind: "reset" });
        await expect(account.generate()).rejects.toThrow();
        expect(await accountKeys(emulator)).toHaveLength(1);
        expect(await account.cleanUp()).toEqual([]);
        expect(await accountKeys(emulator)).toEqual([]);
    });

    test("reports a key that may exist although a gateway responded", async () => {
        const emulator = await emulatorWith();
        const account = await accountOf(emulator);
        await inject(emulator, { operation: "generate", when: "before", kind: "status", status: 504 });
        const name = account.newName();
        expect((await account.call(account.generateCall({ name }))).status).toBe(504);
        expect(await account.cleanUp(0)).toEqual([JSON.stringify(name)]);
    });

    test("reports a key that may exist, and one that could not be revoked", async () => {
        const emulator = await emulatorWith();
        const account = await accountOf(emulator);
        await inject(emulator, { operation: "generate", when: "before", kind: "reset" });
        const lost = account.newName();
        await expect(account.generate({ name: lost })).rejects.toThrow();
        const { apiKeyId } = await account.generate();
        await inject(emulator, { operation: "delete", when: "before", kind: "status", status: 403 });
        expect(await account.cleanUp(0)).toEqual([apiKeyId, JSON.stringify(lost)]);
    });

    test("reports what may be left if the list cannot be read", async () => {
        const emulator = await emulatorWith();
        const account = await accountOf(emulator);
        await account.generate();
        await inject(emulator, { operation: "list", when: "before", kind: "status", status: 403 });
        expect(await account.cleanUp()).toEqual([expect.stringContaining(account.runName)]);
        expect(await accountKeys(emulator)).toEqual([]);
    });

    test("revokes keys of a killed run, and keeps those of a run that may still go on and all others", async () => {
        const emulator = await emulatorWith();
        const hours = (count: number) => Date.now() - count * 60 * 60 * 1000;
        const killed = await accountOf(emulator, hours(3));
        const parallel = await accountOf(emulator, hours(1));
        await killed.generate();
        const kept = [
            (await parallel.generate()).apiKeyId,
            (await parallel.generate({ name: "pulumi-kalshi-live-bot" })).apiKeyId,
            (await parallel.generate({ name: `my ${killed.newName()}` })).apiKeyId,
            (await parallel.generate({ name: `pulumi-kalshi-live-${hours(3)}-of-somebody-else` })).apiKeyId,
        ];
        expect(await (await accountOf(emulator)).cleanUp()).toEqual([]);
        expect(await accountKeys(emulator)).toEqual(kept);
    });

    test("never revokes the signing key, whatever its name", async () => {
        const emulator = await emulatorWith();
        const name = `pulumi-kalshi-live-${Date.now() - 24 * 60 * 60 * 1000}-aaaaaa-b`;
        const { apiKeyId, privateKey } = await clientOf(emulator).generateApiKey({ name, keyType: "ed25519" });
        const credentials = { apiKeyId, privateKey: parsePrivateKey(privateKey) };
        const account = await LiveAccount.open({ ...targetOf(emulator), credentials }, signal);
        expect(await account.cleanUp()).toEqual([]);
        expect(await accountKeys(emulator)).toEqual([apiKeyId]);
    });

    test("does not report a revoked key that a lagging list still shows", async () => {
        const emulator = await emulatorWith({ listLag: 60_000 });
        const account = await accountOf(emulator);
        await account.generate();
        expect(await account.cleanUp()).toEqual([]);
    });
});

function probeOf(title: string): Probe {
    const found = [...probes, capProbe(5)].find((one) => one.title === title);
    if (found === undefined) {
        throw new Error(`There is no probe ${title}.`);
    }
    return found;
}

// Each row stands for a Kalshi that behaves in another way than the emulator's default.
test.each<[string, Partial<EmulatorOptions>, readonly string[]]>([
    ["List", { listOrder: "newest" }, ["order of five keys"]],
    ["List", { listOrder: "name" }, ["order of five keys"]],
    ["List", { regionExpirationTs: 1 }, ["fields of the body", "region expiry"]],
    ["List", { regionExpirationTs: 1, regionExpirationIn: "keys" }, ["fields of a key", "region expiry"]],
    ["List", { pageSize: 2 }, ["fields of the body"]],
    ["Generated key", { warning: "for FCM members" }, ["key_type absent", "key_type rsa", "key_type ed25519"]],
    ["Scopes", { emptyScopes: "refuse" }, ["[]"]],
    ["Scopes", { emptyScopes: "none" }, ["[]"]],
    ["Scopes", { expandScopes: true }, ["absent", "[]", '["read"]', '["read","write"]', '["read","read"]']],
    ["Names", { uniqueNames: true }, ["of an existing key"]],
    ["Names", { attestationMissing: true }, ["300 characters", "new", "of an existing key"]],
    [
        "User-supplied public keys",
        { usageLevel: "expert" },
        [
            "Ed25519",
            "the same public key again",
            "RSA of 2048 bits",
            "RSA of 2048 bits in PKCS#1",
            "RSA of 1024 bits",
            "not a key",
        ],
    ],
    [
        "Narrow keys",
        { narrowKeysManage: true },
        [
            "read::portfolio_balance lists",
            "write::trade generates a key with its own scopes",
            "write::trade generates a key with write",
            "write::trade revokes a UUID of no key",
        ],
    ],
    ["Self-revocation", { selfDelete: false }, ["a key revokes itself"]],
    ["FCM subtrader", { fcmMember: true }, ["a key for a subtrader"]],
    ["Timestamps", { clockWindow: [40, 8] }, ["-30 s", "-20 s", "+10 s", "+20 s"]],
    ["Lag of the list", { listLag: 300 }, ["a new key", "a revoked key"]],
    // A probe that is not about the lag or the pages does not depend on them.
    ["Lag of the list", { pageSize: 2 }, []],
    ["List", { listLag: 300 }, []],
    ["Scopes", { listLag: 300 }, []],
    ["Scopes", { pageSize: 2 }, []],
    ["Rate limits", { usageLevel: "basic", keyWritesBucket: "write" }, ["bucket of DELETE, by 12 at once"]],
    ["Largest number of keys", { maxKeys: 4 }, ["refusal"]],
])("the probe %s shows the switch %j", async (title, options, expected) => {
    const { usageLevel = "premier" } = options;
    const kalshi = await emulatorWith(options);
    const compared = await emulatorWith(title === "Rate limits" ? { usageLevel } : {});
    const accounts = [await accountOf(kalshi), await accountOf(compared)] as const;
    if (title === "Rate limits") {
        await injectRateLimit(compared);
    }
    const differing = (await compare(probeOf(title), ...accounts)).filter(({ same }) => !same);
    expect(differing.map((one) => one.case)).toEqual(expected);
    // A lagging list shows a revoked key for a while.
    await until(async () => (await accountKeys(kalshi)).length === 0);
});

describe("the target", () => {
    /** Returns the variables of a valid target in the demo environment, except those given. */
    async function variables(given: Readonly<Record<string, string>> = {}): Promise<Record<string, string>> {
        const file = join(await scratchFolder(), "key.pem");
        writeFileSync(file, ownKeyPair("ed25519").privateKey);
        return { KALSHI_LIVE_API_KEY_ID: "id", KALSHI_LIVE_PRIVATE_KEY_PATH: file, ...given };
    }

    test.each([
        [{}, "https://external-api.demo.kalshi.co/trade-api/v2"],
        [
            { KALSHI_LIVE_BASE_URL: "https://demo-api.kalshi.co/trade-api/v2" },
            "https://demo-api.kalshi.co/trade-api/v2",
        ],
        [{ KALSHI_LIVE_BASE_URL: "http://127.0.0.1:8277/trade-api/v2" }, "http://127.0.0.1:8277/trade-api/v2"],
        [
            { KALSHI_ENVIRONMENT: "prod", KALSHI_API_KEY_ID: "of prod" },
            "https://external-api.demo.kalshi.co/trade-api/v2",
        ],
    ])("with %j uses %s", async (given, baseUrl) => {
        expect(readTarget(await variables(given))).toMatchObject({
            endpoint: { baseUrl },
            credentials: { apiKeyId: "id" },
        });
    });

    test.each([
        "https://external-api.kalshi.com/trade-api/v2",
        "https://api.elections.kalshi.com/trade-api/v2",
        "https://EXTERNAL-API.KALSHI.COM/trade-api/v2",
        "https://kalshi.example/trade-api/v2",
        "https://demo-api.kalshi.co.example/trade-api/v2",
    ])("refuses %s", async (baseUrl) => {
        const given = await variables({ KALSHI_LIVE_BASE_URL: baseUrl });
        expect(() => readTarget(given)).toThrow("only in Kalshi's demo environment or on an emulator");
    });

    test("makes the path of the private key absolute, because the engine runs the provider in another folder", async () => {
        const { KALSHI_LIVE_PRIVATE_KEY_PATH: file = "" } = await variables();
        const given = await variables({ KALSHI_LIVE_PRIVATE_KEY_PATH: relative(process.cwd(), file) });
        expect(readTarget(given).privateKeyPath).toBe(file);
    });

    test("has to be an emulator if it is on this machine, because a proxy may lead to production", async () => {
        const emulator = await emulatorWith();
        const proxy = await startProxy(emulator);
        proxy.instead = { status: 200, body: "{}" };
        const target = targetThrough(proxy, emulator);
        await expect(LiveAccount.open(target, new AbortController().signal)).rejects.toThrow("is no emulator");
    });

    test.each(["KALSHI_LIVE_API_KEY_ID", "KALSHI_LIVE_PRIVATE_KEY_PATH"])("needs %s", async (name) => {
        const given = await variables({ [name]: "" });
        expect(() => readTarget(given)).toThrow("Set KALSHI_LIVE_API_KEY_ID and KALSHI_LIVE_PRIVATE_KEY_PATH");
    });
});

test("if Kalshi refuses new keys, the command reports what failed and why, and ends with code 1", async () => {
    const emulator = await emulatorWith({ attestationMissing: true });
    const { out, ended } = await start(liveEnvironmentOf(emulator));
    const { code, printed } = await ended;
    expect({ code, printed }).toMatchObject({ code: 1 });
    const { status, life, probes: answers } = reportIn(out);
    expect(status).toBe("failed");
    expect(life.map(({ step, error }) => [step, error])).toEqual(
        providers.map(() => ["up creates both keys", expect.stringMatching(/403.*location attestation/s) as string]),
    );
    expect(answers.find(({ probe }) => probe === "Revocation")).toMatchObject({
        case: "the probe failed",
        kalshi: expect.stringMatching(/403.*location attestation/) as string,
    });
    // This probe needs no key.
    expect(answers.filter(({ probe, same }) => probe === "Timestamps" && same)).toHaveLength(10);
});

test("the command ends with code 1 and one line if the credentials are wrong, and creates nothing", async () => {
    const emulator = await emulatorWith();
    const { ended } = await start({ ...liveEnvironmentOf(emulator), KALSHI_LIVE_API_KEY_ID: randomUUID() });
    const { code, printed } = await ended;
    expect(code).toBe(1);
    expect(printed).toMatch(/^.*401.*NOT_FOUND.*\n$/);
    expect((await requests(emulator)).filter(({ method }) => method !== "GET")).toEqual([]);
});
