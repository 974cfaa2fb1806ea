import type { Emulator } from "../../emulator/index";
import { testIf, testInFull } from "../support/full";
import { accountKeys, calls, cleanUp, emulatorWith, environmentOf, forgetRequests } from "../support/harness";
import { age, callsOf, providers, resourcePlugin, type TestProject } from "../support/project";
import { startProxy } from "../support/proxy";
import {
    allOf,
    assertAccountHolds,
    generationsIn,
    signs,
    type Generation,
    type Generations,
} from "../support/rotatingKeys";

afterEach(cleanUp);

const up = ["up", "--yes", "--skip-preview"];
const program = (args: object) =>
    `new RotatingKey("bot", ${JSON.stringify({ keyType: "ed25519", rotationDays: 30, overlapDays: 2, ...args })});`;

async function keysOf({ stack }: TestProject): Promise<Generations> {
    return (await generationsIn(stack)).get("bot") ?? { outdated: [] };
}

/** Returns the variables with which the provider signs with one of the stack's keys. */
function signingWith({ apiKeyId, privateKey }: Generation): Record<string, string> {
    return { KALSHI_API_KEY_ID: apiKeyId, KALSHI_PRIVATE_KEY: privateKey, KALSHI_PRIVATE_KEY_PATH: "" };
}

describe.each(providers)("a rotating key with the $name", ({ name, createProject, createProjectWithEnvironment }) => {
    const testOfPlugin = testIf(name === resourcePlugin.name);

    /** Runs `pulumi up`, which must fail with this code before it changes anything. */
    async function assertRefused(
        emulator: Emulator,
        project: TestProject,
        env: Record<string, string>,
        code: string,
    ): Promise<void> {
        const before = await keysOf(project);
        await forgetRequests(emulator);
        const { code: exitCode, stdout, stderr } = await project.stack.pulumi(up, env);
        expect(exitCode).not.toBe(0);
        expect(stdout + stderr).toContain(code);
        expect(await calls(emulator)).toEqual([]);
        expect(await keysOf(project)).toEqual(before);
        await assertAccountHolds(emulator, allOf([before]));
    }

    testOfPlugin("does not revoke the signing key, and creates nothing before it refuses", async () => {
        const emulator = await emulatorWith();
        const project = await createProject(emulator, program({}));
        await project.stack.must(...up);
        const [bootstrap] = allOf([await keysOf(project)]);
        const env = signingWith(bootstrap as Generation);
        project.write(program({ revokeNow: { leak: 1 } }));
        await assertRefused(emulator, project, env, "KALSHI_SIGNING_KEY_PROTECTED");

        // A rotation with an overlap revokes nothing, so the stack may sign with a key of its own.
        project.write(program({ rotationTriggers: { incident: 1 } }));
        const rotated = await project.stack.pulumi(up, env);
        expect(rotated.code === 0 ? "" : rotated.stdout).toBe("");
        expect((await keysOf(project)).previous?.apiKeyId).toBe(bootstrap?.apiKeyId);
        await age(project, 2.01);
        await assertRefused(emulator, project, env, "KALSHI_SIGNING_KEY_PROTECTED");
        await age(project, 31);
        await assertRefused(emulator, project, env, "KALSHI_SIGNING_KEY_PROTECTED");
        // With other credentials, the same run finishes.
        expect(await callsOf(emulator, project, ...up)).toEqual(["POST generate", "DELETE id"]);
        await assertAccountHolds(emulator, allOf([await keysOf(project)]));
    });

    testOfPlugin("of one environment does not rotate in another", async () => {
        const [emulator, other] = [await emulatorWith(), await emulatorWith()];
        const project = await createProject(emulator, program({}));
        await project.stack.must(...up);
        project.write(program({ revokeNow: { leak: 1 } }));
        await assertRefused(emulator, project, environmentOf(other), "KALSHI_OTHER_ENVIRONMENT");
        expect(await accountKeys(other)).toEqual([]);
    });

    testInFull(
        "with another account's credentials, keeps every key in the state until the right ones revoke it",
        async () => {
            const [owner, other] = [await emulatorWith(), await emulatorWith()];
            const proxy = await startProxy(owner);
            const env = { ...environmentOf(owner), KALSHI_BASE_URL: proxy.baseUrl };
            const project = await createProjectWithEnvironment(program({}), env);
            const { stack, write } = project;
            await stack.must(...up);
            const before = await keysOf(project);
            // As at Kalshi, both accounts share one base URL.
            proxy.originOf = (keyId) => (keyId === other.rootKeyId ? other : owner).origin;
            write(program({ revokeNow: { leak: 1 } }));
            const { code, stdout } = await stack.pulumi(up, {
                ...environmentOf(other),
                KALSHI_BASE_URL: proxy.baseUrl,
            });
            expect(code).not.toBe(0);
            expect(stdout).toMatch(/those of another account.*KALSHI_ROTATION_INCOMPLETE/s);
            const { current, outdated } = await keysOf(project);
            expect(outdated).toEqual([before.current]);
            expect(await signs(owner, before.current as Generation)).toBe(true);
            await assertAccountHolds(other, current === undefined ? [] : [current]);

            await stack.must(...up);
            expect(await accountKeys(owner)).toEqual([]);
            expect(await keysOf(project)).toEqual({ current, outdated: [] });
        },
    );
});
