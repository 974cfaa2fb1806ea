import type { ApiKey } from "../kalshi/types";
import { label } from "./errors";
import { hasUniqueName } from "./autonaming";
import { sameId, type Platform } from "./platform";
import type { RawProperties } from "./properties";

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
