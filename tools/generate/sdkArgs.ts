import type { packageSchema } from "./schema";
import type { TypeSpec } from "./types";

/** A resource's or a function's properties in the schema. */
type Properties = Readonly<Record<string, TypeSpec & { readonly description: string }>>;

/** The parts of the schema that the TypeScript SDK's types are generated from. */
interface Schema {
    readonly provider: { readonly inputProperties: Properties };
    readonly types: Readonly<
        Record<string, { readonly properties?: Properties; readonly required?: readonly string[] }>
    >;
    readonly resources: Readonly<
        Record<
            string,
            {
                readonly inputProperties: Properties;
                readonly properties: Properties;
                readonly required: readonly string[];
                readonly requiredInputs?: readonly string[];
            }
        >
    >;
    readonly functions: Readonly<Record<string, { readonly inputs: { readonly properties: Properties } }>>;
}

/** How a member of an interface is declared. */
type Member = (name: string, type: TypeSpec) => string;

/** Returns the source text of provider/src/sdk/args.ts. */
export function sdkArgs(schema: ReturnType<typeof packageSchema>): string {
    const { provider, types, resources, functions } = schema as Schema;
    const { inputProperties, properties, required } = only(resources["kalshi:index:ApiKey"]);
    const rotating = only(resources["kalshi:index:RotatingApiKey"]);
    const generation = only(types["kalshi:index:ApiKeyGeneration"]);
    const listed = only(types["kalshi:index:ListedApiKey"]);
    const getApiKeys = only(functions["kalshi:index:getApiKeys"]);
    const getApiKey = only(functions["kalshi:index:getApiKey"]);
    const input: Member = (name, type) => `readonly ${name}?: ${inputType(type)} | undefined;`;
    const rotatingInput: Member = (name, type) =>
        rotating.requiredInputs?.includes(name) === true ? `readonly ${name}: ${inputType(type)};` : input(name, type);
    const output =
        (required: readonly string[] = []): Member =>
        (name, type) =>
            `readonly ${name}: pulumi.Output<${mutable(plainType(type))}${required.includes(name) ? "" : " | undefined"}>;`;
    const plain: Member = (name, type) => `readonly ${name}?: ${plainType(type)} | undefined;`;
    return [
        "// Generated from provider/src/apiKey and provider/src/config.ts by `npm run generate`.",
        'import type * as pulumi from "@pulumi/pulumi";',
        'import type { KeyType, Scope } from "./enums";',
        "",
        "/**\n * The inputs of an API key. Kalshi's API cannot change a key. A change of any input except `rotationDays` creates a new key first " +
            "and\n * revokes the old one last.\n */",
        interfaceOf("ApiKeyArgs", inputProperties, input),
        "/** The outputs of an API key: the effective inputs, and the properties from Kalshi's response. */",
        interfaceOf("ApiKeyOutputs", properties, output(required)),
        ...noOutputsYet("noOutputsYet", "ApiKeyOutputs", properties),
        "/** The inputs of a rotating API key. Every change is an update in place. */",
        interfaceOf("RotatingApiKeyArgs", rotating.inputProperties, rotatingInput),
        "/** The outputs of a rotating API key: the effective inputs, and its keys. */",
        interfaceOf("RotatingApiKeyOutputs", rotating.properties, output(rotating.required)),
        ...noOutputsYet("noRotatingOutputsYet", "RotatingApiKeyOutputs", rotating.properties),
        "/** A key of a rotating API key. */",
        interfaceOf("ApiKeyGeneration", generation.properties ?? {}, (name, type) =>
            generation.required?.includes(name) ? `readonly ${name}: ${plainType(type)};` : plain(name, type),
        ),
        "/** The configuration of a `Provider`. Each option that is omitted comes from its environment variable. */",
        interfaceOf("ProviderArgs", provider.inputProperties, (name, type) =>
            name === "environment"
                ? `readonly ${name}?: pulumi.Input<"prod" | "demo"> | undefined;`
                : input(name, type),
        ),
        "/** Which keys to list. Default: all keys of the account. */",
        interfaceOf("GetApiKeysArgs", getApiKeys.inputs.properties, plain),
        "/** Which keys to list, by arguments that may be outputs. Default: all keys of the account. */",
        interfaceOf("GetApiKeysOutputArgs", getApiKeys.inputs.properties, input),
        "/** Which key to look up: exactly one of the two. */",
        interfaceOf("GetApiKeyArgs", getApiKey.inputs.properties, plain),
        "/** Which key to look up, by arguments that may be outputs: exactly one of the two. */",
        interfaceOf("GetApiKeyOutputArgs", getApiKey.inputs.properties, input),
        "/** A key as Kalshi lists it. The list contains no key material, no key type and no creation time. */",
        interfaceOf("ListedApiKey", listed.properties ?? {}, (name, type) =>
            listed.required?.includes(name) ? `readonly ${name}: ${plainType(type)};` : plain(name, type),
        ),
    ].join("\n");
}

/** Returns the declaration of all outputs, undefined. */
function noOutputsYet(name: string, type: string, properties: Properties): string[] {
    return [
        "/** All outputs, undefined. The SDK creates an output only for a property that the constructor passes to it. */",
        `export const ${name}: { readonly [K in keyof ${type}]: undefined } = {`,
        ...Object.keys(properties).map((property) => `${property}: undefined,`),
        "};\n",
    ];
}

function only<T>(value: T | undefined): T {
    if (value === undefined) {
        throw new Error("The schema lacks a part that the SDK's types are generated from.");
    }
    return value;
}

function interfaceOf(name: string, properties: Properties, member: Member): string {
    const members = Object.entries(properties).map(
        ([property, type]) => `${comment(type.description)}\n    ${member(property, type)}`,
    );
    return `export interface ${name} {\n${members.join("\n")}\n}\n`;
}

/** Returns a doc comment, wrapped at the repository's line width. */
function comment(description: string): string {
    const line = `    /** ${description} */`;
    return line.length <= lineWidth ? line : ["    /**", ...wrapped(description, "     * "), "     */"].join("\n");
}

/** The repository's line width; see .prettierrc.json. */
const lineWidth = 120;

function wrapped(description: string, prefix: string): string[] {
    const lines: string[] = [];
    for (const word of description.split(" ")) {
        const last = lines.at(-1);
        if (last !== undefined && last.length + 1 + word.length <= lineWidth) {
            lines[lines.length - 1] = `${last} ${word}`;
        } else {
            lines.push(`${prefix}${word}`);
        }
    }
    return lines;
}

/** Returns the TypeScript type of an input, each part of which may be an output. */
function inputType(type: TypeSpec): string {
    switch (type.type) {
        case "array":
            return `pulumi.Input<readonly pulumi.Input<${plainType(type.items ?? {})}>[]>`;
        case "object":
            return "pulumi.Input<Record<string, pulumi.Input<unknown>>>";
        default:
            return `pulumi.Input<${plainType(type)}>`;
    }
}

function plainType({ type, $ref, items, oneOf }: TypeSpec): string {
    const named = ($ref ?? oneOf?.at(-1)?.$ref)?.replace("#/types/kalshi:index:", "");
    if (named !== undefined) {
        return named;
    }
    switch (type) {
        case "integer":
            return "number";
        case "array":
            return `readonly ${plainType(items ?? {})}[]`;
        case "object":
            return "Record<string, unknown>";
        default:
            return String(type);
    }
}

function mutable(type: string): string {
    return type.replace(/^readonly /, "");
}
