import type { KalshiClient } from "../kalshi/client";
import type { ApiKey } from "../kalshi/wire";
import type { Journal } from "./journal";

/** What an API key's life needs of the world around it. */
export interface Platform {
    readonly client: Pick<KalshiClient, "createApiKey" | "generateApiKey" | "listApiKeys" | "deleteApiKey">;
    /** The account realm that `client` talks to. */
    readonly environment: string;
    /** The id of the key that signs the provider's own requests. */
    readonly signingKeyId: string;
    /** Whether a private key belongs to an API key id: one request signed with it. */
    proves(key: { readonly apiKeyId: string; readonly privateKey: string }): Promise<boolean>;
    readonly journal: Journal;
    /** Unix time in milliseconds. */
    now(): number;
    /**
     * Waits that many milliseconds.
     *
     * @throws KalshiError of the kind `interrupted` where somebody ends the wait
     */
    sleep(milliseconds: number): Promise<void>;
    /** Whether the engine still waits for what is being done at the moment. Where nobody can tell, it does. */
    isAwaited(): boolean;
    /** Tells the user something that is no error: a warning from Kalshi, why a call takes its time (the default). */
    tell(message: string, severity?: Severity): void;
}

export type Severity = "info" | "warning";

/** UUIDs are the same in upper and lower case. */
export function sameId(one: string, other: string): boolean {
    return one.toLowerCase() === other.toLowerCase();
}

/** One listing of the account's keys. */
interface Listing {
    /** Counts listings, so that "newer than the one I saw" needs no clock. */
    readonly generation: number;
    readonly askedAt: number;
    readonly keys: Promise<readonly ApiKey[]>;
}

/** A listing older than this is not shared any more: a long-lived process must not answer from the past. */
const sharedForMilliseconds = 60_000;

/** What a look at the list showed, and which listing it was. */
export type Look = readonly [keys: readonly ApiKey[], generation: number];

/**
 * The account's keys, listed once for all who ask at about the same time: a refresh of N keys is one call, not N.
 */
export class SharedList {
    #generation = 0;
    #listing: Listing | undefined;

    constructor(private readonly platform: Pick<Platform, "client" | "now" | "sleep">) {}

    /** A listing at most a minute old that was asked for after the given generation; by default, whichever is there. */
    async get(newerThan = 0): Promise<Look> {
        const shared = this.#listing;
        const fits =
            shared !== undefined &&
            shared.generation > newerThan &&
            this.platform.now() - shared.askedAt <= sharedForMilliseconds;
        const listing = fits ? shared : this.#ask();
        return [await listing.keys, listing.generation];
    }

    /**
     * Looks for keys, and again after each of the pauses until some are there, each time in a newer listing.
     *
     * @param pauses milliseconds; asked for only where the first look finds nothing
     * @returns what was found, and all that the last listing showed
     */
    async lookFor(
        fits: (key: ApiKey) => boolean,
        pauses: () => readonly number[],
    ): Promise<{ found: readonly ApiKey[]; keys: readonly ApiKey[] }> {
        let [keys, generation] = await this.get();
        let found = keys.filter(fits);
        for (const pause of found.length > 0 ? [] : pauses()) {
            await this.platform.sleep(pause);
            [keys, generation] = await this.get(generation);
            found = keys.filter(fits);
            if (found.length > 0) {
                break;
            }
        }
        return { found, keys };
    }

    /** Forgets the listing, because the account's keys have just changed. */
    drop(): void {
        this.#listing = undefined;
    }

    #ask(): Listing {
        const listing: Listing = {
            generation: ++this.#generation,
            askedAt: this.platform.now(),
            keys: this.platform.client.listApiKeys(),
        };
        this.#listing = listing;
        // A failed listing is an answer only for those who waited for it already.
        listing.keys.catch(() => {
            if (this.#listing === listing) {
                this.drop();
            }
        });
        return listing;
    }
}
