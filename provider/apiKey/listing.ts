import type { ApiKey } from "../kalshi/wire";
import { sameId, type Platform } from "./platform";

/** Milliseconds between further looks at the list for a change that it should show soon. */
export const listRetryPauses: readonly number[] = [1_000, 2_000, 3_000, 4_000];

/** One listing of the account's keys. */
interface Listing {
    /** Counts listings, so that "newer than the one I saw" needs no clock. */
    readonly generation: number;
    readonly requestedAt: number;
    readonly keys: Promise<readonly ApiKey[]>;
}

/** A listing older than this is not shared any more, because a process may live long. */
const sharedForMilliseconds = 60_000;

/** What a listing shows, and which listing it is. */
export type ListResult = readonly [keys: readonly ApiKey[], generation: number];

/** The account's keys, listed once for all callers at about the same time: a refresh of N keys is one call, not N. */
export class SharedList {
    #generation = 0;
    #listing: Listing | undefined;

    /**
     * @param onComplete is called with each list that contains the signing key, and so is complete
     */
    constructor(
        private readonly platform: Pick<Platform, "client" | "now" | "sleep" | "signingKeyId">,
        private readonly onComplete: (keys: readonly ApiKey[]) => void = () => undefined,
    ) {}

    /** Returns a listing at most a minute old that was asked for after the given generation. Default: any. */
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
     * Looks at the list, and again after each of the pauses, each time at a newer listing, until it shows what is expected.
     *
     * @param pauses milliseconds
     * @returns what the last listing shows
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

    /** Forgets the listing, because the account's keys have just changed. */
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

/** Returns the key of an id in a list. */
export function findKey(keys: readonly ApiKey[], apiKeyId: string): ApiKey | undefined {
    return keys.find((key) => sameId(key.apiKeyId, apiKeyId));
}

/** Whether a list shows a key. */
export function hasKey(keys: readonly ApiKey[], apiKeyId: string): boolean {
    return findKey(keys, apiKeyId) !== undefined;
}
