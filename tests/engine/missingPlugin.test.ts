import { existsSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { cleanUp, emulatorWith } from "../support/harness";
import { resourcePlugin } from "../support/project";

afterEach(cleanUp);

/** The scripts of package.json have the plugin on PATH, too. */
const pathWithoutPlugin = (process.env["PATH"] ?? "")
    .split(delimiter)
    .filter((folder) => !existsSync(join(folder, "pulumi-resource-kalshi")))
    .join(delimiter);

test.each([
    ["an ApiKey", `new Key("bot");`],
    ["an explicit Provider", `new kalshi.Provider("demo", {});`],
])("a program with %s, but without the plugin, shows once what to add to Pulumi.yaml", async (_what, program) => {
    const { stack } = await resourcePlugin.createProject(
        await emulatorWith(),
        `${program} ${program.replace('"', '"2')}`,
    );
    const block = "plugins:\n  providers:\n    - name: kalshi\n      path: node_modules/.bin";
    writeFileSync(join(stack.options.project, "Pulumi.yaml"), "name: tests\nruntime: nodejs\n");
    const { code, stdout } = await stack.pulumi(["preview"], { PATH: pathWithoutPlugin });
    expect(code).not.toBe(0);
    const shown = stdout.slice(stdout.indexOf("Diagnostics:")).replace(/^    /gm, "");
    expect(shown.split(block)).toHaveLength(2);

    // A quoted key and a comment do not matter.
    const quoted = block.replace("plugins:", '"plugins":\n# the plugin\n');
    writeFileSync(join(stack.options.project, "Pulumi.yaml"), `name: tests\nruntime: nodejs\n${quoted}\n`);
    expect(await stack.must("preview")).not.toContain("will not find");
});
