import { KalshiError } from "../kalshi/errors";
import type { CreatedKey, GeneratedKey } from "../kalshi/types";
import { ApiKeyError, howToRevoke, label, reasonOf } from "./errors";
import { listRetryPauses, type SharedList } from "./listing";
import { hasUniqueName } from "./autonaming";
import { sameId, type Platform } from "./platform";
import { sentInputs, type ApiKey, type ApiKeyInputs } from "./inputs";
import { revokeOrphan } from "./revoke";

/** The maximum number of POSTs of a create if their responses are lost. */
const maxAttempts = 3;

/** A key as Kalshi created it. */
export type NewKey = CreatedKey & Partial<GeneratedKey>;

/** A key that an attempt created. */
type FoundKey = Pick<ApiKey, "apiKeyId">;

/** The result of a create: the key or the error. */
export type CreateResult = {
    /** Whether an attempt got no response and no key was found for it, so that Kalshi may have created one or may still do so. */
    readonly earlierAttemptMayExist: boolean;
} & ({ readonly key: NewKey; readonly error?: never } | { readonly key?: never; readonly error: unknown });

/**
 * Creates one key and recovers from lost responses. A POST is not idempotent. Before it sends the POST again, it looks for the key of
 * the lost response by its unique name. If the user supplied the public key, it keeps the key. If Kalshi generated the key pair, the
 * private key is lost, so it revokes the key. An explicit name does not identify the key's owner. Unless the response contains the key's
 * id, the create then fails and lists the candidate keys.
 */
export class RecoveringCreate {
    /** The number of attempts whose response was lost and for which no key was found. */
    #unresolvedAttempts = 0;
    /** The ids of the keys that were found. A list that lags may show them again after their revocation. */
    readonly #found = new Set<string>();

    constructor(
        private readonly inputs: ApiKeyInputs,
        private readonly platform: Platform,
        private readonly list: SharedList,
        /** No POST takes effect before this time: Unix time in milliseconds. */
        private readonly notBefore?: number,
    ) {}

    /** Sends the create. The error is a KalshiError if Kalshi refused it or all responses were lost; an ApiKeyError if the user has to act. */
    async send(): Promise<CreateResult> {
        try {
            const key = await this.#sendUntilKept();
            return { key, earlierAttemptMayExist: this.#earlierAttemptMayExist };
        } catch (error) {
            return { error, earlierAttemptMayExist: this.#earlierAttemptMayExist };
        }
    }

    async #sendUntilKept(): Promise<NewKey> {
        for (let attempt = 1; ; attempt++) {
            const result = await this.#post();
            if (!(result instanceof KalshiError)) {
                await this.#revokeLateKeys(result);
                return result;
            }
            this.#unresolvedAttempts++;
            const kept = await this.#recover(result);
            if (kept !== undefined) {
                return kept;
            }
            if (attempt === maxAttempts || !this.platform.isEngineConnected()) {
                throw result;
            }
        }
    }

    get #earlierAttemptMayExist(): boolean {
        return this.#unresolvedAttempts > 0;
    }

