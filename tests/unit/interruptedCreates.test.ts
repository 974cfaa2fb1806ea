import { generationName } from "../../provider/src/rotatingApiKey/names";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { evidenceOf, relationOf } from "../../provider/src/cli/evidence";
import {
    findInterruptedCreates,
    type Evidence,
    type InterruptedCreate,
    type RecordedCreate,
} from "../../provider/src/cli/interruptedCreates";
import { planOf } from "../../provider/src/cli/plan";
import { examineStackKeys } from "../../provider/src/cli/accountScope";
import { parseState, type PendingCreate } from "../../provider/src/cli/stackState";
import type { Entry } from "../../provider/src/journal/entry";
import { cleanUp, scratchFolder } from "../support/harness";

afterEach(cleanUp);

const here = { environment: "demo", signedBy: "signer" };
const stack = { project: "shop", stack: "dev", folder: "/shop" };
const signing = { apiKeyId: "signer", name: "root" };
const left = { apiKeyId: "left", name: "bot-0123456" };
const now = Date.parse("2026-01-01T01:00:00.000Z");

function pending(more: Partial<Evidence["pendingCreates"][number]> = {}): Evidence["pendingCreates"][number] {
    const urn = "urn:pulumi:dev::shop::kalshi:index:ApiKey::bot";
    const name = left.name;
    const create = { urn, resource: "bot", name, uniqueName: true, adoption: false, isUpdate: false };
    return { ...create, options: undefined, scope: here, ...more };
}

/** Returns an entry. By default, a list an hour ago did not show its key. */
function recorded(
    more: Partial<Entry> = {},
    { relation = "same", inFlight = false }: Partial<RecordedCreate> = {},
): RecordedCreate {
    const startedAt = "2026-01-01T00:00:00.000Z";
    const written = { process: { host: "elsewhere", pid: 1 }, startedAt, noKeySince: startedAt };
    const what = { name: left.name, uniqueName: true, resource: "bot", status: "pending" } as const;
    const entry = { ...stack, ...here, ...written, ...what, earlierAttemptMayExist: false, ...more };
    return { file: "entry.json", entry, inFlight, relation };
}

function evidence(more: Partial<Evidence>): Evidence {
    const account = { environment: "demo", signingKeyId: "signer", keys: [signing, left] };
    return { stack, pendingCreates: [], held: new Set(), keys: [], recorded: [], account, now, ...more };
}

/** Returns a key of the state. */
function held(more: Partial<Evidence["keys"][number]> = {}): Evidence["keys"][number] {
    return { urn: "", resource: "bot", apiKeyId: "held", name: undefined, uniqueName: false, ...here, ...more };
}

/** Returns an account with the given keys. */
function accountOf(...keys: (typeof left)[]): Evidence["account"] {
    return { environment: "demo", signingKeyId: "signer", keys };
}

const [both, inState, inJournal] = [
    { pendingCreates: [pending()], recorded: [recorded()] },
    { pendingCreates: [pending()], recorded: [] },
    { pendingCreates: [], recorded: [recorded()] },
];
const explicit = { uniqueName: false };
const otherEnvironment = { environment: "prod" };
const otherAccount = { signedBy: "another" };
const namesake = { relation: "namesake" } as const;
const unproven = { relation: "unproven" } as const;
const other = { relation: "other" } as const;
const inFlight = { inFlight: true };
const delivered = { status: "delivered", apiKeyId: "LEFT" } as const;
const retried = { ...delivered, earlierAttemptMayExist: true };
const undelivered = { status: "undelivered", apiKeyId: "LEFT" } as const;
const kept = { apiKeyId: "kept", name: left.name };
/** Returns the time so many milliseconds ago, in ISO 8601. */
const ago = (milliseconds: number) => new Date(now - milliseconds).toISOString();
const waiting = { noKeySince: ago(5 * 60_000 - 1) };
const nothing = { account: accountOf(signing) };

