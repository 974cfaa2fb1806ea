import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import files from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { ApiKeyResource } from "../../provider/apiKey/apiKey";
import { check } from "../../provider/apiKey/check";
import type { Creation, Note } from "../../provider/apiKey/journal";
import type { ApiKeyInputs } from "../../provider/apiKey/properties";
import {
    FolderJournal,
    isUnderWay,
    journalFolder,
    readJournal,
    type NoteFile,
    type Receipt,
} from "../../provider/journal";
import { root } from "../../tools/paths";
import { accountKeys, cleanUp, clientOf, emulatorWith, inject, scratchFolder } from "../harness";

afterEach(cleanUp);

const creation: Creation = {
    project: "tests",
    stack: "dev",
    resource: "bot",
    name: "bot-1a2b3c4",
    proof: true,
    environment: "demo",
    signedBy: "7ab1e452-1645-4ba0-9e85-a31a93a14e29",
    startedAt: "2026-11-23T12:00:00.000Z",
};

/** The id of a process that is no more. */
const dead = () => spawnSync(process.execPath, ["--version"]).pid;

async function journal(
    receipt?: () => Receipt | undefined,
): Promise<{ folder: string; journal: FolderJournal; told: string[] }> {
    const folder = journalFolder({ PULUMI_HOME: await scratchFolder() });
    const told: string[] = [];
    return { folder, journal: new FolderJournal(folder, (message) => told.push(message), receipt), told };
}

test("a note lies in a folder of the user's alone, for the user's eyes", async () => {
    const { folder, journal: kept, told } = await journal();
    await kept.begin(creation);
    const [file = ""] = readdirSync(folder);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
    const [found] = await readJournal(folder);
    expect(found?.note).toEqual({ ...creation, folder: process.cwd(), host: hostname(), process: process.pid });
    expect(isUnderWay(found?.note as NoteFile, Date.now())).toBe(true);
    expect(told).toEqual([]);
});

describe("the note of a creation that is answered for", () => {
    beforeEach(() => {
        jest.useFakeTimers({ doNotFake: ["nextTick", "setImmediate"] });
    });
    afterEach(() => {
        jest.useRealTimers();
    });

    test.each<[string, Parameters<Note["end"]>, Receipt | undefined, number, object | undefined]>([
        ["goes at once where no key was made", [], undefined, 0, undefined],
        ["stays for the moment that the answer takes", ["id"], () => true, 999, {}],
        ["goes then", ["id"], () => true, 1_000, undefined],
        [
            "stays, and tells the key, where the engine has turned away",
            ["id"],
            () => false,
            0,
            { answered: "id", unheard: true },
        ],
        ["stays for that moment where nobody can tell", ["id"], undefined, 999, {}],
        ["tells the key then, for the next run to find it in the state", ["id"], undefined, 1_000, { answered: "id" }],
        [
            "stays, and tells the key, where another may come yet",
            ["id", true],
            () => true,
            1_000,
            { answered: "id", unanswered: true },
        ],
    ])("%s", async (_what, end, isAwaited, milliseconds, more) => {
        const { folder, journal: kept } = await journal(() => isAwaited);
        const before = { ...creation, folder: process.cwd(), host: hostname(), process: process.pid };
        (await kept.begin(creation)).end(...end);
        jest.advanceTimersByTime(milliseconds);
        jest.useRealTimers();
        const notes = await readJournal(folder);
        expect(notes.map(({ note }) => note)).toEqual(more === undefined ? [] : [{ ...before, ...more }]);
    });
});

const remark = expect.stringMatching(
    /^Cannot note down which API keys are being made .*They are made all the same/,
) as unknown;

test("a file where the folder should be stops no creation and is told once", async () => {
    const { folder, journal: kept, told } = await journal();
    mkdirSync(join(folder, ".."), { recursive: true });
    writeFileSync(folder, "");
    (await kept.begin(creation)).end();
    (await kept.begin(creation)).end();
    expect(told).toEqual([remark]);
});

test("a disk that takes no more stops no creation, is told once, and is left no torn note", async () => {
    const { folder, journal: kept, told } = await journal();
    jest.spyOn(files, "writeFile").mockImplementation(async (file) => {
        writeFileSync(file as string, '{"na');
        throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    });
    await kept.begin(creation);
    await kept.begin(creation);
    jest.restoreAllMocks();
    expect(told).toEqual([remark]);
    expect(told[0]).toMatch(/ENOSPC/);
    expect(readdirSync(folder)).toEqual([]);
});

test("a note that is torn is found as one that says nothing", async () => {
    const { folder } = await journal();
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "a.json"), '{"name":"bot-1a2b3');
    writeFileSync(join(folder, "b.json"), "");
    expect(await readJournal(folder)).toEqual([{ file: join(folder, "a.json") }, { file: join(folder, "b.json") }]);
    expect(await readJournal(join(folder, "nowhere"))).toEqual([]);
});

test("what an earlier run of the same stack left is told once, and no other's", async () => {
    const { folder, journal: kept, told } = await journal();
    mkdirSync(folder, { recursive: true });
    const left: NoteFile = { ...creation, folder: process.cwd(), host: hostname(), process: dead() };
    const others = [
        { stack: "prod" },
        { project: "other" },
        { folder: "/elsewhere" },
        { process: process.pid },
        { answered: "id" },
    ];
    const same = [left, { ...left, answered: "id", unheard: true }, { ...left, answered: "id", unanswered: true }];
    [...same, ...others.map((other) => ({ ...left, ...other }))].forEach((note, i) =>
        writeFileSync(join(folder, `${i}.json`), JSON.stringify(note)),
    );
    await kept.begin(creation);
    await kept.begin(creation);
    expect(told).toEqual([expect.stringMatching(/interrupted while it made 3 API key.*pulumi-kalshi doctor/)]);
});

