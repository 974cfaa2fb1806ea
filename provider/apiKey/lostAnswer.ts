import { KalshiError } from "../kalshi/errors";
import type { ApiKey } from "../kalshi/wire";
import { ApiKeyError } from "./explain";
import { isProof } from "./naming";
import { sameId, type Platform, type SharedList } from "./platform";
import type { ApiKeyInputs } from "./properties";

/** How long a key that should be there gets to show up in the list, look by look, in milliseconds. */
export const patience: readonly number[] = [1_000, 2_000, 3_000, 4_000];

/** What came of a creation whose answer was lost: the key was made and can be kept, or there is none (any more). */
export type Fate = { readonly keep: Pick<ApiKey, "apiKeyId"> } | "none";

/**
 * Finds out what became of a key whose creation got no good answer, and clears up. A name that we drew proves that a key
 * is ours, and so does an id in the rest of an answer: of the user's own key pair it is kept as it is; of a generated pair
 * the private half is lost for good, so it is revoked. An exact name proves nothing, so nothing is touched.
 *
 * @throws ApiKeyError where a person has to look
 */
export async function fateOf(
    inputs: ApiKeyInputs,
    lost: KalshiError,
    platform: Platform,
    list: SharedList,
): Promise<Fate> {
    if (lost.apiKeyId !== undefined) {
        return keepOrRevoke(inputs, [{ apiKeyId: lost.apiKeyId }], platform, list);
    }
    platform.tell(
        `The answer to the creation of the API key "${inputs.name}" was lost (${lost.said}); looking for the key by its name.`,
    );
    const isNamesake = (key: ApiKey) => key.name === inputs.name;
    const { found: namesakes } = await list
        .lookFor(isNamesake, () => patience)
        .catch((error: unknown) => {
            throw unanswered(inputs.name, lost, error);
        });
    if (!isProof({ ...inputs })) {
        throw new ApiKeyError(candidates(inputs.name, namesakes, lost));
    }
    return keepOrRevoke(inputs, namesakes, platform, list);
}

/** Of keys that are proven ours. */
async function keepOrRevoke(
    { name, publicKey }: ApiKeyInputs,
    keys: readonly Pick<ApiKey, "apiKeyId">[],
    platform: Platform,
    list: SharedList,
): Promise<Fate> {
    if (publicKey !== undefined && keys.length === 1 && keys[0] !== undefined) {
        return { keep: keys[0] };
    }
    for (const { apiKeyId } of keys) {
        platform.tell(`The API key ${apiKeyId} was made, but its private key was lost on the way: revoking it.`);
        await revokeOrphan(platform, name, apiKeyId);
    }
    list.drop();
    return "none";
}

/**
 * Revokes what a creation left whose answer was lost, now that another attempt has succeeded. Where that fails, the user is
 * told, since the key that was made is as good as any.
 *
 * @param kept the id of the key that stays
 * @returns whether there is none any more
 */
export async function revokeOrphans(
    inputs: ApiKeyInputs,
    platform: Platform,
    list: SharedList,
    kept: string,
): Promise<boolean> {
    if (!isProof({ ...inputs })) {
        return true;
    }
    list.drop();
    try {
        const [keys] = await list.get();
        const orphans = keys.filter((key) => key.name === inputs.name && !sameId(key.apiKeyId, kept));
        for (const { apiKeyId } of orphans) {
            platform.tell(
                `The API key ${apiKeyId} was made late, and its private key was lost on the way: revoking it.`,
            );
            await revoke(platform, apiKeyId);
        }
        return true;
    } catch (error) {
        const why = error instanceof KalshiError ? error.said : String(error);
        platform.tell(
            `Could not make sure that no other API key of the name "${inputs.name}" was left behind (${why}). ` +
                "`npx pulumi-kalshi doctor --fix` does, once Kalshi answers.",
            "warning",
        );
        return false;
    }
}

/** Neither the creation nor the look for the key was answered: nobody knows whether there is one. */
function unanswered(name: string, lost: KalshiError, error: unknown): unknown {
    return error instanceof KalshiError
        ? new ApiKeyError(
              `Could not create the API key "${name}": the answer was lost (${lost.said}), and so was the one to the look for the ` +
                  `key (${error.said}). There may be a key of that name now whose private key is lost. Once Kalshi answers again, ` +
                  "`npx pulumi-kalshi doctor --fix` revokes it, or tells which key it may be where the name proves nothing; then run this " +
                  "again.",
          )
        : error;
}

async function revokeOrphan(platform: Platform, name: string, apiKeyId: string): Promise<void> {
    try {
        await revoke(platform, apiKeyId);
    } catch (error) {
        const why = error instanceof KalshiError ? error.said : String(error);
        throw new ApiKeyError(
            `Could not create the API key "${name}": Kalshi made one (${apiKeyId}), its private key was lost on the way, and ` +
                `revoking it failed too (${why}). It is of no use to anybody: ` +
                "`npx pulumi-kalshi doctor --fix` revokes it. Then run this again.",
        );
    }
}

/** Revokes a key; one that is gone already is no error. */
export async function revoke(
    platform: Pick<Platform, "client">,
    apiKeyId: string,
    attempts = 2,
): Promise<"revoked" | "was gone"> {
    try {
        await platform.client.deleteApiKey(apiKeyId);
        return "revoked";
    } catch (error) {
        if (error instanceof KalshiError && error.kind === "unreadable" && attempts > 1) {
            // An answer without end, given up: the next one says whether there is a key to revoke.
            return revoke(platform, apiKeyId, attempts - 1);
        }
        if (!(error instanceof KalshiError && error.kind === "notFound")) {
            throw error;
        }
        return "was gone";
    }
}

function candidates(name: string, namesakes: readonly ApiKey[], lost: KalshiError): string {
    const found =
        namesakes.length === 0
            ? "No key of that name has shown up, so most likely none was made: run it again."
            : `These keys bear that name: ${namesakes.map((key) => key.apiKeyId).join(", ")}. Those that a stack holds ` +
              "(`pulumi stack --show-ids`) are not meant; another one was made just now and its private key is lost: revoke " +
              "that one on Kalshi's web page, then run it again.";
    return (
        `Could not create the API key "${name}": the answer was lost (${lost.said}), and with an exact name it cannot be ` +
        `told whose key is whose, so none was touched. ${found} A drawn name (leave \`name\` out) sorts this out by itself.`
    );
}