describe("the verdict on an interrupted create", () => {
    test.each<[string, Partial<Evidence>, InterruptedCreate["verdict"] | undefined]>([
        ["a key with a unique name, known from both", both, "orphaned"],
        ["a key with a unique name, known from the state", inState, "orphaned"],
        ["a key with a unique name, known from the journal", inJournal, "orphaned"],
        ["no key of the name", { ...both, account: accountOf(signing) }, "noKey"],
        ["a key of another name", { ...both, account: accountOf(signing, { ...left, name: "bot" }) }, "noKey"],
        ["a key that the state holds", { ...both, held: new Set(["left"]) }, "noKey"],
        [
            "a key that the state holds with an id in upper case",
            { ...both, held: new Set(["left"]), account: accountOf(signing, { ...left, apiKeyId: "LEFT" }) },
            "noKey",
        ],
        [
            "a key with an explicit name",
            { pendingCreates: [pending(explicit)], recorded: [recorded(explicit)] },
            "candidate",
        ],
        ["an explicit name by the state", { pendingCreates: [pending(explicit)], recorded: [recorded()] }, "candidate"],
        [
            "an explicit name by the journal",
            { pendingCreates: [pending()], recorded: [recorded(explicit)] },
            "candidate",
        ],
        [
            "an explicit name and no key",
            { ...both, pendingCreates: [pending(explicit)], account: accountOf(signing) },
            "noKey",
        ],
        ["a delivered key", { recorded: [recorded(delivered)] }, "delivered"],
        [
            "a delivered key that does not exist",
            { recorded: [recorded(delivered)], account: accountOf(signing) },
            "noKey",
        ],
        [
            "a delivered key, and another key of its unique name",
            { recorded: [recorded({ ...delivered, apiKeyId: "mine" })] },
            "candidate",
        ],
        [
            "a delivered key whose create is still a pending operation",
            { pendingCreates: [pending()], recorded: [recorded(delivered)] },
            "orphaned",
        ],
        ["a delivered key, and a pending entry", { recorded: [recorded(), recorded(delivered)] }, "orphaned"],
        [
            "a delivered key, and a second one of an earlier attempt",
            { recorded: [recorded({ ...retried, apiKeyId: "mine" })] },
            "orphaned",
        ],
        ["a delivered key, and none of an earlier attempt", { recorded: [recorded(retried)] }, "delivered"],
        ["an undelivered key", { recorded: [recorded(undelivered)] }, "orphaned"],
        ["a delivered key with an explicit name", { recorded: [recorded({ ...explicit, ...delivered })] }, "delivered"],
        [
            "a delivered key with an explicit name whose create is still a pending operation",
            { pendingCreates: [pending(explicit)], recorded: [recorded({ ...explicit, ...delivered })] },
            "candidate",
        ],
        [
            "another key with the explicit name of a delivered one",
            { recorded: [recorded({ ...explicit, ...delivered, apiKeyId: "gone" })] },
            "noKey",
        ],
        [
            "an undelivered key with an explicit name",
            { pendingCreates: [pending(explicit)], recorded: [recorded({ ...explicit, ...undelivered })] },
            "orphaned",
        ],
        [
            "another key with the explicit name of an undelivered one",
            {
                pendingCreates: [pending(explicit)],
                recorded: [recorded({ ...explicit, ...undelivered, apiKeyId: "gone" })],
            },
            "noKey",
        ],
        [
            "an undelivered explicit name whose entry lacks the key's id",
            { recorded: [recorded({ ...explicit, status: "undelivered" })] },
            "candidate",
        ],
        [
            "an undelivered key with an explicit name, recorded from another folder",
            {
                pendingCreates: [pending(explicit)],
                recorded: [recorded({ ...explicit, ...undelivered }, namesake)],
            },
            "orphaned",
        ],
        [
            "an undelivered key with an explicit name, and two pending operations",
            {
                pendingCreates: [pending(explicit), pending(explicit)],
                recorded: [recorded({ ...explicit, ...undelivered })],
            },
            "candidate",
        ],
        [
            "an undelivered key with an explicit name, after an attempt whose response was lost",
            { recorded: [recorded({ ...explicit, ...undelivered, earlierAttemptMayExist: true })] },
            "candidate",
        ],
        [
            "an undelivered key with an explicit name, and a pending operation of another resource",
            {
                pendingCreates: [pending({ ...explicit, resource: "other" })],
                recorded: [recorded({ ...explicit, ...undelivered })],
            },
            "candidate",
        ],
        [
            "an undelivered key with an explicit name, and a lost response in another folder",
            { recorded: [recorded({ ...explicit, ...undelivered }), recorded(explicit, namesake)] },
            "candidate",
        ],
        ["the signing key", { ...both, account: accountOf({ ...left, apiKeyId: "SIGNER" }) }, "signingKey"],
        ["an entry in flight", { recorded: [recorded({}, inFlight)] }, "inFlight"],
        [
            "an entry in flight, and a pending operation",
            { pendingCreates: [pending()], recorded: [recorded({}, inFlight)] },
            "inFlight",
        ],
        [
            "an entry in flight in another folder, and a pending operation",
            { pendingCreates: [pending()], recorded: [recorded({}, { ...namesake, ...inFlight })] },
            "inFlight",
        ],
        [
            "an entry of the unique name in flight in another stack, and a pending operation",
            { pendingCreates: [pending()], recorded: [recorded({}, { ...other, ...inFlight })] },
            "inFlight",
        ],
        [
            "an entry of the explicit name in flight in another stack, and a pending operation",
            { pendingCreates: [pending(explicit)], recorded: [recorded(explicit, { ...other, ...inFlight })] },
            "candidate",
        ],
        ["an entry in flight, and one that is not", { recorded: [recorded(), recorded({}, inFlight)] }, "inFlight"],
        ["another environment", { recorded: [recorded(otherEnvironment)] }, "otherAccount"],
        ["another account", { ...nothing, recorded: [recorded(otherAccount)] }, "otherAccount"],
        [
            "a signing key that is not listed, and a key of the unique name that is",
            { recorded: [recorded(otherAccount)] },
            "candidate",
        ],
        [
            "a signing key that is not listed, and a key of the explicit name that is",
            { recorded: [recorded({ ...explicit, ...otherAccount })] },
            "otherAccount",
        ],
        [
            "another environment, whose unique name this one lists too",
            { recorded: [recorded({ ...otherEnvironment, ...otherAccount })] },
            "otherAccount",
        ],
        ["another signing key of the account", { recorded: [recorded({ signedBy: "left" })] }, "orphaned"],
        [
            "another environment by the journal",
            { pendingCreates: [pending()], recorded: [recorded(otherEnvironment)] },
            "otherAccount",
        ],
        [
            "another environment by an entry of another folder",
            { pendingCreates: [pending()], recorded: [recorded(otherEnvironment, namesake)] },
            "otherAccount",
        ],
        [
            "another environment by an entry of another stack, which is not evidence for this one",
            { pendingCreates: [pending()], recorded: [recorded(otherEnvironment, other)] },
            "orphaned",
        ],
        [
            "another environment by the provider",
            { pendingCreates: [pending({ scope: { ...here, ...otherEnvironment } })] },
            "otherAccount",
        ],
        [
            "another account by the provider",
            { ...nothing, pendingCreates: [pending({ scope: { ...here, ...otherAccount } })] },
            "otherAccount",
        ],
        [
            "other keys of the state, all on another account",
            { ...inState, ...nothing, keys: [held(otherEnvironment), held(otherAccount)] },
            "otherAccount",
        ],
        [
            "other keys of the state, one on this account",
            { ...inState, keys: [held(otherEnvironment), held()] },
            "orphaned",
        ],
        [
            "other keys of the state, one in the list",
            { ...inState, keys: [held({ ...otherAccount, apiKeyId: "SIGNER" })] },
            "orphaned",
        ],
        [
            "other keys of the state, of which those of its provider are on another account",
            {
                ...nothing,
                pendingCreates: [pending({ provider: "other" })],
                keys: [held(), held({ ...otherAccount, provider: "other" })],
            },
            "otherAccount",
        ],
        [
            "other keys of the state, of which those of its provider are on this account",
            {
                pendingCreates: [pending({ provider: "own" })],
                keys: [held({ ...otherAccount, provider: "other" }), held({ provider: "own" })],
            },
            "orphaned",
        ],
        [
            "other keys of the state, and a provider whose options name its account",
            { pendingCreates: [pending({ isScopeKnown: true })], keys: [held(otherEnvironment)] },
            "orphaned",
        ],
        ["other keys of the state, and an entry", { ...both, keys: [held(otherEnvironment)] }, "orphaned"],
        ["a provider without options", { pendingCreates: [pending({ scope: undefined })] }, "orphaned"],
        ["a secret name", { pendingCreates: [pending({ name: undefined })] }, "secretName"],
        ["an adoption", { pendingCreates: [pending({ adoption: true, ...explicit })] }, "noKey"],
        ["an unknown account", { ...both, account: undefined }, "unknown"],
        ["an entry of another folder", { recorded: [recorded({}, namesake)] }, undefined],
        ["an entry of another stack", { recorded: [recorded({}, other)] }, undefined],
        ["an entry that may be another stack's", { recorded: [recorded({}, unproven)] }, "candidate"],
        [
            "an undelivered key that may be another stack's",
            { recorded: [recorded({ ...explicit, ...undelivered }, unproven)] },
            "candidate",
        ],
        [
            "an entry that may be another stack's, and no key",
            { recorded: [recorded({}, unproven)], account: accountOf(signing) },
            "noKey",
        ],
        [
            "an entry that may be another stack's, and a pending operation",
            { pendingCreates: [pending()], recorded: [recorded({}, unproven)] },
            "orphaned",
        ],
        [
            "an entry that may be another stack's, and one of this stack that was delivered",
            { recorded: [recorded(delivered), recorded({}, unproven)] },
            "delivered",
        ],
    ])("%s", (_, more, verdict) => {
        expect(findInterruptedCreates(evidence(more)).map((create) => create.verdict)).toEqual(
            verdict === undefined ? [] : [verdict],
        );
    });

    test("lists both keys of a unique name", () => {
        const twice = accountOf(signing, { ...left, apiKeyId: "2" }, { ...left, apiKeyId: "1" });
        const [create] = findInterruptedCreates(evidence({ ...inJournal, account: twice }));
        expect(create?.keys.map(({ apiKeyId }) => apiKeyId)).toEqual(["1", "2"]);
    });

    test("lists only the key of the earlier attempt, not the delivered one", () => {
        const account = accountOf(signing, { ...left, apiKeyId: "mine" }, left);
        const [create] = findInterruptedCreates(
            evidence({ recorded: [recorded({ ...retried, apiKeyId: "mine" })], account }),
        );
        expect(create?.keys).toEqual([left]);
    });

    test("lists only the recorded key of an undelivered explicit name", () => {
        const account = accountOf(signing, { ...left, apiKeyId: "another" }, left);
        const [create] = findInterruptedCreates(
            evidence({ recorded: [recorded({ ...explicit, ...undelivered })], account }),
        );
        expect(create?.keys).toEqual([left]);
    });

    test("is one for each name", () => {
        const otherName = { name: "other-0000000" };
        const creates = findInterruptedCreates(
            evidence({
                pendingCreates: [pending()],
                recorded: [recorded(otherName), recorded({ ...otherName, resource: "b" })],
            }),
        );
        expect(creates.map(({ name, resources, verdict }) => ({ name, resources, verdict }))).toEqual([
            { name: left.name, resources: ["bot"], verdict: "orphaned" },
            { name: otherName.name, resources: ["bot", "b"], verdict: "noKey" },
        ]);
    });
});

