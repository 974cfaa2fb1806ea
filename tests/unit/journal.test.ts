import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import fs, { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { homedir, hostname } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { CreateOutcome, CreateRecord } from "../../provider/src/apiKey/platform";
import { compareStacks, currentBackend, normalizeBackend } from "../../provider/src/journal/stackIdentity";
import { isInFlight, type Entry } from "../../provider/src/journal/entry";
import {
    FolderJournal,
    journalFolder,
    readJournal,
    settleByList,
    writeEntry,
    type ConnectionCheck,
} from "../../provider/src/journal/journal";
import { inspect, isThisProcess, parseStartTime, thisProcess } from "../../provider/src/journal/processIdentity";
import { root } from "../../tools/paths";
import { endedProcess } from "../support/killing";
import { cleanUp, onCleanUp, scratchFolder, until } from "../support/harness";

afterEach(cleanUp);

const onLinux = process.platform === "linux" ? test : test.skip;

const create: CreateRecord = {
    project: "tests",
    stack: "dev",
    resource: "bot",
    name: "bot-1a2b3c4",
    uniqueName: true,
    environment: "demo",
    signedBy: "7ab1e452-1645-4ba0-9e85-a31a93a14e29",
    startedAt: "2026-11-23T12:00:00.000Z",
};

const backend = "file:///state";

/** Returns an entry of an earlier process of this machine. */
function entryOf(more: Partial<Entry> = {}): Entry {
    return {
        ...create,
        folder: process.cwd(),
        backend,
        process: endedProcess(),
        status: "pending",
        earlierAttemptMayExist: false,
        ...more,
    };
}

/** ISO 8601. */
const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();

const longAgo = minutesAgo(60);
const delivered = { status: "delivered", apiKeyId: "id" } as const;
const undelivered = { status: "undelivered", apiKeyId: "id" } as const;

let backendUrl: string | undefined;
beforeAll(() => {
    backendUrl = process.env["PULUMI_BACKEND_URL"];
    process.env["PULUMI_BACKEND_URL"] = backend;
});
afterAll(() => {
    if (backendUrl === undefined) {
        delete process.env["PULUMI_BACKEND_URL"];
    } else {
        process.env["PULUMI_BACKEND_URL"] = backendUrl;
    }
});

async function journalWith(...entries: Entry[]): Promise<{
    folder: string;
    journalFor: (connectionCheck?: () => ConnectionCheck | undefined) => FolderJournal;
    warnings: string[];
    /** Returns the entries in the journal. */
    left: () => Promise<(Entry | undefined)[]>;
}> {
    const folder = journalFolder({ PULUMI_HOME: await scratchFolder() });
    const warnings: string[] = [];
    await Promise.all(entries.map((entry, index) => writeEntry(join(folder, `${index}.json`), entry)));
    return {
        folder,
        journalFor: (connectionCheck) =>
            new FolderJournal(folder, (message) => warnings.push(message), connectionCheck),
        warnings,
        left: async () => (await readJournal(folder)).map(({ entry }) => entry),
    };
}

test("writes an entry to disk before the create continues, in a folder that only the user can read", async () => {
    const { folder, journalFor, warnings } = await journalWith();
    await journalFor().begin({ ...create, organization: "acme" });
    const [file = ""] = readdirSync(folder);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
    const [found] = await readJournal(folder);
    expect(found?.entry).toEqual({
        ...create,
        organization: "acme",
        folder: process.cwd(),
        backend,
        process: thisProcess(),
        status: "pending",
        earlierAttemptMayExist: false,
    });
    expect(isInFlight(found?.entry as Entry, Date.now())).toBe(true);
    expect(warnings).toEqual([]);
});

test("flushes an entry to disk before renaming it to its name", async () => {
    const { journalFor } = await journalWith();
    const calls: string[] = [];
    const { fsync, rename } = fs;
    const spies = [
        jest.spyOn(fs, "fsync").mockImplementation(((descriptor: number, done: () => void) => {
            calls.push("fsync");
            fsync(descriptor, done);
        }) as never),
        jest.spyOn(fs, "rename").mockImplementation(((from: string, to: string, done: () => void) => {
            calls.push("rename");
            rename(from, to, done);
        }) as never),
    ];
    await journalFor().begin(create);
    spies.forEach((spy) => spy.mockRestore());
    expect(calls).toEqual(["fsync", "rename"]);
});

describe("the entry of a completed create", () => {
    beforeEach(() => {
        jest.useFakeTimers({ doNotFake: ["nextTick", "setImmediate"] });
    });
    afterEach(() => {
        jest.useRealTimers();
    });

    const created = (earlierAttemptMayExist = false): CreateOutcome => ({
        status: "created",
        apiKeyId: "id",
        earlierAttemptMayExist,
    });

    test.each<[string, CreateOutcome, ConnectionCheck | undefined, number, Partial<Entry> | undefined]>([
        ["is removed at once if Kalshi created no key", { status: "failed" }, undefined, 0, undefined],
        ["stays pending while the engine receives the response", created(), () => true, 999, {}],
        ["is removed after that", created(), () => true, 1_000, undefined],
        ["is undelivered if the engine has disconnected", created(), () => false, 0, undelivered],
        [
            "is undelivered if the engine has disconnected after a retry",
            created(true),
            () => false,
            0,
            { ...undelivered, earlierAttemptMayExist: true },
        ],
        [
            "stays pending for a second if the provider does not know whether the engine waits",
            created(),
            undefined,
            999,
            {},
        ],
        [
            "is delivered after that, so that the next run looks for the key in the state",
            created(),
            undefined,
            1_000,
            delivered,
        ],
        [
            "is delivered if an earlier attempt may exist",
            created(true),
            () => true,
            1_000,
            { ...delivered, earlierAttemptMayExist: true },
        ],
    ])("%s", async (_, outcome, isEngineConnected, milliseconds, more) => {
        const { journalFor, left } = await journalWith();
        (await journalFor(() => isEngineConnected).begin(create)).close(outcome);
        jest.advanceTimersByTime(milliseconds);
        jest.useRealTimers();
        const expected = more === undefined ? [] : [entryOf({ process: thisProcess(), ...more })];
        // The entry changes on disk beside the calls.
        await until(async () => isDeepStrictEqual(await left(), expected));
    });
});

const warning = expect.stringMatching(
    /^Cannot record in the journal which API keys are being created .*They are created all the same/,
) as unknown;

test("warns once about a file at the folder's path, and does not prevent creates", async () => {
    const { folder, journalFor, warnings } = await journalWith();
    mkdirSync(join(folder, ".."), { recursive: true });
    writeFileSync(folder, "");
    const journal = journalFor();
    (await journal.begin(create)).close({ status: "failed" });
    (await journal.begin(create)).close({ status: "created", apiKeyId: "id", earlierAttemptMayExist: true });
    expect(warnings).toEqual([warning]);
});

test("warns once about a full disk, prevents no create, and leaves no truncated entry", async () => {
    const { folder, journalFor, warnings } = await journalWith();
    const full = jest.spyOn(fs, "fsync").mockImplementation((_descriptor: number, done: (error: Error) => void) => {
        done(Object.assign(new Error("no space left on device"), { code: "ENOSPC" }));
    });
    const journal = journalFor();
    await journal.begin(create);
    await journal.begin(create);
    full.mockRestore();
    expect(warnings).toEqual([warning]);
    expect(warnings[0]).toMatch(/ENOSPC/);
    expect(readdirSync(folder)).toEqual([]);
});

test("returns a truncated entry without content, and skips a file that is being written", async () => {
    const { folder } = await journalWith();
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "a.json"), '{"name":"bot-1a2b3');
    writeFileSync(join(folder, "b.json"), "");
    writeFileSync(join(folder, "c.json.1234567"), "");
    writeFileSync(join(folder, "d.json"), '{"version":9}');
    expect(await readJournal(folder)).toEqual([
        { file: join(folder, "a.json"), isTorn: true },
        { file: join(folder, "b.json"), isTorn: true },
        { file: join(folder, "d.json"), isTorn: false },
    ]);
    expect(await readJournal(join(folder, "nowhere"))).toEqual([]);
});

