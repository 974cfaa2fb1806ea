import { KalshiError } from "../kalshi/errors";
import type { ApiKey } from "../kalshi/wire";
import { ApiKeyError } from "./explain";
import { isProof } from "./naming";
import type { Platform, SharedList } from "./platform";
import type { ApiKeyInputs } from "./properties";

/** How long a key that should be there gets to show up in the list, look by look, in milliseconds. */
export const patience: readonly number[] = [1_000, 2_000, 3_000, 4_000];

/** What came of a creation whose answer was lost: the key was made and can be kept, or there is none (any more). */
export type Fate = { readonly keep: ApiKey } | "none";

/**
 * Finds out what became of a key whose creation got no good answer, and clears up. A name that we drew proves that a key
 * is ours: of the user's own key pair it is kept as it is; of a generated pair the private half is lost for good, so it is
 * revoked. An exact name proves nothing, so nothing is touched.
 *
 * @throws ApiKeyError where a person has to look
 */
export async function fateOf(
    inputs: ApiKeyInputs,
    lost: KalshiError,
    platform: Platform,
    list: SharedList,
): Promise<Fate> {
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
    if (inputs.publicKey !== undefined && namesakes.length === 1 && namesakes[0] !== undefined) {
        return { keep: namesakes[0] };
    }
    for (const { apiKeyId } of namesakes) {
        platform.tell(`The API key ${apiKeyId} was made, but its private key was lost on the way: revoking it.`);
        await revokeOrphan(platform, inputs.name, apiKeyId);
    }
    list.drop();
    return "none";
}

/** Neither the creation nor the look for the key was answered: nobody knows whether there is one. */
function unanswered(name: string, lost: KalshiError, error: unknown): unknown {
    return error instanceof KalshiError
        ? new ApiKeyError(
              `Could not create the API key "${name}": the answer was lost (${lost.said}), and so was the one to the look for the ` +
                  `key (${error.said}). There may be a key of that name now whose private key is lost. Once Kalshi answers again, ` +
                  "look for it on its web page, revoke it if no stack holds it, and run this again.",
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
                `revoking it failed too (${why}). It is of no use to anybody: revoke it on Kalshi's web page, then run it again.`,
        );
    }
}

/** Revokes a key; one that is gone already is no error. */
export async function revoke({ client }: Platform, apiKeyId: string): Promise<"revoked" | "was gone"> {
    try {
        await client.deleteApiKey(apiKeyId);
        return "revoked";
    } catch (error) {
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