describe("a second key with the unique name of a key in the state, without any record,", () => {
    const net = { keys: [held({ ...kept, uniqueName: true })], held: new Set(["kept"]) };
    const account = accountOf(signing, kept, left);

    test.each<[string, Partial<Evidence>, InterruptedCreate["verdict"] | undefined]>([
        ["is an orphan of a lost response", {}, "orphaned"],
        ["does not exist", { account: accountOf(signing, kept) }, undefined],
        ["is held by another resource of the state", { held: new Set(["kept", "left"]) }, undefined],
        ["is not evidence if the name is explicit", { keys: [held({ ...kept, ...explicit })] }, undefined],
        ["is a candidate if the list lacks the state's key", { account: accountOf(signing, left) }, "candidate"],
        [
            "is not examined on another account",
            { keys: [held({ ...kept, uniqueName: true, ...otherEnvironment })] },
            undefined,
        ],
        ["is unknown without a list", { account: undefined }, undefined],
        ["is not touched if it signs", { account: accountOf(kept, { ...left, apiKeyId: "SIGNER" }) }, "signingKey"],
        [
            "is not touched if a create of the name is in flight",
            { recorded: [recorded({}, { ...other, ...inFlight })] },
            "inFlight",
        ],
        [
            "is not an orphan if it was delivered to another stack",
            { recorded: [recorded({ ...delivered, name: "renamed", stack: "prod" }, other)] },
            "delivered",
        ],
    ])("%s", (_, more, verdict) => {
        const creates = findInterruptedCreates(evidence({ ...net, account, ...more }));
        expect(creates.map((create) => create.verdict)).toEqual(verdict === undefined ? [] : [verdict]);
    });

    test("names the resource that holds the name", () => {
        const [create] = findInterruptedCreates(evidence({ ...net, account }));
        expect(create).toMatchObject({ resources: ["bot"], uniqueName: true, keys: [left], recorded: [] });
    });
});