test("stores the journal in Pulumi's home folder", () => {
    const inHome = join(homedir(), ".pulumi", "kalshi", "creations");
    expect(journalFolder({})).toBe(inHome);
    expect(journalFolder({ PULUMI_HOME: "" })).toBe(inHome);
    expect(journalFolder({ PULUMI_HOME: "/pulumi" })).toBe("/pulumi/kalshi/creations");
});

test("an unreadable folder is an error for the doctor, and no warning in a run", async () => {
    const { folder, journalFor, warnings } = await journalWith();
    mkdirSync(join(folder, ".."), { recursive: true });
    writeFileSync(folder, "");
    await expect(readJournal(folder)).rejects.toThrow(/ENOTDIR/);
    await journalFor().begin(create);
    expect(warnings).toEqual([warning]);
});

test("returns an entry that this user cannot read without content", async () => {
    const { folder } = await journalWith();
    mkdirSync(join(folder, "a.json"), { recursive: true });
    expect(await readJournal(folder)).toEqual([{ file: join(folder, "a.json"), isTorn: false }]);
});

test("reads entries of version 0.1.0", async () => {
    const found = await readJournal(join(root, "tests", "states", "0.1.0", "journal"));
    const { signedBy, ...common } = {
        environment: "demo",
        signedBy: "7ab1e452-1645-4ba0-9e85-a31a93a14e29",
        project: "shop",
        stack: "dev",
        resource: "bot",
        folder: "/srv/shop",
        startedAt: "2026-11-23T12:00:00.000Z",
        process: { host: "build-7", pid: 4711 },
    };
    const read = { ...common, signedBy, name: "bot-1a2b3c4", uniqueName: true };
    const apiKeyId = "0a7779b4-767c-4c77-875c-671b3b6dc45b";
    expect(Object.fromEntries(found.map(({ file, entry }) => [file.split("/").at(-1), entry]))).toEqual({
        "delivered.json": { ...read, status: "delivered", apiKeyId, earlierAttemptMayExist: false },
        "deliveredAfterRetry.json": { ...read, status: "delivered", apiKeyId, earlierAttemptMayExist: true },
        "pending.json": { ...read, status: "pending", earlierAttemptMayExist: false },
        "pendingWithExplicitName.json": {
            ...read,
            name: "bot",
            uniqueName: false,
            status: "pending",
            earlierAttemptMayExist: false,
        },
        "undelivered.json": { ...read, status: "undelivered", apiKeyId, earlierAttemptMayExist: false },
    });
});

