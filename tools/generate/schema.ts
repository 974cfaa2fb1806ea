import type { z } from "zod";
import { inputOf, listedNames, inputs, type Input } from "../../provider/src/apiKey/inputs";
import { getApiKeyArgs, getApiKeysArgs } from "../../provider/src/apiKey/lookup";
import { outputs, type Output } from "../../provider/src/apiKey/outputs";
import { options, type OptionDeclaration } from "../../provider/src/config";
import { keyTypes, knownScopes } from "../../provider/src/kalshi/types";
import { dynamicType, pluginType, rotatingDynamicType, rotatingPluginType } from "../../provider/src/package";
import { inputs as rotatingInputs } from "../../provider/src/rotatingApiKey/inputs";
import { generationOutputs, generations, outputs as rotatingOutputs } from "../../provider/src/rotatingApiKey/outputs";
import { enumName } from "../../provider/src/sdk/enums";
import type { Addresses } from "../addresses";
import { fromTemplate } from "./template";
import { reference, typeOf, type TypeSpec } from "./types";

const { version, description, keywords, license } = require("pulumi-kalshi/package.json") as Readonly<
    Record<string, unknown>
>;

type Property = TypeSpec & Readonly<Record<string, unknown>> & { readonly description: string };
type Properties = Readonly<Record<string, Property>>;

/** Returns the package's schema, which the plugin serves and from which the SDKs of other languages are generated. */
export function packageSchema(addresses: Addresses): object {
    const listInputs = argumentsOf(getApiKeysArgs);
    const listed = listedProperties();
    return {
        name: "kalshi",
        displayName: "Kalshi",
        version,
        description,
        keywords,
        license,
        homepage: addresses.repository,
        repository: addresses.repository,
        publisher: addresses.publisher,
        namespace: addresses.namespace,
        logoUrl: addresses.logoUrl,
        pluginDownloadURL: addresses.pluginDownloadURL,
        language: languagesOf(addresses),
        config: { variables: optionProperties((name) => (name === "environment" ? reference("Environment") : text)) },
        provider: {
            description:
                "The Kalshi provider: the account whose keys it manages, and the signing key for its own requests. Resources without an " +
                "explicit provider use the stack's configuration (`kalshi:environment`, `kalshi:apiKeyId`, …) and the environment " +
                "variables. The preview reports invalid values, one per property.",
            // The generated SDKs cannot read the default of an enum from a variable.
            inputProperties: optionProperties(() => text),
            properties: optionProperties((name) => (name === "environment" ? reference("Environment") : text)),
        },
        types: {
            "kalshi:index:Environment": enumOf(
                "An environment of Kalshi. A key of one environment does not exist in the other.",
                {
                    prod: "The real exchange.",
                    demo: "The demo exchange, which uses play money.",
                },
            ),
            "kalshi:index:KeyType": enumOf("The type of a key pair that Kalshi generates.", keyTypeDescriptions),
            "kalshi:index:Scope": enumOf(
                "What a key may do. `read` and `write` include the narrower scopes that begin with them. Kalshi adds scopes often, so any " +
                    "other value of that form is accepted, too, with a warning.",
                Object.fromEntries(knownScopes.map((scope) => [scope, undefined])),
            ),
            "kalshi:index:ApiKeyGeneration": {
                type: "object",
                description: "A key of a rotating API key.",
                properties: textProperties(generationOutputs),
                required: requiredOf(generationOutputs),
            },
            "kalshi:index:ListedApiKey": {
                type: "object",
                description:
                    "A key as Kalshi lists it. The list contains no key material, no key type and no creation time.",
                properties: listed,
                required: requiredWhenListed,
            },
        },
        resources: {
            [pluginType]: {
                description: fromTemplate("apiKey.md", { ...addresses }),
                properties: { ...textProperties(outputs), ...outputProperties(inputs) },
                // `check` fills in the name and the scopes.
                required: [...requiredOf(outputs), "name", "scopes"],
                inputProperties: inputProperties(inputs),
                aliases: [{ type: dynamicType }],
                listInputs: {
                    description: "Which keys to list. Default: all keys of the account.",
                    properties: listInputs,
                    type: "object",
                },
            },
            [rotatingPluginType]: {
                description: fromTemplate("rotatingApiKey.md", { ...addresses }),
                properties: {
                    ...generationProperties(),
                    ...textProperties(rotatingOutputs),
                    ...outputProperties(rotatingInputs),
                },
                // Every update leaves a current key.
                required: [
                    "current",
                    ...requiredOf(rotatingOutputs),
                    "rotationDays",
                    "overlapDays",
                    "scopes",
                    "keyType",
                ],
                inputProperties: inputProperties(rotatingInputs),
                requiredInputs: ["rotationDays"],
                aliases: [{ type: rotatingDynamicType }],
            },
        },
        functions: {
            "kalshi:index:getApiKeys": {
                description:
                    "Returns the account's keys as Kalshi lists them, sorted by name: id, name, scopes and the subaccount or subtrader, but no " +
                    "secret. Makes one API call, in a preview too.",
                inputs: { type: "object", properties: listInputs },
                outputs: {
                    type: "object",
                    properties: {
                        apiKeys: {
                            type: "array",
                            items: reference("ListedApiKey"),
                            description: "The keys, sorted by name.",
                        },
                    },
                    required: ["apiKeys"],
                },
            },
            "kalshi:index:getApiKey": {
                description:
                    "Returns one key of the account as Kalshi lists it, by its id or its full name. Makes one API call, in a preview too. It is " +
                    "an error if there is no such key, or more than one of that name.",
                inputs: { type: "object", properties: argumentsOf(getApiKeyArgs) },
                outputs: { type: "object", properties: listed, required: requiredWhenListed },
            },
        },
    };
}

