import { readFileSync } from "node:fs";
import { join } from "node:path";
import schema from "../../schema.json";
import { rules } from "../../provider/src/apiKey/inputs";
import { options } from "../../provider/src/config";
import packageJson from "../../provider/package.json";
import * as enums from "../../provider/src/sdk/enums";
import { addresses } from "../../tools/addresses";
import { generatedFiles } from "../../tools/generate/files";
import { root } from "../../tools/paths";
import { schemaExample } from "../support/schemaExamples";

test("the generated files are those that `npm run generate` writes", async () => {
    for (const [path, text] of await generatedFiles(addresses)) {
        expect([path, readFileSync(join(root, path), "utf8")]).toEqual([path, text]);
    }
});

test.each(["typescript", "python", "go", "csharp", "java", "yaml"])(
    "the Registry's page has the schema's examples in %s",
    (language) => {
        const page = readFileSync(join(root, "docs", "_index.md"), "utf8");
        for (const resource of ["ApiKey", "RotatingApiKey"] as const) {
            expect(page).toContain(`\`\`\`${language}\n${schemaExample(language, resource)}\`\`\``);
        }
    },
);

const apiKey = schema.resources["kalshi:index:ApiKey"];

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
            expect(property.defaultInfo.environment).toEqual([options[name as keyof typeof options].variable]);
        }
    }
    // Credentials from variables must not reach the state, so the provider reads them itself.
    expect(with_(schema.provider.inputProperties, "defaultInfo")).toEqual(["environment", "baseUrl"]);
});

test("has the enumerations that the package exports for generated programs", () => {
    const { Environment, KeyType, Scope } = enums;
    for (const [name, values] of Object.entries({ Environment, KeyType, Scope })) {
        const type = schema.types[`kalshi:index:${name as "Environment" | "KeyType" | "Scope"}`];
        expect(Object.fromEntries(type.enum.map((one) => [one.name, one.value]))).toEqual(values);
    }
    expect([Scope.ReadBlockTradeAccept, KeyType.Ed25519]).toEqual(["read::block_trade_accept", "ed25519"]);
});

test("has the package's version, and an alias for the dynamic resource", () => {
    expect(schema.version).toBe(packageJson.version);
    expect(apiKey.aliases).toEqual([{ type: "pulumi-nodejs:dynamic/kalshi:ApiKey" }]);
});
