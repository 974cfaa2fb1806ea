import { createHash, randomBytes } from "node:crypto";
import { suffixLength } from "../apiKey/autonaming";
import type { RawProperties } from "../apiKey/properties";

/*
 * The name of each generation follows from a seed, which the stack's inputs hold, and from the generation's number. So an interrupted
 * rotation and the one that repeats it use the same name, unless the prefix changes in between, and a key that the first one left is
 * recognized by it on any machine.
 */

/** Returns the seed of a new resource. It is random, so no other resource has the same names. */
export function newNameSeed(): string {
    return randomBytes(16).toString("hex");
}

/**
 * Returns the name of a generation.
 *
 * @param inputs the inputs that `check` returned
 * @param generation the number of generations before it
 */
export function generationName({ __prefix, __nameSeed }: RawProperties, generation: number): string {
    return `${String(__prefix)}-${suffix(String(__nameSeed), generation)}`;
}

/**
 * Returns whether a name was generated for one of the resource's generations, so that it identifies the owner. The name of an imported key
 * was not.
 *
 * @param state the resource's state
 */
export function isGenerationName({ __nameSeed, __generations }: RawProperties, name: string): boolean {
    const count = typeof __generations === "number" ? __generations : 0;
    return (
        typeof __nameSeed === "string" &&
        Array.from({ length: count }, (_, index) => count - 1 - index).some((generation) =>
            name.endsWith(`-${suffix(__nameSeed, generation)}`),
        )
    );
}

/**
 * Returns the names of all generations that a resource has created, and that of the next one. The engine forgets an interrupted update with
 * the next command, so its key may be on the account although no state and no pending operation has its name.
 *
 * @param state the resource's state
 */
export function generationNames(state: RawProperties): string[] {
    const { __prefix, __nameSeed, __generations } = state;
    const isKnown = typeof __prefix === "string" && typeof __nameSeed === "string" && typeof __generations === "number";
    return isKnown ? Array.from({ length: __generations + 1 }, (_, index) => generationName(state, index)) : [];
}

/** Returns as many hex digits as the auto-generated name of an API key has. */
function suffix(seed: string, generation: number): string {
    return createHash("sha256").update(`${seed}:${generation}`).digest("hex").slice(0, suffixLength);
}