function languagesOf({ goModule, javaPackage, csharpNamespace }: Addresses): object {
    const respectSchemaVersion = true;
    return {
        nodejs: { packageName: "pulumi-kalshi", respectSchemaVersion },
        python: { packageName: "pulumi_kalshi", pyproject: { enabled: true }, respectSchemaVersion },
        go: {
            importBasePath: `${goModule}/kalshi`,
            modulePath: goModule,
            generateResourceContainerTypes: true,
            respectSchemaVersion,
        },
        csharp: {
            rootNamespace: csharpNamespace,
            namespaces: { kalshi: "Kalshi" },
            packageReferences: { Pulumi: "3.*" },
            respectSchemaVersion,
        },
        // The release builds the package by Maven.
        java: { basePackage: javaPackage, packages: { kalshi: "kalshi" }, buildFiles: "none" },
    };
}

const text: TypeSpec = { type: "string" };

const keyTypeDescriptions: Readonly<Record<(typeof keyTypes)[number], string>> = {
    rsa: "RSA of 2048 bits; Kalshi returns the private key in PKCS#1 PEM.",
    ed25519: "Ed25519; Kalshi returns the private key in PKCS#8 PEM.",
};

/** @param values the descriptions of the values */
function enumOf(description: string, values: Readonly<Record<string, string | undefined>>): object {
    return {
        type: "string",
        description,
        enum: Object.entries(values).map(([value, described]) => ({
            name: enumName(value),
            value,
            description: described,
        })),
    };
}

function optionProperties(typeOfOption: (name: string) => TypeSpec): Properties {
    return Object.fromEntries(
        Object.entries<OptionDeclaration>(options).map(([name, option]) => {
            const { description: described, variable, isVariableInState, isSecret } = option;
            return [
                name,
                {
                    ...typeOfOption(name),
                    description: described,
                    ...(isVariableInState && { defaultInfo: { environment: [variable] } }),
                    ...(isSecret && { secret: true }),
                },
            ];
        }),
    );
}

type Inputs = Readonly<Record<string, Input>>;
type Outputs = Readonly<Record<string, Output>>;

function inputProperties(declared: Inputs): Properties {
    return mapValues(declared, ({ rule, type, description: described, onChange }) => ({
        ...typeOf(rule, type),
        description: described,
        ...(onChange === "replace" && { willReplaceOnChanges: true }),
    }));
}

/** Returns the outputs of the inputs' names. */
function outputProperties(declared: Inputs): Properties {
    return mapValues(declared, ({ rule, type, output, onChange }) => ({
        ...typeOf(rule, type),
        description: output,
        ...(onChange === "replace" && { replaceOnChanges: true }),
    }));
}

function textProperties(declared: Outputs): Properties {
    return mapValues(declared, ({ description: described, isSecret }) => ({
        ...text,
        description: described,
        ...(isSecret && { secret: true }),
    }));
}

function generationProperties(): Properties {
    return mapValues(generations, (generation) => ({ ...reference("ApiKeyGeneration"), ...generation }));
}

/** Returns the outputs that are never undefined. */
function requiredOf(declared: Outputs): string[] {
    return Object.keys(declared).filter((name) => declared[name]?.isRequired === true);
}

function mapValues<T>(map: Readonly<Record<string, T>>, change: (value: T) => Property): Properties {
    return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, change(value)]));
}

const requiredWhenListed = ["apiKeyId", "name"];

function listedProperties(): Properties {
    const ofInputs = listedNames.map((name): [string, Property] => {
        const { rule, type } = inputOf(name);
        return [name, { ...typeOf(rule, type), description: inputs[name].listed.description }];
    });
    return { apiKeyId: { ...text, description: "Its id: a UUID." }, ...Object.fromEntries(ofInputs) };
}

function argumentsOf(args: z.ZodObject): Properties {
    return Object.fromEntries(
        Object.entries(args.shape as Readonly<Record<string, z.ZodOptional<z.ZodType>>>).map(([name, rule]) => [
            name,
            { ...typeOf(rule.unwrap(), name === "scope" ? "Scope" : undefined), description: rule.description ?? "" },
        ]),
    );
}
