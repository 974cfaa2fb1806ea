import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { root } from "../../tools/paths";
import { accountKeys, cleanUp, emulatorWith } from "../support/harness";
import { schema, schemaExample } from "../support/schemaExamples";
import { followTableOfStates, rotatingArgs } from "../support/tableOfStates";
import { mistakesIn } from "../support/yamlProgram";
import { hasLanguageHost, languageProject, pluginFolder } from "./languageProject";

afterEach(cleanUp);

const read = (example: string) => readFileSync(join(root, "examples", example, "Pulumi.yaml"), "utf8");

test.each([
    ["examples/yaml", read("yaml")],
    ["the schema's example", schemaExample("yaml")],
    ["the schema's example of a rotating key", schemaExample("yaml", "RotatingApiKey")],
])("%s uses only what the schema declares", (_what, program) => {
    expect(Object.keys((parse(program) as { resources: object }).resources)).toContain("market-maker");
    expect(mistakesIn(program, schema)).toEqual([]);
});

test.each([
    ["a type", "kalshi:ApiKey", "kalshi:Key", /^resource \S+: kalshi:Key does not exist$/],
    ["an input", "scopes:", "scope:", /^resource \S+: kalshi:ApiKey has no scope$/],
    ["an output", "dashboard.privateKey", "dashboard.secretKey", /^\$\{dashboard\.secretKey\} has no secretKey$/],
    ["a resource", "dashboard.privateKey", "board.privateKey", /^\$\{board\.privateKey\}: there is no board$/],
    ["a function", "kalshi:getApiKeys", "kalshi:getKeys", /^kalshi:getKeys does not exist$/],
    ["a function's input", 'scope: "write', 'scopes: "write', /^kalshi:getApiKeys has no scopes$/],
    ["a function's output", "return: apiKeys", "return: keys", /^kalshi:getApiKeys's result has no keys$/],
])("reports %s that does not exist", (_what, right, wrong, mistake) => {
    const mistakes = mistakesIn(read("yaml").replace(right, wrong), schema);
    expect(mistakes).toEqual([expect.stringMatching(mistake)]);
});

test.each([["csharp"], ["go"], ["java"], ["python"], ["yaml"]])(
    "examples/%s refers to the plugin that npm installed",
    (name) => {
        const { plugins } = parse(read(name)) as { plugins: { providers: { name: string; path: string }[] } };
        expect(plugins.providers.map(({ name }) => name)).toEqual([schema.name]);
        expect(plugins.providers.map(({ path }) => resolve(root, "examples", name, path))).toEqual([pluginFolder]);
    },
);

// In CI `npm test` fails earlier if there is no language host.
const testWithHost = hasLanguageHost("yaml") ? test : test.skip;

testWithHost.each([
    ["examples/yaml", read("yaml"), 2],
    ["the schema's example", schemaExample("yaml"), 1],
    ["the schema's example of a rotating key", schemaExample("yaml", "RotatingApiKey"), 1],
])("%s creates its keys and revokes them", async (_what, program, keys) => {
    const emulator = await emulatorWith();
    const { stack } = await languageProject(emulator, { ...(parse(program) as object), runtime: "yaml" });
    await stack.must("up", "--yes", "--skip-preview");
    expect(await accountKeys(emulator)).toHaveLength(keys);
    await stack.must("destroy", "--yes", "--skip-preview");
    expect(await accountKeys(emulator)).toEqual([]);
});

testWithHost("a rotating key follows the table of states", async () => {
    const emulator = await emulatorWith();
    const program = (properties: object) => ({
        runtime: "yaml",
        resources: { bot: { type: "kalshi:RotatingApiKey", properties: { ...rotatingArgs, ...properties } } },
        outputs: { privateKey: "${bot.current.privateKey}" },
    });
    const project = await languageProject(emulator, program({}));
    await followTableOfStates(emulator, project, (args) => project.writeSettings(program(args)));
});
