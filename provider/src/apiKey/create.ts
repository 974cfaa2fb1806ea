import { KalshiError } from "../kalshi/errors";
import type { CreatedKey, GeneratedKey } from "../kalshi/types";
import { ApiKeyError, explain, label } from "./errors";
import type { JournalEntry, Origin, Platform } from "./platform";
import type { SharedList } from "./listing";
import { hasUniqueName } from "./autonaming";
import type { ApiKeyInputs } from "./properties";
import { reasonOf, RecoveringCreate } from "./recoverCreate";
import { revokeOrphan } from "./revoke";

/** A key as Kalshi created it. */
export type NewKey = CreatedKey & Partial<GeneratedKey>;

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
    const create = new RecoveringCreate(inputs, platform, list);
    let key: NewKey | undefined;
    try {
        key = await create.send();
        list.invalidate();
        if (!platform.isEngineConnected()) {
            await discard(inputs, key, platform, list);
            key = undefined;
            throw new ApiKeyError(`Pulumi cancelled the creation of the API key "${inputs.name}".`);
        }
        return key;
    } catch (error) {
        throw explained(inputs, error, create.earlierAttemptMayExist, platform);
    } finally {
        const { earlierAttemptMayExist } = create;
        if (key !== undefined) {
            entry?.close({ status: "created", apiKeyId: key.apiKeyId, earlierAttemptMayExist });
        } else if (!earlierAttemptMayExist) {
            entry?.close({ status: "failed" });
        }
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

/** Revokes a key that no state will ever hold, because the engine disconnected during its create. */
async function discard(
    { name }: ApiKeyInputs,
    { apiKeyId }: NewKey,
    platform: Platform,
    list: SharedList,
): Promise<void> {
    platform.log(`Kalshi created the API key ${label({ name, apiKeyId })} after Pulumi cancelled it: revoking it.`);
    await revokeOrphan(platform, list, { name, apiKeyId }).catch((error: unknown) => {
        throw new ApiKeyError(
            `Pulumi cancelled the creation of the API key ${label({ name, apiKeyId })}, and revoking the new key failed ` +
                `(${reasonOf(error)}). No state holds it: \`npx pulumi-kalshi doctor --fix\` revokes it.`,
        );
    });
}

function explained(
    { name }: ApiKeyInputs,
    error: unknown,
    earlierAttemptMayExist: boolean,
    { environment }: Platform,
): unknown {
    return error instanceof KalshiError && earlierAttemptMayExist
        ? new ApiKeyError(
              `Could not create the API key "${name}" (environment ${environment}). Kalshi's answer: ${error.summary}. An attempt got no ` +
                  "response, so Kalshi may still create a key of that name: `npx pulumi-kalshi doctor --fix` finds it.",
          )
        : explain({ what: `create the API key "${name}"`, environment }, error);
}