describe("a key with the name of a rotating key's generation, without any record,", () => {
    const rotating = held({ apiKeyId: "kept", name: "bot-abcdef0", uniqueName: true, generationNames: [left.name] });
    const net = { keys: [rotating], held: new Set(["kept"]) };
    const account = accountOf(signing, { apiKeyId: "kept", name: "bot-abcdef0" }, left);

    test.each<[string, Partial<Evidence>, InterruptedCreate["verdict"] | undefined]>([
        ["is a candidate, because another run may be rotating", {}, "candidate"],
        ["is a candidate if the list lacks the state's key", { account: accountOf(signing, left) }, "candidate"],
        ["is held by the state", { held: new Set(["kept", "left"]) }, undefined],
        ["does not exist", { account: accountOf(signing) }, undefined],
        ["is not examined on another account", { keys: [{ ...rotating, ...otherEnvironment }] }, undefined],
        ["is an orphan by a pending update", { pendingCreates: [pending()] }, "orphaned"],
    ])("%s", (_, more, verdict) => {
        const creates = findInterruptedCreates(evidence({ ...net, account, ...more }));
        expect(creates.map((create) => create.verdict)).toEqual(verdict === undefined ? [] : [verdict]);
    });

    test("is reported for the rotating key", () => {
        const [create] = findInterruptedCreates(evidence({ ...net, account }));
        expect(create).toMatchObject({ name: left.name, resources: ["bot"], keys: [left] });
    });
});

