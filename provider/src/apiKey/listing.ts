import type { ApiKey } from "./inputs";
import { type Platform, sameId } from "./platform";
import { label } from "./errors";
import { hasUniqueName } from "./autonaming";
import type { RawProperties } from "./properties";

/** Milliseconds before each further list while a list does not show an expected change. */
export const listRetryPauses: readonly number[] = [1_000, 2_000, 3_000, 4_000];

/** One listing of the account's keys. */
interface Listing {
    /** The number of the listing. It orders listings without a clock. */
    readonly generation: number;
    readonly requestedAt: number;
    readonly keys: Promise<readonly ApiKey[]>;
}

/** The maximum age of a shared listing, because a process may run for long. */
const sharedForMilliseconds = 60_000;

/** The keys of a listing, and its generation. */
export type ListResult = readonly [keys: readonly ApiKey[], generation: number];

/** Shares one list of the account's keys between concurrent callers: a refresh of N keys makes one API call. */
export class SharedList {
    #generation = 0;
    #listing: Listing | undefined;

    /**
     * @param onComplete receives each complete list, which is one that contains the signing key
     */
    constructor(
        private readonly platform: Pick<Platform, "client" | "now" | "sleep" | "signingKeyId">,
        private readonly onComplete: (keys: readonly ApiKey[]) => void = () => undefined,
    ) {}

    /**
     * Returns a listing that is at most a minute old.
     *
     * @param newerThan only a listing of a newer generation is returned; default: any
     */
    async get(newerThan = 0): Promise<ListResult> {
        const shared = this.#listing;
        const isFresh =
            shared !== undefined &&
            shared.generation > newerThan &&
            this.platform.now() - shared.requestedAt <= sharedForMilliseconds;
        const listing = isFresh ? shared : this.#request();
        return [await listing.keys, listing.generation];
    }

    /**
     * Lists the keys, and again after each pause, until a listing shows what is expected.
     *
     * @param pauses milliseconds before each further listing
     * @returns the keys of the last listing
     */
    async pollUntil(
        isExpected: (keys: readonly ApiKey[]) => boolean,
        pauses: readonly number[],
    ): Promise<readonly ApiKey[]> {
        let [keys, generation] = await this.get();
        for (const pause of pauses) {
            if (isExpected(keys)) {
                break;
            }
            await this.platform.sleep(pause);
            [keys, generation] = await this.get(generation);
        }
        return keys;
    }

    /** Discards the listing. Call it after a change of the account's keys. */
    invalidate(): void {
        this.#listing = undefined;
    }

    #request(): Listing {
        const listing: Listing = {
            generation: ++this.#generation,
            requestedAt: this.platform.now(),
            keys: this.platform.client.listApiKeys(),
        };
        this.#listing = listing;
        listing.keys.then(
            (keys) => {
                if (hasKey(keys, this.platform.signingKeyId)) {
                    this.onComplete(keys);
                }
            },
            () => {
                // Only callers that already waited for a failed listing share its error.
                if (this.#listing === listing) {
                    this.invalidate();
                }
            },
        );
        return listing;
    }
}

/** Returns the key with an id, if the list contains it. */
export function findKey(keys: readonly ApiKey[], apiKeyId: string): ApiKey | undefined {
    return keys.find((key) => sameId(key.apiKeyId, apiKeyId));
}

/** Returns whether a list shows a key. */
export function hasKey(keys: readonly ApiKey[], apiKeyId: string): boolean {
    return findKey(keys, apiKeyId) !== undefined;
}

/**
 * Reports keys of the account that have the unique name of a key in the state, but another id. A unique name is generated for one
 * create, so such a key comes from a create whose response was lost, however late Kalshi completed it. It needs no journal.
 */
export class NamesakeWatch {
    /** The ids of the state's keys, by their unique names. */
    readonly #ids = new Map<string, string>();
    readonly #reported = new Set<string>();
    /** The latest list, for keys of the state that are seen only later. */
    #listed: ReadonlyMap<string, readonly ApiKey[]> = new Map();

    constructor(private readonly platform: Pick<Platform, "log">) {}

    /** Remembers a key that the state holds. */
    remember(state: RawProperties): void {
        const { name, apiKeyId } = state;
        if (typeof name === "string" && typeof apiKeyId === "string" && hasUniqueName(state)) {
            this.#ids.set(name, apiKeyId);
            this.#report(this.#listed.get(name) ?? []);
        }
    }

    /** Looks for namesakes in a list, and reports each once. */
    inspect(keys: readonly ApiKey[]): void {
        this.#listed = Map.groupBy(keys, ({ name }) => name);
        this.#report(keys);
    }

    #report(keys: readonly ApiKey[]): void {
        for (const key of keys) {
            const id = this.#ids.get(key.name);
            if (id !== undefined && !sameId(id, key.apiKeyId) && !this.#reported.has(key.apiKeyId)) {
                this.#reported.add(key.apiKeyId);
                this.platform.log(
                    `The account holds another API key ${label(key)} with the unique name of ${id}. A create whose response was lost ` +
                        "left it, and nobody has its private key. `npx pulumi-kalshi doctor --fix` revokes it.",
                    "warning",
                );
            }
        }
    }
}