test("warns once about entries of earlier runs of the same stack, and of no other stacks", async () => {
    const own = [
        entryOf(undelivered),
        entryOf({ ...delivered, earlierAttemptMayExist: true }),
        entryOf({ noKeySince: minutesAgo(5) }),
    ];
    const moved = [entryOf({ folder: "/moved" }), (({ backend: _, ...old }) => old)(entryOf())];
    const others: Partial<Entry>[] = [
        { stack: "prod" },
        { project: "other" },
        { backend: "https://api.pulumi.com" },
        { process: thisProcess() },
        delivered,
        { noKeySince: minutesAgo(4) },
    ];
    const { journalFor, warnings } = await journalWith(...own, ...moved, ...others.map((more) => entryOf(more)));
    const journal = journalFor();
    await journal.begin(create);
    await journal.begin(create);
    expect(warnings).toEqual([expect.stringMatching(/interrupted while it created 5 API key.*pulumi-kalshi doctor/)]);
});

describe("a key that the state holds", () => {
    test.each<[string, Partial<Entry>, boolean]>([
        ["settles a delivered entry", delivered, true],
        ["settles no entry of another key", { ...delivered, apiKeyId: "other" }, false],
        ["settles no entry whose earlier attempt may exist", { ...delivered, earlierAttemptMayExist: true }, false],
        ["settles no undelivered entry", undelivered, false],
        ["settles no pending entry", {}, false],
    ])("%s", async (_, more, isSettled) => {
        const { journalFor, left } = await journalWith(entryOf(more));
        journalFor().held("id");
        expect(await left()).toHaveLength(isSettled ? 0 : 1);
    });
});

