import { isDeepStrictEqual } from "node:util";
import { reasonOf } from "../apiKey/errors";
import { hasKey } from "../apiKey/listing";
import { revoke } from "../apiKey/revoke";
import type { Entry } from "../journal/entry";
import { KalshiError } from "../kalshi/errors";
import { newFile, readJournal, removeEntry, settleByList, writeEntry } from "../journal/journal";
import { thisProcess } from "../journal/processIdentity";
import type { ApiKey } from "../apiKey/inputs";
import type { Account } from "./account";
import type { AccountKeys } from "./accountScope";
import { evidenceOf, readableEntries } from "./evidence";
import { UserError } from "../userError";
import { findInterruptedCreates, type Evidence, type InterruptedCreate, type Verdict } from "./interruptedCreates";
import {
    clearPendingCreates,
    ConcurrentUpdateError,
    exportStack,
    latestUpdates,
    reloadStack,
    type Stack,
} from "./stack";
import { isProvenByJournal, planOf, type Plan } from "./plan";
import type { Report } from "./report";

/** Why --fix stopped. What it did before is in the report. */
export class FixError extends UserError {
    override readonly name = "FixError";
}

/** The input of {@link settle}. */
export interface Repair {
    readonly plan: Plan;
    readonly stack: Stack;
    readonly account: Account;
    /** The evidence that the plan was made from. */
    readonly evidence: Evidence;
    /** The journal's folder. */
    readonly journal: string;
}

/** Describes each step of a plan, in order. */
export function describe(plan: Plan, fullName: string): string[] {
    const steps: string[] = [];
    const pending = pendingCreatesOf(plan);
    if (pending.length > 0) {
        steps.push(`clear the pending operations of ${fullName}, by \`pulumi refresh --clear-pending-creates\`:`);
    }
    for (const { urn } of pending) {
        steps.push(`    ${urn}`);
    }
    for (const { name, apiKeyId } of plan.settle.flatMap(orphansOf)) {
        steps.push(`revoke the API key "${name}" (${apiKeyId})`);
    }
    for (const { file } of plan.settle.flatMap(({ recorded }) => recorded)) {
        steps.push(`remove the journal entry ${file}, unless another key may still appear`);
    }
    return steps;
}

function pendingCreatesOf({ settle, clear }: Plan): InterruptedCreate["pendingCreates"] {
    return clear ? settle.flatMap(({ pendingCreates }) => pendingCreates) : [];
}

function orphansOf({ verdict, keys }: InterruptedCreate): readonly ApiKey[] {
    return verdict === "orphaned" ? keys : [];
}

/**
 * Carries out a plan. At every moment the state or the journal contains the name of each key that may be orphaned. The engine clears
 * the pending operations first, because that fails if another run holds the stack's lock. The keys are then judged again, by the new
 * state.
 *
 * @param settled is called for each create that needs no further step than a later list
 * @throws FixError
 */
export async function settle(
    repair: Repair,
    report: Report,
    settled: (create: InterruptedCreate) => void,
): Promise<void> {
    const { plan, stack, account } = repair;
    const updates = await attempt("read the stack's history", latestUpdates(stack.fullName));
    const listed = await assertUnchanged(repair);
    const added = await recordWhatOnlyTheStateKnows(repair, listed, report);
    const pending = pendingCreatesOf(plan);
    if (pending.length > 0) {
        await clear(stack, updates);
        const text = `Cleared ${pending.length} pending operation(s) of ${stack.fullName}`;
        report.done({ what: "cleared", text });
    }
    const { held } = await assertSameVerdicts(repair, listed);
    for (const create of plan.settle) {
        const orphans = orphansOf(create);
        for (const key of orphans) {
            await revokeAndReport(key, account, report);
        }
        const keys = listed.keys.filter(({ apiKeyId }) => !hasKey(orphans, apiKeyId));
        const entries = [...create.recorded, ...(added.get(create) ?? [])];
        settleEntries(entries, { ...listed, keys }, held, report);
        if (plan.clear || create.pendingCreates.length === 0) {
            settled(create);
        }
    }
}

/** Removes torn files. Before it removes one, it reads the file again, because another process may have been writing it. */
export async function removeTorn(torn: readonly string[], journal: string, report: Report): Promise<void> {
    const now = await readJournal(journal);
    for (const { file, isTorn } of now) {
        if (isTorn && torn.includes(file)) {
            removeEntry(file);
            reportRemoved(file, report);
        }
    }
}

function reportRemoved(file: string, report: Report): void {
    report.done({ what: "removed", text: `Removed the journal entry ${file}` });
}

/** Checks that the stack and the account are unchanged since the plan was made. The user may have taken long to confirm it. */
async function assertUnchanged({ plan, stack, account, evidence }: Repair): Promise<AccountKeys> {
    if ((await attempt("export the stack again", exportStack(stack.fullName))) !== stack.exported) {
        throw new FixError(
            "KALSHI_FIX_OUTDATED",
            "The stack has changed since it was examined, so nothing was touched. Run this again.",
        );
    }
    const { check, listed } = await account.list();
    if (listed === undefined) {
        throw new FixError(
            "KALSHI_FIX_FAILED",
            `Nothing was touched, because the keys could not be listed again: ${check.text}`,
        );
    }
    const creates = findInterruptedCreates({ ...evidence, account: listed });
    if (!isDeepStrictEqual(planOf(creates, stack.state.otherOperations), plan)) {
        throw new FixError(
            "KALSHI_FIX_OUTDATED",
            "The account's keys have changed since they were listed, so nothing was touched. Run this again.",
        );
    }
    return listed;
}

