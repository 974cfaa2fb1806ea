import { KalshiError } from "../kalshi/errors";
import { ApiKeyError, explain, howToRevoke, label, reasonOf } from "./errors";
import type { JournalEntry, Origin, Platform } from "./platform";
import type { SharedList } from "./listing";
import { hasUniqueName } from "./autonaming";
import type { ApiKeyInputs } from "./inputs";
import { RecoveringCreate, type NewKey } from "./recoverCreate";
import { revokeOrphan } from "./revoke";

/** A key that Kalshi created, and that the journal still records. */
export interface RecordedKey {
    readonly key: NewKey;
    /** Closes the journal's entry. Call it when the key is about to be returned to the engine. */
    readonly close: () => void;
}

/**
 * Creates a key: one API call, unless its response is lost. The journal records the create until its outcome is known.
 *
 * @param origin the stack's resource that the key is for; without it the create is not recorded
 * @param notBefore Unix time in milliseconds, before which no key may be created by Kalshi's clock; default: any time
 * @throws ApiKeyError if Kalshi created no key, or if the user has to act; TooEarlyError
 */
export async function createKey(
    inputs: ApiKeyInputs,
    origin: Origin | undefined,
    platform: Platform,
    list: SharedList,
    notBefore?: number,
): Promise<RecordedKey> {
    const entry = await record(inputs, origin, platform);
    const { key, error, earlierAttemptMayExist } = await new RecoveringCreate(inputs, platform, list, notBefore).send();
    if (key === undefined) {
        closeWithoutKey(entry, earlierAttemptMayExist);
        throw explained(inputs, error, earlierAttemptMayExist, platform);
    }
    list.invalidate();
    const close = () => entry?.close({ status: "created", apiKeyId: key.apiKeyId, earlierAttemptMayExist });
    if (platform.isEngineConnected()) {
        return { key, close };
    }
    // No state will ever hold the key, because the engine disconnected during its create.
    const name = label({ name: inputs.name, apiKeyId: key.apiKeyId });
    platform.log(`Kalshi created the API key ${name} after Pulumi cancelled it: revoking it.`);
    try {
        await revokeOrphan(platform, list, { name: inputs.name, apiKeyId: key.apiKeyId });
    } catch (failure) {
        close();
        throw new ApiKeyError(
            "KALSHI_ORPHAN_NOT_REVOKED",
            `Pulumi cancelled the creation of the API key ${name}, and revoking the new key failed (${reasonOf(failure)}). No state ` +
                `holds it. ${howToRevoke(inputs)}`,
        );
    }
    closeWithoutKey(entry, earlierAttemptMayExist);
    throw new ApiKeyError("KALSHI_CREATE_CANCELLED", `Pulumi cancelled the creation of the API key "${inputs.name}".`);
}

/** Closes the entry of a create that left no key, unless Kalshi may still complete an earlier attempt. */
function closeWithoutKey(entry: JournalEntry | undefined, earlierAttemptMayExist: boolean): void {
    if (!earlierAttemptMayExist) {
        entry?.close({ status: "failed" });
    }
}

async function record(
    inputs: ApiKeyInputs,
    origin: Origin | undefined,
    platform: Platform,
): Promise<JournalEntry | undefined> {
    return (
        origin &&
        platform.journal.begin({
            ...origin,
            name: inputs.name,
            uniqueName: hasUniqueName({ ...inputs }),
            environment: platform.environment,
            signedBy: platform.signingKeyId,
            startedAt: new Date(platform.now()).toISOString(),
        })
    );
}

function explained(
    inputs: ApiKeyInputs,
    error: unknown,
    earlierAttemptMayExist: boolean,
    { environment }: Platform,
): unknown {
    return error instanceof KalshiError && earlierAttemptMayExist
        ? new ApiKeyError(
              "KALSHI_CREATE_UNRESOLVED",
              `Could not create the API key "${inputs.name}" (environment ${environment}): ${error.summary}. The response to an ` +
                  `attempt was lost, so Kalshi may still create a key of that name. ${howToRevoke(inputs)}`,
          )
        : explain({ what: `create the API key "${inputs.name}"`, environment }, error);
}
