import MarkdownIt from "markdown-it";
import { options, type OptionDeclaration } from "../../provider/src/config";
import type { Addresses } from "../addresses";
import { fromTemplate } from "./template";

const { version } = require("pulumi-kalshi/package.json") as { readonly version: string };

/** The languages of the Registry's examples. Source: pulumi/registry, themes/default/content/registry/packages. */
const languages = ["typescript", "python", "go", "csharp", "java", "yaml"] as const;

/**
 * Returns the pages that the Pulumi Registry shows of this package: each path, with the page's text. The examples are those of the schema,
 * and the options are those of the provider.
 */
export function registryPages(addresses: Addresses): [path: string, text: string][] {
    const values = { ...addresses, version };
    return [
        [
            "docs/_index.md",
            fromTemplate("index.md", {
                apiKeyExamples: examplesIn(fromTemplate("apiKey.md", values)),
                rotatingApiKeyExamples: examplesIn(fromTemplate("rotatingApiKey.md", values)),
                ...values,
            }),
        ],
        [
            "docs/installation-configuration.md",
            fromTemplate("installationConfiguration.md", { optionsTable: optionsTable(), ...values }),
        ],
    ];
}

/**
 * Returns the example in each language, in the Registry's form.
 *
 * @throws Error if the documentation has no example in a language
 */
function examplesIn(documentation: string): string {
    const blocks = new MarkdownIt().parse(documentation, {}).filter(({ type }) => type === "fence");
    const choices = languages.map((language) => {
        const block = blocks.find(({ info }) => info === language);
        if (block === undefined) {
            throw new Error(`there is no example in ${language}`);
        }
        return `{{% choosable language ${language} %}}\n\n\`\`\`${language}\n${block.content}\`\`\`\n\n{{% /choosable %}}`;
    });
    return [`{{< chooser language "${languages.join(",")}" >}}`, ...choices, "{{< /chooser >}}"].join("\n\n");
}

function optionsTable(): string {
    const rows = Object.entries<OptionDeclaration>(options).map(([name, { variable, description }]) => [
        `\`kalshi:${name}\``,
        `\`${variable}\``,
        description,
    ]);
    const table = [["Option", "Environment variable", "Description"], ["---", "---", "---"], ...rows];
    return table.map((row) => `| ${row.join(" | ")} |`).join("\n");
}
