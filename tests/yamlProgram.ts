import { parse } from "yaml";
import type { PackageSchema } from "./schemaExamples";

/** A program in Pulumi YAML, as far as it can be held against a schema. */
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
 * What a program in Pulumi YAML says that a schema does not have: types, functions, inputs and outputs. Pulumi's own check of
 * that is in its YAML host, which only an official installation has.
 */
export function mistakesIn(text: string, schema: PackageSchema): string[] {
    const program = parse(text) as Program;
    const resources = Object.entries(program.resources ?? {});
    const values = [resources.map(([, { properties }]) => properties), program.variables, program.outputs];
    const found = values.flatMap(within);
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
    return type === `pulumi:providers:${schema.name}` ? schema.provider : schema.resources[whole(type)];
}

function invocation(invoke: Invoke, schema: PackageSchema): string[] {
    const { inputs, outputs } = schema.functions[whole(invoke.function)] ?? {};
    const returned = invoke.return === undefined ? [] : [invoke.return];
    return [
        ...declaration(invoke.function, inputs?.properties, Object.keys(invoke.arguments ?? {})),
        ...(outputs === undefined ? [] : declaration(`${invoke.function}'s result`, outputs.properties, returned)),
    ];
}

/** `${name.property…}`, of a resource or a variable. */
function references(text: string, { resources, variables }: Program, schema: PackageSchema): string[] {
    return [...text.matchAll(/\$\{(?<name>[\w-]+)(?:\.(?<property>\w+))?[^}]*\}/g)].flatMap(({ 0: all, groups }) => {
        const { name = "", property } = groups ?? {};
        const resource = resources?.[name];
        if (resource === undefined) {
            return name === "pulumi" || name in (variables ?? {}) ? [] : [`${all}: there is no ${name}`];
        }
        const outputs = resourceOf(resource.type, schema)?.properties;
        // Of a type that does not exist that alone is the mistake.
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

/** A value and all that it holds, however deep. */
function within(value: unknown): unknown[] {
    return typeof value === "object" && value !== null ? [value, ...Object.values(value).flatMap(within)] : [value];
}

function isInvoke(value: unknown): value is { readonly "fn::invoke": Invoke } {
    return typeof value === "object" && value !== null && "fn::invoke" in value;
}

/** `kalshi:ApiKey` is short for `kalshi:index:ApiKey`. */
function whole(token: string): string {
    const [name = "", module = "", member] = token.split(":");
    return member === undefined ? `${name}:index:${module}` : token;
}
