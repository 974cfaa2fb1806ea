import { KalshiError } from "../kalshi/errors";
import { ApiKeyError, explain, howToRevoke, label, reasonOf } from "./errors";
import type { JournalEntry, Origin, Platform } from "./platform";
import type { SharedList } from "./listing";
import { hasUniqueName } from "./autonaming";
import type { ApiKeyInputs } from "./inputs";
import { RecoveringCreate, type NewKey } from "./recoverCreate";
import { revokeOrphan } from "./revoke";

/**
 * Creates a key: one API call, unless its response is lost. The journal records the create until its outcome is known.
 *
 * @param origin the stack's resource that the key is for; without it the create is not recorded
 * @throws ApiKeyError if Kalshi created no key, or if the user has to act
 */
export async function createKey(
    inputs: ApiKeyInputs,
    origin: Origin | undefined,
    platform: Platform,
    list: SharedList,
): Promise<NewKey> {
    const entry = await record(inputs, origin, platform);
    const { key, error, earlierAttemptMayExist } = await new RecoveringCreate(inputs, platform, list).send();
    if (key === undefined) {
        closeWithoutKey(entry, earlierAttemptMayExist);
        throw explained(inputs, error, earlierAttemptMayExist, platform);
    }
    list.invalidate();
    const created = { status: "created", apiKeyId: key.apiKeyId, earlierAttemptMayExist } as const;
    if (platform.isEngineConnected()) {
        entry?.close(created);
        return key;
    }
    // No state will ever hold the key, because the engine disconnected during its create.
    const name = label({ name: inputs.name, apiKeyId: key.apiKeyId });
    platform.log(`Kalshi created the API key ${name} after Pulumi cancelled it: revoking it.`);
    try {
        await revokeOrphan(platform, list, { name: inputs.name, apiKeyId: key.apiKeyId });
    } catch (failure) {
        entry?.close(created);
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
