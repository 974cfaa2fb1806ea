import { readFileSync } from "node:fs";
import { join } from "node:path";
import MarkdownIt from "markdown-it";
import { mustRun } from "../../processes";
import type { Check } from "./check";

export const versionChecks: readonly Check[] = [
    {
        title: "The packages, the schema and the tag have the same version",
        findProblems: async ({ source }) => {
            const version = versionOf(source);
            const others = ["emulator/package.json", "policies/package.json", "schema.json"].filter(
                (path) => readJson(source, path) !== version,
            );
            const problems = others.map((path) => `${path} does not have version ${version} of provider/package.json.`);
            const listed = await mustRun("git", ["tag", "--points-at", "HEAD", "--list", "v*"], { cwd: source });
            const tags = listed.split("\n").filter((tag) => tag !== "");
            if (tags.length > 0 && !tags.includes(`v${version}`)) {
                problems.push(`HEAD has the tag ${tags.join(" and ")} instead of v${version}.`);
            }
            return problems;
        },
    },
    {
        title: "CHANGELOG.md has the version",
        findProblems: ({ source }) => {
            const version = versionOf(source);
            const tokens = new MarkdownIt().parse(readFileSync(join(source, "CHANGELOG.md"), "utf8"), {});
            const headings = tokens.filter((_token, index) => tokens[index - 1]?.type === "heading_open");
            return headings.some(({ content }) => content === version)
                ? []
                : [`CHANGELOG.md has no section ${version}.`];
        },
    },
];

/** Returns the version of a release. */
export function versionOf(source: string): string {
    return readJson(source, "provider/package.json");
}

function readJson(source: string, path: string): string {
    return (JSON.parse(readFileSync(join(source, path), "utf8")) as { version: string }).version;
}
