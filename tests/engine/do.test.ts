import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Emulator } from "../../emulator/index";
import { root } from "../../tools/paths";
import { run, type Ended } from "../../tools/processes";
import { Stack } from "../../tools/stack";
import {
    accountKeys,
    calls,
    cleanUp,
    clientOf,
    emulatorWith,
    environmentOf,
    forgetRequests,
    inject,
    release,
    scratchFolder,
    untilStruck,
} from "../support/harness";
import { leaks } from "../support/leaks";
import { entriesOf } from "../support/killing";

afterEach(cleanUp);

const plugin = join(root, "node_modules", ".bin", "pulumi-resource-kalshi");
const stateless = ["--stateless", "--yes"];

interface Do {
    readonly emulator: Emulator;
    readonly folder: string;
    readonly stack: Stack;
    /** Runs `pulumi do` on `ApiKey`. */
    readonly pulumiDo: (...args: readonly string[]) => Promise<Ended>;
}

/** Creates a folder without a project. Its file key.pp holds the inputs that have no flag. */
async function doIn(emulator: Emulator): Promise<Do> {
    const folder = await scratchFolder();
    writeFileSync(join(folder, "key.pp"), 'scopes = ["read"]\nkeyType = "ed25519"\n');
    // The command has no stack. This one only supplies the environment variables.
    const stack = await Stack.open({ project: folder, scratch: folder, name: "none", env: environmentOf(emulator) });
    const pulumiDo = (...args: readonly string[]) =>
        run("pulumi", ["--non-interactive", "do", "--package", plugin, "kalshi:index:ApiKey", ...args], {
            cwd: folder,
            env: stack.env,
        });
    return { emulator, folder, stack, pulumiDo };
}

const create = ["create", ...stateless, "--input-file", "key.pp"];

/** Returns the JSON that a command printed to standard output; its summary goes to standard error. */
function printedBy({ code, stdout, stderr }: Ended): Record<string, string> {
    expect(code === 0 ? "" : stderr).toBe("");
    return JSON.parse(stdout) as Record<string, string>;
}

test("create prints the private key only with --show-secrets, and only the engine's own log stores it, until that is removed", async () => {
    const { emulator, folder, stack, pulumiDo } = await doIn(await emulatorWith());
    const stateful = await pulumiDo("create", "--yes");
    expect(stateful.stderr).toMatch(/pass --stateless/);
    expect(await calls(emulator)).toEqual([]);

    const shown = printedBy(await pulumiDo(...create, "--show-secrets"));
    const key = { apiKeyId: shown["id"] ?? "", privateKey: shown["privateKey"] ?? "" };
    expect(await clientOf(emulator, {}, key).listApiKeys()).toHaveLength(2);
    const ended = await pulumiDo(...create, "--name-prefix", "bot");
    const hidden = printedBy(ended);
    expect(hidden).toMatchObject({ privateKey: "[secret]", name: expect.stringMatching(/^bot-/) as unknown });
    expect(await accountKeys(emulator)).toEqual(expect.arrayContaining([shown["id"], hidden["id"]]));
    const printed = new Map([["create", ended.stdout + ended.stderr]]);
    const log = expect.stringMatching(/home\/logs\/pulumi-[^/]*\.log$/) as unknown;
    expect(leaks([key.privateKey], folder, printed)).toEqual([log]);
    await stack.must("logs", "remove", "--all", "--yes");
    expect(leaks([key.privateKey], folder, printed)).toEqual([]);
});

test("list and read show what Kalshi lists, and patch rejects a change that needs a new key", async () => {
    const { emulator, pulumiDo } = await doIn(await emulatorWith());
    const { apiKeyId } = await clientOf(emulator).generateApiKey({ name: "by hand", scopes: ["read"] });
    const listed = await pulumiDo("list", "--all");
    expect(JSON.parse(listed.stdout)).toContainEqual({ id: apiKeyId, name: "by hand" });
    const read = await pulumiDo("read", apiKeyId);
    expect(JSON.parse(read.stdout)).toEqual({
        id: apiKeyId,
        apiKeyId,
        name: "by hand",
        scopes: ["read"],
        environment: emulator.baseUrl,
    });
    const missing = await pulumiDo("read", "7f1c1f0e-5d0b-4b8e-8f5e-222222222222");
    expect(missing.stderr).toMatch(/7f1c1f0e-.*KALSHI_KEY_NOT_FOUND/);
    const patched = await pulumiDo("patch", apiKeyId, ...stateless, "--name", "another");
    expect(patched.stderr).toMatch(/\bname\b.*"by hand".*KALSHI_KEY_IMMUTABLE/);
});

test("delete revokes the key with the given id, and never the signing key", async () => {
    const { emulator, pulumiDo } = await doIn(await emulatorWith());
    const account = clientOf(emulator);
    const [one, other] = await Promise.all(["one", "other"].map((name) => account.generateApiKey({ name })));
    await forgetRequests(emulator);
    const revoked = await pulumiDo("delete", one?.apiKeyId ?? "", ...stateless);
    expect(revoked.code === 0 ? "" : revoked.stderr).toBe("");
    expect(await calls(emulator)).toEqual(["DELETE id"]);
    expect(await accountKeys(emulator)).toEqual([other?.apiKeyId]);

    const signing = await pulumiDo("delete", emulator.rootKeyId.toUpperCase(), ...stateless);
    expect(signing.stderr).toMatch(/KALSHI_SIGNING_KEY_PROTECTED/);
    expect(await accountKeys(emulator)).toEqual([other?.apiKeyId]);
});

test("delete of a key that is gone succeeds only if a complete list lacks it", async () => {
    const { emulator, stack, pulumiDo } = await doIn(await emulatorWith());
    // The provider waits up to ten seconds for a list without the key.
    Object.assign(stack.env, { NODE_OPTIONS: `--require=${join(root, "tests", "support", "fastTime.cjs")}` });
    const { apiKeyId } = await clientOf(emulator).generateApiKey({ name: "one" });
    await inject(emulator, { operation: "delete", when: "before", kind: "status", status: 404 });
    const listed = await pulumiDo("delete", apiKeyId, ...stateless);
    expect(listed.stderr).toMatch(/status 404.*KALSHI_NOT_REVOKED/);
    await clientOf(emulator).deleteApiKey(apiKeyId);
    await forgetRequests(emulator);
    const gone = await pulumiDo("delete", apiKeyId, ...stateless);
    expect(gone.code).toBe(0);
    expect(await calls(emulator)).toEqual(["DELETE id", "GET api_keys"]);
});

test("records an in-flight create in the journal, under the default project and stack of `pulumi do`", async () => {
    const { emulator, stack, pulumiDo } = await doIn(await emulatorWith());
    await inject(emulator, { operation: "generate", when: "after", kind: "hold" });
    const creation = pulumiDo(...create);
    await untilStruck(emulator, "after hold");
    expect(await entriesOf({ stack })).toMatchObject([
        { project: "default", stack: "dev", resource: "ApiKey", name: expect.stringMatching(/^ApiKey-/) as unknown },
    ]);
    await release(emulator);
    expect((await creation).code).toBe(0);
    expect(await entriesOf({ stack })).toEqual([]);
});
