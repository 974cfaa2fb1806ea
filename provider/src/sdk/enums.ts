import type { Environment as EnvironmentValue } from "../kalshi/endpoint";
import { type KeyType as KeyTypeValue, keyTypes, knownScopes, type Scope as ScopeValue } from "../kalshi/types";

/** The name of a value in an enumeration: `WriteTrade` for `write::trade`. */
type EnumName<Value extends string> = Value extends `${infer Parent}::${infer Child}`
    ? `${Capitalize<Parent>}${EnumName<Child>}`
    : Value extends `${infer Word}_${infer Rest}`
      ? `${Capitalize<Word>}${EnumName<Rest>}`
      : Capitalize<Value>;

/**
 * The values of an enumeration by their names.
 *
 * @inline
 */
type Enum<Value extends string> = { readonly [Name in Value as EnumName<Name>]: Name };

/** Returns the name of a value in an enumeration. schema.json has the same names, so that generated programs use them. */
export function enumName(value: string): string {
    return value
        .split(/::|_/)
        .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
        .join("");
}

function enumOf<Value extends string>(values: readonly Value[]): Enum<Value> {
    return Object.fromEntries(values.map((value) => [enumName(value), value])) as Enum<Value>;
}

/** The scopes that this version knows. The code that `pulumi import` generates uses them by name; the strings are the same. */
export const Scope = enumOf(knownScopes);
/**
 * What a key may do. Any other string of the right form is accepted, because Kalshi adds scopes often.
 *
 * @useDeclaredType
 */
export type Scope = ScopeValue;

/** The key types. The code that `pulumi import` generates uses them by name; the strings are the same. */
export const KeyType = enumOf(keyTypes);
/**
 * The type of a key pair that Kalshi generates.
 *
 * @useDeclaredType
 */
export type KeyType = KeyTypeValue;

/** The environments of Kalshi. Generated code uses them by name; the strings are the same. */
export const Environment = enumOf<EnvironmentValue>(["prod", "demo"]);
/**
 * An environment of Kalshi. A key exists in one environment only.
 *
 * @useDeclaredType
 */
export type Environment = EnvironmentValue;
