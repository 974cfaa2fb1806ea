import { symlinkSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Emulator } from "../../emulator/index";
import { root } from "../../tools/paths";
import { Stack } from "../../tools/stack";
import { calls, environmentOf, forgetRequests, onCleanUp, scratchFolder } from "../harness";

/** A project and its stack, gone after the test with all that they left. */
export interface TestProject {
    readonly stack: Stack;
    /** The folder that holds the backend, the Pulumi home and the project: everything that is ever written. */
    readonly scratch: string;
    /** Puts another program in the place of the one before. */
    readonly write: (program: string) => void;
}

/** One of the two ways in. What a test does through it, it does through the real engine. */
export interface Door {
    readonly name: string;
    /** The type token of its resource. */
    readonly type: string;
    /**
     * A project whose program is plain JavaScript, since compiling TypeScript takes a second a run; the quick start at the top
     * of the tree, in TypeScript, has tests of its own. The program finds the door's class under the name `Key`.
     */
    readonly projectWith: (
        program: string,
        env: Readonly<Record<string, string>>,
        packages?: string,
    ) => Promise<TestProject>;
    /** The same, signing with the emulator's root key. What is left of it is destroyed after the test. */
    readonly projectOn: (emulator: Emulator, program: string) => Promise<TestProject>;
}

export const dynamicDoor = door("dynamic", "pulumi-nodejs:dynamic/kalshi:ApiKey", "KalshiApiKey");
export const pluginDoor = door("plugin", "kalshi:index:ApiKey", "ApiKey");
/** For `describe.each`. */
export const doors = [dynamicDoor, pluginDoor];

function door(name: string, type: string, keyClass: string): Door {
    const projectWith: Door["projectWith"] = async (program, env, packages = join(root, "node_modules")) => {
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
                `const kalshi = require("pulumi-kalshi");\nconst Key = kalshi.${keyClass};\n${text}\n`,
            );
        write(program);
        const stack = await Stack.create({ project, scratch: join(scratch, "pulumi"), name: "test", env });
        return { stack, scratch, write };
    };
    const projectOn: Door["projectOn"] = async (emulator, program) => {
        const project = await projectWith(program, environmentOf(emulator));
        onCleanUp(async () => {
            await project.stack.pulumi(["destroy", "--yes", "--skip-preview"]);
        });
        return project;
    };
    return { name, type, projectWith, projectOn };
}

/** Runs `pulumi`, which must succeed, and says which calls it made. */
export async function callsOf(
    emulator: Emulator,
    { stack }: { readonly stack: Stack },
    ...args: string[]
): Promise<string[]> {
    await forgetRequests(emulator);
    await stack.must(...args);
    return calls(emulator);
}

/** A key that `pulumi up` made, with Kalshi's default scopes, as the stack's output has it. */
export async function keyFromUp(emulator: Emulator): Promise<{ apiKeyId: string; privateKey: string }> {
    const program = `const { apiKeyId, privateKey } = new Key("bot"); module.exports = { apiKeyId, privateKey };`;
    const { stack } = await dynamicDoor.projectOn(emulator, program);
    await stack.must("up", "--yes", "--skip-preview");
    const { apiKeyId, privateKey } = await stack.outputs();
    return { apiKeyId: String(apiKeyId), privateKey: String(privateKey) };
}
