import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../tools/paths";
import { buildReference } from "../../tools/release/reference";
import { cleanUp, scratchFolder } from "../support/harness";

afterEach(cleanUp);

test.each([
    ["a broken link", "/** See {@link Key}. */\nexport const name = 1;\n", /"Key"/],
    ["an export without a description", "export const name = 1;\n", /name \(Variable\).*documentation/],
    [
        "a type that is not exported",
        "interface Key {}\n/** A key. */\nexport const name: Key = {};\n",
        /Key.*referenced by name/,
    ],
])("a reference is not built from a package with %s", async (_what, source, warning) => {
    const folder = await scratchFolder();
    const sources = join(folder, "package");
    mkdirSync(sources);
    const tsconfig = { extends: join(root, "tsconfig.json"), compilerOptions: { types: [] }, include: ["index.ts"] };
    writeFileSync(join(sources, "tsconfig.json"), JSON.stringify(tsconfig));
    writeFileSync(join(sources, "package.json"), JSON.stringify({ name: "keys", main: "index.ts" }));
    writeFileSync(join(sources, "index.ts"), source);
    await expect(buildReference([sources], join(folder, "reference"))).rejects.toThrow(warning);
});
