import { generatedSuffix, nameFor } from "../apiKey/autonaming";
import { defaultScopes } from "../apiKey/check";
import { createKey } from "../apiKey/create";
import { ApiKeyError, label } from "../apiKey/errors";
import { youngForMilliseconds } from "../apiKey/existence";
import type { ApiKey, ApiKeyInputs } from "../apiKey/inputs";
import { hasKey, listRetryPauses, SharedList } from "../apiKey/listing";
import { sameId, type Journal, type Origin, type Platform } from "../apiKey/platform";
import { revokeOrphan } from "../apiKey/revoke";
import { isExpansion } from "../apiKey/scopes";
import { platformOf } from "../createPlatform";
import { isInFlight, type Entry } from "../journal/entry";
import { journalFolder, readJournal, removeEntry, settleByList, writeEntry } from "../journal/journal";
import { parsePrivateKey } from "../kalshi/auth";
import { Account } from "./account";
import type { NewCredentials } from "./credentialStore";
import type { Report } from "./report";
import { RotationError, type RotationRecord } from "./rotationRecord";
import type { Stack } from "./stack";

/** What a new signing key is created with. */
interface Context {
    readonly stack: Stack | undefined;
    /** The account of the present signing key. */
    readonly account: Account;
    readonly report: Report;
}

/** A key of a rotation, as far as a record identifies it. */
type RecordedKey = Pick<RotationRecord, "name" | "newKey">;

/** A key that is to replace the signing key. Until it is configured, it is in no use. */
export class NewSigningKey {
    readonly #platform: Platform;
    readonly #list: SharedList;
    #created: RotationRecord["newKey"];
    #isWithoutKey = false;
    #credentials: NewCredentials = { apiKeyId: "", privateKey: "" };

    private constructor(
        private readonly inputs: ApiKeyInputs,
        private readonly context: Context,
    ) {
        const platform = platformFor(context);
        const { stack } = context;
        this.#platform = { ...platform, journal: this.#holding(stack && platform.journal) };
        this.#list = new SharedList(this.#platform);
    }

    /**
     * Prepares a key with the scopes, the binding and the key type of the signing key, and an auto-generated name.
     *
     * @throws RotationError if the scopes are unknown
     */
    static like(signing: ApiKey, context: Context): NewSigningKey {
        const { name, scopes, subaccount, fcmSubtraderId } = signing;
        if (scopes === undefined) {
            throw new RotationError(
                "KALSHI_ROTATION_FAILED",
                `Kalshi's list does not show the scopes of the signing key ${label(signing)}, and another key must not have more. No key ` +
                    "was created, and nothing was changed. Run this again later.",
            );
        }
        const isEd25519 = context.account.config.credentials.privateKey.asymmetricKeyType === "ed25519";
        // Without the digits of an earlier rotation, so that names do not grow.
        const generated = nameFor({ resourceName: name.replace(generatedSuffix, "") }, {}, {});
        const inputs: ApiKeyInputs = {
            ...generated,
            name: String(generated?.["name"]),
            // A key with the children alone may not manage keys.
            scopes: isExpansion(defaultScopes, scopes) ? defaultScopes : scopes,
            keyType: isEd25519 ? "ed25519" : "rsa",
            subaccount,
            fcmSubtraderId,
        };
        return new NewSigningKey(inputs, context);
    }

    get name(): string {
        return this.inputs.name;
    }

    /** The key that Kalshi has returned. */
    get created(): RotationRecord["newKey"] {
        return this.#created;
    }

    /** Whether Kalshi refused the create, so that there is no key. */
    get isWithoutKey(): boolean {
        return this.#isWithoutKey;
    }