    /** Sends one POST. Returns the error if the create may have succeeded nevertheless. */
    async #post(): Promise<NewKey | KalshiError> {
        const { publicKey } = this.inputs;
        const { client } = this.platform;
        try {
            return publicKey === undefined
                ? await client.generateApiKey(sentInputs(this.inputs), this.notBefore)
                : await client.createApiKey({ ...sentInputs(this.inputs), publicKey });
        } catch (error) {
            this.list.invalidate();
            if (error instanceof KalshiError && error.mayHaveSucceeded) {
                return error;
            }
            throw error;
        }
    }

    /** Returns the key of the lost response if it can be kept. Otherwise revokes it. */
    async #recover(lost: KalshiError): Promise<FoundKey | undefined> {
        const keys = lost.apiKeyId === undefined ? await this.#findByName(lost) : [{ apiKeyId: lost.apiKeyId }];
        this.#recordFound(keys);
        const kept = this.inputs.publicKey === undefined ? undefined : keys[0];
        for (const key of keys.filter((one) => one !== kept)) {
            await this.#revokeFound(key);
        }
        this.list.invalidate();
        return kept;
    }

    /**
     * Records that keys were found. A gateway that repeats a request may create more keys than there were attempts, so the count of
     * unresolved attempts stops at 0.
     */
    #recordFound(keys: readonly FoundKey[]): void {
        keys.forEach(({ apiKeyId }) => this.#found.add(apiKeyId));
        this.#unresolvedAttempts = Math.max(0, this.#unresolvedAttempts - keys.length);
    }

    async #findByName(lost: KalshiError): Promise<readonly ApiKey[]> {
        const { name } = this.inputs;
        this.platform.log(
            `The response to the creation of the API key "${name}" was lost (${lost.summary}). The provider looks for the key by its name.`,
        );
        const namesakesIn = (listed: readonly ApiKey[]) =>
            listed.filter((key) => key.name === name && !this.#found.has(key.apiKeyId));
        const keys = await this.list
            .pollUntil((listed) => namesakesIn(listed).length > 0, listRetryPauses)
            .catch((error: unknown) => {
                throw this.#unresolved(lost, error);
            });
        const namesakes = namesakesIn(keys);
        if (!hasUniqueName({ ...this.inputs })) {
            throw new ApiKeyError("KALSHI_CREATE_AMBIGUOUS", candidates(name, namesakes, lost));
        }
        return namesakes;
    }

    async #revokeFound({ apiKeyId }: FoundKey): Promise<void> {
        const { name } = this.inputs;
        this.platform.log(
            `Kalshi created the API key ${label({ name, apiKeyId })}, but the response was lost: revoking it.`,
        );
        try {
            await revokeOrphan(this.platform, this.list, { name, apiKeyId });
        } catch (error) {
            this.#unresolvedAttempts++;
            throw new ApiKeyError(
                "KALSHI_ORPHAN_NOT_REVOKED",
                `Could not create the API key "${name}": Kalshi created ${apiKeyId}, but the response was lost, and revoking that key ` +
                    `failed too (${reasonOf(error)}). ${howToRevoke(this.inputs)} Then run this again.`,
            );
        }
    }

    /** Revokes the keys of the same name that Kalshi created late, for earlier attempts whose response was lost. */
    async #revokeLateKeys({ apiKeyId: kept }: NewKey): Promise<void> {
        if (!this.#earlierAttemptMayExist || !hasUniqueName({ ...this.inputs })) {
            return;
        }
        const { name } = this.inputs;
        this.list.invalidate();
        try {
            const [keys] = await this.list.get();
            const isLate = (key: ApiKey) =>
                key.name === name && !sameId(key.apiKeyId, kept) && !this.#found.has(key.apiKeyId);
            for (const key of keys.filter(isLate)) {
                this.platform.log(
                    `Kalshi created the API key ${label(key)} late, for an attempt whose response was lost: revoking it.`,
                );
                await revokeOrphan(this.platform, this.list, key);
                this.#recordFound([key]);
            }
        } catch (error) {
            this.platform.log(
                `Could not check whether an earlier attempt created another API key "${name}" (${reasonOf(error)}). ` +
                    "`npx pulumi-kalshi doctor --fix` does, once Kalshi responds.",
                "warning",
            );
        }
    }

    /** Returns the error for a create whose response was lost if the search for its key failed too. */
    #unresolved(lost: KalshiError, error: unknown): unknown {
        const { name } = this.inputs;
        return error instanceof KalshiError
            ? new ApiKeyError(
                  "KALSHI_CREATE_UNRESOLVED",
                  `Could not create the API key "${name}": the response was lost (${lost.summary}), and the search for the key failed too ` +
                      `(${error.summary}). A key of that name may exist. ${howToRevoke(this.inputs)} Then run this again.`,
              )
            : error;
    }
}

function candidates(name: string, namesakes: readonly ApiKey[], lost: KalshiError): string {
    const found =
        namesakes.length === 0
            ? "No key of that name has appeared, so most likely Kalshi created none: run this again."
            : "Revoke the one that no stack holds (`pulumi stack --show-ids`) on Kalshi's web page, then run this again. Keys of " +
              `that name: ${namesakes.map((key) => key.apiKeyId).join(", ")}.`;
    return (
        `Could not create the API key "${name}": the response was lost (${lost.summary}), and the name does not ` +
        `identify the key's owner. ${found}`
    );
}