test("a note of another machine counts as under way for an hour", () => {
    const note: NoteFile = { ...creation, folder: "/", host: "elsewhere", process: dead() };
    const started = Date.parse(creation.startedAt);
    expect(isUnderWay(note, started + 59 * 60_000)).toBe(true);
    expect(isUnderWay(note, started + 61 * 60_000)).toBe(false);
    expect(isUnderWay({ ...note, host: hostname() }, started)).toBe(false);
    expect(isUnderWay({ ...note, host: hostname(), process: process.pid }, started)).toBe(true);
    expect(isUnderWay({ ...note, host: hostname(), process: process.pid, unheard: true }, started)).toBe(false);
    expect(isUnderWay({ ...note, host: hostname(), process: process.pid, answered: "id" }, started)).toBe(false);
});

describe("a note stays exactly where it is not known what the creation left:", () => {
    /** The core, and the notes that it opened and has not closed: the keys' names, and their ids where the notes tell. */
    async function world() {
        const emulator = await emulatorWith();
        const open = new Map<string, string | undefined>();
        const keys = new ApiKeyResource({
            client: clientOf(emulator, { retries: 0, timeouts: { connect: 10_000, answer: 2_000 } }),
            environment: emulator.baseUrl,
            signingKeyId: emulator.rootKeyId,
            proves: async () => true,
            journal: {
                begin: async ({ name }) => {
                    open.set(name, undefined);
                    return { end: (id, unanswered) => (unanswered === true ? open.set(name, id) : open.delete(name)) };
                },
                held: () => undefined,
            },
            now: Date.now,
            sleep: async () => undefined,
            isAwaited: () => true,
            tell: () => undefined,
        });
        const create = async (news: object) => {
            const { inputs } = check({ resourceName: "bot" }, {}, { keyType: "ed25519", ...news }, Date.now());
            await keys.create(inputs as unknown as ApiKeyInputs, creation).catch(() => undefined);
        };
        return { emulator, open, create };
    }

    const anId = expect.any(String) as string;
    test.each([
        ["a key that is made", {}, [], []],
        ["a refusal", {}, [{ when: "before", kind: "status", status: 400 }], []],
        [
            "an answer that was lost, and a key that was revoked and made again",
            {},
            [{ when: "after", kind: "reset" }],
            [],
        ],
        ["an answer that may still come", {}, [{ when: "before", kind: "hang" }], [anId]],
        [
            "an answer that may still come behind a gateway",
            {},
            [{ when: "before", kind: "status", status: 504 }],
            [anId],
        ],
        [
            "that nothing came late could not be made sure of",
            {},
            [
                { when: "after", kind: "reset" },
                { operation: "list", when: "before", kind: "slow", delayMs: 0 },
                { operation: "list", when: "before", kind: "status", status: 403 },
            ],
            [anId],
        ],
        ["an exact name that proves nothing", { name: "exact" }, [{ when: "after", kind: "reset" }], [undefined]],
    ] as const)("%s", async (_what, news, faults, ids) => {
        const { emulator, open, create } = await world();
        for (const fault of faults) {
            await inject(emulator, { operation: "generate", ...fault });
        }
        await create(news);
        expect([...open.values()]).toEqual(ids);
    });

    test("the look for the key fails too", async () => {
        const { emulator, open, create } = await world();
        await inject(emulator, { operation: "generate", when: "after", kind: "reset" });
        await inject(emulator, { operation: "list", when: "before", kind: "status", status: 503 });
        await create({});
        expect([...open.values()]).toEqual([undefined]);
        expect(await accountKeys(emulator)).toHaveLength(1);
    });
});

test("a process that ends leaves word of what it has answered, and the next one forgets what the state holds", async () => {
    const home = await scratchFolder();
    const folder = journalFolder({ PULUMI_HOME: home });
    const module = JSON.stringify(join(root, "provider", "bin", "journal.js"));
    const program = `
        const { FolderJournal, journalFolder } = require(${module});
        let isAwaited;
        const journal = new FolderJournal(journalFolder(process.env), console.error, () => isAwaited);
        const creation = ${JSON.stringify(creation)};
        const make = (name, awaited) => {
            isAwaited = awaited;
            return journal.begin({ ...creation, name });
        };
        (async () => {
            (await make("had", () => true)).end("a");
            (await make("turned away from", () => false)).end("b");
            (await make("not to be told", undefined)).end("c");
            (await make("may come twice", () => true)).end("d", true);
            await make("open", undefined);
            process.kill(process.pid, "SIGINT");
            setInterval(() => {}, 1000);
        })();`;
    const { signal } = spawnSync(process.execPath, ["-e", program], { env: { ...process.env, PULUMI_HOME: home } });
    expect(signal).toBe("SIGINT");
    const left = async (): Promise<object> =>
        Object.fromEntries((await readJournal(folder)).map(({ note }) => [note?.name ?? "", note?.answered ?? ""]));
    expect(await left()).toEqual({
        "turned away from": "b",
        "not to be told": "c",
        "may come twice": "d",
        open: "",
    });
    const next = new FolderJournal(folder, () => undefined);
    ["a", "b", "c", "d"].forEach((id) => next.held(id));
    expect(await left()).toEqual({ "turned away from": "b", "may come twice": "d", open: "" });
});
