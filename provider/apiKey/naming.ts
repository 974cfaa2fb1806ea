import { randomBytes } from "node:crypto";
import type { RawProperties } from "./properties";
import { isUnknown } from "./unknowns";

/** How a key whose program gives it no exact name comes by one. */
export interface Naming {
    /** The resource's name in the program: the beginning of a drawn name where there is no `namePrefix`. */
    readonly resourceName: string;
    /** What the stack's configuration `pulumi:autonaming` says. Source: pulumi docs, concepts/resources/names. */
    readonly autonaming?: Autonaming | undefined;
}

export interface Autonaming {
    /** Whether the stack's configuration has a name to offer, or demands that the program gives one. */
    readonly mode: "offered" | "disabled";
    readonly proposedName: string;
}

/** What `check` adds to the inputs of a key for its name: nothing, where the program gives it. */
export type NameInputs = RawProperties & { readonly __defaults?: readonly string[] };

/**
 * The name of a key for which the program says none: the one that it has; or the one that the stack's configuration makes
 * up; or a drawn one, which no other key has: it is what finds the key again when Kalshi's answer to its creation is lost.
 *
 * @returns undefined where the stack's configuration forbids to name a key
 */
export function nameFor(naming: Naming, olds: RawProperties, inputs: RawProperties): NameInputs | undefined {
    const { namePrefix } = inputs;
    if (hasGeneratedName(olds) && olds["namePrefix"] === namePrefix) {
        return keptName(olds);
    }
    if (naming.autonaming !== undefined && namePrefix === undefined) {
        const { mode, proposedName } = naming.autonaming;
        return mode === "disabled" ? undefined : { name: proposedName, __defaults: ["name"], __autonamed: true };
    }
    const prefix = namePrefix ?? naming.resourceName;
    const name = isUnknown(prefix) ? prefix : `${prefix as string}-${randomSuffix()}`;
    return { name, __defaults: ["name"] };
}

/** The name that the key has, and how it came by it. */
export function keptName(olds: RawProperties): NameInputs {
    const { name, __autonamed } = olds;
    return { name, __defaults: ["name"], ...(__autonamed === undefined ? {} : { __autonamed }) };
}

/**
 * Returns seven hex digits. The engine's random seed is not used: an update plan keeps it, so that a plan that is run twice would give
 * two keys one name, and the name would identify neither.
 */
function randomSuffix(): string {
    return randomBytes(4).toString("hex").slice(0, 7);
}

/** Whether the program left the choice of the key's name to us, so that it stays as it is. */
export function hasGeneratedName(inputs: RawProperties): boolean {
    const defaults = inputs["__defaults"];
    return Array.isArray(defaults) && defaults.includes("name");
}

/**
 * Whether the name proves that a key is ours, since nobody else can have drawn it. One that the user chose does not, and
 * neither does one that follows a pattern of the user's, which may be the same in another stack.
 */
export function hasUniqueName(inputs: RawProperties): boolean {
    return hasGeneratedName(inputs) && inputs["__autonamed"] !== true;
}
