import { listRetryPauses } from "../apiKey/listing";
import { sameId } from "../apiKey/platform";
import { journalFolder, readJournal } from "../journal/journal";
import type { Account } from "./account";
import { type AccountKeys, examineStackKeys } from "./accountScope";
import {
    interruptedCreateCheck,
    otherKeysCheck,
    otherStacksCheck,
    rotationCheck,
    stackKeysCheck,
    unknownEntriesCheck,
} from "./checks";
import { entriesOfOtherStacks, evidenceOf, readableEntries } from "./evidence";
import { examineAccount, examineStack } from "./examine";
import { describe, FixError, removeTorn, settle, type Repair } from "./fix";
import { findInterruptedCreates, type Evidence, type InterruptedCreate } from "./interruptedCreates";
import { planOf, type Plan } from "./plan";
import { hasTerminal, isAgreed } from "./question";
import { Report, type Check } from "./report";
import { unfinishedRotation } from "./rotateCredentials";
import { isRunning, RotationError } from "./rotationRecord";
import type { Stack } from "./stack";

/** The options of the command. */
export interface DoctorOptions {
    /** Whether to settle what can be settled. */
    readonly fix?: boolean;
    /** Whether to skip the question. */
    readonly yes?: boolean;
    /** Whether to print one JSON object. */
    readonly json?: boolean;
    /** The stack's name; by default the selected stack. */
    readonly stack?: string;
}

/**
 * Checks what the provider needs in the working directory, and what interrupted runs may have left.
 *
 * @returns the exit code: 0 if nothing is left to do
 */
export async function doctor(options: DoctorOptions): Promise<number> {
    const report = new Report(options.json === true);
    const stack = await examineStack(options.stack, report);
    const { account, listed: first } = await examineAccount(stack, report);

    const journal = journalFolder(process.env);
    const found = await readJournal(journal);
    const entries = readableEntries(found, Date.now());
    const torn = found.filter(({ isTorn }) => isTorn).map(({ file }) => file);
    const unknown = found.filter(({ entry, isTorn }) => entry === undefined && !isTorn).map(({ file }) => file);
    const evidence = stack && (await withYoungKeys(evidenceOf(stack, entries, first, process.env), account));
    const listed = evidence === undefined ? first : evidence.account;
    const creates = evidence === undefined ? [] : findInterruptedCreates(evidence);

    reportKeys(stack, listed, creates, report);
    const checks = new Map(creates.map((create) => [create, interruptedCreateCheck(create, listed)]));
    checks.forEach((check) => report.add(check));
    const others = entriesOfOtherStacks(entries, stack);
    if (others.length > 0) {
        report.add(otherStacksCheck(others));
    }
    const tornCheck = reportTorn(torn, report);
    if (unknown.length > 0) {
        report.add(unknownEntriesCheck(unknown));
    }
    if (account !== undefined) {
        reportRotation(stack, account, report);
    }
    const plan = planOf(creates, stack?.state.otherOperations ?? []);
    reportStaying(plan, creates, report);

    if (options.fix === true && plan.settle.length + torn.length > 0) {
        const steps = [
            ...describe(plan, stack?.fullName ?? ""),
            ...torn.map((file) => `remove the journal entry ${file}`),
        ];
        report.say("", "To be done:", ...steps.map((step) => `    ${step}`));
        if (options.yes === true || (await isConfirmed(report.json))) {
            // Without a stack or a complete list, the plan settles nothing.
            if (stack !== undefined && account !== undefined && evidence?.account !== undefined) {
                const repair = { plan, stack, account, evidence, journal };
                await fix(repair, report, (create) => report.settle(checks.get(create)));
            }
            await removeTorn(torn, journal, report);
            report.settle(tornCheck);
        }
    }
    return report.end() ? 0 : 1;
}

async function fix(repair: Repair, report: Report, settled: (create: InterruptedCreate) => void): Promise<void> {
    try {
        await settle(repair, report, settled);
    } catch (error) {
        if (!(error instanceof FixError)) {
            throw error;
        }
        report.add({ name: "fix", status: "failed", text: error.message });
    }
}

