import { Listr } from "listr2";
import type { Check, Subject } from "./checks/check";
import { fileChecks, ownerCheck } from "./checks/files";
import { installationCheck } from "./checks/installation";
import { pageChecks } from "./checks/pages";
import { referenceCheck } from "./checks/reference";
import { schemaChecks } from "./checks/schema";
import { versionChecks } from "./checks/version";

/** What the Pulumi Registry checks of a community package, as far as that needs no publication, and what a release needs. */
export const checks: readonly Check[] = [
    ...pageChecks,
    ...schemaChecks,
    ...versionChecks,
    ...fileChecks,
    referenceCheck,
    installationCheck,
    ownerCheck,
];

/** Returns the problems that a check finds. If it fails itself, that is a problem, too. */
async function problemsOf({ title, findProblems }: Check, subject: Subject): Promise<readonly string[]> {
    try {
        return await findProblems(subject);
    } catch (error) {
        return [`${title}: the check failed: ${(error as Error).message}`];
    }
}

/**
 * Checks a release. The engine has to be on PATH.
 *
 * @param renderer what Listr prints: by default the result of each check
 * @returns the problems
 */
export async function checkRelease(subject: Subject, renderer: "default" | "silent" = "default"): Promise<string[]> {
    const problems: string[] = [];
    const tasks = checks.map((check) => ({
        title: check.title,
        task: async () => {
            const found = await problemsOf(check, subject);
            problems.push(...found);
            if (found.length > 0) {
                throw new Error(found.join("\n"));
            }
        },
    }));
    await new Listr(tasks, { exitOnError: false, renderer }).run();
    return problems;
}
