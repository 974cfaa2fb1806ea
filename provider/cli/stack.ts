import { execFile } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { parseState, withoutOperations, type State } from "./state";

const run = promisify(execFile);

/** A command of `pulumi` that failed; the message is what it said. */
export class PulumiError extends Error {
    override readonly name = "PulumiError";
}

/**
 * Runs `pulumi`; what it printed.
 *
 * @param input what it reads: a state goes this way and no other
 * @throws PulumiError
 */
export async function pulumi(args: readonly string[], input = ""): Promise<string> {
    const running = run("pulumi", ["--non-interactive", "--color=never", ...args], {
        env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" },
        maxBuffer: Infinity,
    });
    // One that ends before it has read all says by how it ends whether that is an error.
    running.child.stdin?.on("error", () => undefined).end(input);
    try {
        return (await running).stdout;
    } catch (error) {
        const { code, stderr } = error as { code?: unknown; stderr?: string };
        if (code === "ENOENT") {
            throw new PulumiError("there is no `pulumi` on PATH");
        }
        // The error that Node makes of it quotes the command; what a command says on standard output may be a state.
        throw new PulumiError((stderr ?? "").replace(/^warning: .*\n/gm, "").trim() || `exit code ${String(code)}`);
    }
}

const configuration = z.record(z.string(), z.object({ value: z.string().optional(), secret: z.boolean().optional() }));
/** The configuration of a stack, secrets in clear. */
export type Configuration = z.infer<typeof configuration>;

/** The stack that the doctor looks at. */
export interface Stack {
    /** With its organization and project. */
    readonly fullName: string;
    readonly project: string;
    /** Its name alone. */
    readonly stack: string;
    /** The project's folder. */
    readonly folder: string;
    readonly configuration: Configuration;
    readonly state: State;
    /** The state as it was exported, secrets encrypted. */
    readonly exported: string;
}

/** Why there is no stack to look at. */
export interface NoStack {
    readonly reason: string;
    /** Whether there is not even a project, so that none is to be expected. */
    readonly noProject: boolean;
}

/**
 * Finds the stack of the project that this process's folder is in.
 *
 * @param name which one; by default the one that is selected
 */
export async function findStack(name: string | undefined): Promise<Stack | NoStack> {
    const folder = projectOf(process.cwd());
    if (folder === undefined) {
        return { reason: `${process.cwd()} is in no Pulumi project`, noProject: true };
    }
    // Where the provider finds a relative path to the private key.
    process.chdir(folder);
    try {
        const which = name === undefined ? [] : ["--stack", name];
        const shown = await pulumi(["stack", "--show-name", "--fully-qualify-stack-names", ...which]);
        const fullName = shown.trim();
        const [stack = "", project = ""] = fullName.split("/").reverse();
        const config = await pulumi(["config", "--json", "--show-secrets", "--stack", fullName]);
        const exported = await exportStack(fullName);
        return {
            fullName,
            project,
            stack,
            folder,
            configuration: configuration.parse(JSON.parse(config)),
            state: parseState(exported),
            exported,
        };
    } catch (error) {
        return { reason: (error as Error).message, noProject: false };
    }
}

/** The state, secrets encrypted. */
export async function exportStack(fullName: string): Promise<string> {
    return pulumi(["stack", "export", "--stack", fullName]);
}

/**
 * Takes everything that the engine did not see the end of out of the state.
 *
 * @throws PulumiError where that is not possible, with a stack that is locked for instance; the state is as it was
 */
export async function clearOperations({ fullName, exported }: Stack): Promise<void> {
    await pulumi(["stack", "import", "--stack", fullName], withoutOperations(exported));
}

const projectFiles = ["Pulumi.yaml", "Pulumi.yml", "Pulumi.json"];

/**
 * The folder of the project that a folder is in: the program runs where `main` in the project's file says, which is below.
 *
 * @returns undefined where there is no project
 */
export function projectOf(folder: string): string | undefined {
    if (projectFiles.some((file) => existsSync(join(folder, file)))) {
        return realpathSync(folder);
    }
    const parent = dirname(folder);
    return parent === folder ? undefined : projectOf(parent);
}