describe("a retried create", () => {
    const mine = { apiKeyId: "left", name: left.name };
    const inTheState = { held: new Set(["left"]) };
    const young = { ...retried, startedAt: ago(5 * 60_000 - 1), noKeySince: undefined };
    const old = { ...young, startedAt: ago(5 * 60_000) };

    test.each<[string, Partial<Entry>, Partial<Evidence>, InterruptedCreate["verdict"]]>([
        ["is settled by a list that shows its key alone", old, inTheState, "noKey"],
        ["is not settled while it is young", young, inTheState, "unsettled"],
        ["is not settled by another key alone", { ...old, apiKeyId: "mine" }, inTheState, "unsettled"],
        ["is not settled by an explicit name", { ...old, ...explicit }, inTheState, "unsettled"],
        [
            "left an orphan if a list shows a second key",
            young,
            { ...inTheState, account: accountOf(signing, mine, { ...left, apiKeyId: "late" }) },
            "orphaned",
        ],
        [
            "is not settled by a list that lacks its key, which may lag",
            old,
            { ...inTheState, account: accountOf(signing) },
            "unsettled",
        ],
        [
            "is settled by a second list that lacks its key, which was revoked",
            retried,
            { ...inTheState, account: accountOf(signing) },
            "noKey",
        ],
    ])("%s", (_, entry, more, verdict) => {
        const creates = findInterruptedCreates(evidence({ recorded: [recorded(entry)], ...more }));
        expect(creates.map((create) => create.verdict)).toEqual([verdict]);
    });
});

describe("a create without a key", () => {
    const notExamined = { noKeySince: undefined };

    test.each<[string, Partial<Evidence>, InterruptedCreate["verdict"]]>([
        [
            "is settled by a second list after five minutes",
            { recorded: [recorded({ noKeySince: ago(5 * 60_000) })] },
            "noKey",
        ],
        ["is not settled by a second list before that", { recorded: [recorded(waiting)] }, "unsettled"],
        ["is not settled by the first list", { recorded: [recorded(notExamined)] }, "unsettled"],
        [
            "is settled by a second list if the clock was set back",
            { recorded: [recorded({ noKeySince: ago(-5 * 60_000) })] },
            "noKey",
        ],
        ["is not settled while one of its entries waits", { recorded: [recorded(), recorded(waiting)] }, "unsettled"],
        ["is not settled by the state alone", { pendingCreates: [pending()] }, "unsettled"],
        [
            "is not settled while the state knows of more creates than the journal",
            { pendingCreates: [pending(), pending()], recorded: [recorded()] },
            "unsettled",
        ],
        ["is settled if the journal knows of all", { pendingCreates: [pending()], recorded: [recorded()] }, "noKey"],
        [
            "is not settled after an undelivered one",
            { recorded: [recorded({ ...undelivered, ...notExamined })] },
            "unsettled",
        ],
        [
            "is not settled after a delivered one",
            { recorded: [recorded({ ...delivered, ...notExamined })] },
            "unsettled",
        ],
        [
            "is not settled by the key that the state holds",
            { recorded: [recorded(notExamined)], held: new Set(["left"]), account: accountOf(signing, left) },
            "unsettled",
        ],
    ])("%s", (_, more, verdict) => {
        const creates = findInterruptedCreates(evidence({ ...nothing, ...more }));
        expect(creates.map((create) => create.verdict)).toEqual([verdict]);
    });
});