/** Lists the account's keys again if the list lacks a key that may be too young to show up. */
async function withYoungKeys(evidence: Evidence, account: Account | undefined): Promise<Evidence> {
    const missing = findInterruptedCreates(evidence).filter(hasNoKey);
    if (missing.length === 0 || evidence.account === undefined || account === undefined) {
        return evidence;
    }
    const isUnsettled = missing.some(({ verdict }) => verdict === "unsettled");
    const isEnough = (listed: AccountKeys) => !findInterruptedCreates({ ...evidence, account: listed }).some(hasNoKey);
    return {
        ...evidence,
        account: await account.listAgain(evidence.account, isUnsettled ? listRetryPauses : [0], isEnough),
    };
}

function hasNoKey({ verdict, pendingCreates }: InterruptedCreate): boolean {
    return (verdict === "noKey" || verdict === "unsettled") && !pendingCreates.some(({ adoption }) => adoption);
}

function reportKeys(
    stack: Stack | undefined,
    listed: AccountKeys | undefined,
    interruptedCreates: readonly InterruptedCreate[],
    report: Report,
): void {
    if (listed === undefined) {
        report.know({ stackKeys: [], otherKeys: [], interruptedCreates });
        return;
    }
    const stackKeys = examineStackKeys(stack?.state.keys ?? [], listed);
    const otherKeys = listed.keys
        .filter(({ apiKeyId }) => stack?.state.held.has(apiKeyId.toLowerCase()) !== true)
        .map((key) => ({ ...key, signs: sameId(key.apiKeyId, listed.signingKeyId) }));
    report.know({ stackKeys, otherKeys, interruptedCreates });
    if (stack !== undefined) {
        report.add(stackKeysCheck(stackKeys));
    }
    report.add(otherKeysCheck(otherKeys));
}

/** @returns the check of the entries that cannot be read, if there are any */
function reportTorn(torn: readonly string[], report: Report): Check | undefined {
    if (torn.length === 0) {
        return undefined;
    }
    const check: Check = {
        name: "journal",
        status: "failed",
        text: `${torn.length} entry file(s) cannot be read. They are torn, so their requests were never sent`,
        details: [...torn, "`npx pulumi-kalshi doctor --fix` removes them"],
    };
    report.add(check);
    return check;
}

function reportRotation(stack: Stack | undefined, account: Account, report: Report): void {
    try {
        const rotation = unfinishedRotation(stack, account);
        if (rotation !== undefined) {
            report.add(rotationCheck(rotation.record, isRunning(rotation.record, Date.now())));
        }
    } catch (error) {
        if (!(error instanceof RotationError)) {
            throw error;
        }
        report.add({ name: "rotation of the credentials", status: "failed", text: error.message });
    }
}

/** Reports why pending operations that could be cleared stay. */
function reportStaying({ clear, staying }: Plan, creates: readonly InterruptedCreate[], report: Report): void {
    const isHeldUp = ({ pendingCreates, verdict }: InterruptedCreate) =>
        pendingCreates.length > 0 && ["orphaned", "noKey", "unsettled"].includes(verdict);
    if (!clear && creates.some(isHeldUp)) {
        report.add({
            name: "pending operations",
            status: "info",
            text:
                `${staying.length} must stay in the state, and the engine clears all or none. So --fix clears none, and revokes ` +
                "only what the journal proves",
            details: [
                ...staying,
                "an interactive `pulumi refresh` asks about each: answer for other resources, skip the API keys, run this again",
            ],
        });
    }
}

/**
 * Asks the user whether to continue.
 *
 * @param silent whether only the report may be printed
 */
async function isConfirmed(silent: boolean): Promise<boolean> {
    if (silent || !hasTerminal()) {
        console.error("Nothing was touched, because there is no terminal to ask on. Add --yes to skip the question.");
        return false;
    }
    return isAgreed("Do it?");
}
