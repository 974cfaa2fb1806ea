import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { symlinkSync, writeFileSync } from "node:fs";
import { mkdir, readdir, rename } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { EmulatorOptions } from "../../emulator/options";
import type { Entry } from "../../provider/src/journal/entry";
import { FolderJournal, journalFolder, newFile, writeEntry } from "../../provider/src/journal/journal";
import { thisProcess } from "../../provider/src/journal/processIdentity";
import { currentBackend } from "../../provider/src/journal/stackIdentity";
import { root } from "../../tools/paths";
import { run } from "../../tools/processes";
import { doctorIn, cliProgram, findingsIn } from "../support/doctor";
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
    rootKeyPem,
    scratchFolder,
    untilStruck,
} from "../support/harness";
import { ageEntries, endedProcess, entriesOf, openEntriesIn } from "../support/killing";
import { leaks } from "../support/leaks";
import { StubbedStack } from "../support/stubbedStack";

afterEach(cleanUp);

const name = "bot-0123456";
const longAgo = "2026-01-01T00:00:00.000Z";

/** Creates a stack without resources. */
async function emptyStack(options: Partial<EmulatorOptions> = {}) {
    const emulator = await emulatorWith(options);
    return { emulator, account: clientOf(emulator), stack: await StubbedStack.create(emulator) };
}

/** Creates a stack whose state holds a key with a unique name. */
async function stackWithKey(options: Partial<EmulatorOptions> = {}) {
    const created = await emptyStack(options);
    const { apiKeyId } = await created.account.generateApiKey({ name });
    const held = { resource: "bot", name, apiKeyId };
    created.stack.setState([held]);
    return { ...created, apiKeyId, held };
}

/** Records a create of the stack in the journal. By default it is old, and its process has ended. */
async function record({ emulator, env, folder }: StubbedStack, more: Partial<Entry> = {}): Promise<string> {
    const file = newFile(journalFolder(env));
    await writeEntry(file, {
        name,
        uniqueName: true,
        environment: emulator.baseUrl,
        signedBy: emulator.rootKeyId,
        project: "tests",
        stack: "test",
        resource: "bot",
        folder,
        backend: await currentBackend(env, folder),
        startedAt: longAgo,
        process: endedProcess(),
        status: "pending",
        earlierAttemptMayExist: false,
        ...more,
    });
    return file;
}

/** The doctor waits up to ten seconds for a list that shows a young key. */
const fastTime = { NODE_OPTIONS: `--require=${join(root, "tests", "support", "fastTime.cjs")}` };

const whatOf = (actions: readonly { what: string }[]) => actions.map(({ what }) => what);

describe("without a stack", () => {
    test("runs the other checks", async () => {
        const { emulator, stack } = await emptyStack();
        const { code, stdout } = await doctorIn(await scratchFolder(), stack.env);
        expect(stdout).toMatch(/^• Stack: no stack: .* is in no Pulumi project$/m);
        expect(stdout).toContain("✓ Credentials: accepted");
        expect(stdout).toContain(`"root" (${emulator.rootKeyId}), the signing key`);
        expect(code).toBe(0);
    });

    test("names the line of an invalid project file, and quotes nothing of it", async () => {
        const { stack } = await emptyStack();
        const folder = await scratchFolder();
        const [first, ...rest] = ownKeyPair("rsa").privateKey.split("\n");
        writeFileSync(join(folder, "Pulumi.yaml"), `config:\n  key: |\n    ${first}\n    ${rest.join("\n  ")}`);
        const { stdout } = await doctorIn(folder, stack.env);
        expect(stdout).toMatch(/^✗ Stack: no stack: \S+Pulumi\.yaml is no valid YAML in line \d+ \(\w+\)$/m);
    });

    test("reports how to install a missing engine, and runs the other checks", async () => {
        const { stack } = await emptyStack();
        const path = await scratchFolder();
        symlinkSync(process.execPath, join(path, "node"));
        const { code, stdout } = await doctorIn(await scratchFolder(), { ...stack.env, PATH: path });
        expect(stdout).toMatch(/^✗ Engine: there is no `pulumi` on PATH.*https:/m);
        expect(stdout).toContain("✓ Credentials: accepted");
        expect(stdout).toContain("1 thing needs attention.");
        expect(code).toBe(1);
    });
});

