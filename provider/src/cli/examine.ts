import { neededNode } from "../nodeVersion";
import { Account } from "./account";
import { examineConfiguration } from "./configuration";
import type { AccountKeys } from "./accountScope";
import { regionExpiryCheck } from "./regionExpiry";
import type { Check, Report } from "./report";
import { findStack, pulumi, type Stack } from "./stack";

/**
 * Checks the engine, Node and the stack.
 *
 * @param name the stack's name; by default the selected stack
 */
export async function examineStack(name: string | undefined, report: Report): Promise<Stack | undefined> {
    const engine = await pulumi(["version"]).then(
        (version): Check => ({ name: "engine", status: "ok", text: `Pulumi ${version.trim()}` }),
        (error: unknown): Check => ({
            name: "engine",
            status: "failed",
            text: `${(error as Error).message}; how to get it: https://www.pulumi.com/docs/install`,
        }),
    );
    report.add(engine);
    report.add({ name: "node", status: "ok", text: `${process.versions.node}; ${neededNode} or newer is needed` });
    const found = await findStack(name);
    if (!("reason" in found)) {
        report.add({ name: "stack", status: "ok", text: `${found.fullName} in ${found.folder}` });
        return found;
    }
    report.add({
        name: "stack",
        // One failure is reported once.
        status: found.noProject || engine.status === "failed" ? "info" : "failed",
        text: `no stack: ${found.reason}`,
        details: [
            ...(found.reason.includes("failed to load checkpoint") ? [tornAttributes] : []),
            "the configuration below comes from the variables alone, and the stack's keys are not examined",
        ],
    });
    return undefined;
}

/** Matches the error about a file that a killed engine sometimes leaves in a file backend; seen with Pulumi 3.250.0. */
const tornAttributes =
    "an engine that was killed may have left an empty file STACK.json.attrs beside the complete state STACK.json: remove that " +
    "file, then run this again";

/** Checks the configuration and the account that it selects. */
export async function examineAccount(
    stack: Stack | undefined,
    report: Report,
): Promise<{ readonly account: Account | undefined; readonly listed: AccountKeys | undefined }> {
    const { check, endpoint, config } = examineConfiguration(stack?.configuration ?? {}, process.env);
    report.add(check);
    if (endpoint !== undefined) {
        const { environment, baseUrl } = endpoint;
        const text = environment === baseUrl ? baseUrl : `${environment} (${baseUrl})`;
        report.add({ name: "environment", status: "info", text });
    }
    if (config === undefined) {
        report.add({
            name: "credentials",
            status: "info",
            text: "not checked, because the configuration cannot be used",
        });
        return { account: undefined, listed: undefined };
    }
    const account = new Account(config);
    const { check: credentials, listed, regionExpiresAt } = await account.list();
    report.add(credentials);
    const attestation = regionExpiryCheck(regionExpiresAt, Date.now());
    if (attestation !== undefined) {
        report.add(attestation);
    }
    if (listed !== undefined) {
        report.add(await account.limits());
    }
    report.add(account.clock());
    return { account, listed };
}