describe("a key of the state with the unique name of an earlier entry", () => {
    const second: Partial<Entry> = { status: "delivered", apiKeyId: "second", earlierAttemptMayExist: true };

    test.each<[string, Partial<Entry>, Partial<Entry>]>([
        ["a pending one", {}, second],
        ["an undelivered one", undelivered, second],
        ["one that waits for a list", { noKeySince: longAgo }, { ...second, noKeySince: longAgo }],
        ["no delivered one", delivered, delivered],
        ["no one of another name", { name: "bot-abcdef0" }, { name: "bot-abcdef0" }],
        ["no one of an explicit name", { uniqueName: false }, { uniqueName: false }],
        ["no one in flight", { process: thisProcess() }, { process: thisProcess() }],
    ])("is recorded as delivered in %s", async (_, more, expected) => {
        const { journalFor, left } = await journalWith(entryOf(more));
        journalFor().held("second", create.name);
        const process = expected.process ?? (expect.any(Object) as never);
        expect(await left()).toEqual([{ ...entryOf(expected), process }]);
    });

    test("is not recorded in an entry that was settled in the meantime", async () => {
        const { folder, journalFor, left } = await journalWith(entryOf({ noKeySince: longAgo }));
        const journal = journalFor();
        journal.held("first", "bot-abcdef0");
        journal.reconcile({ environment: "demo", keys: [{ apiKeyId: create.signedBy, name: "root" }] });
        journal.held("second", create.name);
        expect(await left()).toEqual([]);
        expect(readdirSync(folder)).toEqual([]);
    });

    test("is recorded when its create repeats the one of the entry", async () => {
        const { journalFor, left } = await journalWith(entryOf());
        const isSecond = async () =>
            isDeepStrictEqual(
                (await left()).map((one) => one?.apiKeyId),
                ["second"],
            );
        const entry = await journalFor(() => () => true).begin(create);
        entry.close({ status: "created", apiKeyId: "second", earlierAttemptMayExist: false });
        await until(isSecond);
        expect(await left()).toMatchObject([second]);
    });

    test("is not recorded if its own name is explicit", async () => {
        const { journalFor, left } = await journalWith(entryOf());
        const entry = await journalFor(() => () => true).begin({ ...create, uniqueName: false });
        entry.close({ status: "created", apiKeyId: "second", earlierAttemptMayExist: false });
        await until(async () => (await left()).length === 1);
        expect(await left()).toEqual([{ ...entryOf(), process: expect.any(Object) as unknown }]);
    });
});

describe("a complete list of the account's keys", () => {
    const retried = { ...delivered, earlierAttemptMayExist: true };
    const own = { apiKeyId: "ID", name: create.name };
    const second = { apiKeyId: "second", name: create.name };
    const signing = { apiKeyId: create.signedBy, name: "root" };
    const parent = { ...thisProcess(), pid: process.ppid, startTime: undefined };
    const other = { apiKeyId: "other", name: "other" };

    const examined = { noKeySince: minutesAgo(5) };
    const waiting = { noKeySince: minutesAgo(4) };
    const uncertain = { earlierAttemptMayExist: true };

    test.each<[string, Partial<Entry>, (typeof own)[], "settled" | "marked" | "untouched"]>([
        ["settles a retried entry if it shows its key and no second one", retried, [signing, own], "settled"],
        ["keeps a retried entry that is young", { ...retried, startedAt: minutesAgo(4) }, [signing, own], "untouched"],
        ["settles one that is five minutes old", { ...retried, startedAt: minutesAgo(5) }, [signing, own], "settled"],
        ["keeps a retried entry if it shows a second key of its name", retried, [signing, own, second], "untouched"],
        ["keeps a retried entry if it shows another key of its name", retried, [signing, second], "untouched"],
        [
            "keeps an undelivered entry, because its key is an orphan",
            { ...undelivered, ...uncertain },
            [signing, own],
            "untouched",
        ],
        ["keeps a retried entry of an explicit name", { ...retried, uniqueName: false }, [signing, own], "untouched"],
        ["keeps a retried entry that may belong to another account", retried, [other], "untouched"],
        ["keeps one whose create was repeated on another account", retried, [other, own], "untouched"],
        ["marks a retried entry if it lacks its key, because it may lag", retried, [signing, other], "marked"],
        ["settles a retried entry after its key was revoked", { ...retried, ...examined }, [signing, other], "settled"],
        ["keeps an entry of another environment", { ...retried, environment: "prod" }, [signing, own], "untouched"],
        [
            "keeps an entry of this process, whose attempt may still succeed",
            { ...retried, process: thisProcess() },
            [signing, own],
            "untouched",
        ],
        ["keeps a delivered entry, which the state settles", delivered, [signing, own], "untouched"],
        ["marks a pending entry if it shows no key of its name", {}, [signing, other], "marked"],
        ["settles it if an older list showed none either", examined, [signing, other], "settled"],
        ["keeps it if the older list is too new", waiting, [signing, other], "untouched"],
        ["keeps it if it shows a key of its name", examined, [signing, own], "untouched"],
        ["keeps a pending entry of another account", examined, [other], "untouched"],
        ["keeps a pending entry of another environment", { ...examined, environment: "prod" }, [signing], "untouched"],
        ["marks an undelivered entry if it shows no key of its id", undelivered, [signing, second], "marked"],
        [
            "keeps an undelivered entry if it shows its key",
            { ...undelivered, ...examined },
            [signing, own],
            "untouched",
        ],
        [
            "keeps an undelivered entry if an earlier attempt may have left the key that it shows",
            { ...undelivered, ...uncertain, ...examined },
            [signing, second],
            "untouched",
        ],
        [
            "keeps a pending entry if its process may be running",
            { process: parent, startedAt: minutesAgo(4) },
            [signing],
            "untouched",
        ],
    ])("%s", async (_, more, keys, expected) => {
        const entry = entryOf(more);
        const { journalFor, left } = await journalWith(entry);
        journalFor().reconcile({ environment: "demo", keys });
        const [found] = await left();
        if (expected === "marked") {
            expect(Date.now() - Date.parse(found?.noKeySince ?? "")).toBeLessThan(60_000);
        }
        const kept = expected === "marked" ? { ...entry, noKeySince: found?.noKeySince } : entry;
        expect(found).toEqual(expected === "settled" ? undefined : kept);
    });

    test("does not change a file that is being written or cannot be read, and keeps files private", async () => {
        const { folder, journalFor } = await journalWith(entryOf(), entryOf(examined));
        writeFileSync(join(folder, "2.json.1234567"), JSON.stringify(entryOf(examined)));
        writeFileSync(join(folder, "3.json"), '{"name":"bot-1a2b3');
        mkdirSync(join(folder, "4.json"));
        journalFor().reconcile({ environment: "demo", keys: [signing] });
        expect(readdirSync(folder).sort()).toEqual(["0.json", "2.json.1234567", "3.json", "4.json"]);
        expect(statSync(join(folder, "0.json")).mode & 0o777).toBe(0o600);
    });

    test("marks an entry of this process for the doctor, which writes none for a create in flight", async () => {
        const entry = entryOf({ process: thisProcess() });
        const { folder, left } = await journalWith(entry);
        const list = { environment: "demo", keys: [signing] };
        expect(settleByList(join(folder, "0.json"), entry, list, new Set())).toBe(false);
        expect(await left()).toMatchObject([{ noKeySince: expect.any(String) as unknown }]);
    });

    test("settles nothing if the journal cannot be read", async () => {
        const { folder, journalFor } = await journalWith();
        journalFor().reconcile({ environment: "demo", keys: [own] });
        mkdirSync(join(folder, ".."), { recursive: true });
        writeFileSync(folder, "");
        expect(() => journalFor().reconcile({ environment: "demo", keys: [own] })).not.toThrow();
    });
});

