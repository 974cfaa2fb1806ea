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
    /** The injected fault, if any: `when` and `kind`, for example `before reset`. */
    readonly fault?: string;
}

/** The log keeps at least this many of the latest requests. The limit keeps a soak test from filling the memory. */
const maxRecords = 100_000;

export class RequestLog {
    #records: { -readonly [Field in keyof RequestRecord]: RequestRecord[Field] }[] = [];

    /** Records a request on arrival. The caller fills in the status and the fault of the returned record later. */
    begin(record: Omit<RequestRecord, "status">): { -readonly [Field in keyof RequestRecord]: RequestRecord[Field] } {
        const entry = { ...record, status: null };
        this.#records.push(entry);
        if (this.#records.length > maxRecords * 2) {
            this.#records = this.#records.slice(-maxRecords);
        }
        return entry;
    }

    all(): readonly RequestRecord[] {
        return this.#records.slice(-maxRecords);
    }

    clear(): void {
        this.#records = [];
    }
}
