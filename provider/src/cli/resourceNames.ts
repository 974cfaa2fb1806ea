import type { ApiKey } from "../apiKey/inputs";
import { withoutControls } from "../kalshi/text";

/** The most characters of a name that are taken from the key's name. */
const longestName = 50;

/**
 * Names that make the code which `pulumi import` generates invalid. The generator refuses `null` ("already declared"), and TypeScript or
 * Node refuse the others. The generators rename all other keywords and the names of packages. Source: pulumi/pulumi v3.250.0,
 * pkg/codegen/pcl/binder.go and programs that pkg/codegen generated in TypeScript, Python and Go.
 */
const reserved: readonly string[] = [
    "null",
    "let",
    "static",
    "eval",
    "arguments",
    "undefined",
    "require",
    "exports",
    "module",
];

/**
 * Returns a name of a resource for each key. A name is an identifier in every language: letters, digits and underscores, with a letter
 * first. Names of keys are untrusted, and several keys may have one name. If the names of two keys differ too little, both get a part of
 * their id, so that the same key always gets the same name.
 *
 * @param taken names that other resources have
 * @returns the names in the order of the keys
 */
export function resourceNames(keys: readonly ApiKey[], taken: readonly string[]): string[] {
    const names = keys.map(({ name }) => identifierOf(name));
    const used = new Map<string, number>();
    for (const name of [...taken, ...reserved, ...names]) {
        used.set(comparable(name), (used.get(comparable(name)) ?? 0) + 1);
    }
    return keys.map(({ apiKeyId }, index) => {
        const name = names[index] ?? "";
        if (name !== "" && used.get(comparable(name)) === 1) {
            return name;
        }
        const id = apiKeyId.replace(/\W/g, "").toLowerCase();
        const candidates = [8, id.length].map((length) => `${name || "key"}_${id.slice(0, length)}`);
        const unique = candidates.find((candidate) => !used.has(comparable(candidate))) ?? `key_${id}_${index}`;
        used.set(comparable(unique), 1);
        return unique;
    });
}

/** Returns a name as an identifier; empty if nothing is left of it. */
function identifierOf(name: string): string {
    const words = withoutControls(name)
        .normalize("NFKD")
        .replace(/\p{M}/gu, "")
        .replace(/[^A-Za-z0-9]+/g, "_");
    const identifier = words.slice(0, longestName).replace(/^_+|_+$/g, "");
    return /^\d/.test(identifier) ? `key_${identifier}` : identifier;
}

/** Returns what is left of a name if a language changes its case: `aB` and `a_b` are one name in Python. */
function comparable(name: string): string {
    return name.replace(/[^A-Za-z0-9]/g, "").toLowerCase();
}
