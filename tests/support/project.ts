import { symlinkSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Emulator } from "kalshi-emulator";
import { root } from "../../tools/paths";
import { Stack } from "../../tools/stack";
import { accountKeys, calls, clientOf, environmentOf, forgetRequests, scratchFolder } from "./harness";

/** A project and its stack. The harness removes both after the test. */
export interface TestProject {
    readonly stack: Stack;
    /** The folder that holds the backend, the Pulumi home and the project, so everything that a run writes. */
    readonly scratch: string;
    /** Replaces the program. */
    readonly write: (program: string) => void;
}

/** Options of a test's project. */
export interface TestProjectOptions {
    /** The folder of its npm packages. Default: the repository's. */
    readonly packages?: string | undefined;
    /** The name of its stack. Default: `test`. */
    readonly stackName?: string;
}

/** One of the two providers. The tests run it in the real engine. */
export interface ProviderUnderTest {
    readonly name: string;
    /** The type token of its API key. */
    readonly type: string;
    /**
     * Creates a project whose program is plain JavaScript, because compiling TypeScript takes a second per run. The
     * quick start at the top of the tree is in TypeScript and has its own tests. In the program, `Key` and
     * `RotatingKey` are the provider's classes.
     */
    readonly createProjectWithEnvironment: (
        program: string,
        env: Readonly<Record<string, string>>,
        options?: TestProjectOptions,
    ) => Promise<TestProject>;
    /** Creates a project that signs with the emulator's root key. */
    readonly createProject: (emulator: Emulator, program: string) => Promise<TestProject>;
}

export const dynamicProvider = providerUnderTest("dynamic provider", "pulumi-nodejs:dynamic/kalshi:", "Kalshi");
export const resourcePlugin = providerUnderTest("resource plugin", "kalshi:index:", "");
/** For `describe.each`. */
export const providers = [dynamicProvider, resourcePlugin];

/**
 * @param types what its type tokens begin with
 * @param infix what is before `ApiKey` in the names of its classes
 */
function providerUnderTest(name: string, types: string, infix: string): ProviderUnderTest {
    const createProjectWithEnvironment: ProviderUnderTest["createProjectWithEnvironment"] = async (
        program,
        env,
        { packages = join(root, "node_modules"), stackName = "test" } = {},
    ) => {
        const scratch = await scratchFolder();
        const project = join(scratch, "project");
        await mkdir(project);
        writeFileSync(
            join(project, "Pulumi.yaml"),
            "name: tests\nruntime: nodejs\nplugins:\n  providers:\n    - name: kalshi\n      path: node_modules/.bin\n",
        );
        writeFileSync(join(project, "package.json"), '{ "name": "tests", "private": true, "main": "index.js" }\n');
        symlinkSync(packages, join(project, "node_modules"));
        const write = (text: string) =>
            writeFileSync(
                join(project, "index.js"),
                `const kalshi = require("pulumi-kalshi");\nconst { ${infix}ApiKey: Key, Rotating${infix}ApiKey: RotatingKey } = kalshi;\n${text}\n`,
            );
        write(program);
        const stack = await Stack.create({ project, scratch: join(scratch, "pulumi"), name: stackName, env });
        return { stack, scratch, write };
    };
    const createProject: ProviderUnderTest["createProject"] = (emulator, program) =>
        createProjectWithEnvironment(program, environmentOf(emulator));
    return { name, type: `${types}ApiKey`, createProjectWithEnvironment, createProject };
}

/** The environment in which a program in TypeScript starts a second faster: without type checks, which `npm run check` does. */
export const withoutTypeChecks = { PULUMI_NODEJS_TRANSPILE_ONLY: "true" };

/** Runs `pulumi`, which must succeed, and returns the API calls that it made. */
export async function callsOf(
    emulator: Emulator,
    { stack }: { readonly stack: Stack },
    ...args: string[]
): Promise<string[]> {
    await forgetRequests(emulator);
    await stack.must(...args);
    return calls(emulator);
}

/** Shifts the dates in a stack's state as if so many days had passed since the last `pulumi up`. */
export async function age({ stack, scratch }: Pick<TestProject, "stack" | "scratch">, days: number): Promise<void> {
    const aged = (date: string) => new Date(Date.parse(date) - days * 24 * 60 * 60 * 1000).toISOString();
    const state = await stack.must("stack", "export");
    const older = state.replace(/(?<="(?:createdAt|rotateAt|revokeAt|__checkedAt)": ")[^"]+/g, aged);
    expect(older).not.toBe(state);
    const file = join(scratch, "aged.json");
    writeFileSync(file, older);
    await stack.must("stack", "import", "--file", file);
}

/** Expects so many keys in the state, the same ones on the account, and that every private key in the state signs. */
export async function assertHolds(emulator: Emulator, stack: Stack, count: number): Promise<void> {
    const held = await stack.resources("--show-secrets");
    expect(held).toHaveLength(count);
    expect((await accountKeys(emulator)).sort()).toEqual(held.map(({ id }) => id).sort());
    for (const { id = "", outputs } of held) {
        const { plaintext } = (outputs?.["privateKey"] ?? {}) as { plaintext: string };
        const key = { apiKeyId: id, privateKey: JSON.parse(plaintext) as string };
        await clientOf(emulator, {}, key).listApiKeys();
    }
}

/** Creates a key with Kalshi's default scopes by `pulumi up` and returns the stack's outputs of it. */
export async function keyFromUp(emulator: Emulator): Promise<{ apiKeyId: string; privateKey: string }> {
    const program = `const { apiKeyId, privateKey } = new Key("bot"); module.exports = { apiKeyId, privateKey };`;
    const { stack } = await dynamicProvider.createProject(emulator, program);
    await stack.must("up", "--yes", "--skip-preview");
    const { apiKeyId, privateKey } = await stack.outputs();
    return { apiKeyId: String(apiKeyId), privateKey: String(privateKey) };
}
