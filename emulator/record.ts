/** A request that the emulator got under `/trade-api/v2`. */
export interface RequestRecord {
    /** ISO 8601, UTC, when it came in. */
    readonly at: string;
    readonly method: string;
    /** The raw path, with its query. */
    readonly path: string;
    /** What it was answered, or null: not answered yet, reset, or hanging. */
    readonly status: number | null;
    /** The key id that it claimed to be signed with, or null. */
    readonly keyId: string | null;
    /** The kind of fault that struck it, with its moment: `before reset`. */
    readonly fault?: string;
}

/** Keeps the latest ones; a soak test must not fill the memory. */
const kept = 100_000;

export class RequestLog {
    #records: { -readonly [Field in keyof RequestRecord]: RequestRecord[Field] }[] = [];

    /** Records a request as it comes in; what is returned is filled in as its fate becomes known. */
    begin(record: Omit<RequestRecord, "status">): { -readonly [Field in keyof RequestRecord]: RequestRecord[Field] } {
        const entry = { ...record, status: null };
        this.#records.push(entry);
        if (this.#records.length > kept * 2) {
            this.#records = this.#records.slice(-kept);
        }
        return entry;
    }

    all(): readonly RequestRecord[] {
        return this.#records.slice(-kept);
    }

    clear(): void {
        this.#records = [];
    }
}
