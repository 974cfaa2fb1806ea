import { judge, type Creation, type Evidence, type JournalNote } from "../../provider/cli/creations";
import { planOf } from "../../provider/cli/plan";
import { judgeKeys } from "../../provider/cli/stackKeys";
import { parseState, withoutOperations, type Entry } from "../../provider/cli/state";
import type { NoteFile } from "../../provider/journal";

const here = { environment: "demo", signedBy: "signer" };
const stack = { project: "shop", stack: "dev", folder: "/shop" };
const signing = { apiKeyId: "signer", name: "root" };
const left = { apiKeyId: "left", name: "bot-0123456" };

function entry(more: Partial<Evidence["entries"][number]> = {}): Evidence["entries"][number] {
    const urn = "urn:pulumi:dev::shop::kalshi:index:ApiKey::bot";
    const name = left.name;
    return { urn, resource: "bot", name, proof: true, adoption: false, options: undefined, place: here, ...more };
}

function note(more: Partial<NoteFile> = {}, underWay = false): JournalNote {
    const written = { host: "here", process: 1, startedAt: "2026-01-01T00:00:00.000Z" };
    const what = { name: left.name, proof: true, resource: "bot" };
    return { file: "note.json", note: { ...stack, ...here, ...written, ...what, ...more }, underWay };
}

function evidence(more: Partial<Evidence>): Evidence {
    const account = { environment: "demo", signingKeyId: "signer", keys: [signing, left] };
    return { stack, entries: [], held: new Set(), keys: [], notes: [], account, ...more };
}

/** A key that the state holds. */
function held(more: Partial<Evidence["keys"][number]> = {}): Evidence["keys"][number] {
    return { urn: "", apiKeyId: "held", name: undefined, ...here, ...more };
}

/** An account with other keys than the usual ones. */
function accountOf(...keys: (typeof left)[]): Evidence["account"] {
    return { environment: "demo", signingKeyId: "signer", keys };
}

const [both, inState, inJournal] = [
    { entries: [entry()], notes: [note()] },
    { entries: [entry()], notes: [] },
    { entries: [], notes: [note()] },
];
const exact = { proof: false };
const elsewhere = { environment: "prod" };
const otherAccount = { signedBy: "somebody else's" };
const otherFolder = { folder: "/elsewhere" };
const handedOver = { answered: "LEFT" };
const turnedAway = { answered: "LEFT", unheard: true };

