import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../tools/paths";

const examples = join(root, "examples");
const folders = readdirSync(examples, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

test.each(folders)("the example %s has a project and a README", (folder) => {
    // An example of several stacks has a project in each of its subfolders.
    expect(globSync(["Pulumi.yaml", "*/Pulumi.yaml"], { cwd: join(examples, folder) })).not.toEqual([]);
    expect(existsSync(join(examples, folder, "README.md"))).toBe(true);
});

test("the table of examples/README.md has each example, and nothing else", () => {
    const rows = readFileSync(join(examples, "README.md"), "utf8").match(/^\|.*$/gm) ?? [];
    const links = rows.flatMap((row) => [...row.matchAll(/\[([^\]]+)\]\(([^)]+)\)/g)]);
    expect(links.map(([, text]) => text)).toEqual(links.map(([, , target]) => target));
    expect(links.map(([, , target]) => target).sort()).toEqual(folders.sort());
});
