import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { options } from "../../provider/src/config";
import { importVariables } from "../../provider/src/importKeys";
import { errorCodes } from "../../provider/src/userError";
import { root } from "../../tools/paths";

const page = readFileSync(join(root, "docs", "troubleshooting.md"), "utf8");
const [, ...sections] = page.split(/^## /m);

/** Environment variables, which look like codes. */
const variables: readonly string[] = [
    ...Object.values(options).map(({ variable }) => variable),
    ...Object.values(importVariables),
];

/** Returns the codes in the provider's sources, without the table of codes, type declarations and comments. */
function codesInSources(): string[] {
    const folder = join(root, "provider", "src");
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
        (name) => name.endsWith(".ts") && name !== "userError.ts",
    );
    const found = files.flatMap((name) => {
        const code = readFileSync(join(folder, name), "utf8")
            .replace(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, "")
            .replace(/^(?:export )?type [^;]*;/gm, "");
        return code.match(/\bKALSHI_[A-Z_]*[A-Z]\b/g) ?? [];
    });
    return [...new Set(found)].filter((word) => !variables.includes(word));
}

test("docs/troubleshooting.md has one section for each code, in the table's order", () => {
    expect(sections.map((section) => section.slice(0, section.indexOf("\n")))).toEqual(errorCodes);
});

test.each(sections.map((section) => [section.slice(0, section.indexOf("\n")), section] as const))(
    "the section of %s says what the code means, why the error occurs and what to do",
    (_code, section) => {
        const [, ...paragraphs] = section.trim().split("\n\n");
        expect(paragraphs.map((paragraph) => /^\*\*.+?\*\*/.exec(paragraph)?.[0])).toEqual([
            "**Meaning.**",
            "**Why.**",
            "**What to do.**",
        ]);
    },
);

test("the provider uses exactly the codes of the table", () => {
    expect(codesInSources().sort()).toEqual([...errorCodes].sort());
});
