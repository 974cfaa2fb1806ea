import { existsSync } from "node:fs";
import { extname, join } from "node:path";
import { explain, label, reasonOf } from "../apiKey/errors";
import type { ApiKey } from "../apiKey/inputs";
import { findKey, hasKey, listRetryPauses } from "../apiKey/listing";
import { sameId } from "../apiKey/platform";
import { revoke } from "../apiKey/revoke";
import { asUserError } from "../userError";
import type { Account } from "./account";
import type { AccountKeys } from "./accountScope";
import {
    credentialStoreOf,
    ManualCredentials,
    unusedKeyFile,
    type CredentialStore,
    type NewCredentials,
} from "./credentialStore";
import { examineAccount, examineStack } from "./examine";
import { discardNewKey, moveEntries, NewSigningKey, settleEntries } from "./newSigningKey";
import { hasTerminal, isAgreed } from "./question";
import { Report } from "./report";
import {
    beginRecord,
    findRecord,
    isRunning,
    readRecords,
    removeRecord,
    RotationError,
    rotationsFolder,
    updateRecord,
    type RotationRecord,
} from "./rotationRecord";
import { projectFolderOf, readConfiguration, reloadStack, type Configuration, type Stack } from "./stack";
import { thisProcess } from "../journal/processIdentity";

/** The options of the command. */
export interface RotateCredentialsOptions {
    /** Whether to revoke the old key without a question. */
    readonly yes?: boolean;
    /** The stack's name; by default the selected stack. */
    readonly stack?: string;
}

const again = "`npx pulumi-kalshi rotate-credentials`";

/**
 * Replaces the provider's own credentials: creates a key with the signing key's scopes, proves it, configures it and revokes the old key
 * last. A later run continues a rotation that was interrupted.
 *
 * @returns the exit code: 0 if nothing is left to do
 */
export async function rotateCredentials(options: RotateCredentialsOptions): Promise<number> {
    const report = new Report(false);
    const stack = await examineStack(options.stack, report);
    const { account, listed } = await examineAccount(stack, report);
    const signing = listed && findKey(listed.keys, listed.signingKeyId);
    // Without its stack, a project's credentials would be taken from the variables alone.
    const lacksStack = stack === undefined && projectFolderOf(process.cwd()) !== undefined;
    if (account === undefined || listed === undefined || signing === undefined || lacksStack) {
        report.say("Nothing was changed. The credentials can be rotated once the stack and they pass these checks.");
        return 1;
    }
    try {
        const isDone = await new Rotation({ stack, account, listed, signing }, report, options.yes === true).run();
        return isDone ? 0 : 1;
    } catch (error) {
        const { environment } = account.config.endpoint;
        const { message } = asUserError(explain({ what: "rotate the provider's credentials", environment }, error));
        report.add({ name: "rotation", status: "failed", text: message });
        return 1;
    }
}

/** The configured credentials, which Kalshi accepts. */
interface Configured {
    readonly stack: Stack | undefined;
    readonly account: Account;
    readonly listed: AccountKeys;
    /** The signing key, as the list shows it. */
    readonly signing: ApiKey;
}

/** An unfinished rotation whose new key is configured. */
type Switched = RotationRecord & { readonly newKey: NonNullable<RotationRecord["newKey"]> };

/**
 * Returns the rotation that has created the configured key, or is to replace it, and that is not finished.
 *
 * @param account the account of the configured credentials
 */
export function unfinishedRotation(
    stack: Stack | undefined,
    { config }: Account,
): { readonly file: string; readonly record: RotationRecord } | undefined {
    return findRecord(readRecords(rotationsFolder(process.env)), {
        environment: config.endpoint.environment,
        target: credentialStoreOf(stack, process.env).target,
        signingKeyId: config.credentials.apiKeyId,
    });
}

class Rotation {
    readonly #folder = rotationsFolder(process.env);

    constructor(
        private readonly configured: Configured,
        private readonly report: Report,
        private readonly isYes: boolean,
    ) {}

