import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Ended } from "../../tools/processes";
import { cleanUp, emulatorWith } from "../support/harness";
import { pathWithoutPlugin } from "../support/pathWithoutPlugin";
import { resourcePlugin } from "../support/project";

afterEach(cleanUp);

const block = "plugins:\n  providers:\n    - name: kalshi\n      path: node_modules/.bin";

/** Runs a preview of a program without the plugin on PATH, with these lines at the end of Pulumi.yaml. */
async function previewWithoutPlugin(program: string, settings: string): Promise<Ended> {
    const { stack } = await resourcePlugin.createProject(await emulatorWith(), program);
    writeFileSync(join(stack.options.project, "Pulumi.yaml"), `name: tests\nruntime: nodejs\n${settings}\n`);
    return stack.pulumi(["preview"], { PATH: pathWithoutPlugin });
}

test.each([
    ["an ApiKey", `new Key("bot"); new Key("other");`],
    ["an explicit Provider", `new kalshi.Provider("demo", {}); new kalshi.Provider("other", {});`],
])("a program with %s, but without the plugin, shows once what to add to Pulumi.yaml", async (_what, program) => {
    const { code, stdout } = await previewWithoutPlugin(program, "");
    expect(code).not.toBe(0);
    const shown = stdout.slice(stdout.indexOf("Diagnostics:")).replace(/^    /gm, "");
    expect(shown.split(block)).toHaveLength(2);
});

test("a quoted key and a comment in Pulumi.yaml do not matter", async () => {
    const quoted = block.replace("plugins:", '"plugins":\n# the plugin\n');
    const { code, stdout } = await previewWithoutPlugin(`new Key("bot");`, quoted);
    expect(code).toBe(0);
    expect(stdout).not.toContain("is not installed");
});