describe("what --fix settles", () => {
    const planned = (more: Partial<Evidence>, ...others: string[]) => {
        const { settle, clear } = planOf(findInterruptedCreates(evidence(more)), others);
        return { settled: settle.map(({ verdict }) => verdict), clear };
    };

    test.each<[string, Partial<Evidence>, InterruptedCreate["verdict"][]]>([
        ["an orphan", both, ["orphaned"]],
        ["a create that left no key", { ...both, account: accountOf(signing) }, ["noKey"]],
        ["no candidate", { recorded: [recorded(explicit)] }, []],
        ["no delivered key", { recorded: [recorded(delivered)] }, []],
        ["nothing that may be another stack's", { recorded: [recorded({}, unproven)] }, []],
        ["not the signing key", { ...inJournal, account: accountOf({ ...left, apiKeyId: "signer" }) }, []],
        ["nothing in flight", { recorded: [recorded({}, inFlight)] }, []],
        ["nothing of another account", { ...nothing, recorded: [recorded(otherAccount)] }, []],
        [
            "the pending operation of a create that left no key yet",
            { ...nothing, pendingCreates: [pending()], recorded: [recorded(waiting)] },
            ["unsettled"],
        ],
        ["an entry that waits for another list", { ...nothing, recorded: [recorded(waiting)] }, ["unsettled"]],
        ["nothing on an unknown account", { ...inJournal, account: undefined }, []],
    ])("%s", (_, more, settled) => {
        expect(planned(more)).toEqual({ settled, clear: true });
    });

    test("only entries of the journal, and no pending operation, if another resource has one", () => {
        const otherName = { name: "other-0000000" };
        const account = accountOf(signing, left, { ...otherName, apiKeyId: "other" });
        expect(planned({ ...both, account }, "urn:bucket")).toEqual({ settled: ["orphaned"], clear: false });
        expect(planned({ ...inState, account }, "urn:bucket")).toEqual({ settled: [], clear: false });
        // The engine may still be about to save its state.
        const returned = { pendingCreates: [pending()], recorded: [recorded(delivered)], account };
        expect(planned(returned, "urn:bucket")).toEqual({ settled: [], clear: false });
        expect(planned(returned)).toEqual({ settled: ["orphaned"], clear: true });
        // An entry that may be another stack's is no evidence.
        const doubtful = { pendingCreates: [pending()], recorded: [recorded({}, unproven)], account };
        expect(planned(doubtful, "urn:bucket")).toEqual({ settled: [], clear: false });
        expect(planned({ ...inJournal, account }, "urn:bucket")).toEqual({ settled: ["orphaned"], clear: false });
        // Another run may be repeating the rotation that the journal records, under the same name.
        const rotation = { pendingCreates: [pending({ isUpdate: true })], recorded: [recorded()], account };
        expect(planned(rotation, "urn:bucket")).toEqual({ settled: [], clear: false });
        expect(planned(rotation)).toEqual({ settled: ["orphaned"], clear: true });
    });

    test.each([
        ["an explicit name", pending({ ...explicit, name: "root" })],
        ["a secret name", pending({ name: undefined })],
        ["another account", pending({ name: "other", scope: { ...here, ...otherAccount } })],
    ])("no pending operation if one of a create with %s must stay", (_, stays) => {
        expect(planned({ pendingCreates: [pending(), stays] })).toEqual({ settled: [], clear: false });
        expect(planned({ pendingCreates: [pending(), stays], recorded: [recorded()] })).toEqual({
            settled: ["orphaned"],
            clear: false,
        });
    });
});

describe("an entry of the journal", () => {
    const existing = { ...stack, organization: "acme", backend: "https://api.pulumi.com" };
    const entryOf = (more: Partial<Entry>) => recorded({ ...existing, ...more }).entry;

    test.each<[string, Partial<Entry>, RecordedCreate["relation"]]>([
        ["is this stack's", {}, "same"],
        ["is this stack's although the project folder was moved", { folder: "/gone" }, "same"],
        ["is another stack's with another backend", { backend: "file:///state" }, "other"],
        ["is another stack's with another organization", { organization: "initech" }, "other"],
        ["is another stack's of the project", { stack: "prod" }, "other"],
        ["may be this stack's if the stack that it names does not exist any more", { stack: "old" }, "unproven"],
        [
            "is another stack's if that one does not exist in another backend",
            { stack: "old", backend: "file:///s" },
            "other",
        ],
        [
            "is another stack's if that one may exist in an unknown backend",
            { stack: "old", backend: undefined },
            "other",
        ],
        [
            "may be this stack's without a backend if its folder is gone",
            { backend: undefined, folder: "/gone" },
            "unproven",
        ],
        ["may be this stack's without a backend from its folder", { backend: undefined }, "unproven"],
    ])("%s", (_, more, relation) => {
        expect(relationOf(entryOf(more), existing, ["dev", "prod"])).toBe(relation);
    });

    test("is a namesake's without a backend if its folder exists", async () => {
        const folder = join(await scratchFolder(), "checkout");
        mkdirSync(folder);
        expect(relationOf(entryOf({ backend: undefined, folder }), existing, ["dev"])).toBe("namesake");
    });
});

