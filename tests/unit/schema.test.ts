import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import schema from "../../schema.json";
import { rules } from "../../provider/src/apiKey/inputs";
import { variables } from "../../provider/src/config";
import { keyTypes, knownScopes } from "../../provider/src/kalshi/types";
import { getApiKeyArgs, getApiKeysArgs } from "../../provider/src/plugin/invoke";
import packageJson from "../../provider/package.json";
import { root } from "../../tools/paths";

/** Compares schema.json with the TypeScript types and with check. */

/** Returns the members of an interface, each with its comment and whether it is optional. */
function membersOf(file: string, name: string): Map<string, { comment: string; optional: boolean }> {
    const path = join(root, "provider", "src", file);
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

/** Returns a comment's text on one line. */
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

test("declares the inputs, outputs, options and functions of TypeScript, with the same descriptions", () => {
    expectSame("sdk/apiKeyArgs.ts", "ApiKeyArgs", apiKey.inputProperties, []);
    expectSame("sdk/apiKeyArgs.ts", "ApiKeyOutputs", apiKey.properties, apiKey.required);
    expectSame("sdk/Provider.ts", "ProviderArgs", schema.provider.inputProperties, []);
    expectSame("sdk/Provider.ts", "ProviderArgs", schema.config.variables, []);
    const { "kalshi:index:getApiKeys": getApiKeys, "kalshi:index:getApiKey": getApiKey } = functions;
    expectSame("apiKey/lookup.ts", "GetApiKeysArgs", getApiKeys.inputs.properties, []);
    expectSame("apiKey/lookup.ts", "GetApiKeysArgs", apiKey.listInputs.properties, []);
    expectSame("apiKey/lookup.ts", "GetApiKeyArgs", getApiKey.inputs.properties, []);
    const listed = types["kalshi:index:ListedApiKey"];
    expectSame("kalshi/types.ts", "ApiKey", listed.properties, listed.required);
    expectSame("kalshi/types.ts", "ApiKey", getApiKey.outputs.properties, getApiKey.outputs.required);
});

test("declares the inputs of check, and the plugin's options and arguments", () => {
    expect(new Set(Object.keys(apiKey.inputProperties))).toEqual(new Set(Object.keys(rules.shape)));
    expect(new Set(Object.keys(schema.config.variables))).toEqual(new Set(Object.keys(variables)));
    const { "kalshi:index:getApiKeys": getApiKeys, "kalshi:index:getApiKey": getApiKey } = functions;
    expect(Object.keys(getApiKeys.inputs.properties)).toEqual(Object.keys(getApiKeysArgs.shape));
    expect(Object.keys(getApiKey.inputs.properties)).toEqual(Object.keys(getApiKeyArgs.shape));
});

test("declares types whose values check accepts, and no others", () => {
    const samples: Record<string, unknown> = { string: "text_A1", integer: 7, number: 7, array: ["read"], object: {} };
    for (const [name, property] of Object.entries(apiKey.inputProperties)) {
        const type = "type" in property ? property.type : "string";
        const rule = rules.shape[name as keyof typeof rules.shape];
        const issues = (value: unknown) => rule.safeParse(value).error?.issues.map((issue) => issue.code) ?? [];
        // Check may accept only certain strings, but never a value of another type.
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

test("declares the enums that check accepts", () => {
    const values = (type: { enum: readonly { value: string }[] }) => type.enum.map(({ value }) => value);
    expect(new Set(values(types["kalshi:index:KeyType"]))).toEqual(new Set(keyTypes));
    expect(new Set(values(types["kalshi:index:Scope"]))).toEqual(new Set(knownScopes));
    expect(values(types["kalshi:index:Environment"])).toEqual(["prod", "demo"]);
});

test("declares secrets, replacing inputs and the variables of options", () => {
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
    // Credentials from variables must not reach the state, so the provider reads them itself.
    expect(with_(schema.provider.inputProperties, "defaultInfo")).toEqual(["environment", "baseUrl"]);
});

test("has the package's version, and an alias for the dynamic resource", () => {
    expect(schema.version).toBe(packageJson.version);
    expect(apiKey.aliases).toEqual([{ type: "pulumi-nodejs:dynamic/kalshi:ApiKey" }]);
});
