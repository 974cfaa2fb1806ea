import type { Emulator } from "../../emulator/index";
import type { Stack, StateResource } from "../../tools/stack";
import { accountKeys, clientOf, type ClientOptions } from "./harness";

/** A key of a rotating key, with its private key in plaintext. */
export interface Generation {
    readonly apiKeyId: string;
    readonly name: string;
    readonly privateKey: string;
    readonly createdAt: string;
}

/** The keys of a rotating key. */
export interface Generations {
    readonly current?: Generation;
    readonly previous?: Generation;
    /** Keys that an earlier update could not revoke. */
    readonly outdated: readonly Generation[];
}

/** Returns the keys of all rotating keys in a stack's state, by the name of the resource in the program. */
export async function generationsIn(stack: Stack): Promise<ReadonlyMap<string, Generations>> {
    const resources = await stack.resources("--show-secrets");
    return new Map(resources.map((resource) => [resource.urn.split("::").at(-1) ?? "", generationsOf(resource)]));
}

/** Returns the keys of a rotating key, as `pulumi stack export --show-secrets` has it. */
export function generationsOf({ outputs = {} }: StateResource): Generations {
    const { current, previous, __outdated = [] } = outputs;
    return {
        ...(current !== undefined && { current: withPlaintext(current) }),
        ...(previous !== undefined && { previous: withPlaintext(previous) }),
        outdated: (__outdated as unknown[]).map(withPlaintext),
    };
}

/** Takes the private key from its secret envelope, which holds it as JSON. */
function withPlaintext(exported: unknown): Generation {
    const generation = exported as Omit<Generation, "privateKey"> & { privateKey: { plaintext: string } };
    return { ...generation, privateKey: JSON.parse(generation.privateKey.plaintext) as string };
}

/** Returns all keys of some rotating keys. */
export function allOf(rotating: Iterable<Generations>): Generation[] {
    return [...rotating].flatMap(({ current, previous, outdated }) =>
        [current, previous, ...outdated].filter((one) => one !== undefined),
    );
}

/** Returns whether Kalshi accepts a request that a key signs. */
export async function signs(
    emulator: Emulator,
    { apiKeyId, privateKey }: Pick<Generation, "apiKeyId" | "privateKey">,
    options: ClientOptions = {},
): Promise<boolean> {
    return clientOf(emulator, { retries: 0, ...options }, { apiKeyId, privateKey })
        .listApiKeys()
        .then(
            () => true,
            () => false,
        );
}

/** Expects that these keys are the account's keys besides the root key, and that each signs. */
export async function assertAccountHolds(
    emulator: Emulator,
    keys: readonly Generation[],
    options: ClientOptions = {},
): Promise<void> {
    const ids = keys.map(({ apiKeyId }) => apiKeyId);
    expect((await accountKeys(emulator, options)).sort()).toEqual(ids.sort());
    const silent = [];
    for (const key of keys) {
        if (!(await signs(emulator, key, options))) {
            silent.push(key.apiKeyId);
        }
    }
    expect(silent).toEqual([]);
}
