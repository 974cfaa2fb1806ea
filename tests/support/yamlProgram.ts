import { parse } from "yaml";
import type { PackageSchema } from "./schemaExamples";

/** The parts of a program in Pulumi YAML that can be checked against a schema. */
interface Program {
    readonly resources?: Readonly<Record<string, { readonly type: string; readonly properties?: object }>>;
    readonly variables?: Readonly<Record<string, unknown>>;
    readonly outputs?: Readonly<Record<string, unknown>>;
}

interface Invoke {
    readonly function: string;
    readonly arguments?: object;
    readonly return?: string;
}

/**
 * Returns the types, functions, inputs and outputs of a program in Pulumi YAML that are not in a schema. Pulumi's own
 * check is in its language host for YAML, which only an official installation has.
 */
export function mistakesIn(text: string, schema: PackageSchema): string[] {
    const program = parse(text) as Program;
    const resources = Object.entries(program.resources ?? {});
    const values = [resources.map(([, { properties }]) => properties), program.variables, program.outputs];
    const found = values.flatMap(nestedValues);
    return [
        ...resources.flatMap(([name, { type, properties = {} }]) =>
            declaration(
                `resource ${name}: ${type}`,
                resourceOf(type, schema)?.inputProperties,
                Object.keys(properties),
            ),
        ),
        ...found.flatMap((value) => (isInvoke(value) ? invocation(value["fn::invoke"], schema) : [])),
        ...found.flatMap((value) => (typeof value === "string" ? references(value, program, schema) : [])),
    ];
}

function resourceOf(type: string, schema: PackageSchema) {
    return type === `pulumi:providers:${schema.name}` ? schema.provider : schema.resources[fullToken(type)];
}

function invocation(invoke: Invoke, schema: PackageSchema): string[] {
    const { inputs, outputs } = schema.functions[fullToken(invoke.function)] ?? {};
    const returned = invoke.return === undefined ? [] : [invoke.return];
    return [
        ...declaration(invoke.function, inputs?.properties, Object.keys(invoke.arguments ?? {})),
        ...(outputs === undefined ? [] : declaration(`${invoke.function}'s result`, outputs.properties, returned)),
    ];
}

/** Returns the mistakes in references `${name.property…}` to resources and variables. */
function references(text: string, { resources, variables }: Program, schema: PackageSchema): string[] {
    return [...text.matchAll(/\$\{(?<name>[\w-]+)(?:\.(?<property>\w+))?[^}]*\}/g)].flatMap(({ 0: all, groups }) => {
        const { name = "", property } = groups ?? {};
        const resource = resources?.[name];
        if (resource === undefined) {
            return name === "pulumi" || name in (variables ?? {}) ? [] : [`${all}: there is no ${name}`];
        }
        const outputs = resourceOf(resource.type, schema)?.properties;
        // An unknown type is one mistake, so its properties are not checked.
        return outputs === undefined || property === undefined
            ? []
            : declaration(all, { id: true, urn: true, ...outputs }, [property]);
    });
}

function declaration(what: string, known: object | undefined, used: readonly string[]): string[] {
    return known === undefined
        ? [`${what} does not exist`]
        : used.filter((name) => !Object.hasOwn(known, name)).map((name) => `${what} has no ${name}`);
}

/** Returns a value and all values nested in it. */
function nestedValues(value: unknown): unknown[] {
    return typeof value === "object" && value !== null
        ? [value, ...Object.values(value).flatMap(nestedValues)]
        : [value];
}

function isInvoke(value: unknown): value is { readonly "fn::invoke": Invoke } {
    return typeof value === "object" && value !== null && "fn::invoke" in value;
}

/** `kalshi:ApiKey` is short for `kalshi:index:ApiKey`. */
function fullToken(token: string): string {
    const [name = "", module = "", member] = token.split(":");
    return member === undefined ? `${name}:index:${module}` : token;
}
