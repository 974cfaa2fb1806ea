import { KalshiError } from "../kalshi/errors";
import type { CreatedKey, GeneratedKey } from "../kalshi/wire";
import { ApiKeyError } from "./explain";
import type { JournalEntry, Origin } from "./journal";
import { fateOf, revoke, revokeOrphans } from "./lostAnswer";
import { isProof } from "./naming";
import type { Platform, SharedList } from "./platform";
import type { ApiKeyInputs } from "./properties";

export type MadeKey = CreatedKey & Partial<GeneratedKey>;

/** How often a creation is tried whose answers are lost on the way. */
const attempts = 3;

/**
 * Makes a key: one call; where its answer is lost, the key is looked for, and made again only once the lost one is gone.
 *
 * The creation stands in the journal until it is known what it left.
 *
 * @param origin where the key stands in a program; without it the journal is not kept
 * @throws KalshiError where Kalshi made no key; {@link ApiKeyError} where a person has to look
 */
export async function make(
    inputs: ApiKeyInputs,
    origin: Origin | undefined,
    platform: Platform,
    list: SharedList,
): Promise<MadeKey> {
    const entry = await entryOf(inputs, origin, platform);
    /** Answers that were lost, and of which it is not known that they left nothing. */
    const open = new Set<KalshiError>();
    let made: MadeKey | undefined;
    try {
        made = await attempt(inputs, platform, list, open);
        list.drop();
        if (!platform.isAwaited()) {
            await discard(inputs, made, platform);
            made = undefined;
            throw new ApiKeyError(`The creation of the API key "${inputs.name}" was given up.`);
        }
        return made;
    } finally {
        if (made !== undefined) {
            entry?.close({ status: "created", apiKeyId: made.apiKeyId, earlierAttemptMayExist: open.size > 0 });
        } else if (open.size === 0) {
            entry?.close({ status: "failed" });
        }
    }
}

async function entryOf(
    inputs: ApiKeyInputs,
    origin: Origin | undefined,
    platform: Platform,
): Promise<JournalEntry | undefined> {
    return (
        origin &&
        platform.journal.begin({
            ...origin,
            name: inputs.name,
            uniqueName: isProof({ ...inputs }),
            environment: platform.environment,
            signedBy: platform.signingKeyId,
            startedAt: new Date(platform.now()).toISOString(),
        })
    );
}

async function attempt(
    inputs: ApiKeyInputs,
    platform: Platform,
    list: SharedList,
    open: Set<KalshiError>,
    attemptsLeft = attempts,
): Promise<MadeKey> {
    try {
        return await ask(inputs, platform);
    } catch (error) {
        list.drop();
        if (!(error instanceof KalshiError && error.mayHaveHappened)) {
            throw error;
        }
        open.add(error);
        const fate = await fateOf(inputs, error, platform, list);
        if (!isLate(error)) {
            open.delete(error);
        }
        if (fate !== "none") {
            return fate.keep;
        }
        if (attemptsLeft === 1 || !platform.isAwaited()) {
            throw error;
        }
        const made = await attempt(inputs, platform, list, open, attemptsLeft - 1);
        // Kalshi may have been slow rather than silent: what it made later than the look for it bears the same name.
        if (!(await revokeOrphans(inputs, platform, list, made.apiKeyId))) {
            open.add(error);
        }
        return made;
    }
}

/** Whether somebody had stopped waiting, here or in front of Kalshi, which may come to something even later. */
function isLate({ kind, status }: KalshiError): boolean {
    return kind === "timeout" || status === 504;
}

/** Revokes a key that the engine does not wait for any more: no state will ever hold it. */
async function discard({ name }: ApiKeyInputs, { apiKeyId }: MadeKey, platform: Platform): Promise<void> {
    platform.tell(`The API key "${name}" (${apiKeyId}) was made, but Pulumi has given it up meanwhile: revoking it.`);
    await revoke(platform, apiKeyId);
}

async function ask(inputs: ApiKeyInputs, { client }: Platform): Promise<MadeKey> {
    const { publicKey } = inputs;
    return publicKey === undefined ? client.generateApiKey(inputs) : client.createApiKey({ ...inputs, publicKey });
}
