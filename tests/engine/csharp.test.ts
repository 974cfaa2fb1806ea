import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Language, Parser } from "@vscode/tree-sitter-wasm";
import { root } from "../../tools/paths";
import { sdkFolder } from "../../tools/sdks";
import { hasRelease } from "../support/release";
import { schemaExample } from "../support/schemaExamples";

// Only the .NET SDK can compile C#, which the tests do not need otherwise. So they check the syntax.

let parser: Parser;
beforeAll(async () => {
    await Parser.init();
    const grammar = join(require.resolve("@vscode/tree-sitter-wasm"), "..", "tree-sitter-c-sharp.wasm");
    parser = new Parser().setLanguage(await Language.load(grammar));
});

/** Returns whether a source text has a syntax error. */
function isBroken(source: string): boolean {
    const tree = parser.parse(source);
    return tree === null || tree.rootNode.hasError;
}

/** Returns the source texts in a folder, by their paths. */
function sourcesIn(folder: string): Map<string, string> {
    const paths = globSync("**/*.cs", { cwd: folder });
    return new Map(paths.map((path) => [path, readFileSync(join(folder, path), "utf8")]));
}

const example = sourcesIn(join(root, "examples", "csharp"));

test("the example and the schema's examples have no syntax errors", () => {
    expect([...example.keys()]).toEqual(["Program.cs"]);
    const programs = [...example.values(), schemaExample("csharp"), schemaExample("csharp", "RotatingApiKey")];
    expect(programs.map(isBroken)).toEqual([false, false, false]);
});

test.each([
    ["a missing semicolon", "Pulumi;", "Pulumi"],
    ["a missing brace", "});", ");"],
    ["an unfinished string", '"read" }', '"read }'],
])("finds %s", (_what, right, wrong) => {
    const program = example.get("Program.cs") ?? "";
    expect(program).toContain(right);
    expect(isBroken(program.replace(right, wrong))).toBe(true);
});

(hasRelease ? test : test.skip)("the generated SDK has no syntax errors", () => {
    const sources = sourcesIn(sdkFolder("dotnet"));
    expect([...sources.keys()]).toEqual(expect.arrayContaining(["ApiKey.cs", "RotatingApiKey.cs", "Provider.cs"]));
    expect([...sources].filter(([, source]) => isBroken(source)).map(([path]) => path)).toEqual([]);
});