    /**
     * Creates the key.
     *
     * @throws ApiKeyError if Kalshi refuses it, or if it is unknown whether there is a key
     */
    async create(): Promise<NewCredentials> {
        const { stack, report } = this.context;
        const { key, close } = await createKey(this.inputs, originOf(stack), this.#platform, this.#list);
        close();
        const { apiKeyId, privateKey = "" } = key;
        this.#credentials = { apiKeyId, privateKey };
        const text = `created ${label({ name: this.name, apiKeyId })}, ${this.inputs.scopes.join(", ")}`;
        report.add({ name: "new key", status: "ok", text });
        return this.#credentials;
    }

    /**
     * Proves that Kalshi accepts the key, and that it signs a complete list. A young key may not be known everywhere at once.
     *
     * @throws Error if that cannot be shown
     */
    async prove(): Promise<void> {
        const { account, report } = this.context;
        const { apiKeyId, privateKey } = this.#credentials;
        const credentials = { apiKeyId, privateKey: parsePrivateKey(privateKey) };
        const verdict = await this.#repeatUntil(
            (result) => result === "accepted",
            () => this.#platform.verifyKey(this.#credentials),
        );
        if (verdict !== "accepted") {
            throw new Error(`Kalshi does not accept it (${verdict})`);
        }
        const candidate = new Account({ ...account.config, credentials });
        const { check, listed } = await this.#repeatUntil(
            (result) => result.listed !== undefined,
            () => candidate.list(),
        );
        if (listed === undefined) {
            throw new Error(check.text);
        }
        report.add({ name: "new key", status: "ok", text: "signs requests, and a complete list shows it" });
    }

    /** Makes a call, and again after each pause, until its result is the expected one. Returns the last result. */
    async #repeatUntil<T>(isExpected: (result: T) => boolean, call: () => Promise<T>): Promise<T> {
        let result = await call();
        for (const pause of listRetryPauses) {
            if (isExpected(result)) {
                break;
            }
            await this.#platform.sleep(pause);
            result = await call();
        }
        return result;
    }

    /** Revokes the key, which nobody uses. */
    async revoke(): Promise<void> {
        const { apiKeyId } = this.#credentials;
        await revokeOrphan(this.#platform, this.#list, { name: this.name, apiKeyId });
        if (this.#created?.earlierAttemptMayExist === false) {
            (await entriesNamed(this.name)).forEach(({ file }) => removeEntry(file));
        }
    }

    /**
     * Returns a journal whose entry of a created key stays pending, so that an orphan is found, until {@link settleEntries}.
     *
     * @param journal undefined if there is no stack: then only the rotation's record contains the name
     */
    #holding(journal: Journal | undefined): Journal {
        return {
            begin: async (create) => {
                const entry = await journal?.begin(create);
                return {
                    close: (outcome) => {
                        if (outcome.status === "failed") {
                            this.#isWithoutKey = true;
                            entry?.close(outcome);
                        } else {
                            const { apiKeyId, earlierAttemptMayExist } = outcome;
                            this.#created = { apiKeyId, earlierAttemptMayExist };
                        }
                    },
                };
            },
            held: () => undefined,
            reconcile: () => undefined,
        };
    }
}

function platformFor({ account, report }: Context): Platform {
    return platformOf(account.config, { log: (message) => report.say(message) });
}

function originOf(stack: Stack | undefined): Origin {
    const { project = "", stack: name = "", organization } = stack ?? {};
    return {
        project,
        stack: name,
        ...(organization !== undefined && { organization }),
        resource: "the provider's credentials",
    };
}

/**
 * Revokes the key of an interrupted rotation, unless its credentials left the command. A list may lag, so a key whose id is recorded is
 * revoked even if no list shows it.
 *
 * @throws RotationError if the key may be in use; KalshiError, ApiKeyError if it may still exist
 */
