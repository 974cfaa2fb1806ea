import { hostname } from "node:os";
import { isDeepStrictEqual } from "node:util";
import { explain } from "../apiKey/explain";
import { revoke } from "../apiKey/revoke";
import { isHandedOver, newFile, readJournal, remove, write, type NoteFile } from "../journal";
import type { Account } from "./account";
import { judge, type Creation, type Evidence } from "./creations";
import type { Listed } from "./place";
import { planOf, type Plan } from "./plan";
import type { Report } from "./report";
import { clearOperations, exportStack, type Stack } from "./stack";

/** Why --fix stopped; what it had done by then is reported already. */
export class FixError extends Error {
    override readonly name = "FixError";
}

/** What there is to be fixed, and where. */
export interface Case {
    readonly plan: Plan;
    readonly stack: Stack;
    readonly account: Account;
    /** The account as it was when the plan was made. */
    readonly listed: Listed;
    /** What the plan goes by. */
    readonly evidence: Evidence;
    /** The journal's folder. */
    readonly journal: string;
}

/** What would be done, in its order. */
export function describe(plan: Plan, fullName: string): string[] {
    const { settle } = plan;
    const entries = entriesOf(plan);
    return [
        ...(entries.length === 0 ? [] : [`take out of the state of ${fullName}, by \`pulumi stack import\`:`]),
        ...entries.map(({ urn }) => `    the pending operation of ${urn}`),
        ...settle.flatMap(orphansOf).map(({ name, apiKeyId }) => `revoke the API key "${name}" (${apiKeyId})`),
        ...settle.flatMap(({ notes }) => notes).map(({ file }) => `remove the note ${file}`),
    ];
}

function entriesOf({ settle, clear }: Plan): Creation["entries"] {
    return clear ? settle.flatMap((creation) => creation.entries) : [];
}

function orphansOf({ verdict, keys }: Creation): Creation["keys"] {
    return verdict === "orphaned" ? keys : [];
}

/**
 * Settles what can be settled, so that at every moment the state or the journal knows the name of each key that may be left.
 * A stack that somebody is at work on cannot be imported into, and that comes before anything is revoked.
 *
 * @param settled is told of each creation that nothing is left of
 * @throws FixError
 */
export async function settle(that: Case, report: Report, settled: (creation: Creation) => void): Promise<void> {
    await assertUnchanged(that);
    const remembered = await clearEntries(that, report);
    for (const creation of that.plan.settle) {
        for (const { name, apiKeyId } of orphansOf(creation)) {
            const what = `revoke the API key "${name}" (${apiKeyId})`;
            const outcome = await revoke(that.account, { name, apiKeyId }, async () => "gone").catch((error: unknown) => {
                const { message } = explain({ what, environment: that.listed.environment }, error) as Error;
                throw new FixError(`${message} What is left is remembered: run this again.`);
            });
            const text = outcome === "revoked" ? `Revoked the API key "${name}"` : `The API key "${name}" was gone`;
            report.done({ what: "revoked", text: `${text} (${apiKeyId})` });
        }
        const files = [...creation.notes.map(({ file }) => file), ...(remembered.get(creation) ?? [])];
        forget(files, report);
        if (that.plan.clear || creation.entries.length === 0) {
            settled(creation);
        }
    }
}

/** Removes notes that could not be read; one that was being written at that moment can be read by now. */
export async function forgetTorn(torn: readonly string[], journal: string, report: Report): Promise<void> {
    const now = await readJournal(journal);
    const still = now.filter(({ file, note }) => note === undefined && torn.includes(file));
    forget(
        still.map(({ file }) => file),
        report,
    );
}

function forget(files: readonly string[], report: Report): void {
    for (const file of files) {
        remove(file);
        report.done({ what: "forgotten", text: `Removed the note ${file}` });
    }
}

/** Somebody may have been at work while the question waited for its answer. */
async function assertUnchanged({ plan, stack, account, evidence }: Case): Promise<void> {
    if ((await attempt("export the stack again", exportStack(stack.fullName))) !== stack.exported) {
        throw new FixError("The stack has changed since it was looked at, so nothing was touched. Run this again.");
    }
    const { check, listed } = await account.list();
    if (listed === undefined) {
        throw new FixError(`${check.text} Nothing was touched.`);
    }
    const now = planOf(judge({ ...evidence, account: listed }), stack.state.otherOperations);
    if (!isDeepStrictEqual(now, plan)) {
        throw new FixError(
            "The account's keys have changed since they were looked at, so nothing was touched. Run this again.",
        );
    }
}

/**
 * Takes what was interrupted out of the state. What nothing else remembers is noted down before.
 *
 * @returns the files of those notes
 */
async function clearEntries(that: Case, report: Report): Promise<ReadonlyMap<Creation, string[]>> {
    const { plan, stack, journal } = that;
    const remembered = new Map<Creation, string[]>();
    const entries = entriesOf(plan);
    if (entries.length === 0) {
        return remembered;
    }
    for (const creation of plan.settle.filter(isProvenByStateAlone)) {
        const file = newFile(journal);
        await attempt(`write the note ${file}`, write(file, noteOf(creation, that)));
        remembered.set(creation, [file]);
        report.done({ what: "noted", text: `Noted the API key "${creation.name ?? ""}" in ${file}` });
    }
    await attempt(`take the pending operations out of the state of ${stack.fullName}`, clearOperations(stack));
    const text = `Took ${entries.length} pending operation${entries.length === 1 ? "" : "s"} out of the state of ${stack.fullName}`;
    report.done({ what: "cleared", text });
    return remembered;
}

/** Without its entry in the state, nothing would say any more that the key is an orphan. */
function isProvenByStateAlone({ entries, notes, verdict }: Creation): boolean {
    return verdict === "orphaned" && entries.length > 0 && notes.every(({ note }) => isHandedOver(note));
}

function noteOf({ name = "", proof, resources }: Creation, { stack, listed }: Case): NoteFile {
    return {
        name,
        proof,
        environment: listed.environment,
        signedBy: listed.signingKeyId,
        project: stack.project,
        stack: stack.stack,
        resource: resources.join(", "),
        folder: stack.folder,
        startedAt: stack.state.writtenAt ?? new Date().toISOString(),
        host: hostname(),
        process: process.pid,
    };
}

/** Before anything was revoked. */
async function attempt<T>(what: string, doing: Promise<T>): Promise<T> {
    return doing.catch((error: unknown) => {
        throw new FixError(`Could not ${what}: ${(error as Error).message}\nNo key was revoked. Run this again.`);
    });
}