    /** @returns whether nothing is left to do */
    async run(): Promise<boolean> {
        const { stack, account, signing } = this.configured;
        const store = credentialStoreOf(stack, process.env);
        const found = unfinishedRotation(stack, account);
        if (found === undefined) {
            return this.#begin(store);
        }
        const { file, record } = found;
        if (isRunning(record, Date.now())) {
            throw new RotationError(
                "KALSHI_ROTATION_CONFLICT",
                `Process ${record.process.pid} on ${record.process.host} is rotating these credentials, so nothing was changed. Run this ` +
                    "again when it has ended.",
            );
        }
        this.report.say("", `A rotation of ${record.startedAt} is not finished: this run continues it.`);
        await attempt("update the record of the rotation", updateRecord(file, record));
        if (isSwitched(record) && sameId(record.newKey.apiKeyId, signing.apiKeyId)) {
            return this.#finish({ file, record }, store, this.configured);
        }
        if (record.status !== "creating" && (await this.#isListed(record.newKey?.apiKeyId))) {
            return this.#waitForSwitch(file, record, store);
        }
        this.report.say("The new key was not configured. If it exists, it is revoked. Then the rotation begins again.");
        await discardNewKey(record, { account, stack, report: this.report });
        this.#forget(file, store, record);
        return this.#begin(store);
    }

    /** Creates the new key, proves it and configures it. */
    async #begin(store: CredentialStore): Promise<boolean> {
        const { stack, account, signing } = this.configured;
        this.report.say(
            "",
            `If this is interrupted, the configured credentials stay valid. Run ${again} again: it continues.`,
        );
        await store.test().catch((error: unknown) => {
            throw new RotationError(
                "KALSHI_ROTATION_FAILED",
                `Could not prepare the place of the new credentials: ${reasonOf(error)}. No key was created, and nothing was changed.`,
            );
        });
        const newKey = NewSigningKey.like(signing, { account, stack, report: this.report });
        let record: RotationRecord = {
            environment: account.config.endpoint.environment,
            ...(store.target !== undefined && { target: store.target }),
            ...(store.privateKeyPath !== undefined && { privateKeyPath: store.privateKeyPath }),
            oldKey: { apiKeyId: signing.apiKeyId, name: signing.name },
            name: newKey.name,
            status: "creating",
            startedAt: new Date().toISOString(),
            process: thisProcess(),
        };
        const file = await attempt("record the rotation", beginRecord(this.#folder, record));
        const credentials = await newKey.create().catch((error: unknown) => {
            if (newKey.isWithoutKey) {
                removeRecord(file);
            }
            this.report.say("The old credentials are still configured and valid.");
            throw error;
        });
        try {
            record = await updateRecord(file, { ...record, newKey: newKey.created });
            await newKey.prove();
            // From now on only this run or a later one may revoke the new key, because it may be in use although this run is interrupted.
            await settleEntries(record);
            const where = await store.write(credentials, this.#backupOf(record));
            this.report.add({ name: "new credentials", status: "ok", text: `written: ${where}` });
            const status = store instanceof ManualCredentials ? "awaitingUser" : "configured";
            record = await updateRecord(file, { ...record, status });
        } catch (error) {
            const key = label({ name: newKey.name, apiKeyId: credentials.apiKeyId });
            const reason = `Could not configure the new API key ${key}: ${reasonOf(error)}.`;
            if (await this.#mayBeConfigured(store, credentials)) {
                throw new RotationError(
                    "KALSHI_ROTATION_FAILED",
                    `${reason} It may be configured all the same, so both keys stay valid. Run ${again} again.`,
                );
            }
            await newKey.revoke().catch((failure: unknown) => {
                throw new RotationError(
                    "KALSHI_ROTATION_FAILED",
                    `${reason} Revoking it failed, too (${reasonOf(failure)}). The old credentials are still configured and valid. Run ` +
                        `${again}: it revokes that key and begins again.`,
                );
            });
            this.#forget(file, store, record);
            throw new RotationError(
                "KALSHI_ROTATION_FAILED",
                `${reason} It was revoked. The old credentials are still configured and valid. Remove the reason, then run this again.`,
            );
        }
        if (store instanceof ManualCredentials) {
            this.#askToSet(store, record);
            return false;
        }
        return this.#check({ file, record });
    }

    /** Returns whether the configuration has a key although writing it failed. A key in use must not be revoked. */
    async #mayBeConfigured({ target }: CredentialStore, { apiKeyId }: NewCredentials): Promise<boolean> {
        const { stack } = this.configured;
        if (stack === undefined || target === undefined) {
            return false;
        }
        const read = readConfiguration(stack.fullName);
        const isOld = (options: Configuration) => options["kalshi:apiKeyId"]?.value?.trim() !== apiKeyId;
        return !(await read.then(isOld, () => false));
    }

    /** Checks the new credentials as they are configured, and finishes. */
    async #check({ file, record }: { readonly file: string; readonly record: RotationRecord }): Promise<boolean> {
        const { stack } = this.configured;
        this.report.say("", "The checks of the doctor with the new credentials:");
        const fresh = stack && {
            ...(await attempt("export the stack again", reloadStack(stack))),
            configuration: await attempt("read the configuration again", readConfiguration(stack.fullName)),
        };
        const { account, listed } = await examineAccount(fresh, this.report);
        const signing = listed && findKey(listed.keys, listed.signingKeyId);
        if (
            account === undefined ||
            listed === undefined ||
            signing === undefined ||
            !isSwitched(record) ||
            !sameId(signing.apiKeyId, record.newKey.apiKeyId)
        ) {
            throw new RotationError(
                "KALSHI_ROTATION_FAILED",
                `The new API key ${label({ name: record.name, apiKeyId: record.newKey?.apiKeyId ?? "" })} is configured, but does not pass ` +
                    `the checks above. The old key ${label(record.oldKey)} is still valid; ${this.#backupOf(record)} has its ` +
                    `configuration. Correct what they report, then run ${again}.`,
            );
        }
        const configured = { stack: fresh, account, listed, signing };
        return this.#finish({ file, record }, credentialStoreOf(fresh, process.env), configured);
    }

    /** Revokes the old key after a question, and removes what is left of the rotation. */
    async #finish(
        { file, record }: { readonly file: string; readonly record: Switched },
        store: CredentialStore,
        configured: Configured,
    ): Promise<boolean> {
        const { account, listed, stack } = configured;
        const { oldKey } = record;
        const name = "old key";
        if (stack?.state.held.has(oldKey.apiKeyId.toLowerCase()) === true) {
            const text = `${label(oldKey)} is a resource of ${stack.fullName}, so it was not revoked: remove it from the program`;
            this.report.add({ name, status: "info", text });
            removeRecord(file);
            const backup = this.#backupOf(record);
            const kept = existsSync(backup) ? ` The former configuration is in ${backup}.` : "";
            this.report.say(`The provider signs with the new key.${kept}`);
            return true;
        }
        // One list without the key is no proof.
        const isListed =
            hasKey(listed.keys, oldKey.apiKeyId) || (await account.findExistence(oldKey.apiKeyId)) === "listed";
        if (isListed && !(await this.#isConfirmed(record, stack))) {
            return false;
        }
        const [inFlight] = await attempt("update the journal", moveEntries(record, record.newKey.apiKeyId));
        if (inFlight !== undefined) {
            const { name: key, process, project, stack } = inFlight;
            throw new RotationError(
                "KALSHI_ROTATION_FAILED",
                `Process ${process.pid} on ${process.host} may still be creating the API key "${key}" (project ${project}, stack ${stack}), ` +
                    `and signs with the old key ${label(oldKey)}, so that was not revoked. The provider signs with the new key. Run ` +
                    `${again} again when that process has ended.`,
            );
        }
        if (isListed) {
            await revoke(account, oldKey, () => account.findExistence(oldKey.apiKeyId)).catch((error: unknown) => {
                throw new RotationError(
                    "KALSHI_ROTATION_FAILED",
                    `Could not revoke the old API key ${label(oldKey)}: ${reasonOf(error)}. The provider signs with the new key. Run ` +
                        `${again} again.`,
                );
            });
            this.report.add({ name, status: "ok", text: `revoked ${label(oldKey)}` });
        } else {
            this.report.add({ name, status: "ok", text: `${label(oldKey)} was revoked already` });
        }
        await store.finish(record, this.#backupOf(record)).catch((error: unknown) => {
            throw new RotationError(
                "KALSHI_ROTATION_FAILED",
                `The old key was revoked, and the provider signs with the new one. Could not remove what is left of the rotation: ` +
                    `${reasonOf(error)}. Run ${again} again.`,
            );
        });
        removeRecord(file);
        this.report.say("The provider signs with the new key, and the old one is revoked.");
        const unused = unusedKeyFile(record.newKey.apiKeyId, stack, process.env);
        if (unused !== undefined) {
            this.report.say(`${unused} holds the new private key, too. If it is stored elsewhere, remove that file.`);
        }
        return true;
    }

