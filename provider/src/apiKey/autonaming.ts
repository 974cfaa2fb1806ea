import { randomBytes } from "node:crypto";
import { isUnknown, type RawProperties } from "./properties";

/** What an auto-generated name is made of. */
export interface Naming {
    /** The resource's name in the program, which is the default of `namePrefix`. */
    readonly resourceName: string;
    /** The stack's configuration `pulumi:autonaming`. Source: pulumi docs, concepts/resources/names. */
    readonly autonaming?: Autonaming | undefined;
}

export interface Autonaming {
    /** `offered`: the configuration proposes a name. `disabled`: the program must give an explicit name. */
    readonly mode: "offered" | "disabled";
    readonly proposedName: string;
}

/** The inputs that `check` adds for the key's name: none if the name is explicit. */
export type NameInputs = RawProperties & { readonly __defaults?: readonly string[] };

/**
 * Returns the name of a key without an explicit name: the key's current name, the name that the stack's configuration proposes, or a new
 * unique name. If the response to a create is lost, the provider finds the key by its unique name.
 *
 * @returns undefined if the stack's configuration disables auto-generated names
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

/** Returns the key's current name, marked as auto-generated. */
export function keptName(olds: RawProperties): NameInputs {
    const { name, __autonamed } = olds;
    return { name, __defaults: ["name"], ...(__autonamed === undefined ? {} : { __autonamed }) };
}

/** The number of hex digits at the end of an auto-generated name. */
export const suffixLength = 7;

/** Matches the end of an auto-generated name. An explicit name may end like that, too. */
export const generatedSuffix = new RegExp(`-[0-9a-f]{${suffixLength}}$`);

/**
 * Returns random hex digits. The engine's random seed is not used, because an update plan contains it. A plan that is run twice
 * would create two keys of one name, which would identify neither.
 */
function randomSuffix(): string {
    return randomBytes(4).toString("hex").slice(0, suffixLength);
}

/** Returns whether the key's name is auto-generated. `check` keeps such a name. */
export function hasGeneratedName(inputs: RawProperties): boolean {
    const defaults = inputs["__defaults"];
    return Array.isArray(defaults) && defaults.includes("name");
}

/**
 * Returns whether the key's name is unique, so that it identifies the key's owner. An explicit name is not unique. A name that follows
 * the user's own pattern (`pulumi:autonaming`) is not either, because another stack may have the same pattern.
 */
export function hasUniqueName(inputs: RawProperties): boolean {
    return hasGeneratedName(inputs) && inputs["__autonamed"] !== true;
}