test("names a folder that does not exist without its control characters", async () => {
    const { code, stderr } = await run(process.execPath, [cliProgram, "doctor", "-C", "/none/\u001b[31m\u009b2Jred"]);
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining("/none/ red") as unknown });
});

test("names the Node version that it needs if Node is too old", async () => {
    const old = join(await scratchFolder(), "old.cjs");
    writeFileSync(
        old,
        `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "22.11.0" } });`,
    );
    const { code, stdout, stderr } = await run(process.execPath, ["--require", old, cliProgram, "doctor"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^pulumi-kalshi .*22\.12 .*22\.11\.0\. .*\(KALSHI_NODE_TOO_OLD\)\n$/);
});

describe("without a usable account", () => {
    test.each<[string, NodeJS.ProcessEnv, RegExp]>([
        [
            "an unknown key id",
            { KALSHI_API_KEY_ID: randomUUID() },
            /✗ Credentials: .*status 401.*\(KALSHI_CREDENTIALS_REFUSED\)$/m,
        ],
        ["missing credentials", { KALSHI_API_KEY_ID: "" }, /✗ .*KALSHI_CREDENTIALS_MISSING/],
        [
            "a closed port",
            { KALSHI_BASE_URL: "http://127.0.0.1:9/trade-api/v2" },
            /✗ Credentials: .*ECONNREFUSED.*\(KALSHI_UNREACHABLE\)$/m,
        ],
    ])("reports %s", async (_, more, expected) => {
        const { stack } = await emptyStack();
        const { code, stdout } = await doctorIn(await scratchFolder(), { ...stack.env, ...more });
        expect(stdout).toMatch(expected);
        expect(code).toBe(1);
    });

    test.each([
        ["a missing endpoint for the usage level", "signer", /^• Usage level: not available on this server$/m, 0],
        ["a list without the signing key", "another", /^✗ Credentials: accepted, but the list .* is incomplete/m, 1],
    ])("reports %s", async (_, apiKeyId, expected, exitCode) => {
        const server = createServer(({ url }, answer) => {
            const body =
                url?.endsWith("/api_keys") === true ? { api_keys: [{ api_key_id: apiKeyId, name: "root" }] } : {};
            answer.writeHead("api_keys" in body ? 200 : 404).end(JSON.stringify(body));
        });
        server.listen(0, "127.0.0.1");
        await once(server, "listening");
        onCleanUp(async () => void server.close());
        const { port } = server.address() as AddressInfo;
        const { stack } = await emptyStack();
        const { code, stdout } = await doctorIn(await scratchFolder(), {
            ...stack.env,
            KALSHI_BASE_URL: `http://127.0.0.1:${port}/trade-api/v2`,
            KALSHI_API_KEY_ID: "signer",
            KALSHI_PRIVATE_KEY: ownKeyPair("ed25519").privateKey,
        });
        expect(stdout).toMatch(expected);
        expect(code).toBe(exitCode);
    });

    test("reports clock skew", async () => {
        const { stack } = await emptyStack({ now: () => Date.now() + 120_000 });
        const { code, stdout } = await doctorIn(await scratchFolder(), stack.env);
        expect(stdout).toMatch(/✗ Clock: this machine's is 1(19|20|21) s behind Kalshi's.*NTP/);
        expect(stdout).toContain("✓ Credentials: accepted");
        expect(code).toBe(1);
    });
});

test("prefers the stack's options to variables, and reports a typo and a private key in plaintext", async () => {
    const { emulator, stack } = await emptyStack();
    Object.assign(stack.env, { KALSHI_API_KEY_ID: "another", KALSHI_PRIVATE_KEY_PATH: "/nowhere.pem" });
    const apiKeyId = { value: emulator.rootKeyId, secret: false };
    const privateKey = { value: rootKeyPem(emulator), secret: true };
    const options = { "kalshi:apiKeyId": apiKeyId, "kalshi:privateKey": privateKey };
    stack.setConfiguration({ ...options, "kalshi:privatKey": { value: "a typo", secret: false } });
    const mistyped = await stack.doctor();
    expect(mistyped.stdout).toMatch(/✗ kalshi:privatKey .*kalshi:privateKey\b.*KALSHI_OPTION_UNKNOWN/);
    expect(mistyped.stdout).toContain("Credentials: not checked");
    expect(mistyped.code).toBe(1);

    stack.setConfiguration(options);
    const { code, stdout } = await stack.doctor();
    expect(stdout).toContain(`apiKeyId:       ${emulator.rootKeyId} (option kalshi:apiKeyId)`);
    expect(stdout).toContain("privateKey:     set (secret) (option kalshi:privateKey)");
    expect(stdout).toContain("/nowhere.pem (variable KALSHI_PRIVATE_KEY_PATH; not used");
    expect(code).toBe(0);

    stack.setConfiguration({ ...options, "kalshi:privateKey": { ...privateKey, secret: false } });
    const unsafe = await stack.doctor();
    expect(unsafe.stdout).toContain("pulumi config set --secret kalshi:privateKey");
    expect(unsafe.code).toBe(1);
    const printed = new Map([["text", mistyped.stdout + stdout + unsafe.stdout]]);
    expect(leaks([rootKeyPem(emulator)], await scratchFolder(), printed)).toEqual([]);
});

test("reports a key that was revoked outside Pulumi", async () => {
    const { account, stack, apiKeyId } = await stackWithKey();
    await account.deleteApiKey(apiKeyId);
    const { code, stdout } = await doctorIn(await scratchFolder(), stack.env, "--cwd", stack.folder);
    expect(stdout).toMatch(new RegExp(`✗ "${name}" \\(${apiKeyId}\\): .*pulumi refresh`));
    expect(stdout).toContain("1 thing needs attention.");
    expect(code).toBe(1);
});

test("lists a second key with the unique name of a key in the state as orphaned, without any record", async () => {
    const { emulator, account, stack, held, apiKeyId } = await stackWithKey();
    const explicit = await account.generateApiKey({ name: "explicit" });
    stack.setState([held, { resource: "explicit", ...explicit, name: "explicit", uniqueName: false }]);
    const late = await account.generateApiKey({ name });
    const twin = await account.generateApiKey({ name: "explicit" });
    const { ok, interruptedCreates, actions } = await stack.findings("--fix", "--yes");
    expect(interruptedCreates).toMatchObject([
        { name, sources: ["list"], verdict: "orphaned", orphans: [late.apiKeyId] },
    ]);
    expect(whatOf(actions)).toEqual(["revoked"]);
    expect(ok).toBe(true);
    const left = [apiKeyId, explicit.apiKeyId, twin.apiKeyId];
    expect((await accountKeys(emulator)).sort()).toEqual(left.sort());
});

describe("a pending operation without a journal entry", () => {
    const creating = { resource: "bot", name };

    test("identifies the orphaned key, whose name --fix records before it changes the state", async () => {
        const { emulator, account, stack } = await emptyStack();
        await account.generateApiKey({ name });
        stack.setState([], [creating]);
        stack.lock(true);
        const locked = await stack.doctor("--fix", "--yes");
        expect(locked.stdout).toMatch(/✗ Fix: .*the stack is currently locked.*\(KALSHI_FIX_FAILED\)/);
        expect(locked.code).toBe(1);
        expect(await entriesOf({ stack })).toMatchObject([{ name, uniqueName: true, resource: "bot" }]);
        expect(await accountKeys(emulator)).toHaveLength(1);
        expect(stack.pending()).toBe(1);

        await ageEntries({ stack });
        stack.lock(false);
        const { ok, actions } = await stack.findings("--fix", "--yes");
        expect(whatOf(actions)).toEqual(["cleared", "revoked", "removed"]);
        expect(ok).toBe(true);
        expect(await accountKeys(emulator)).toEqual([]);
        expect(stack.pending()).toBe(0);
    });

    test("stays if the state's other key reveals credentials of another account", async () => {
        const { account, stack, held } = await stackWithKey();
        await account.generateApiKey({ name: "late-0123456" });
        stack.setState([held], [{ resource: "late", name: "late-0123456" }]);
        const env = { ...stack.env, ...environmentOf(await emulatorWith()) };
        const found = await findingsIn(stack.folder, env, "--fix", "--yes");
        expect(found).toMatchObject({ interruptedCreates: [{ verdict: "otherAccount" }], actions: [] });
        expect(stack.pending()).toBe(1);
        expect(await stack.findings()).toMatchObject({ interruptedCreates: [{ verdict: "orphaned" }] });
    });

    test("is printed without control characters of a name", async () => {
        const { account, stack } = await emptyStack();
        const hostile = "bot\u001b[2J\u202e\u009b31m";
        await account.generateApiKey({ name: hostile });
        stack.setState([], [{ resource: "bot", name: hostile, uniqueName: false }]);
        const controls = /(?!\n)[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/;
        expect((await stack.doctor("--fix", "--yes")).stdout).not.toMatch(controls);
        expect((await stack.doctor("--json")).stdout).not.toMatch(controls);
        const [create] = (await stack.findings()).interruptedCreates;
        expect(create?.name).toBe(hostile);
    });

    test("is printed without a private key in a name", async () => {
        const { account, stack } = await emptyStack();
        const { privateKey } = ownKeyPair("ed25519");
        await account.generateApiKey({ name: privateKey });
        stack.setState([], [{ resource: "bot", name: privateKey, uniqueName: false }]);
        const [, line = ""] = privateKey.split("\n");
        expect((await stack.doctor("--fix", "--yes")).stdout).not.toContain(line);
        expect((await stack.doctor("--json")).stdout).not.toContain(line);
    });
});

test("asks before --fix, and changes nothing without a terminal", async () => {
    const { emulator, account, stack } = await emptyStack();
    const { apiKeyId } = await account.generateApiKey({ name });
    stack.setState([], [{ resource: "bot", name }]);
    await record(stack);
    const { code, stdout, stderr } = await stack.doctor("--fix");
    expect(stderr).toMatch(/Nothing was touched.*--yes/);
    expect(stdout).toContain(`orphan: ${apiKeyId}`);
    expect(code).toBe(1);
    expect(await accountKeys(emulator)).toEqual([apiKeyId]);
    expect(stack.pending()).toBe(1);
});

test("reports and keeps a key with an explicit name, with its records", async () => {
    const { emulator, account, stack } = await emptyStack();
    const creating = [
        { resource: "auto", name },
        { resource: "explicit", name: "explicit", uniqueName: false },
    ];
    stack.setState([], creating);
    for (const create of creating) {
        await account.generateApiKey(create);
        await record(stack, { uniqueName: true, ...create });
    }
    const keys = await account.listApiKeys();
    const candidate = keys.find((key) => key.name === "explicit")?.apiKeyId ?? "";

    const first = await stack.findings("--fix", "--yes");
    expect(first.interruptedCreates.find((create) => create.name === "explicit")).toMatchObject({
        uniqueName: false,
        verdict: "candidate",
        orphans: [],
        candidates: [candidate],
    });
    // The journal identifies the other key. Its pending operation stays, because the engine clears all or none.
    expect(first.checks.find((check) => check.name === "pending operations")?.text).toContain("1 must stay");
    expect(first.ok).toBe(false);
    expect(whatOf(first.actions)).toEqual(["revoked", "kept"]);
    expect(await accountKeys(emulator)).toEqual([candidate]);
    expect(stack.pending()).toBe(2);

    await account.deleteApiKey(candidate);
    await ageEntries({ stack });
    const second = await stack.findings("--fix", "--yes");
    expect(whatOf(second.actions)).toEqual(["cleared", "removed", "removed"]);
    expect(second.ok).toBe(true);
    expect(stack.pending()).toBe(0);
    expect(await entriesOf({ stack })).toEqual([]);
});

test("keeps the record of an orphaned key until it is revoked", async () => {
    const { emulator, account, stack } = await emptyStack();
    const { apiKeyId } = await account.generateApiKey({ name });
    stack.setState([], [{ resource: "bot", name }]);
    // The dynamic provider leaves such an entry if it returned the key to an engine that had ended.
    await record(stack, { status: "delivered", apiKeyId });
    await inject(emulator, { operation: "delete", when: "before", kind: "status", status: 403 });
    const { stdout } = await stack.doctor("--fix", "--yes");
    expect(stdout).toMatch(new RegExp(`✗ Fix: .*\\(${apiKeyId}\\): status 403.*KALSHI_FIX_FAILED`));
    expect(stack.pending()).toBe(0);
    expect((await stack.findings("--fix", "--yes")).ok).toBe(true);
    expect(await accountKeys(emulator)).toEqual([]);
    expect(await openEntriesIn(journalFolder(stack.env))).toEqual([]);
});

describe("if another process interferes with --fix", () => {
    /** Creates a stack with the pending operation, the entry and the orphaned key of an interrupted create. */
    async function interruptedStack() {
        const created = await emptyStack();
        const orphan = await created.account.generateApiKey({ name });
        const creating = [{ resource: "bot", name }];
        created.stack.setState([], creating);
        await record(created.stack);
        return { ...created, orphan: orphan.apiKeyId, creating };
    }

    const update = { kind: "update", startTime: "1" };

    test.each<[string, string, number, boolean, RegExp]>([
        ["before the second export", "stack export", 2, true, /✗ Fix: The stack .*KALSHI_FIX_OUTDATED/],
        ["before the pending operations are cleared", "refresh", 1, true, /✗ Fix: .*\(update of 1\).*FIX_CONCURRENT/],
        ["while the pending operations are cleared", "stack history", 2, false, /✗ Fix: .*\(update of 1\).*FIX_CONC/],
    ])("by an update %s, no key is revoked", async (_, command, count, keepsPending, expected) => {
        const { emulator, account, stack, orphan, creating } = await interruptedStack();
        const other = "bot-abcdef0";
        const { code, stdout } = await stack.fixMeanwhile(command, count, async () => {
            const { apiKeyId } = await account.generateApiKey({ name: other });
            stack.setUpdates([update]);
            stack.setState([{ resource: "bot", name: other, apiKeyId }], keepsPending ? creating : []);
        });
        expect(stdout).toMatch(expected);
        expect(code).toBe(1);
        expect(await accountKeys(emulator)).toContain(orphan);
        expect(await accountKeys(emulator)).toHaveLength(2);
    });

    test("by an update after the pending operations are cleared, only the orphaned key is revoked", async () => {
        const { emulator, account, stack } = await interruptedStack();
        const live = await account.generateApiKey({ name: "bot-abcdef0" });
        const { stdout } = await stack.fixMeanwhile("stack export", 3, () => {
            stack.setUpdates([update]);
            stack.setState([{ resource: "bot", name: "bot-abcdef0", ...live }]);
        });
        expect(stdout).toMatch(/✓ Revoked the API key/);
        expect(await accountKeys(emulator)).toEqual([live.apiKeyId]);
    });

    test("by an import of the orphaned key, the key is kept", async () => {
        const { emulator, stack, orphan } = await interruptedStack();
        const { code, stdout } = await stack.fixMeanwhile("stack export", 3, () => {
            stack.setState([{ resource: "rescued", name, apiKeyId: orphan }]);
        });
        expect(stdout).toMatch(/✗ Fix: .*"bot-[0-9a-f]{7}".*KALSHI_FIX_OUTDATED/);
        expect(code).toBe(1);
        expect(await accountKeys(emulator)).toEqual([orphan]);
    });

    test("by another key of the same name, nothing is changed", async () => {
        const { emulator, account, stack } = await interruptedStack();
        const { code, stdout } = await stack.fixMeanwhile("stack export", 2, () => account.generateApiKey({ name }));
        expect(stdout).toMatch(/✗ Fix: The account's keys .*KALSHI_FIX_OUTDATED/);
        expect(code).toBe(1);
        expect(await accountKeys(emulator)).toHaveLength(2);
        expect(await entriesOf({ stack })).toHaveLength(1);
        expect(stack.pending()).toBe(1);
    });
});

describe("a journal entry", () => {
    test("of a key that the state holds is removed, and the key is kept", async () => {
        const { emulator, stack, apiKeyId } = await stackWithKey();
        await record(stack, { noKeySince: longAgo });
        const { ok, interruptedCreates } = await stack.findings("--fix", "--yes");
        expect(interruptedCreates).toMatchObject([{ verdict: "noKey", orphans: [] }]);
        expect(ok).toBe(true);
        expect(await accountKeys(emulator)).toEqual([apiKeyId]);
        expect(await entriesOf({ stack })).toEqual([]);
    });

    test("of a process that has not ended is in flight, and nothing is changed", async () => {
        const { emulator, account, stack } = await emptyStack();
        await account.generateApiKey({ name });
        await record(stack, { process: thisProcess() });
        const { ok, interruptedCreates, actions } = await stack.findings("--fix", "--yes");
        expect(interruptedCreates).toMatchObject([{ name, verdict: "inFlight", processes: [{ pid: process.pid }] }]);
        expect({ ok, actions }).toEqual({ ok: false, actions: [] });
        expect(await accountKeys(emulator)).toHaveLength(1);
    });

    test("of a delivered key that was removed from the state makes it a candidate", async () => {
        const { emulator, account, stack } = await emptyStack();
        const { apiKeyId } = await account.generateApiKey({ name });
        await record(stack, { status: "delivered", apiKeyId });
        const { interruptedCreates, actions } = await stack.findings("--fix", "--yes");
        expect(interruptedCreates).toMatchObject([{ verdict: "delivered", candidates: [apiKeyId] }]);
        expect(actions).toEqual([]);
        expect(await accountKeys(emulator)).toEqual([apiKeyId]);
    });

    test("of a create that was repeated under the same name revokes no key that has moved to another stack", async () => {
        const { emulator, stack, apiKeyId } = await stackWithKey();
        await record(stack);
        new FolderJournal(journalFolder(stack.env), () => undefined).held(apiKeyId, name);
        stack.setState([]);
        const { interruptedCreates, actions } = await stack.findings("--fix", "--yes");
        expect(interruptedCreates).toMatchObject([{ verdict: "delivered", candidates: [apiKeyId] }]);
        expect(actions).toEqual([]);
        expect(await accountKeys(emulator)).toEqual([apiKeyId]);
    });

    test.each(["is in the state", "was removed from the state"])(
        "revokes only the late key of the first attempt if the key of the retried create %s",
        async (which) => {
            const { emulator, account, stack, apiKeyId } = await stackWithKey();
            await record(stack, { status: "delivered", apiKeyId, earlierAttemptMayExist: true });
            const late = await account.generateApiKey({ name });
            if (which !== "is in the state") {
                stack.setState([]);
            }
            const { ok, interruptedCreates } = await stack.findings("--fix", "--yes");
            expect(interruptedCreates).toMatchObject([{ verdict: "orphaned", orphans: [late.apiKeyId] }]);
            expect(ok).toBe(true);
            expect(await accountKeys(emulator)).toEqual([apiKeyId]);
        },
    );

    test("of a young retried create stays, and an old one is removed with its second key", async () => {
        const { emulator, account, stack, apiKeyId } = await stackWithKey();
        const retried = { status: "delivered", apiKeyId, earlierAttemptMayExist: true } as const;
        const file = await record(stack, retried);
        const [entry] = (await entriesOf({ stack })) as [Entry];
        for (const [startedAt, then] of [
            [new Date().toISOString(), "kept"],
            [longAgo, "removed"],
        ] as const) {
            await writeEntry(file, { ...entry, startedAt });
            await account.generateApiKey({ name });
            const { ok, actions } = await stack.findings("--fix", "--yes");
            expect(whatOf(actions)).toEqual(["revoked", then]);
            expect(ok).toBe(true);
            expect(await accountKeys(emulator)).toEqual([apiKeyId]);
        }
    });

    test("of a retried create stays while a lagging list lacks its key", async () => {
        const { stack, apiKeyId } = await stackWithKey({ listLag: 60_000 });
        Object.assign(stack.env, fastTime);
        await record(stack, { status: "delivered", apiKeyId, earlierAttemptMayExist: true });
        const { interruptedCreates, actions } = await stack.findings("--fix", "--yes");
        expect(interruptedCreates).toMatchObject([{ name, verdict: "unsettled", orphans: [], candidates: [] }]);
        expect(whatOf(actions)).toEqual(["kept"]);
        expect(await entriesOf({ stack })).toHaveLength(1);
    });

    test("identifies a key that a lagging list shows only later", async () => {
        const { account, stack } = await emptyStack({ listLag: 2_000 });
        await record(stack);
        await account.generateApiKey({ name });
        expect(await stack.findings()).toMatchObject({ interruptedCreates: [{ verdict: "orphaned" }] });
    });

    test("stays until the key of a request that Kalshi completes after --fix is revoked", async () => {
        const { emulator, account, stack } = await emptyStack();
        Object.assign(stack.env, fastTime);
        stack.setState([], [{ resource: "bot", name }]);
        await record(stack);
        await inject(emulator, { operation: "generate", when: "before", kind: "hold" });
        const creation = account.generateApiKey({ name });
        await untilStruck(emulator, "before hold");
        for (const expected of [["cleared", "kept"], ["kept"]]) {
            const { ok, interruptedCreates, actions } = await stack.findings("--fix", "--yes");
            expect(interruptedCreates).toMatchObject([{ name, verdict: "unsettled" }]);
            expect(whatOf(actions)).toEqual(expected);
            expect(ok).toBe(true);
        }
        expect(await entriesOf({ stack })).toMatchObject([{ name, noKeySince: expect.any(String) as unknown }]);

        await release(emulator);
        await creation;
        expect(await stack.findings("--fix", "--yes")).toMatchObject({
            ok: true,
            interruptedCreates: [{ name, verdict: "orphaned" }],
        });
        expect(await accountKeys(emulator)).toEqual([]);
    });

    test("of a renamed stack makes its key a candidate, and one of a moved project an orphan", async () => {
        const { emulator, account, stack } = await emptyStack();
        const { apiKeyId } = await account.generateApiKey({ name });
        await record(stack);
        stack.rename("renamed");
        const { interruptedCreates } = await stack.findings("--fix", "--yes");
        expect(interruptedCreates).toMatchObject([{ verdict: "candidate", candidates: [apiKeyId] }]);
        expect(await accountKeys(emulator)).toEqual([apiKeyId]);

        stack.rename("test");
        const moved = join(await scratchFolder(), "moved");
        await rename(stack.folder, moved);
        expect(await findingsIn(moved, stack.env, "--fix", "--yes")).toMatchObject({ ok: true });
        expect(await accountKeys(emulator)).toEqual([]);
    });

    test("identifies the orphan of a stack in a file backend of an old version, whose stacks have no project", async () => {
        const { emulator, account, stack } = await emptyStack();
        await account.generateApiKey({ name });
        await record(stack);
        stack.rename("test", "test");
        expect(await stack.findings("--fix", "--yes")).toMatchObject({ interruptedCreates: [{ verdict: "orphaned" }] });
        expect(await accountKeys(emulator)).toEqual([]);
    });

    test("of the program's folder within the project may be this stack's if its backend is unknown", async () => {
        const { account, stack } = await emptyStack();
        const program = join(stack.folder, "program");
        await mkdir(program);
        await record(stack, { folder: program, backend: undefined });
        const { apiKeyId } = await account.generateApiKey({ name });
        expect(await stack.findings("--fix", "--yes")).toMatchObject({
            interruptedCreates: [{ verdict: "candidate", candidates: [apiKeyId] }],
            actions: [],
        });
    });

    test.each<[string, Partial<Entry>, string]>([
        ["another stack", { stack: "prod", backend: undefined }, "other stacks: 1; run this there"],
        ["another folder", { folder: root, backend: undefined }, `${root}, stack tests/test: 1`],
        ["another backend", { backend: "https://api.pulumi.com" }, "other stacks: 1; run this there"],
        ["another organization", { organization: "acme" }, "other stacks: 1; run this there"],
        ["another environment", { environment: "demo" }, "environment demo, signing key"],
    ])("of %s is reported and kept", async (_, more, expected) => {
        const { emulator, account, stack } = await emptyStack();
        await record(stack, more);
        await account.generateApiKey({ name });
        const { code, stdout } = await stack.doctor("--fix", "--yes");
        expect(stdout).toContain(expected);
        expect(code).toBe(0);
        expect(await accountKeys(emulator)).toHaveLength(1);
        expect(await entriesOf({ stack })).toHaveLength(1);
    });

    test("with a revoked signing key makes its key a candidate if the list contains its name", async () => {
        const { emulator, account, stack } = await emptyStack();
        await record(stack, { signedBy: randomUUID() });
        const elsewhere = await stack.findings("--fix", "--yes");
        expect(elsewhere).toMatchObject({ ok: true, interruptedCreates: [{ verdict: "otherAccount" }], actions: [] });
        const { apiKeyId } = await account.generateApiKey({ name });
        const { stdout } = await stack.doctor("--fix", "--yes");
        expect(stdout).toMatch(/candidate: .*\n *It may belong to another account: the key that signed its create/);
        expect(await accountKeys(emulator)).toEqual([apiKeyId]);
    });

    test("of another machine with the same path of its file backend makes its key a candidate", async () => {
        const { emulator, account, stack } = await emptyStack();
        await record(stack, { process: { host: "elsewhere", pid: 1 } });
        const { apiKeyId } = await account.generateApiKey({ name });
        const { interruptedCreates, actions } = await stack.findings("--fix", "--yes");
        expect(interruptedCreates).toMatchObject([{ verdict: "candidate", candidates: [apiKeyId] }]);
        expect(actions).toEqual([]);
        expect(await accountKeys(emulator)).toEqual([apiKeyId]);
    });

    test("with a missing folder and no backend makes its key a candidate", async () => {
        const { emulator, account, stack } = await emptyStack();
        await record(stack, { folder: "/gone", backend: undefined });
        const { apiKeyId } = await account.generateApiKey({ name });
        const { interruptedCreates, actions } = await stack.findings("--fix", "--yes");
        expect(interruptedCreates).toMatchObject([{ verdict: "candidate", candidates: [apiKeyId] }]);
        expect(actions).toEqual([]);
        expect(await accountKeys(emulator)).toEqual([apiKeyId]);
    });

    test("of another stack's delivered key is ignored", async () => {
        const { stack } = await emptyStack();
        await record(stack, { stack: "prod", backend: undefined, status: "delivered", apiKeyId: randomUUID() });
        const { code, stdout } = await stack.doctor("--fix", "--yes");
        expect(stdout).not.toContain("other stacks");
        expect(code).toBe(0);
        expect(await entriesOf({ stack })).toHaveLength(1);
    });

    test("of another version is reported and kept", async () => {
        const { stack } = await emptyStack();
        const file = await record(stack);
        writeFileSync(file, JSON.stringify({ version: 9, name: "bot" }));
        const { code, stdout } = await stack.doctor("--fix", "--yes");
        expect(stdout).toContain(file);
        expect(stdout).toMatch(/1 entry file\(s\) cannot be read: another version/);
        expect(code).toBe(1);
        expect(await readdir(journalFolder(stack.env))).toHaveLength(1);
    });

    test("that is truncated is removed, because its request was never sent", async () => {
        const { stack } = await emptyStack();
        await record(stack, { stack: "other", backend: undefined });
        const truncated = newFile(journalFolder(stack.env));
        writeFileSync(truncated, '{"name": "bo');
        const { code, stdout } = await stack.doctor();
        expect(stdout).toContain(truncated);
        expect(code).toBe(1);
        expect(await stack.findings("--fix", "--yes")).toMatchObject({ ok: true, actions: [{ what: "removed" }] });
        expect(await readdir(journalFolder(stack.env))).toHaveLength(1);
    });
});