    async #isConfirmed({ oldKey }: RotationRecord, stack: Stack | undefined): Promise<boolean> {
        this.report.say("", `Everything else that signs with ${label(oldKey)} stops working when it is revoked.`);
        if (stack !== undefined) {
            this.report.say(
                "Until the next `pulumi up`, `pulumi refresh` and `pulumi destroy` need `--run-program`: they use the options of the last one.",
            );
        }
        if (this.isYes || (hasTerminal() && (await isAgreed(`Revoke the API key ${label(oldKey)}?`)))) {
            return true;
        }
        this.report.say(
            "The provider signs with the new key. The old one was not revoked and is still valid.",
            `To revoke it, run ${again} again; \`--yes\` answers the question.`,
        );
        return false;
    }

    /**
     * Tells the user what to set, because the configuration has the old key although the new one may be in use elsewhere.
     *
     * @throws RotationError if this run has written the new credentials before, so that somebody has put the old ones back
     */
    #waitForSwitch(file: string, record: RotationRecord, store: CredentialStore): false {
        if (store instanceof ManualCredentials && record.status === "awaitingUser") {
            this.#askToSet(store, record);
            return false;
        }
        const key = label({ name: record.name, apiKeyId: record.newKey?.apiKeyId ?? "" });
        throw new RotationError(
            "KALSHI_ROTATION_CONFLICT",
            `The rotation in ${file} has replaced the key ${label(record.oldKey)} by ${key}, but the configuration has the old one, so ` +
                `nothing was changed. Configure the new one, or revoke it on Kalshi's web page, then run this again.`,
        );
    }

    /** Tells the user what to set. */
    #askToSet(store: ManualCredentials, { newKey, oldKey }: RotationRecord): void {
        this.report.say(
            "",
            "Set the new credentials where the old ones are set:",
            ...store.instructions(newKey?.apiKeyId ?? "").map((line) => `    ${line}`),
            `The old key ${label(oldKey)} stays valid. Once the new ones are set, run ${again} again: it checks them and`,
            "revokes the old key after a question.",
        );
    }

    async #isListed(apiKeyId = ""): Promise<boolean> {
        const { account, listed } = this.configured;
        const latest = await account.listAgain(listed, listRetryPauses, ({ keys }) => hasKey(keys, apiKeyId));
        return latest === undefined || hasKey(latest.keys, apiKeyId);
    }

    #forget(file: string, store: CredentialStore, record: RotationRecord): void {
        store.discard(record.newKey?.apiKeyId, this.#backupOf(record));
        removeRecord(file);
    }

    #backupOf({ oldKey, target = "" }: RotationRecord): string {
        return join(this.#folder, `${oldKey.apiKeyId}${extname(target)}`);
    }
}

/** Runs a step that changes no key, and converts its error. */
async function attempt<T>(what: string, step: Promise<T>): Promise<T> {
    return step.catch((error: unknown) => {
        throw error instanceof RotationError
            ? error
            : new RotationError(
                  "KALSHI_ROTATION_FAILED",
                  `Could not ${what}: ${reasonOf(error)}. The configured credentials are valid. Remove the reason, then run ${again} again.`,
              );
    });
}

function isSwitched(record: RotationRecord): record is Switched {
    return record.newKey !== undefined;
}
