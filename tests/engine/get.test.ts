import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { accountKeys, cleanUp, clientOf, emulatorWith } from "../support/harness";
import { leaks } from "../support/leaks";
import { resourcePlugin } from "../support/project";

const { createProject, type } = resourcePlugin;

afterEach(cleanUp);

const up = ["up", "--yes", "--skip-preview"];
const importing = ["import", "--yes", "--skip-preview", "--generate-code=false", "--protect=false"];
const destroy = ["destroy", "--yes", "--skip-preview"];

interface Read {
    readonly id: string;
    readonly inputs?: object;
    readonly properties?: object;
}

/** Returns the requests of the Read calls in a file that the engine wrote because of PULUMI_DEBUG_GRPC. */
function readsIn(file: string): Read[] {
    const lines = readFileSync(file, "utf8").trim().split("\n");
    const calls = lines.map((line) => JSON.parse(line) as { method: string; progress: string; request: Read });
    return calls
        .filter(({ method, progress }) => method.endsWith("Provider/Read") && progress === "request_started")
        .map(({ request }) => request);
}

test("the engine sends inputs with the Read of `get`, with a secret private key, and none with that of an import", async () => {
    const emulator = await emulatorWith();
    const account = clientOf(emulator);
    const keys = await Promise.all(
        ["theirs", "own", "by option", "by command"].map((name) =>
            account.generateApiKey({ name, keyType: "ed25519" }),
        ),
    );
    const [theirs, own, byOption, byCommand] = keys.map(({ apiKeyId }) => apiKeyId);
    const privateKey = keys[1]?.privateKey ?? "";
    const state = { name: "theirs", environment: "prod" };
    const project = await createProject(
        emulator,
        `const { secret } = require("@pulumi/pulumi");
         Key.get("bare", "${theirs}");
         new Key("stateful", ${JSON.stringify(state)}, { id: "${theirs}" });
         new Key("imported", { name: "by option" }, { import: "${byOption}" });
         const known = new Key("known", { privateKey: secret(${JSON.stringify(privateKey)}) }, { id: "${own}" });
         module.exports = { publicKey: known.publicKey, privateKey: known.privateKey };`,
    );
    const reads = async (...args: string[]) => {
        const file = join(project.scratch, `${args[0]}.json`);
        const { code } = await project.stack.pulumi(args, { PULUMI_DEBUG_GRPC: file });
        expect(code).toBe(0);
        return readsIn(file);
    };
    const seen = await reads(...up);
    const of = (id: string | undefined) => seen.filter((read) => read.id === id);
    expect(of(theirs)).toEqual(
        expect.arrayContaining([
            expect.objectContaining({ inputs: {}, properties: {} }),
            expect.objectContaining({ inputs: state, properties: state }),
        ]),
    );
    expect(of(theirs)).toHaveLength(2);
    const imports = [...of(byOption), ...(await reads(...importing, type, "another", byCommand ?? ""))];
    expect(imports.map(({ id }) => id)).toEqual([byOption, byCommand]);
    expect(imports.map((read) => "inputs" in read)).toEqual([false, false]);
    const outputs = await project.stack.outputs();
    expect(outputs).toEqual({ privateKey, publicKey: expect.stringContaining("PUBLIC KEY") as unknown });
    project.write("");
    // The file of debug output holds the request with the secret.
    rmSync(join(project.scratch, "up.json"));
    expect(leaks([privateKey], project.scratch, new Map())).toEqual([]);
    // The values in Kalshi's list override the program's.
    const held = await project.stack.resources();
    const stateful = held.find(({ urn }) => urn.endsWith("::stateful"))?.outputs;
    expect(stateful).toMatchObject({ name: "theirs", environment: emulator.baseUrl });
    expect(stateful).not.toHaveProperty("createdAt");
});

test("with a `get` of the stack's own key, a rotation revokes the old key and `destroy --run-program` the new one", async () => {
    const emulator = await emulatorWith();
    const managed = (trigger: number) =>
        `const bot = new Key("bot", { keyType: "ed25519", rotationTriggers: { trigger: ${trigger} } });`;
    const project = await createProject(emulator, managed(1));
    await project.stack.must(...up);
    const [first] = await accountKeys(emulator);
    // The id is a literal, because the output of `bot` would be the new key's.
    project.write(`${managed(2)} Key.get("same", "${first?.toUpperCase()}");`);
    await project.stack.must(...up);
    const [second, ...others] = await accountKeys(emulator);
    expect(second).not.toBe(first);
    expect(others).toEqual([]);

    project.write(`${managed(2)} Key.get("same", bot.id);`);
    await project.stack.must(...up, "--refresh", "--expect-no-changes");
    expect(await accountKeys(emulator)).toEqual([second]);
    await project.stack.must(...destroy, "--run-program");
    expect(await accountKeys(emulator)).toEqual([]);
});

test("an import under another resource name keeps the key; the engine refuses one that would replace it", async () => {
    const emulator = await emulatorWith();
    const { apiKeyId } = await clientOf(emulator).generateApiKey({ name: "by hand", keyType: "ed25519" });
    const imported = (name: string, inputs = {}) =>
        `new Key("${name}", ${JSON.stringify({ name: "by hand", ...inputs })}, { import: "${apiKeyId}" });`;
    const project = await createProject(emulator, imported("first"));
    await project.stack.must(...up);
    project.write(imported("second"));
    await project.stack.must(...up);
    const held = async () =>
        new Map((await project.stack.resources()).map(({ urn, id }) => [urn.split("::").at(-1), id] as const));
    expect(await held()).toEqual(new Map([["second", apiKeyId]]));
    expect(await accountKeys(emulator)).toEqual([apiKeyId]);

    project.write(imported("third", { scopes: ["read"] }));
    const { stdout } = await project.stack.pulumi([...up, "--continue-on-error"]);
    expect(stdout).toMatch(/previously-imported resources .* may not be replaced/);
    // The engine deleted the state's entry of the first resource, but another resource holds the key.
    expect((await held()).get("third")).toBe(apiKeyId);
    expect(await accountKeys(emulator)).toEqual([apiKeyId]);
});
