import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../tools/paths";

/** The parts of a package schema that the tests use. */
export interface PackageSchema {
    readonly name: string;
    readonly provider: ResourceSchema;
    readonly resources: Readonly<Record<string, ResourceSchema>>;
    readonly functions: Readonly<Record<string, FunctionSchema>>;
}

interface ResourceSchema {
    readonly description: string;
    readonly inputProperties: Properties;
    readonly properties: Properties;
}

interface FunctionSchema {
    readonly inputs: { readonly properties: Properties };
    readonly outputs: { readonly properties: Properties };
}

type Properties = Readonly<Record<string, unknown>>;

export const schema = JSON.parse(readFileSync(join(root, "schema.json"), "utf8")) as PackageSchema;

/** Returns the code block in a language from the schema's description of a resource. */
export function schemaExample(language: string, resource: "ApiKey" | "RotatingApiKey" = "ApiKey"): string {
    const description = schema.resources[`kalshi:index:${resource}`]?.description ?? "";
    const [, example] = new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, "m").exec(description) ?? [];
    if (example === undefined) {
        throw new Error(`schema.json has no example of ${resource} in ${language}`);
    }
    return example;
}
