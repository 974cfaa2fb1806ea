import type { SignatureVerdict } from "./errors";

/** A request to the emulated API. */
export interface RequestRecord {
    /** The time of arrival: ISO 8601, UTC. */
    readonly at: string;
    readonly method: string;
    /** The raw path with its query. */
    readonly path: string;
    /** The status of the response. Null if there is none: the request is in flight or hanging, or its connection was reset. */
    readonly status: number | null;
    /** The key id in the request's headers, or null. */
    readonly keyId: string | null;
    /** Null if the signature was not checked, for example because no endpoint has the path. */
    readonly signature: SignatureVerdict | null;
    /** The injected fault, if any: `when` and `kind`, for example `before reset`. */
    readonly fault?: string;
}

/** The log keeps at least this many of the latest requests. The limit keeps a soak test from filling the memory. */
const maxRecords = 100_000;

/** A request with its number since the emulator's start. */
export type NumberedRecord = RequestRecord & { readonly number: number };
type OpenRecord = { -readonly [Field in keyof RequestRecord]: RequestRecord[Field] };

export class RequestLog {
    #records: OpenRecord[] = [];
    #count = 0;

    /** Records a request on arrival. The caller fills in the status, the signature and the fault of the returned record later. */
    begin(record: Omit<RequestRecord, "status" | "signature">): OpenRecord {
        const entry = { ...record, status: null, signature: null };
        this.#records.push(entry);
        this.#count++;
        if (this.#records.length > maxRecords * 2) {
            this.#records = this.#records.slice(-maxRecords);
        }
        return entry;
    }

    /** Returns the latest requests, the last one first, with their numbers since the start. */
    latest(count: number): readonly NumberedRecord[] {
        const latest = this.#records.slice(-count).reverse();
        return latest.map((record, index) => ({ number: this.#count - index, ...record }));
    }

    all(): readonly RequestRecord[] {
        return this.#records.slice(-maxRecords);
    }

    clear(): void {
        this.#records = [];
    }
}
