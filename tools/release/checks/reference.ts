import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { extract } from "tar";
import { createProgram } from "typescript";
import { npmPackages } from "../npm";
import { inTemporaryFolder, version } from "../part";
import { pageOf, referenceFile } from "../reference";
import { entriesOf } from "./archives";
import type { Check } from "./check";

export const referenceCheck: Check = {
    title: "The reference has a page for each export of the npm packages",
    findProblems: async ({ release }) => {
        const pages = [...(await entriesOf(join(release, referenceFile))).keys()];
        const problems: string[] = [];
        for (const name of npmPackages) {
            const exported = await exportsOf(join(release, `${name}-${version}.tgz`));
            const missing = exported.filter((one) => !pages.some((page) => page.endsWith(pageOf(name, one))));
            problems.push(...missing.map((one) => `${referenceFile} has no page for ${one} of ${name}.`));
        }
        return problems;
    },
};

/**
 * Returns the names of what a packed npm package exports, types among them.
 *
 * @throws Error if there is no such file, or if it exports nothing
 */
async function exportsOf(file: string): Promise<string[]> {
    return inTemporaryFolder(async (cwd) => {
        await extract({ file, cwd, strip: 1 });
        const { types } = JSON.parse(await readFile(join(cwd, "package.json"), "utf8")) as { types: string };
        const program = createProgram([join(cwd, types)], { noLib: true, types: [] });
        const checker = program.getTypeChecker();
        const source = program.getSourceFile(join(cwd, types));
        const symbol = source && checker.getSymbolAtLocation(source);
        if (symbol === undefined) {
            throw new Error(`${file} exports nothing`);
        }
        return checker.getExportsOfModule(symbol).map(({ name }) => name);
    });
}