describe("what came of a creation", () => {
    test.each<[string, Partial<Evidence>, Creation["verdict"] | undefined]>([
        ["a key of a drawn name, known from both", both, "orphaned"],
        ["a key of a drawn name, known from the state", inState, "orphaned"],
        ["a key of a drawn name, known from the journal", inJournal, "orphaned"],
        ["no key of the name", { ...both, account: accountOf(signing) }, "nothing"],
        ["a key of another name", { ...both, account: accountOf(signing, { ...left, name: "bot" }) }, "nothing"],
        ["a key that the state holds", { ...both, held: new Set(["left"]) }, "nothing"],
        [
            "a key that the state holds, in capitals",
            { ...both, held: new Set(["left"]), account: accountOf(signing, { ...left, apiKeyId: "LEFT" }) },
            "nothing",
        ],
        ["a key of an exact name", { entries: [entry(exact)], notes: [note(exact)] }, "unproven"],
        ["an exact name by the state", { entries: [entry(exact)], notes: [note()] }, "unproven"],
        ["an exact name by the journal", { entries: [entry()], notes: [note(exact)] }, "unproven"],
        ["an exact name and no key", { ...both, entries: [entry(exact)], account: accountOf(signing) }, "nothing"],
        ["a key that was handed over", { notes: [note(handedOver)] }, "handedOver"],
        [
            "a key that was handed over, and is gone",
            { notes: [note(handedOver)], account: accountOf(signing) },
            "nothing",
        ],
        ["a key that was handed over, and pends", { entries: [entry()], notes: [note(handedOver)] }, "orphaned"],
        ["a key that was handed over, and one that was not", { notes: [note(), note(handedOver)] }, "orphaned"],
        [
            "a key that was handed over, and another of an attempt before",
            { notes: [note({ answered: "mine", unanswered: true })] },
            "orphaned",
        ],
        [
            "a key that was handed over, and none of an attempt before",
            { notes: [note({ ...handedOver, unanswered: true })] },
            "handedOver",
        ],
        ["a key that was turned away from", { notes: [note(turnedAway)] }, "orphaned"],
        ["a key of an exact name that was handed over", { notes: [note({ ...exact, ...handedOver })] }, "handedOver"],
        [
            "a key of an exact name that was handed over, and pends",
            { entries: [entry(exact)], notes: [note({ ...exact, ...handedOver })] },
            "unproven",
        ],
        [
            "another key of the exact name of one that was handed over",
            { notes: [note({ ...exact, answered: "gone" })] },
            "nothing",
        ],
        [
            "a key of an exact name that was turned away from",
            { entries: [entry(exact)], notes: [note({ ...exact, ...turnedAway })] },
            "orphaned",
        ],
        [
            "another key of the exact name of one that was turned away from",
            { entries: [entry(exact)], notes: [note({ ...exact, ...turnedAway, answered: "gone" })] },
            "nothing",
        ],
        [
            "an exact name that was turned away from, by a note that does not tell the key",
            { notes: [note({ ...exact, unheard: true })] },
            "unproven",
        ],
        [
            "a key of an exact name that was turned away from in another folder",
            { entries: [entry(exact)], notes: [note({ ...exact, ...turnedAway, ...otherFolder })] },
            "orphaned",
        ],
        [
            "an exact name that was turned away from, and pends twice",
            { entries: [entry(exact), entry(exact)], notes: [note({ ...exact, ...turnedAway })] },
            "unproven",
        ],
        [
            "an exact name that was turned away from, after an attempt that was not answered",
            { notes: [note({ ...exact, ...turnedAway, unanswered: true })] },
            "unproven",
        ],
        [
            "an exact name that was turned away from, and pends for another resource",
            { entries: [entry({ ...exact, resource: "other" })], notes: [note({ ...exact, ...turnedAway })] },
            "unproven",
        ],
        [
            "an exact name that was turned away from, and whose answer was lost in another folder",
            { notes: [note({ ...exact, ...turnedAway }), note({ ...exact, ...otherFolder })] },
            "unproven",
        ],
        ["the key that signs", { ...both, account: accountOf({ ...left, apiKeyId: "SIGNER" }) }, "signing"],
        ["a process at work", { notes: [note({}, true)] }, "underWay"],
        ["a process at work on what the state knows", { entries: [entry()], notes: [note({}, true)] }, "underWay"],
        [
            "a process at work from another folder on what the state knows",
            { entries: [entry()], notes: [note(otherFolder, true)] },
            "underWay",
        ],
        ["a process at work, and one that is not", { notes: [note(), note({}, true)] }, "underWay"],
        ["another environment", { notes: [note(elsewhere)] }, "elsewhere"],
        ["another account", { notes: [note(otherAccount)] }, "elsewhere"],
        ["another key of the account that signed", { notes: [note({ signedBy: "left" })] }, "orphaned"],
        ["another environment by the note", { entries: [entry()], notes: [note(elsewhere)] }, "elsewhere"],
        [
            "another environment by the note of another folder",
            { entries: [entry()], notes: [note({ ...otherFolder, ...elsewhere })] },
            "elsewhere",
        ],
        [
            "another environment by the provider",
            { entries: [entry({ place: { ...here, ...elsewhere } })] },
            "elsewhere",
        ],
        ["another account by the provider", { entries: [entry({ place: { ...here, ...otherAccount } })] }, "elsewhere"],
        ["the state's other keys", { ...inState, keys: [held(elsewhere), held(otherAccount)] }, "elsewhere"],
        ["the state's other keys, one of which is here", { ...inState, keys: [held(elsewhere), held()] }, "orphaned"],
        [
            "the state's other keys, one of which is listed",
            { ...inState, keys: [held({ ...otherAccount, apiKeyId: "SIGNER" })] },
            "orphaned",
        ],
        [
            "the state's other keys, and a provider that tells where it leads",
            { entries: [entry({ isPlaceTold: true })], keys: [held(elsewhere)] },
            "orphaned",
        ],
        ["the state's other keys, and a note", { ...both, keys: [held(elsewhere)] }, "orphaned"],
        ["a provider that tells nothing", { entries: [entry({ place: undefined })] }, "orphaned"],
        ["a secret name", { entries: [entry({ name: undefined })] }, "secret"],
        ["an adoption", { entries: [entry({ adoption: true, proof: false })] }, "nothing"],
        ["an account that is not known", { ...both, account: undefined }, "unknown"],
        ["another folder", { notes: [note(otherFolder)] }, undefined],
        ["another stack", { notes: [note({ stack: "prod" })] }, undefined],
        ["another project", { notes: [note({ project: "bank" })] }, undefined],
    ])("%s", (_, more, verdict) => {
        expect(judge(evidence(more)).map((creation) => creation.verdict)).toEqual(
            verdict === undefined ? [] : [verdict],
        );
    });

    test("two keys of a drawn name are both told", () => {
        const twice = accountOf(signing, { ...left, apiKeyId: "2" }, { ...left, apiKeyId: "1" });
        const [creation] = judge(evidence({ ...inJournal, account: twice }));
        expect(creation?.keys.map(({ apiKeyId }) => apiKeyId)).toEqual(["1", "2"]);
    });

    test("of a key that was handed over and one of an attempt before, that one alone is told", () => {
        const account = accountOf(signing, { ...left, apiKeyId: "mine" }, left);
        const [creation] = judge(evidence({ notes: [note({ answered: "mine", unanswered: true })], account }));
        expect(creation?.keys).toEqual([left]);
    });

    test("of an exact name that was turned away from, the key of the answer alone is told", () => {
        const account = accountOf(signing, { ...left, apiKeyId: "somebody else's" }, left);
        const [creation] = judge(evidence({ notes: [note({ ...exact, ...turnedAway })], account }));
        expect(creation?.keys).toEqual([left]);
    });

    test("each name is judged by itself", () => {
        const other = { name: "other-0000000" };
        const creations = judge(
            evidence({ entries: [entry()], notes: [note(other), note({ ...other, resource: "b" })] }),
        );
        expect(creations.map(({ name, resources, verdict }) => ({ name, resources, verdict }))).toEqual([
            { name: left.name, resources: ["bot"], verdict: "orphaned" },
            { name: other.name, resources: ["bot", "b"], verdict: "nothing" },
        ]);
    });
});

