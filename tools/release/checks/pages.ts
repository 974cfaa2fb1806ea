import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import MarkdownIt from "markdown-it";
import { parse } from "yaml";
import { z } from "zod";
import type { Check, Subject } from "./check";

// The rules of the Pulumi Registry. Sources: pulumi/registry, scripts/ci/community-package/doc_lint.py,
// scripts/lint/lint-markdown.js and .github/PULL_REQUEST_TEMPLATE/community-package.md.

const overview = "docs/_index.md";
const installation = "docs/installation-configuration.md";
const languages = ["typescript", "python", "go", "csharp", "java", "yaml"];

const frontMatter = z.object({
    title: z.string().min(1),
    meta_desc: z.string().min(1),
    layout: z.literal("package"),
});

/** A page's front matter, and the tokens of its Markdown. */
interface Page {
    readonly path: string;
    readonly frontMatter: string | undefined;
    readonly text: string;
    readonly tokens: readonly MarkdownIt.Token[];
}

export const pageChecks: readonly Check[] = [
    pageCheck("The Registry's pages have their front matter", ({ path, frontMatter: text }) => {
        if (text === undefined) {
            return [`${path} does not begin with front matter.`];
        }
        const { error } = frontMatter.safeParse(parse(text));
        return (error?.issues ?? []).map((issue) => `${path}: ${issue.path.join(".")}: ${issue.message}.`);
    }),
    pageCheck("The Registry's pages have only absolute links and images, and no HTML", ({ path, text, tokens }) => {
        const problems: string[] = [];
        for (const token of tokens) {
            const target = token.attrGet("src") ?? token.attrGet("href");
            if (target !== null && !/^(https:\/\/|#)/.test(String(target))) {
                problems.push(`${path}: ${target} is no absolute https URL.`);
            }
            if (token.type === "html_inline" || token.type === "html_block") {
                problems.push(`${path} contains HTML: ${token.content.trim()}`);
            }
        }
        // Hugo then fails to build the whole Registry.
        if (/\{\{\s+[<%]/.test(text)) {
            problems.push(`${path} has a space in the beginning of a shortcode.`);
        }
        return problems;
    }),
    pageCheck("The Registry's pages have an example in each language, and the commands", (page) => {
        const { path, text, tokens } = page;
        const problems: string[] = [];
        if (path === overview) {
            for (const language of languages) {
                const isShown = text.includes(`{{% choosable language ${language} %}}`);
                if (!isShown || !tokens.some(({ type, info }) => type === "fence" && info === language)) {
                    problems.push(`${path} has no example in ${language}.`);
                }
            }
        } else {
            const code = tokens.filter(({ type }) => type === "fence").map(({ content }) => content);
            for (const command of ["pulumi plugin install resource", "pulumi config set", "export KALSHI_"]) {
                if (!code.some((block) => block.includes(command))) {
                    problems.push(`${path} has no example of \`${command}\`.`);
                }
            }
        }
        return problems;
    }),
];

function pageCheck(title: string, problemsOf: (page: Page) => readonly string[]): Check {
    return {
        title,
        findProblems: ({ source }: Subject) =>
            [overview, installation].flatMap((path) =>
                existsSync(join(source, path)) ? problemsOf(readPage(source, path)) : [`${path} is missing.`],
            ),
    };
}

function readPage(source: string, path: string): Page {
    const whole = readFileSync(join(source, path), "utf8");
    const [, frontMatter, text = whole] = /^---\n([^]*?\n)---\n([^]*)$/.exec(whole) ?? [];
    const blocks = new MarkdownIt({ html: true }).parse(text, {});
    return { path, frontMatter, text, tokens: blocks.flatMap((block) => [block, ...(block.children ?? [])]) };
}