describe("a process", () => {
    /** A process without a start time. Its pid may have been reused. */
    const running = process.platform === "linux" ? "running" : "unknown";

    test("is running, and is this one", () => {
        expect(inspect(thisProcess())).toBe(running);
        expect(isThisProcess(thisProcess())).toBe(true);
    });

    test("has ended", () => {
        expect(inspect(endedProcess())).toBe("ended");
    });

    test("is running if it belongs to another user", () => {
        const kill = jest.spyOn(process, "kill").mockImplementation(() => {
            throw Object.assign(new Error("not permitted"), { code: "EPERM" });
        });
        const state = inspect(thisProcess());
        kill.mockRestore();
        expect(state).toBe(running);
    });

    onLinux("is identified by its start time, its boot and its pid namespace", () => {
        expect(thisProcess()).toEqual({
            host: hostname(),
            pid: process.pid,
            startTime: expect.stringMatching(/^\d+$/) as unknown,
            bootId: expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown,
            pidNamespace: expect.stringMatching(/^pid:\[\d+\]$/) as unknown,
        });
    });

    test("is identified by its host and pid if /proc cannot be read", () => {
        const unreadable = () => {
            throw new Error("no such file");
        };
        const spies = (["readFileSync", "readlinkSync"] as const).map((name) =>
            jest.spyOn(fs, name).mockImplementation(unreadable),
        );
        const identity = thisProcess();
        const states = [inspect(identity), inspect({ ...identity, startTime: "1" })];
        spies.forEach((spy) => spy.mockRestore());
        expect(Object.entries(identity)).toEqual([
            ["host", hostname()],
            ["pid", process.pid],
        ]);
        expect(states).toEqual(["unknown", "unknown"]);
    });

    onLinux("has ended if its pid was reused", () => {
        const reused = { ...thisProcess(), startTime: "1" };
        expect(inspect(reused)).toBe("ended");
        expect(isThisProcess(reused)).toBe(false);
    });

    onLinux("has a start time of its own", async () => {
        const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
        onCleanUp(async () => void child.kill("SIGKILL"));
        await once(child, "spawn");
        const { pid = 0 } = child;
        const startTime = parseStartTime(fs.readFileSync(`/proc/${pid}/stat`, "utf8"));
        expect(Number(startTime)).toBeGreaterThanOrEqual(Number(thisProcess().startTime));
        expect(inspect({ ...thisProcess(), pid, startTime })).toBe("running");
    });

    test("has a start time whatever its command is called", () => {
        const fields = "S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 987654 20";
        expect(parseStartTime(`42 (node) ${fields}`)).toBe("987654");
        expect(parseStartTime(`42 (a) b (c d) ${fields}`)).toBe("987654");
    });

    test.each<[string, Partial<Entry["process"]>]>([
        ["another host", { host: "elsewhere" }],
        ["another boot", { bootId: "another" }],
        ["another pid namespace", { pidNamespace: "pid:[1]" }],
        ["an unknown boot", { bootId: undefined }],
        ["an unknown pid namespace", { pidNamespace: undefined }],
        ["a reused pid, perhaps, because its start time is unknown,", { startTime: undefined }],
    ])("of %s is unknown, so its create counts as in flight for an hour", (_, more) => {
        const known = { bootId: "boot", pidNamespace: "pid:[0]", ...thisProcess() };
        const entry = entryOf({ process: { ...known, ...more } });
        const started = Date.parse(create.startedAt);
        expect(inspect(entry.process)).toBe("unknown");
        expect(isInFlight(entry, started + 59 * 60_000)).toBe(true);
        expect(isInFlight(entry, started + 60 * 60_000)).toBe(false);
    });

    test.each<[string, Partial<Entry>, boolean]>([
        ["has ended, so its create is not in flight", {}, false],
        [
            "was found without a key by a list, so its create is not in flight",
            { process: thisProcess(), noKeySince: create.startedAt },
            false,
        ],
        ["is running, so its create is in flight", { process: thisProcess() }, true],
        ["has delivered its key, so its create is not in flight", { process: thisProcess(), ...delivered }, false],
        [
            "could not deliver its key, so its create is not in flight",
            { process: thisProcess(), ...undelivered },
            false,
        ],
    ])("%s", (_, more, expected) => {
        expect(isInFlight(entryOf(more), Date.parse(create.startedAt))).toBe(expected);
    });
});

