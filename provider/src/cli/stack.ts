import { execFile } from "node:child_process";
import { realpathSync } from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { currentBackend, projectFileOf } from "../journal/backend";
import type { StackIdentity } from "../journal/stackIdentity";
import { parseState, type State } from "./stackState";

const run = promisify(execFile);

/** A command of `pulumi` that failed. The message is the command's error output. */
export class PulumiError extends Error {
    override readonly name = "PulumiError";
}

/**
 * Runs `pulumi` and returns its standard output.
 *
 * @throws PulumiError if the command fails or does not exist
 */
export async function pulumi(args: readonly string[]): Promise<string> {
    const running = run("pulumi", ["--non-interactive", "--color=never", ...args], {
        env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" },
        maxBuffer: Infinity,
    });
    running.child.stdin?.end();
    try {
        return (await running).stdout;
    } catch (error) {
        const { code, stderr } = error as { code?: unknown; stderr?: string };
        if (code === "ENOENT") {
            throw new PulumiError("there is no `pulumi` on PATH");
        }
        // Node's own message quotes the command, and the standard output may be a state.
        throw new PulumiError((stderr ?? "").replace(/^warning: .*\n/gm, "").trim() || `exit code ${String(code)}`);
    }
}

const configuration = z.record(z.string(), z.object({ value: z.string().optional(), secret: z.boolean().optional() }));
/** The configuration of a stack, with its secrets in plaintext. */
export type Configuration = z.infer<typeof configuration>;

/** The stack that the doctor examines. */
export interface Stack extends StackIdentity {
    /** The name with organization and project. */
    readonly fullName: string;
    readonly configuration: Configuration;
    readonly state: State;
    /** The state as it was exported, its secrets encrypted. */
    readonly exported: string;
    /** The names of all stacks of the project in this backend. */
    readonly stackNames: readonly string[];
}

/** Why there is no stack to examine. */
export interface NoStack {
    readonly reason: string;
    /** Whether there is not even a project, so that no stack is expected. */
    readonly noProject: boolean;
}

/**
 * Finds the stack of the project that the working directory belongs to.
 *
 * @param name the stack's name; by default the selected stack
 */
export async function findStack(name: string | undefined): Promise<Stack | NoStack> {
    const folder = projectFolderOf(process.cwd());
    if (folder === undefined) {
        return { reason: `${process.cwd()} is in no Pulumi project`, noProject: true };
    }
    // The provider resolves a relative path to the private key from here.
    process.chdir(folder);
    try {
        const selection = name === undefined ? [] : ["--stack", name];
        const shown = await pulumi(["stack", "--show-name", "--fully-qualify-stack-names", ...selection]);
        const fullName = shown.trim();
        const [stack = "", project = "", organization] = fullName.split("/").reverse();
        const config = await pulumi(["config", "--json", "--show-secrets", "--stack", fullName]);
        const exported = await exportStack(fullName);
        return {
            fullName,
            project,
            stack,
            organization,
            backend: await currentBackend(process.env, folder),
            folder,
            configuration: configuration.parse(JSON.parse(config)),
            state: parseState(exported),
            exported,
            stackNames: await stackNames(),
        };
    } catch (error) {
        return { reason: (error as Error).message, noProject: false };
    }
}

/** Returns the names of all stacks of the project, without organization and project. */
async function stackNames(): Promise<string[]> {
    const stacks = z.array(z.object({ name: z.string() })).parse(JSON.parse(await pulumi(["stack", "ls", "--json"])));
    return stacks.map(({ name }) => name.split("/").at(-1) ?? name);
}

/** Returns a stack's state, with its secrets encrypted. */
export async function exportStack(fullName: string): Promise<string> {
    return pulumi(["stack", "export", "--stack", fullName]);
}

/** Returns a stack as it is now. */
export async function reloadStack(stack: Stack): Promise<Stack> {
    const exported = await exportStack(stack.fullName);
    return { ...stack, exported, state: parseState(exported) };
}

/** Returns the folder of the project that a folder belongs to, if there is one. */
export function projectFolderOf(folder: string): string | undefined {
    const file = projectFileOf(folder);
    return file === undefined ? undefined : realpathSync(dirname(file));
}
