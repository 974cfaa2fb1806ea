import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../tools/paths";
import { preparations, preparationsFor } from "../../tools/preparations";

const files = globSync("tests/**/*.test.ts", { cwd: root }).map((file) => file.replaceAll("\\", "/"));
const titlesFor = (...selected: string[]) => preparationsFor(selected).map(({ title }) => title);

test.each(preparations)("$title: each beginning of a path is that of a test file", ({ neededBy }) => {
    const unused = neededBy.filter((beginning) => !files.some((file) => file.startsWith(beginning)));
    expect(unused).toEqual([]);
});

test.each(["unit", "emulator", "plugin", "tools"])("tests/%s needs no preparation, except for actionlint", (folder) => {
    const inFolder = files.filter((file) => file.startsWith(`tests/${folder}/`) && !file.includes("/workflows."));
    expect(inFolder.length).toBeGreaterThan(0);
    expect(titlesFor(...inFolder)).toEqual([]);
});

test("prepares only what the selected files need, the engine first", () => {
    expect(titlesFor("tests/engine/drift.test.ts", "tests/unit/check.test.ts")).toEqual(["A Pulumi engine"]);
    const withPostgres = ["A Pulumi engine", "PostgreSQL, for shared backends"];
    expect(titlesFor("tests/chaos/postgres.test.ts")).toEqual(withPostgres);
    expect(titlesFor("tests/chaos/machines.test.ts")).toEqual(withPostgres);
    expect(titlesFor("tests/engine/python.test.ts")).toEqual([
        "A Pulumi engine",
        "The files of a release, from which the tests install the SDKs",
        "Python programs on the Pulumi engine",
    ]);
    expect(titlesFor("tests/engine/templates.test.ts")).toEqual([
        "A Pulumi engine",
        "Pulumi's language hosts for Go, YAML and Java",
        "The files of a release, from which the tests install the SDKs",
        "Python programs on the Pulumi engine",
    ]);
    expect(titlesFor("tests/engine/csharp.test.ts")).toEqual([
        "A Pulumi engine",
        "The files of a release, from which the tests install the SDKs",
    ]);
    expect(titlesFor("tests/browser/page.test.ts")).toEqual(["A Pulumi engine", "Chromium, for the emulator's page"]);
    expect(titlesFor("tests/tools/workflows.test.ts")).toEqual(["actionlint, for the workflows"]);
    expect(preparationsFor(files, true)).toEqual(preparations);
});

test("prepares for `npm run test:full` alone what only its tests need", () => {
    const consumers = "tests/engine/consumers.test.ts";
    expect(preparationsFor([consumers], false).map(({ title }) => title)).toEqual(["A Pulumi engine"]);
    expect(preparationsFor([consumers], true).map(({ title }) => title)).toEqual([
        "A Pulumi engine",
        "The SDKs of AWS, GitHub and Kubernetes",
        "The evaluator of Pulumi ESC",
    ]);
});

test("each test file that runs stacks has a preparation", () => {
    const runsStacks = /from "\.\.\/(\.\.\/tools\/(stack|demo)|support\/project)"/;
    const withStacks = files.filter((file) => runsStacks.test(readFileSync(join(root, file), "utf8")));
    expect(withStacks.length).toBeGreaterThan(10);
    expect(withStacks.filter((file) => titlesFor(file).length === 0)).toEqual([]);
});