describe("two records of a stack", () => {
    const stack = { project: "shop", stack: "dev", organization: "acme", backend, folder: "/shop" };
    const { backend: _backend, ...withoutBackend } = stack;
    const { organization: _organization, ...withoutOrganization } = stack;

    /** Only Pulumi Cloud has several organizations. */
    const cloud = { backend: "https://api.pulumi.com" };

    type Identity = Parameters<typeof compareStacks>[1];
    test.each<[string, Identity, ReturnType<typeof compareStacks>, { backend?: string }?]>([
        ["are the same", stack, "same"],
        ["are the same although the project folder was moved", { ...stack, folder: "/moved" }, "same"],
        ["are the same although one organization is unknown", withoutOrganization, "same"],
        ["are the same in Pulumi Cloud if both organizations are known", { ...stack, ...cloud }, "same", cloud],
        [
            "are likely the same by the folder in Pulumi Cloud if one organization is unknown",
            withoutOrganization,
            "likely",
            cloud,
        ],
        [
            "are unproven in Pulumi Cloud if one organization is unknown and the folders differ",
            { ...withoutOrganization, folder: "/moved" },
            "unproven",
            cloud,
        ],
        ["are likely the same by the folder if one backend is unknown", withoutBackend, "likely"],
        [
            "are unproven if one backend is unknown and the folders differ",
            { ...withoutBackend, folder: "/moved" },
            "unproven",
        ],
        [
            "are unproven on a self-hosted server, too",
            { ...withoutOrganization, backend: "http://pulumi.example.com", folder: "/moved" },
            "unproven",
            { backend: "http://pulumi.example.com" },
        ],
        [
            "are the same in a bucket whose name looks like a server",
            { ...withoutOrganization, backend: "s3://https:", folder: "/moved" },
            "same",
            { backend: "s3://https:" },
        ],
        ...[
            "file:///srv/state",
            "postgres://localhost/pulumi",
            "postgres:///pulumi",
            "s3://state?endpoint=http%3A%2F%2F127.0.0.1%3A9000",
        ].map((local): [string, Identity, "likely", { backend: string }] => [
            `are likely the same by the folder on another machine (${local})`,
            { ...stack, process: { host: "elsewhere" } },
            "likely",
            { backend: local },
        ]),
        ["are the same on this machine", { ...stack, process: { host: hostname() } }, "same"],
        [
            "are the same in a shared backend on another machine",
            { ...stack, process: { host: "elsewhere" } },
            "same",
            { backend: "postgres://db:5432/pulumi" },
        ],
        ["differ in the backend", { ...stack, backend: "https://api.pulumi.com" }, "other"],
        ["differ in the organization", { ...stack, organization: "initech" }, "other"],
        ["differ in the project", { ...stack, project: "bank" }, "other"],
        ["differ in the name", { ...stack, stack: "prod" }, "other"],
    ])("%s", (_, other, expected, both = {}) => {
        expect(compareStacks({ ...stack, ...both }, { ...other, ...both })).toBe(expected);
        expect(compareStacks({ ...other, ...both }, { ...stack, ...both })).toBe(expected);
    });
});