describe("what --fix settles", () => {
    const planned = (more: Partial<Evidence>, ...others: string[]) => {
        const { settle, clear } = planOf(judge(evidence(more)), others);
        return { settled: settle.map(({ verdict }) => verdict), clear };
    };

    test.each<[string, Partial<Evidence>, Creation["verdict"][]]>([
        ["an orphan", both, ["orphaned"]],
        ["what left nothing", { ...both, account: accountOf(signing) }, ["nothing"]],
        ["no candidate", { notes: [note(exact)] }, []],
        ["not the key that signs", { ...inJournal, account: accountOf({ ...left, apiKeyId: "signer" }) }, []],
        ["nothing that may be under way", { notes: [note({}, true)] }, []],
        ["nothing of another account", { notes: [note(otherAccount)] }, []],
        ["nothing where the account is not known", { ...inJournal, account: undefined }, []],
    ])("%s", (_, more, settled) => {
        expect(planned(more)).toEqual({ settled, clear: true });
    });

    test("by the journal alone, and clears nothing, where the state has another resource's pending operation", () => {
        const other = { name: "other-0000000" };
        const key = { ...other, apiKeyId: "other" };
        const account = accountOf(signing, left, key);
        expect(planned({ ...both, account }, "urn:bucket")).toEqual({ settled: ["orphaned"], clear: false });
        expect(planned({ ...inState, account }, "urn:bucket")).toEqual({ settled: [], clear: false });
        // The engine may be about to write its state.
        const handed = { entries: [entry()], notes: [note(handedOver)], account };
        expect(planned(handed, "urn:bucket")).toEqual({ settled: [], clear: false });
        expect(planned(handed)).toEqual({ settled: ["orphaned"], clear: true });
        expect(planned({ ...inJournal, account }, "urn:bucket")).toEqual({ settled: ["orphaned"], clear: false });
    });

    test.each([
        ["an exact name", entry({ ...exact, name: "root" })],
        ["a secret name", entry({ name: undefined })],
        ["another account", entry({ name: "other", place: { ...here, ...otherAccount } })],
    ])("leaves the state as it is where it has an entry of %s, which an import would take out", (_, stays) => {
        expect(planned({ entries: [entry(), stays] })).toEqual({ settled: [], clear: false });
        expect(planned({ entries: [entry(), stays], notes: [note()] })).toEqual({
            settled: ["orphaned"],
            clear: false,
        });
    });
});

test.each<[string, Partial<Parameters<typeof judgeKeys>[0][number]>, string]>([
    ["on the account", {}, "there"],
    ["on the account, its id in capitals", { apiKeyId: "LEFT" }, "there"],
    ["on the account, made with a key that is gone", otherAccount, "there"],
    ["not in the list", { apiKeyId: "gone" }, "missing"],
    ["of another environment", elsewhere, "elsewhere"],
    ["of another account", { apiKeyId: "gone", ...otherAccount }, "elsewhere"],
])("a key of the stack, %s", (_, more, status) => {
    const key = { urn: "urn", apiKeyId: "left", name: left.name, ...here, ...more };
    const account = { environment: "demo", signingKeyId: "signer", keys: [signing, left] };
    expect(judgeKeys([key], account).map((one) => one.status)).toEqual([status]);
});

