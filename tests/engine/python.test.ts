import { existsSync, readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import type { Emulator } from "../../emulator/index";
import { root } from "../../tools/paths";
import { pythonWithSdk, runsPython } from "../../tools/python";
import { accountKeys, cleanUp, clientOf, emulatorWith, environmentOf, rootKeyPem } from "../support/harness";
import { schemaExample } from "../support/schemaExamples";
import { followTableOfStates, rotatingArgs } from "../support/tableOfStates";
import { languageProject, type LanguageProject } from "./languageProject";
import { callsOf } from "../support/project";

afterEach(cleanUp);

/** Creates a project in Python. The virtual environment with the generated SDK is first on PATH, as if activated. */
async function pythonProject(
    emulator: Emulator,
    program: string,
    env: Readonly<Record<string, string>> = {},
): Promise<LanguageProject> {
    const PATH = `${dirname(pythonWithSdk())}${delimiter}${process.env["PATH"]}`;
    return languageProject(emulator, { runtime: "python" }, { "__main__.py": program }, { PATH, ...env });
}

const up = ["up", "--yes", "--skip-preview"];
const destroy = ["destroy", "--yes", "--skip-preview"];

// In CI `npm test` fails earlier if programs in Python do not run.
(runsPython() && existsSync(pythonWithSdk()) ? describe : describe.skip)("a program in Python", () => {
    test("creates, replaces and revokes the key of the schema's example, with a working, secret private key", async () => {
        const emulator = await emulatorWith();
        const program = schemaExample("python");
        const project = await pythonProject(emulator, program);
        // With its preview, which makes no API calls.
        expect(await callsOf(emulator, project, "up", "--yes")).toEqual(["POST generate"]);
        const made = await project.stack.outputs();
        expect(await accountKeys(emulator)).toEqual([made["apiKeyId"]]);
        const key = { apiKeyId: String(made["apiKeyId"]), privateKey: String(made["privateKey"]) };
        expect(await clientOf(emulator, {}, key).listApiKeys()).toHaveLength(2);
        const [resource] = await project.stack.resources();
        expect(resource).toMatchObject({ id: key.apiKeyId, outputs: { scopes: ["read", "write::trade"] } });
        const secret = key.privateKey.split("\n")[1] ?? "";
        expect(secret).toMatch(/^[\w+/=]{40,}$/);
        expect(await project.stack.must("stack", "export")).not.toContain(secret);

        const narrower = program.replace('"read", "write::trade"', '"read"');
        expect(narrower).not.toBe(program);
        project.write({ "__main__.py": narrower });
        expect(await callsOf(emulator, project, ...up)).toEqual(["POST generate", "DELETE id"]);
        expect(await accountKeys(emulator)).toEqual([(await project.stack.outputs())["apiKeyId"]]);
        expect(await accountKeys(emulator)).not.toContain(key.apiKeyId);
        expect(await callsOf(emulator, project, ...destroy)).toEqual(["DELETE id"]);
        expect(await accountKeys(emulator)).toEqual([]);
    });

    test("supports an explicit provider, both functions, and a rotation by trigger", async () => {
        const emulator = await emulatorWith();
        // The environment's credentials are invalid, so the explicit provider must sign.
        const env = {
            KALSHI_API_KEY_ID: "nobody",
            KALSHI_PRIVATE_KEY_PATH: "/nowhere",
            ROOT_KEY: rootKeyPem(emulator),
        };
        const program = (incident: number) => `
import os
import pulumi
import pulumi_kalshi as kalshi

account = kalshi.Provider(
    "account",
    base_url=${JSON.stringify(emulator.baseUrl)},
    api_key_id=${JSON.stringify(emulator.rootKeyId)},
    private_key=os.environ["ROOT_KEY"],
)
bot = kalshi.ApiKey(
    "bot",
    key_type=kalshi.KeyType.ED25519,
    rotation_triggers={"incident": ${incident}},
    opts=pulumi.ResourceOptions(provider=account),
)
with_account = pulumi.InvokeOptions(provider=account)
listed = kalshi.get_api_keys_output(name_prefix="bot-", opts=pulumi.InvokeOutputOptions(provider=account, depends_on=[bot]))
found = kalshi.get_api_key_output(api_key_id=bot.api_key_id, opts=with_account)

pulumi.export("apiKeyId", bot.api_key_id)
pulumi.export("keyType", bot.key_type)
pulumi.export("triggers", bot.rotation_triggers)
pulumi.export("listed", listed.api_keys.apply(lambda keys: [key.api_key_id for key in keys]))
pulumi.export("found", found.name)
pulumi.export("name", bot.name)
`;
        const project = await pythonProject(emulator, program(1), env);
        await project.stack.must(...up);
        const first = await project.stack.outputs();
        expect(first).toMatchObject({ keyType: "ed25519", triggers: { incident: 1 }, found: first["name"] });
        expect(first["listed"]).toEqual([first["apiKeyId"]]);
        expect(await project.stack.must("stack", "export")).not.toContain(rootKeyPem(emulator).split("\n")[1]);

        project.write({ "__main__.py": program(2) });
        await project.stack.must(...up);
        const second = await project.stack.outputs();
        expect(second["apiKeyId"]).not.toBe(first["apiKeyId"]);
        expect(await accountKeys(emulator)).toEqual([second["apiKeyId"]]);
    });

    test("examples/python creates a key for each bot, and a second preview shows no changes", async () => {
        const emulator = await emulatorWith();
        // In the example's folder the engine would create a virtual environment without the generated SDK.
        const program = readFileSync(join(root, "examples", "python", "__main__.py"), "utf8");
        const project = await pythonProject(emulator, program, environmentOf(emulator));
        await project.stack.must(...up);
        expect(await accountKeys(emulator)).toHaveLength(3);
        const { credentials } = await project.stack.outputs();
        expect(Object.keys(credentials as object).sort()).toEqual(["dashboard", "market-maker", "treasurer"]);
        expect(await callsOf(emulator, project, "preview", "--expect-no-changes")).toEqual([]);
    });

    test("runs the schema's example of a rotating key, and follows the table of states", async () => {
        const emulator = await emulatorWith();
        const program = (args: object) => `
import json
import pulumi
import pulumi_kalshi as kalshi

bot = kalshi.RotatingApiKey("bot", **json.loads(${JSON.stringify(JSON.stringify(snakeCased(args)))}))

pulumi.export("privateKey", bot.current.private_key)
`;
        const project = await pythonProject(emulator, schemaExample("python", "RotatingApiKey"));
        await project.stack.must(...up);
        const { apiKeyId, privateKey } = await project.stack.outputs();
        const key = { apiKeyId: String(apiKeyId), privateKey: String(privateKey) };
        expect(await clientOf(emulator, {}, key).listApiKeys()).toHaveLength(2);
        await project.stack.must(...destroy);
        await followTableOfStates(emulator, project, (args) =>
            project.write({ "__main__.py": program({ ...rotatingArgs, ...args }) }),
        );
    });
});

/** Returns the arguments by their names in Python. */
function snakeCased(args: object): object {
    const snakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    return Object.fromEntries(Object.entries(args).map(([name, value]) => [snakeCase(name), value as unknown]));
}