describe("the backend", () => {
    async function world(project: string | undefined, login?: string) {
        const scratch = await scratchFolder();
        const [home, folder] = [join(scratch, "home"), join(scratch, "project", "program")];
        [home, folder].forEach((path) => mkdirSync(path, { recursive: true }));
        if (project !== undefined) {
            writeFileSync(join(scratch, "project", "Pulumi.yaml"), project);
        }
        if (login !== undefined) {
            writeFileSync(join(home, "credentials.json"), JSON.stringify({ current: login, accessTokens: {} }));
        }
        return { env: { PULUMI_HOME: home }, folder, home, project: join(scratch, "project") };
    }

    test("is the one of the variable, which has precedence", async () => {
        const { env, folder } = await world(
            "name: tests\nbackend:\n  url: https://api.example.com\n",
            "https://api.pulumi.com",
        );
        expect(await currentBackend({ ...env, PULUMI_BACKEND_URL: "s3://state" }, folder)).toBe("s3://state");
    });

    test("is the one of the program's project", async () => {
        const { env, folder, project } = await world(
            "name: tests\nbackend: { url: 'file://./state/' }\n",
            "https://api.pulumi.com",
        );
        expect(await currentBackend(env, folder)).toBe(`file://${project}/state`);
    });

    test("is read without a warning that quotes the project", async () => {
        const emitted = jest.spyOn(process, "emitWarning").mockImplementation();
        const { env, folder } = await world("backend: { url: 'file:///state' }\nkey: !secret PEM\n");
        expect(await currentBackend(env, folder)).toBe("file:///state");
        expect(emitted).not.toHaveBeenCalled();
        emitted.mockRestore();
    });

    test.each([
        "name: tests\n",
        "name: tests\nbackend:\n",
        "name: tests\nbackend: none\n",
        "name: tests\n# no backend\n",
        "name: [\n",
        undefined,
    ])("is the one of the last login if the project names none (%j)", async (project) => {
        const { env, folder } = await world(project, "https://api.pulumi.com/");
        expect(await currentBackend(env, folder)).toBe("https://api.pulumi.com");
    });

    test("is found in the folder of PULUMI_CREDENTIALS_PATH", async () => {
        const { folder, home } = await world(undefined, "file://~");
        const env = { PULUMI_HOME: "/nowhere", PULUMI_CREDENTIALS_PATH: home };
        expect(await currentBackend(env, folder)).toBe(`file://${homedir()}`);
    });

    test.each(["name: tests\nbackend: [\n", "name: tests\n"])("is unknown without a login (%j)", async (project) => {
        const { env, folder } = await world(project);
        expect(await currentBackend(env, folder)).toBeUndefined();
    });

    test.each(["", "{", "{}", "[]"])("is unknown if the login cannot be read (%j)", async (credentials) => {
        const { env, folder, home } = await world("name: tests\n");
        writeFileSync(join(home, "credentials.json"), credentials);
        expect(await currentBackend(env, folder)).toBeUndefined();
    });

    test("is unknown if the project names one that cannot be read", async () => {
        const { env, folder } = await world("name: tests\nbackend: [\n", "https://api.pulumi.com");
        expect(await currentBackend(env, folder)).toBeUndefined();
    });

    test.each([
        ["file://~", `file://${homedir()}`],
        ["file://~/state/", `file://${homedir()}/state`],
        ["file:///state?no_tmp_dir=true", "file:///state"],
        ["file://state", "file:///folder/state"],
        ["https://user:secret@api.example.com/#token", "https://api.example.com"],
        ["postgres://user:secret@db:5432/pulumi?sslmode=disable&password=secret", "postgres://db:5432/pulumi"],
        ["postgres://user@db/pulumi?table=teams&sslpassword=secret", "postgres://db/pulumi?table=teams"],
        [
            "s3://state/prefix/?region=us-east-1&endpoint=http://user:secret@minio:9000&awssdk=v2",
            "s3://state/prefix?endpoint=http%3A%2F%2Fminio%3A9000",
        ],
        ["azblob://state?storage_account=one", "azblob://state?storage_account=one"],
        ["file://state/~one//", "file:///folder/state/%7Eone"],
        ["file://~one", "file:///folder/%7Eone"],
        ["file://state/~", "file:///folder/state/%7E"],
        ["s3://state//?endpoint=user:secret@minio/?token=secret%23a", "s3://state?endpoint=minio%2F"],
        ["s3://state?endpoint=http://minio/a@b%23secret", "s3://state?endpoint=http%3A%2F%2Fminio%2Fa%40b"],
        ["not a URL", undefined],
    ])("%s is recorded as %s", (url, expected) => {
        expect(normalizeBackend(url, "/folder", {})).toBe(expected);
    });

    const everyVariable = {
        AWS_ENDPOINT_URL: "http://aws",
        AWS_ENDPOINT_URL_S3: "http://user:secret@s3",
        AZURE_STORAGE_ACCOUNT: "one",
        AZURE_STORAGE_DOMAIN: "blob.example.com",
    };
    test.each([
        ["s3://state", everyVariable, "s3://state?endpoint=http%3A%2F%2Fs3"],
        ["s3://state?endpoint=minio", everyVariable, "s3://state?endpoint=minio"],
        ["s3://state", { AWS_ENDPOINT_URL: "http://aws" }, "s3://state?endpoint=http%3A%2F%2Faws"],
        ["azblob://state", everyVariable, "azblob://state?domain=blob.example.com&storage_account=one"],
        ["azblob://state", { AZURE_STORAGE_ACCOUNT: "" }, "azblob://state"],
        ["gs://state", everyVariable, "gs://state"],
    ])("%s is completed by variables", (url, env, expected) => {
        expect(normalizeBackend(url, "/folder", env)).toBe(expected);
    });
});