describe("a stack's state", () => {
    const provider = { urn: "urn:p", type: "pulumi:providers:kalshi", id: "p1", inputs: { environment: "demo" } };
    const key = (type: string) => ({
        urn: `urn:pulumi:dev::shop::${type}::bot`,
        type,
        inputs: { name: left.name, __defaults: ["name"] },
        provider: "urn:p::p1",
    });
    const dynamic = key("pulumi-nodejs:dynamic/kalshi:ApiKey");
    const plugin = key("kalshi:index:ApiKey");
    const creating = (resource: object) => ({ type: "creating", resource });
    const parse = (resources: object[], operations: object[] = []) =>
        parseState(
            JSON.stringify({ deployment: { resources: [provider, ...resources], pending_operations: operations } }),
        );
    const cipher = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "…" };

    test("has the keys of both doors, those that are to be revoked too", () => {
        const outputs = { name: left.name, environment: "demo", __signedBy: "signer", privateKey: cipher };
        const { keys, held } = parse([
            { ...dynamic, id: "ONE", outputs },
            { ...plugin, id: "two", outputs: { ...outputs, name: cipher }, delete: true },
            { urn: "urn:bucket", type: "aws:s3/bucket:Bucket", id: "bucket" },
        ]);
        const same = { environment: "demo", signedBy: "signer" };
        expect(keys).toEqual([
            { urn: dynamic.urn, apiKeyId: "ONE", name: left.name, ...same },
            { urn: plugin.urn, apiKeyId: "two", name: undefined, ...same },
        ]);
        expect([...held]).toEqual(["p1", "one", "two", "bucket"]);
    });

    test.each<[string, object, Partial<Entry>]>([
        ["of the plugin", plugin, { name: left.name, proof: true, adoption: false, options: { environment: "demo" } }],
        ["of the dynamic door", dynamic, { name: left.name, proof: true, adoption: false, options: undefined }],
        ["with an exact name", { ...plugin, inputs: { name: "bot" } }, { name: "bot", proof: false }],
        [
            "with a name of a pattern",
            { ...plugin, inputs: { ...plugin.inputs, __autonamed: true } },
            { name: left.name, proof: false },
        ],
        ["with a secret name", { ...plugin, inputs: { name: cipher } }, { name: undefined, proof: false }],
        [
            "that takes over a key",
            { ...dynamic, inputs: { ...dynamic.inputs, adopt: cipher } },
            { proof: false, adoption: true },
        ],
    ])("has a creation %s that the engine did not see the end of", (_, resource, expected) => {
        expect(parse([], [creating(resource)]).entries).toEqual([
            expect.objectContaining({ resource: "bot", ...expected }),
        ]);
    });

    test("has other pending operations, and what they are at work on counts as held", () => {
        const bucket = { urn: "urn:bucket", type: "aws:s3/bucket:Bucket" };
        const state = parse([], [creating(bucket), { type: "deleting", resource: { ...plugin, id: "left" } }]);
        expect(state.entries).toEqual([]);
        expect(state.otherOperations).toEqual([bucket.urn, plugin.urn]);
        expect(state.held.has("left")).toBe(true);
    });

    test("has a creation whose key the engine knew already when it was killed, and nobody holds that key", () => {
        const { entries, held } = parse([], [creating({ ...plugin, id: "left" })]);
        expect(entries).toHaveLength(1);
        expect(held.has("left")).toBe(false);
    });

    test("of a stack that nothing was ever made in is empty", () => {
        expect(parseState('{"version": 3}')).toMatchObject({ keys: [], entries: [], otherOperations: [] });
    });

    test("that is none is refused without a word of it", () => {
        expect(() => parseState('{"deployment": {"resources": "secret"}}')).toThrow(
            /^(?!.*secret).*deployment\.resources/,
        );
    });

    test("without its pending operations is otherwise the same", () => {
        const text = JSON.stringify({
            version: 3,
            deployment: { resources: [plugin], pending_operations: [creating(plugin)] },
        });
        expect(JSON.parse(withoutOperations(text))).toEqual({
            version: 3,
            deployment: { resources: [plugin], pending_operations: [] },
        });
    });
});
