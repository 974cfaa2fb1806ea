import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import schema from "../../schema.json";
import { rules } from "../../provider/apiKey/rules";
import { variables } from "../../provider/config";
import { keyTypes, knownScopes } from "../../provider/kalshi/wire";
import { getApiKeyArgs, getApiKeysArgs } from "../../provider/plugin/functions";
import packageJson from "../../provider/package.json";
import { root } from "../../tools/paths";

/** schema.json says to other languages what the TypeScript types say to TypeScript and what check demands of all. */

/** The members of an interface: each with its comment and whether it may be left out. */
function membersOf(file: string, name: string): Map<string, { comment: string; optional: boolean }> {
    const path = join(root, "provider", file);
    const source = ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest, true);
    const found = source.statements.filter(ts.isInterfaceDeclaration).find((statement) => statement.name.text === name);
    const members = (found?.members ?? []) as readonly ts.TypeElement[];
    return new Map(
        members.filter(ts.isPropertySignature).map((member) => {
            const [comment] = ts.getJSDocCommentsAndTags(member);
            const undefinable = member.type?.getText().includes("undefined") === true;
            return [
                member.name.getText(),
                {
                    comment: flowing(ts.getTextOfJSDocComment(comment?.comment) ?? ""),
                    optional: member.questionToken !== undefined || undefinable,
                },
            ];
        }),
    );
}

/** A comment's text without its line breaks. */
function flowing(text: string): string {
    return text.replaceAll(/\s*\n\s*/g, " ").trim();
}

type Described = Readonly<Record<string, { readonly description: string }>>;

function expectSame(file: string, name: string, properties: Described, required: readonly string[]): void {
    const members = membersOf(file, name);
    expect(members.size).toBeGreaterThan(0);
    const comments = Object.fromEntries([...members].map(([member, { comment }]) => [member, comment]));
    const described = Object.entries(properties).map(([property, { description }]) => [property, description]);
    expect(Object.fromEntries(described)).toEqual(comments);
    const needed = [...members].filter(([, { optional }]) => !optional).map(([member]) => member);
    expect(new Set(required)).toEqual(new Set(needed));
}

const apiKey = schema.resources["kalshi:index:ApiKey"];
const { types, functions } = schema;

test("inputs, outputs, options and functions are those of TypeScript, described alike", () => {
    expectSame("args.ts", "ApiKeyArgs", apiKey.inputProperties, []);
    expectSame("args.ts", "ApiKeyOutputs", apiKey.properties, apiKey.required);
    expectSame("sdk/Provider.ts", "ProviderArgs", schema.provider.inputProperties, []);
    expectSame("sdk/Provider.ts", "ProviderArgs", schema.config.variables, []);
    const { "kalshi:index:getApiKeys": getApiKeys, "kalshi:index:getApiKey": getApiKey } = functions;
    expectSame("apiKey/lookup.ts", "GetApiKeysArgs", getApiKeys.inputs.properties, []);
    expectSame("apiKey/lookup.ts", "GetApiKeysArgs", apiKey.listInputs.properties, []);
    expectSame("apiKey/lookup.ts", "GetApiKeyArgs", getApiKey.inputs.properties, []);
    const listed = types["kalshi:index:ListedApiKey"];
    expectSame("kalshi/wire.ts", "ApiKey", listed.properties, listed.required);
    expectSame("kalshi/wire.ts", "ApiKey", getApiKey.outputs.properties, getApiKey.outputs.required);
});

test("check knows the same inputs, and the plugin the same options and arguments", () => {
    const { adopt: _, ...inputs } = rules.shape;
    expect(new Set(Object.keys(apiKey.inputProperties))).toEqual(new Set(Object.keys(inputs)));
    expect(new Set(Object.keys(schema.config.variables))).toEqual(new Set(Object.keys(variables)));
    const { "kalshi:index:getApiKeys": getApiKeys, "kalshi:index:getApiKey": getApiKey } = functions;
    expect(Object.keys(getApiKeys.inputs.properties)).toEqual(Object.keys(getApiKeysArgs.shape));
    expect(Object.keys(getApiKey.inputs.properties)).toEqual(Object.keys(getApiKeyArgs.shape));
});

test("check takes a value of each input's type, and refuses one of another", () => {
    const samples: Record<string, unknown> = { string: "text_A1", integer: 7, number: 7, array: ["read"], object: {} };
    for (const [name, property] of Object.entries(apiKey.inputProperties)) {
        const type = "type" in property ? property.type : "string";
        const rule = rules.shape[name as keyof typeof rules.shape];
        const issues = (value: unknown) => rule.safeParse(value).error?.issues.map((issue) => issue.code) ?? [];
        // A text may still have to be a certain one; what it must not be is of another type.
        expect([name, issues(samples[type]).includes("invalid_type")]).toEqual([name, false]);
        for (const other of Object.keys(samples).filter(
            (other) =>
                !(
                    other === type ||
                    (type === "number" && other === "integer") ||
                    (type === "integer" && other === "number")
                ),
        )) {
            expect([name, other, issues(samples[other])]).not.toEqual([name, other, []]);
        }
    }
});

test("its enums are those that check knows", () => {
    const values = (type: { enum: readonly { value: string }[] }) => type.enum.map(({ value }) => value);
    expect(new Set(values(types["kalshi:index:KeyType"]))).toEqual(new Set(keyTypes));
    expect(new Set(values(types["kalshi:index:Scope"]))).toEqual(new Set(knownScopes));
    expect(values(types["kalshi:index:Environment"])).toEqual(["prod", "demo"]);
});

test("what is secret, what replaces, and what the variables fill in", () => {
    const with_ = (properties: object, mark: string) =>
        Object.entries(properties as Record<string, object>)
            .filter(([, property]) => mark in property)
            .map(([name]) => name);
    expect(with_(apiKey.properties, "secret")).toEqual(["privateKey"]);
    expect(with_(schema.config.variables, "secret")).toEqual(["privateKey"]);
    expect(with_(schema.provider.inputProperties, "secret")).toEqual(["privateKey"]);
    const replacing = Object.keys(apiKey.inputProperties).filter((name) => name !== "rotationDays");
    expect(with_(apiKey.inputProperties, "willReplaceOnChanges")).toEqual(replacing);
    expect(new Set(with_(apiKey.properties, "replaceOnChanges"))).toEqual(new Set(replacing));
    for (const [name, property] of Object.entries(schema.provider.inputProperties)) {
        if ("defaultInfo" in property) {
            expect(property.defaultInfo.environment).toEqual([variables[name as keyof typeof variables]]);
        }
    }
    // Credentials of the variables stay out of the state: the provider reads them itself.
    expect(with_(schema.provider.inputProperties, "defaultInfo")).toEqual(["environment", "baseUrl"]);
});

test("it has the package's version, and the alias of the dynamic resource", () => {
    expect(schema.version).toBe(packageJson.version);
    expect(apiKey.aliases).toEqual([{ type: "pulumi-nodejs:dynamic/kalshi:ApiKey" }]);
});
