import { youngForMilliseconds } from "../apiKey/existence";
import { patience } from "../apiKey/listing";
import { sameId } from "../apiKey/platform";
import { isOfSameStack, isOver, journalFolder, readJournal } from "../journal";
import type { Account } from "./account";
import { judge, type Creation, type Evidence } from "./creations";
import type { Listed } from "./place";
import { planOf, type Plan } from "./plan";
import { evidenceOf, notesOf } from "./evidence";
import { examineAccount, examineStack } from "./examine";
import { describe, FixError, forgetTorn, settle, type Case } from "./fix";
import { isAgreed } from "./question";
import { Report, type Check } from "./report";
import type { Stack } from "./stack";
import { judgeKeys } from "./stackKeys";
import { creationCheck, otherKeysCheck, stackKeysCheck, strangersCheck } from "./words";

/** How the doctor is to go about it. */
export interface DoctorOptions {
    /** Whether to settle what can be settled. */
    readonly fix?: boolean;
    /** Whether to do that without asking. */
    readonly yes?: boolean;
    /** Whether the report is for machines. */
    readonly json?: boolean;
    /** Which stack to look at; by default the one that is selected. */
    readonly stack?: string;
}

/**
 * Looks at all that the provider needs and at all that it may have left behind, from this process's folder.
 *
 * @returns the exit code: 0 where nothing is left to do
 */
export async function doctor(options: DoctorOptions): Promise<number> {
    const report = new Report(options.json === true);
    const stack = await examineStack(options.stack, report);
    const { account, listed: first } = await examineAccount(stack, report);

    const journal = journalFolder(process.env);
    const found = await readJournal(journal);
    const notes = notesOf(found, Date.now());
    const torn = found.filter(({ note }) => note === undefined).map(({ file }) => file);
    const evidence = stack && (await lookedAgain(evidenceOf(stack, notes, first, process.env), stack, account));
    const listed = evidence === undefined ? first : evidence.account;
    const creations = evidence === undefined ? [] : judge(evidence);

    reportKeys(stack, listed, creations, report);
    const checks = new Map(creations.map((creation) => [creation, creationCheck(creation)]));
    checks.forEach((check) => report.add(check));
    const tornCheck = reportJournal(stack, notes, torn, report);
    const plan = planOf(creations, stack?.state.otherOperations ?? []);
    reportStaying(plan, creations, report);

    if (options.fix === true && plan.settle.length + torn.length > 0) {
        const steps = [...describe(plan, stack?.fullName ?? ""), ...torn.map((file) => `remove the note ${file}`)];
        report.say("", "To be done:", ...steps.map((step) => `    ${step}`));
        if (options.yes === true || (await isAgreed(report.json))) {
            const that = stack && account && listed && evidence && { plan, stack, account, listed, evidence, journal };
            await fix(that, report, (creation) => report.settle(checks.get(creation)));
            await forgetTorn(torn, journal, report);
            report.settle(tornCheck);
        }
    }
    return report.end() ? 0 : 1;
}

async function fix(that: Case | undefined, report: Report, done: (creation: Creation) => void): Promise<void> {
    try {
        await (that && settle(that, report, done));
    } catch (error) {
        if (!(error instanceof FixError)) {
            throw error;
        }
        report.add({ name: "fix", status: "failed", text: error.message });
    }
}

/** That no key is there yet which was asked for moments ago, a list may say too soon. */
async function lookedAgain(evidence: Evidence, stack: Stack, account: Account | undefined): Promise<Evidence> {
    const missing = judge(evidence).filter(leftNothing);
    if (missing.length === 0 || evidence.account === undefined || account === undefined) {
        return evidence;
    }
    const startedAt = missing.flatMap(({ notes }) => [
        ...notes.map(({ note }) => note.startedAt),
        ...(notes.length === 0 ? [stack.state.writtenAt ?? ""] : []),
    ]);
    const isYoung = startedAt.some((time) => Date.now() - Date.parse(time) < youngForMilliseconds);
    const isEnough = (listed: Listed) => !judge({ ...evidence, account: listed }).some(leftNothing);
    return { ...evidence, account: await account.lookAgain(evidence.account, isYoung ? patience : [0], isEnough) };
}

function leftNothing({ verdict, entries }: Creation): boolean {
    return verdict === "nothing" && !entries.some(({ adoption }) => adoption);
}

function reportKeys(
    stack: Stack | undefined,
    listed: Listed | undefined,
    creations: readonly Creation[],
    report: Report,
): void {
    if (listed === undefined) {
        report.know({ stackKeys: [], otherKeys: [], creations });
        return;
    }
    const stackKeys = judgeKeys(stack?.state.keys ?? [], listed);
    const otherKeys = listed.keys
        .filter(({ apiKeyId }) => stack?.state.held.has(apiKeyId.toLowerCase()) !== true)
        .map((key) => ({ ...key, signs: sameId(key.apiKeyId, listed.signingKeyId) }));
    report.know({ stackKeys, otherKeys, creations });
    if (stack !== undefined) {
        report.add(stackKeysCheck(stackKeys));
    }
    report.add(otherKeysCheck(otherKeys));
}

/** @returns the check of the notes that cannot be read */
function reportJournal(
    stack: Stack | undefined,
    notes: ReturnType<typeof notesOf>,
    torn: readonly string[],
    report: Report,
): Check | undefined {
    const strangers = notes.filter(
        ({ note, underWay }) => !underWay && !isOver(note) && !(stack !== undefined && isOfSameStack(note, stack)),
    );
    if (strangers.length > 0) {
        report.add(strangersCheck(strangers));
    }
    if (torn.length === 0) {
        return undefined;
    }
    const check: Check = {
        name: "journal",
        status: "failed",
        text: `${torn.length} note(s) cannot be read; being torn, they are of creations that were never asked for`,
        details: [...torn, "`npx pulumi-kalshi doctor --fix` removes them"],
    };
    report.add(check);
    return check;
}

/** Says why entries that could be cleared are not, where that is so. */
function reportStaying({ clear, staying }: Plan, creations: readonly Creation[], report: Report): void {
    const isHeldUp = (one: Creation) =>
        one.entries.length > 0 && (one.verdict === "orphaned" || one.verdict === "nothing");
    if (!clear && creations.some(isHeldUp)) {
        report.add({
            name: "pending operations",
            status: "info",
            text:
                `the state has to keep ${staying.length}, and \`pulumi stack import\` takes out all or none; so --fix takes out none, ` +
                "and revokes only what the journal knows of too",
            details: [
                ...staying,
                "an interactive `pulumi refresh` asks about each: answer for other resources, skip the API keys, run this again",
            ],
        });
    }
}