describe("the account of a pending create", () => {
    const credentials = { KALSHI_ENVIRONMENT: "demo", KALSHI_API_KEY_ID: "of a variable" };
    const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };

    test.each<[string, PendingCreate["options"], string | undefined, boolean]>([
        ["is that of the provider's options", { environment: "demo", apiKeyId: "of an option" }, "of an option", true],
        ["is guessed by the variables for what no option says", { environment: "demo" }, "of a variable", false],
        ["is not known if its API key id is a secret", { environment: "demo", apiKeyId: secret }, undefined, false],
    ])("%s", (_, options, signedBy, isScopeKnown) => {
        const state = {
            keys: [],
            held: new Set<string>(),
            pendingCreates: [pending({ options })],
            otherOperations: [],
        };
        const examined = { ...stack, fullName: "dev", configuration: {}, state, exported: "", stackNames: ["dev"] };
        const [create] = evidenceOf(examined, [], accountOf(signing), credentials).pendingCreates;
        expect(create).toMatchObject({ scope: { environment: "demo", signedBy }, isScopeKnown });
    });
});

test.each<[string, Partial<Evidence["keys"][number]>, string]>([
    ["is listed", {}, "listed"],
    ["is listed with an id in upper case", { apiKeyId: "LEFT" }, "listed"],
    ["is listed although its signing key is gone", otherAccount, "listed"],
    ["is not in the list", { apiKeyId: "gone" }, "missing"],
    ["is of another environment", otherEnvironment, "other account"],
    ["is of another account", { apiKeyId: "gone", ...otherAccount }, "other account"],
])("a key of the stack %s", (_, more, status) => {
    const key = held({ urn: "urn", apiKeyId: "left", name: left.name, ...more });
    const account = { environment: "demo", signingKeyId: "signer", keys: [signing, left] };
    expect(examineStackKeys([key], account).map((one) => one.status)).toEqual([status]);
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

    test("contains the keys of both providers, including those pending deletion", () => {
        const outputs = {
            name: left.name,
            __defaults: ["name"],
            environment: "demo",
            __signedBy: "signer",
            privateKey: cipher,
        };
        const { keys, held } = parse([
            { ...dynamic, id: "ONE", outputs },
            { ...plugin, id: "two", outputs: { ...outputs, name: cipher, __autonamed: true }, delete: true },
            { urn: "urn:bucket", type: "aws:s3/bucket:Bucket", id: "bucket" },
            { urn: "urn:stack", type: "pulumi:pulumi:Stack" },
        ]);
        const same = { environment: "demo", signedBy: "signer", provider: "urn:p::p1" };
        expect(keys).toEqual([
            { urn: dynamic.urn, resource: "bot", apiKeyId: "ONE", name: left.name, uniqueName: true, ...same },
            { urn: plugin.urn, resource: "bot", apiKeyId: "two", name: undefined, uniqueName: false, ...same },
        ]);
        expect(held).toEqual(new Set(["p1", "one", "two", "bucket"]));
    });

    describe("with a rotating key", () => {
        const inputs = { __prefix: "bot", __nameSeed: "seed" };
        const named = (generation: number) => generationName(inputs, generation);
        const outputs = {
            ...inputs,
            __generations: 3,
            __ids: ["THREE", "two", "one"],
            current: { apiKeyId: "THREE", name: named(2), privateKey: cipher },
            previous: { apiKeyId: "two", name: "by hand" },
            __outdated: [{ apiKeyId: "one", name: cipher, privateKey: cipher }],
            environment: "demo",
            __signedBy: "signer",
        };
        const rotating = { ...key("kalshi:index:RotatingApiKey"), id: "zero", inputs, outputs };

        test("contains all its keys, and not its own id, which is that of the first key", () => {
            const { keys, held } = parse([rotating]);
            const generationNames = [0, 1, 2, 3].map(named);
            const same = {
                urn: rotating.urn,
                resource: "bot",
                generationNames,
                environment: "demo",
                signedBy: "signer",
                provider: "urn:p::p1",
            };
            expect(keys).toEqual([
                { ...same, apiKeyId: "THREE", name: named(2), uniqueName: true },
                { ...same, apiKeyId: "two", name: "by hand", uniqueName: false },
                { ...same, apiKeyId: "one", name: undefined, uniqueName: false },
            ]);
            expect(held).toEqual(new Set(["p1", "three", "two", "one"]));
        });

        test("contains no names of its generations if the prefix is a secret", () => {
            const { keys } = parse([{ ...rotating, outputs: { ...outputs, __prefix: cipher } }]);
            expect(keys.map(({ generationNames }) => generationNames)).toEqual([[], [], []]);
        });

        test("contains its keys if the program made them secrets as a whole", () => {
            const { keys, held } = parse([{ ...rotating, outputs: { ...outputs, current: cipher, previous: cipher } }]);
            expect(keys.map(({ apiKeyId, uniqueName }) => [apiKeyId, uniqueName])).toEqual([
                ["THREE", false],
                ["two", false],
                ["one", false],
            ]);
            expect(held.has("three")).toBe(true);
        });

        test("is rejected if it lacks the ids of its keys", () => {
            const { __ids, ...rest } = outputs;
            expect(() => parse([{ ...rotating, outputs: rest }])).toThrow(/RotatingApiKey::bot .*ids of its keys/);
        });

        test.each([
            ["create", "creating", [], 0],
            ["update", "updating", [rotating], 3],
        ])("contains the key of a pending %s, by the name of its generation", (step, type, resources, generation) => {
            const { outputs: _outputs, ...resource } = rotating;
            const { pendingCreates, otherOperations } = parse(resources, [{ type, resource }]);
            expect(pendingCreates).toMatchObject([
                {
                    name: named(generation),
                    uniqueName: true,
                    adoption: false,
                    isUpdate: step === "update",
                    options: { environment: "demo" },
                    provider: "urn:p::p1",
                },
            ]);
            expect(otherOperations).toEqual([]);
        });

        test("contains a pending update without a name if the prefix is a secret", () => {
            const resource = { ...rotating, inputs: { ...inputs, __prefix: cipher } };
            expect(parse([rotating], [{ type: "updating", resource }]).pendingCreates).toMatchObject([
                { name: undefined, uniqueName: false },
            ]);
        });

        test("counts a key as held while it is being imported", () => {
            const { outputs: _outputs, ...resource } = rotating;
            expect(parse([], [{ type: "importing", resource }]).held.has("zero")).toBe(true);
        });

        test("counts its keys as held while it is being deleted", () => {
            const { held, otherOperations } = parse([rotating], [{ type: "deleting", resource: rotating }]);
            expect(held.has("three")).toBe(true);
            expect(otherOperations).toEqual([rotating.urn]);
        });
    });

    test("does not take an update of an API key for a create", () => {
        const state = parse([{ ...plugin, id: "left", outputs: {} }], [{ type: "updating", resource: plugin }]);
        expect(state).toMatchObject({ pendingCreates: [], otherOperations: [plugin.urn] });
    });

    test.each<[string, object, Partial<PendingCreate>]>([
        [
            "of the plugin",
            plugin,
            { name: left.name, uniqueName: true, adoption: false, options: { environment: "demo" } },
        ],
        [
            "of the dynamic provider",
            dynamic,
            { name: left.name, uniqueName: true, adoption: false, options: undefined },
        ],
        ["with an explicit name", { ...plugin, inputs: { name: "bot" } }, { name: "bot", uniqueName: false }],
        [
            "with a name of the stack's autonaming",
            { ...plugin, inputs: { ...plugin.inputs, __autonamed: true } },
            { name: left.name, uniqueName: false },
        ],
        ["with a secret name", { ...plugin, inputs: { name: cipher } }, { name: undefined, uniqueName: false }],
        [
            "that adopts a key",
            { ...dynamic, inputs: { ...dynamic.inputs, adopt: cipher } },
            { uniqueName: false, adoption: true },
        ],
    ])("contains a pending create %s", (_, resource, expected) => {
        expect(parse([], [creating(resource)]).pendingCreates).toEqual([
            expect.objectContaining({ resource: "bot", ...expected }),
        ]);
    });

    test("contains other pending operations, and counts their resources as held", () => {
        const bucket = { urn: "urn:bucket", type: "aws:s3/bucket:Bucket" };
        const state = parse([], [creating(bucket), { type: "deleting", resource: { ...plugin, id: "left" } }]);
        expect(state.pendingCreates).toEqual([]);
        expect(state.otherOperations).toEqual([bucket.urn, plugin.urn]);
        expect(state.held.has("left")).toBe(true);
    });

    test("contains a pending create with a key id, and does not count that key as held", () => {
        const { pendingCreates, held } = parse([], [creating({ ...plugin, id: "left" })]);
        expect(pendingCreates).toHaveLength(1);
        expect(held.has("left")).toBe(false);
    });

    test("of a new stack is empty", () => {
        expect(parseState('{"version": 3}')).toMatchObject({ keys: [], pendingCreates: [], otherOperations: [] });
    });

    test("of an unknown form is rejected without quoting it", () => {
        expect(() => parseState('{"deployment": {"resources": "secret"}}')).toThrow(
            /^(?!.*secret).*deployment\.resources/,
        );
    });
});