/** Records in the journal what only the pending operations contain, before they are cleared. */
async function recordWhatOnlyTheStateKnows(
    repair: Repair,
    listed: AccountKeys,
    report: Report,
): Promise<ReadonlyMap<InterruptedCreate, readonly RecordedEntry[]>> {
    const added = new Map<InterruptedCreate, RecordedEntry[]>();
    const isOnlyInState = (create: InterruptedCreate) =>
        create.verdict === "orphaned"
            ? create.pendingCreates.length > 0 && !isProvenByJournal(create)
            : create.verdict === "unsettled" && create.pendingCreates.length > create.recorded.length;
    for (const create of repair.plan.clear ? repair.plan.settle.filter(isOnlyInState) : []) {
        const entries = entriesFor(create, repair, listed).map((entry) => ({ file: newFile(repair.journal), entry }));
        for (const { file, entry } of entries) {
            await attempt(`write the journal entry ${file}`, writeEntry(file, entry));
            report.done({ what: "recorded", text: `Recorded the API key "${entry.name}" in ${file}` });
        }
        added.set(create, entries);
    }
    return added;
}

interface RecordedEntry {
    readonly file: string;
    readonly entry: Entry;
}

/** Returns the entries for a create that only the state records: one with its name, or one with the id of each orphan. */
function entriesFor(create: InterruptedCreate, { stack }: Repair, listed: AccountKeys): Entry[] {
    const { name = "", uniqueName, resources, keys } = create;
    const now = new Date().toISOString();
    const common = {
        name,
        uniqueName,
        environment: listed.environment,
        signedBy: listed.signingKeyId,
        project: stack.project,
        stack: stack.stack,
        ...(stack.organization !== undefined && { organization: stack.organization }),
        ...(stack.backend !== undefined && { backend: stack.backend }),
        resource: resources.join(", "),
        folder: stack.folder,
        startedAt: now,
        ...(keys.length === 0 && { noKeySince: now }),
        process: thisProcess(),
        earlierAttemptMayExist: false,
    };
    return uniqueName || keys.length === 0
        ? [{ ...common, status: "pending" }]
        : keys.map(({ apiKeyId }) => ({ ...common, status: "undelivered", apiKeyId }));
}

async function clear({ fullName }: Stack, updates: Awaited<ReturnType<typeof latestUpdates>>): Promise<void> {
    try {
        await clearPendingCreates(fullName, updates);
    } catch (error) {
        throw error instanceof ConcurrentUpdateError
            ? new FixError(
                  "KALSHI_FIX_CONCURRENT",
                  `Another run updated ${fullName} while its pending operations were cleared (${error.message}). No key was revoked. ` +
                      "If `pulumi preview` shows resources to create that already exist, restore the state as docs/doctor.md says.",
              )
            : failure(`clear the pending operations of ${fullName}`, error);
    }
}

/** Judges the plan's creates again, by the state and the journal as they are now. */
async function assertSameVerdicts(repair: Repair, listed: AccountKeys): Promise<Evidence> {
    const stack = await attempt("export the stack again", reloadStack(repair.stack));
    const entries = readableEntries(await readJournal(repair.journal), Date.now());
    const evidence = evidenceOf(stack, entries, listed, process.env);
    const now = findInterruptedCreates(evidence);
    for (const { name, verdict, keys } of repair.plan.settle) {
        const again = now.find((one) => one.name === name && name !== undefined);
        const isSame =
            again === undefined
                ? verdict !== "orphaned"
                : isDeepStrictEqual(again.keys, keys) && isSameVerdict(again.verdict, verdict);
        if (!isSame) {
            throw new FixError(
                "KALSHI_FIX_OUTDATED",
                `What is known about the API key "${name ?? ""}" has changed since it was examined. No key was revoked. Run this again.`,
            );
        }
    }
    return evidence;
}

/** Compares two verdicts. `noKey` and `unsettled` are the same, because only the time of the lists distinguishes them. */
function isSameVerdict(one: Verdict, other: Verdict): boolean {
    const withoutKey: readonly Verdict[] = ["noKey", "unsettled"];
    return one === other || (withoutKey.includes(one) && withoutKey.includes(other));
}

async function revokeAndReport({ name, apiKeyId }: ApiKey, account: Account, report: Report): Promise<void> {
    const what = `revoke the API key "${name}" (${apiKeyId})`;
    const outcome = await revoke(account, { name, apiKeyId }, () => account.findExistence(apiKeyId)).catch(
        (error: unknown) => {
            const failed = error instanceof KalshiError ? `Could not ${what}: ${error.summary}.` : reasonOf(error);
            throw new FixError("KALSHI_FIX_FAILED", `${failed} What is left is still recorded: run this again.`);
        },
    );
    const text =
        outcome === "revoked" ? `Revoked the API key "${name}"` : `The API key "${name}" did not exist any more`;
    report.done({ what: "revoked", text: `${text} (${apiKeyId})` });
}

/** Removes a create's entries that the list settles. The others stay, so that a later run finds a key that Kalshi creates late. */
function settleEntries(
    entries: readonly RecordedEntry[],
    list: AccountKeys,
    held: ReadonlySet<string>,
    report: Report,
): void {
    for (const { file, entry } of entries) {
        if (settleByList(file, entry, list, held)) {
            reportRemoved(file, report);
        } else {
            report.done({ what: "kept", text: `Kept the journal entry ${file}, because another key may still appear` });
        }
    }
}

/** Runs a step that precedes every revocation, and converts its error. */
async function attempt<T>(what: string, step: Promise<T>): Promise<T> {
    return step.catch((error: unknown) => {
        throw failure(what, error);
    });
}

function failure(what: string, error: unknown): FixError {
    return new FixError(
        "KALSHI_FIX_FAILED",
        `Could not ${what}: ${reasonOf(error)} No key was revoked. Run this again.`,
    );
}
