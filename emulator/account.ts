import { readFileSync } from "node:fs";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { makeKeyPair, newKey, type StoredKey } from "./keys";
import type { EmulatorOptions } from "./options";

/** The content of the account's file. */
interface Stored {
    /** The id of the key that `credentials.env` names. */
    readonly root: string;
    /** The keys in the order of their creation. */
    readonly keys: readonly StoredKey[];
}

/** What the page shows of a key. */
export interface ShownKey {
    readonly key: StoredKey;
    /** Unix time in milliseconds, or undefined if the key has signed nothing since the start. */
    readonly lastUsedAt: number | undefined;
    /** Unix time in milliseconds, or undefined if the key exists. */
    readonly revokedAt: number | undefined;
}

/** The number of revoked keys that are remembered. The limit keeps a soak test from filling the memory. */
const maxRevoked = 100;

/** The account's keys. They are stored in a folder, so they survive restarts. */
export class Account {
    readonly #keys: Map<string, StoredKey>;
    // Only for the page. A file would have to be written for every request.
    readonly #lastUses = new Map<string, number>();
    #revoked: ShownKey[] = [];

    private constructor(
        private readonly options: EmulatorOptions,
        readonly rootKeyId: string,
        keys: readonly StoredKey[],
    ) {
        this.#keys = new Map(keys.map((key) => [key.api_key_id, key]));
    }

    /** Opens the account of an existing folder. If it has no root key, creates one and writes its private key to the folder. */
    static async open(options: EmulatorOptions): Promise<Account> {
        const { root, keys } = readStored(accountFile(options.dataDir));
        const account = new Account(options, root, keys);
        return account.find(root) === undefined ? Account.#withRootKey(options, keys) : account;
    }

    static async #withRootKey(options: EmulatorOptions, keys: readonly StoredKey[]): Promise<Account> {
        const { publicKey, privateKeyPem } = await makeKeyPair(options.rootKeyType);
        await writeFileAtomic(rootKeyFile(options.dataDir), privateKeyPem, { mode: 0o600 });
        const root = newKey({ name: "root", scopes: ["read", "write"] }, publicKey, options.rootKeyType, options.now());
        const account = new Account(options, root.api_key_id, keys);
        await account.add(root);
        return account;
    }

    find(id: string): StoredKey | undefined {
        const key = this.#keys.get(id);
        return key?.deleted_at === undefined ? key : undefined;
    }

    /** Returns all keys that exist, regardless of what a lagging list shows. */
    existing(): StoredKey[] {
        return [...this.#keys.values()].filter((key) => key.deleted_at === undefined);
    }

    /** Returns the existing keys in the order of their creation, then the latest revoked ones, the last one first. */
    shown(): ShownKey[] {
        const existing = this.existing().map((key) => ({
            key,
            lastUsedAt: this.#lastUses.get(key.api_key_id),
            revokedAt: undefined,
        }));
        return [...existing, ...this.#revoked];
    }

    /** Returns whether a key was revoked since the start and is still remembered. */
    isRevoked(id: string): boolean {
        return this.#revoked.some(({ key }) => key.api_key_id === id);
    }

    recordUse(key: StoredKey): void {
        this.#lastUses.set(key.api_key_id, this.options.now());
    }

    /** Returns the keys that the list shows now, in the order of the option `listOrder`. */
    listed(): StoredKey[] {
        const seenAt = this.options.now() - this.options.listLag;
        const keys = [...this.#keys.values()].filter(
            (key) =>
                (key.created_at <= seenAt || key.api_key_id === this.rootKeyId) &&
                (key.deleted_at === undefined || key.deleted_at > seenAt),
        );
        switch (this.options.listOrder) {
            case "created":
                return keys;
            case "newest":
                return keys.reverse();
            case "name":
                return keys.sort((one, other) => one.name.localeCompare(other.name));
        }
    }

    async add(key: StoredKey): Promise<void> {
        this.#keys.set(key.api_key_id, key);
        await this.#save();
    }

    async delete(key: StoredKey): Promise<void> {
        const shown = { key, lastUsedAt: this.#lastUses.get(key.api_key_id), revokedAt: this.options.now() };
        this.#revoked = [shown, ...this.#revoked].slice(0, maxRevoked);
        this.#lastUses.delete(key.api_key_id);
        if (this.options.listLag === 0) {
            this.#keys.delete(key.api_key_id);
        } else {
            this.#keys.set(key.api_key_id, { ...key, deleted_at: this.options.now() });
        }
        await this.#save();
    }

    async #save(): Promise<void> {
        const stored: Stored = { root: this.rootKeyId, keys: [...this.#keys.values()] };
        const file = accountFile(this.options.dataDir);
        await writeFileAtomic(file, JSON.stringify(stored, undefined, 2), { mode: 0o600 });
    }
}

function readStored(file: string): Stored {
    try {
        return JSON.parse(readFileSync(file, "utf8")) as Stored;
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") {
            return { root: "", keys: [] };
        }
        throw new Error(`${file} cannot be read (${(error as Error).message}); move it away to start a new account`);
    }
}

const accountFile = (dataDir: string) => join(dataDir, "keys.json");
export const rootKeyFile = (dataDir: string) => join(dataDir, "root-key.pem");