export async function discardNewKey(record: RotationRecord, context: Context): Promise<void> {
    const { name, newKey, status, startedAt } = record;
    const platform = platformFor(context);
    const { stack, report } = context;
    const list = new SharedList(platform);
    const isNew = (key: ApiKey) => key.name === name || sameId(key.apiKeyId, newKey?.apiKeyId ?? "");
    const isHeld = ({ apiKeyId }: Pick<ApiKey, "apiKeyId">) => stack?.state.held.has(apiKeyId.toLowerCase()) === true;
    const keys = await list.pollUntil((listed) => listed.some(isNew), listRetryPauses);
    if (!hasKey(keys, platform.signingKeyId)) {
        throw new ApiKeyError(
            "KALSHI_EXISTENCE_UNKNOWN",
            `Could not find out whether the API key "${name}" exists: Kalshi's list does not show the signing key, so it is incomplete. ` +
                "Run this again later.",
        );
    }
    const recorded = newKey === undefined ? [] : [{ name, apiKeyId: newKey.apiKeyId }];
    if (status !== "creating" && recorded.some(({ apiKeyId }) => hasKey(keys, apiKeyId))) {
        throw new RotationError(
            "KALSHI_ROTATION_CONFLICT",
            `The new API key ${recorded.map(label).join()} may be in use, so it was not revoked: Kalshi's list shows it only now. Run this again.`,
        );
    }
    if (status !== "creating" && Date.now() - Date.parse(startedAt) < youngForMilliseconds) {
        throw new ApiKeyError(
            "KALSHI_EXISTENCE_UNKNOWN",
            `Could not find out whether the new API key ${recorded.map(label).join()} exists: Kalshi's list does not show it, and the rotation ` +
                `began less than ${youngForMilliseconds / 60_000} minutes ago, so the list may lag. Nothing was changed. Run this again later.`,
        );
    }
    const unlisted = status === "creating" ? recorded.filter(({ apiKeyId }) => !hasKey(keys, apiKeyId)) : [];
    for (const key of [...keys.filter(isNew), ...unlisted].filter((one) => !isHeld(one))) {
        if ((await revokeOrphan(platform, list, key)) === "revoked") {
            report.add({ name: "new key", status: "ok", text: `revoked ${label(key)}` });
        }
    }
    list.invalidate();
    const [left] = await list.get();
    for (const { file, entry } of await entriesNamed(name)) {
        if (newKey?.earlierAttemptMayExist === false) {
            removeEntry(file);
        } else {
            settleByList(file, entry, { environment: platform.environment, keys: left }, new Set());
        }
    }
}

/** Settles the journal's entries of a new key that is about to be configured, so that it is no orphan. The rotation's record names it. */
export async function settleEntries({ name, newKey }: RecordedKey): Promise<void> {
    if (newKey === undefined) {
        return;
    }
    for (const { file, entry } of await entriesNamed(name)) {
        if (newKey.earlierAttemptMayExist) {
            await writeEntry(file, { ...entry, ...newKey, status: "delivered" });
        } else {
            removeEntry(file);
        }
    }
}

/**
 * Replaces the old signing key by the new one in the journal's entries. An entry names the signing key because it identifies the account,
 * and no list shows the old one after its revocation.
 *
 * @returns the entries of creates that are in flight, which stay: their process writes them itself
 */
export async function moveEntries({ environment, oldKey }: RotationRecord, newKeyId: string): Promise<Entry[]> {
    const inFlight: Entry[] = [];
    for (const { file, entry } of await readEntries()) {
        const isOld = entry.environment === environment && sameId(entry.signedBy, oldKey.apiKeyId);
        if (isOld && isInFlight(entry, Date.now())) {
            inFlight.push(entry);
        } else if (isOld) {
            await writeEntry(file, { ...entry, signedBy: newKeyId });
        }
    }
    return inFlight;
}

async function entriesNamed(name: string) {
    return (await readEntries()).filter(({ entry }) => entry.name === name && entry.uniqueName);
}

async function readEntries() {
    const found = await readJournal(journalFolder(process.env));
    return found.flatMap(({ file, entry }) => (entry === undefined ? [] : { file, entry }));
}