test("records returned keys at exit, and the next process settles those in the state", async () => {
    const home = await scratchFolder();
    const folder = journalFolder({ PULUMI_HOME: home });
    const module = JSON.stringify(join(root, "provider", "dist", "journal", "journal.js"));
    const program = `
        const { FolderJournal, journalFolder } = require(${module});
        let isEngineConnected;
        const journal = new FolderJournal(journalFolder(process.env), console.error, () => isEngineConnected);
        const record = ${JSON.stringify(create)};
        const begin = (name, awaited) => {
            isEngineConnected = awaited;
            return journal.begin({ ...record, name });
        };
        const created = (apiKeyId, earlierAttemptMayExist = false) =>
            ({ status: "created", apiKeyId, earlierAttemptMayExist });
        (async () => {
            (await begin("received", () => true)).close(created("a"));
            (await begin("disconnected", () => false)).close(created("b"));
            (await begin("unknown connection", undefined)).close(created("c"));
            (await begin("retried", () => true)).close(created("d", true));
            await begin("open", undefined);
            process.kill(process.pid, "SIGINT");
            setInterval(() => {}, 1000);
        })();`;
    await writeEntry(join(folder, "earlier.json"), entryOf({ name: "received" }));
    const { signal } = spawnSync(process.execPath, ["-e", program], { env: { ...process.env, PULUMI_HOME: home } });
    expect(signal).toBe("SIGINT");
    const left = async (): Promise<object> =>
        Object.fromEntries((await readJournal(folder)).map(({ entry }) => [entry?.name ?? "", entry?.status]));
    expect(await left()).toEqual({
        received: "delivered",
        disconnected: "undelivered",
        "unknown connection": "delivered",
        retried: "delivered",
        open: "pending",
    });
    const next = new FolderJournal(folder, () => undefined);
    ["a", "b", "c", "d"].forEach((id) => next.held(id));
    const open = { disconnected: "undelivered", retried: "delivered", open: "pending" };
    expect(await left()).toEqual({ received: "delivered", ...open });
});
