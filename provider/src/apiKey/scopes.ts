import { knownScopes } from "../kalshi/types";
import { isUnknown } from "./properties";

/** Returns whether two lists hold the same members, whatever their order and repeats. */
export function sameSet(one: unknown, other: unknown): boolean {
    const members = (set: unknown) => (Array.isArray(set) ? [...new Set(set)].sort().join() : undefined);
    return members(one) === members(other);
}

/**
 * Returns whether Kalshi may list a key of certain scopes with other ones. Both lists are the same, or a parent (`read`, `write`) is
 * expanded into its children, with or without the parent itself.
 *
 * An expansion holds every known child. It may hold unknown ones too, because Kalshi adds scopes often and the parent
 * includes them. The reverse does not hold: a list with a parent that the key should not have is no expansion.
 *
 * Source: a comment in one of Kalshi's clients; OpenAPI 3.34.0 says that a parent includes its children.
 *
 * @param scopes the scopes that the key was created with
 * @param listed the scopes in Kalshi's list
 */
export function isExpansion(scopes: readonly string[], listed: readonly string[]): boolean {
    const parents = scopes.filter((scope) => childrenOf(scope).length > 0);
    const isCovered = (scope: string) => parents.some((parent) => scope === parent || isChild(scope, parent));
    const isListed = (scope: string) => listed.includes(scope);
    return (
        parents.every((parent) => isListed(parent) || childrenOf(parent).every(isListed)) &&
        sameSet(
            scopes.filter((scope) => !isCovered(scope)),
            listed.filter((scope) => !isCovered(scope)),
        )
    );
}

function childrenOf(parent: string): string[] {
    return knownScopes.filter((scope) => isChild(scope, parent));
}

function isChild(scope: string, parent: string): boolean {
    return scope.startsWith(`${parent}::`);
}

/** Returns the scopes that this version does not know. Each is either newer than this version or a typo. */
export function unknownScopes(scopes: unknown): unknown[] {
    // `check` refuses a value that is not a list.
    const given: readonly unknown[] = Array.isArray(scopes) ? scopes : [];
    return given.filter((scope) => !isUnknown(scope) && !(knownScopes as readonly unknown[]).includes(scope));
}

export function unknownScopesWarning(unknown: readonly unknown[]): string {
    return (
        `scopes: ${unknown.join(", ")} is not among the scopes that this version knows (${knownScopes.join(", ")}). ` +
        "If Kalshi has added it since, this is no problem. If it is a typo, Kalshi will refuse to create the key."
    );
}
