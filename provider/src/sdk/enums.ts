import type { Environment as EnvironmentValue } from "../kalshi/endpoint";
import { type KeyType as KeyTypeValue, keyTypes, knownScopes, type Scope as ScopeValue } from "../kalshi/types";

/** The name of a value in an enumeration: `WriteTrade` for `write::trade`. */
type EnumName<Value extends string> = Value extends `${infer Parent}::${infer Child}`
    ? `${Capitalize<Parent>}${EnumName<Child>}`
    : Value extends `${infer Word}_${infer Rest}`
      ? `${Capitalize<Word>}${EnumName<Rest>}`
      : Capitalize<Value>;

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
export type Scope = ScopeValue;

/** The key types. The code that `pulumi import` generates uses them by name; the strings are the same. */
export const KeyType = enumOf(keyTypes);
export type KeyType = KeyTypeValue;

/** The environments of Kalshi. Generated code uses them by name; the strings are the same. */
export const Environment = enumOf<EnvironmentValue>(["prod", "demo"]);
export type Environment = EnvironmentValue;
