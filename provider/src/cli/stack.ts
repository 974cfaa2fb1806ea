import { execFile } from "node:child_process";
import { readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { isDeepStrictEqual, promisify } from "node:util";
import { z } from "zod";
import { currentBackend, type StackIdentity } from "../journal/stackIdentity";
import { projectFileOf } from "../pulumi";
import { parseYaml } from "./yaml";
import { parseState, type State } from "./stackState";
import { randomUUID } from "node:crypto";

const run = promisify(execFile);

/** A command of `pulumi` that failed. The message is the command's error output. */
export class PulumiError extends Error {
    override readonly name = "PulumiError";
}

/**
 * Runs `pulumi` and returns its standard output.
 *
 * @param input the standard input; default: none. Secrets belong here, because other users can read a command line
 * @throws PulumiError if the command fails or does not exist
 */
export async function pulumi(args: readonly string[], input?: string): Promise<string> {
    const running = run("pulumi", ["--non-interactive", "--color=never", ...args], {
        env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" },
        maxBuffer: Infinity,
    });
    // Writing fails if the command ends before it has read the input. Its exit code says whether that is an error.
    running.child.stdin?.on("error", () => undefined).end(input);
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

const configurationSchema = z.record(
    z.string(),
    z.object({ value: z.string().optional(), secret: z.boolean().optional() }),
);
/** The configuration of a stack, with its secrets in plaintext. */
export type Configuration = z.infer<typeof configurationSchema>;

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
    try {
        const { name: ownProject, main } = readProject(folder);
        // The provider resolves a relative path to the private key from here.
        process.chdir(programFolder(join(folder, main ?? "")));
        const selection = name === undefined ? [] : ["--stack", name];
        const shown = await pulumi(["stack", "--show-name", "--fully-qualify-stack-names", ...selection]);
        const fullName = shown.trim();
        // A file backend with the layout of old versions has no projects, so a stack's full name is its name.
        const [stack = "", project = ownProject, organization] = fullName.split("/").reverse();
        if (project !== ownProject) {
            // Its name selects a stack there, but `pulumi config` would read a file of this project.
            const reason = `${fullName} is a stack of another project than ${folder}; run this in that project's folder`;
            return { reason, noProject: false };
        }
        const configuration = await readConfiguration(fullName);
        const exported = await exportStack(fullName);
        return {
            fullName,
            project,
            stack,
            organization,
            backend: await currentBackend(process.env, folder),
            folder,
            configuration,
            state: parseState(exported),
            exported,
            stackNames: await stackNames(),
        };
    } catch (error) {
        return { reason: (error as Error).message, noProject: false };
    }
}

const projectSchema = z.object({
    name: z.string(),
    main: z.string().nullish(),
    stackConfigDir: z.string().nullish(),
    config: z.unknown().optional(),
});

/** Returns the project whose file is in a folder. */
export function readProject(folder: string): z.infer<typeof projectSchema> {
    const file = projectFileOf(folder) ?? "";
    return projectSchema.parse(parseYaml(readFileSync(file, "utf8"), file));
}

/** Returns the folder in which the engine starts the program and the provider. Source: pulumi/pulumi, GetPwdMain. */
function programFolder(main: string): string {
    return statSync(main).isDirectory() ? main : dirname(main);
}

/** Returns the names of all stacks of the project, without organization and project. */
async function stackNames(): Promise<string[]> {
    const stacks = z.array(z.object({ name: z.string() })).parse(JSON.parse(await pulumi(["stack", "ls", "--json"])));
    return stacks.map(({ name }) => name.split("/").at(-1) ?? name);
}

/**
 * Returns a stack's configuration.
 *
 * @param file a file to read instead of the stack's own configuration file
 */
export async function readConfiguration(fullName: string, file?: string): Promise<Configuration> {
    const source = file === undefined ? [] : ["--config-file", file];
    const printed = await pulumi(["config", "--json", "--show-secrets", ...source, "--stack", fullName]);
    return configurationSchema.parse(JSON.parse(printed));
}

/** An option to set in a stack's configuration. */
export interface OptionValue {
    /** With its namespace, such as `kalshi:apiKeyId`. */
    readonly name: string;
    readonly value: string;
    readonly secret: boolean;
}

/**
 * Sets an option in a configuration file of a stack.
 *
 * @param file the file, which need not be the stack's own one
 * @throws PulumiError if the command fails, for example if the secrets provider does not accept the passphrase
 */
export async function setOption(fullName: string, file: string, option: OptionValue): Promise<void> {
    const kind = option.secret ? "--secret" : "--plaintext";
    const target = ["--config-file", file, "--stack", fullName];
    await pulumi(["config", "set", kind, option.name, ...target], option.value);
}

/** Returns a stack's state, with its secrets encrypted. */
export async function exportStack(fullName: string): Promise<string> {
    return pulumi(["stack", "export", "--stack", fullName]);
}

/** Returns a stack with its state as it is now. */
export async function reloadStack(stack: Stack): Promise<Stack> {
    const exported = await exportStack(stack.fullName);
    return { ...stack, exported, state: parseState(exported) };
}

/** Returns the folder of the project that a folder belongs to, if there is one. */
export function projectFolderOf(folder: string): string | undefined {
    const file = projectFileOf(folder);
    return file === undefined ? undefined : realpathSync(dirname(file));
}

/** An update in a stack's history. Further properties are kept, so that updates can be compared. */
const updateSchema = z.looseObject({ kind: z.string(), startTime: z.string(), message: z.string().optional() });
type Update = z.infer<typeof updateSchema>;

/** Another run changed the stack while its pending creates were cleared. */
export class ConcurrentUpdateError extends Error {
    override readonly name = "ConcurrentUpdateError";
}

/**
 * Returns the latest updates of a stack, the newest first. A file backend does not number updates, and reading a long history takes
 * long. So updates are compared by all their properties.
 */
export async function latestUpdates(fullName: string): Promise<Update[]> {
    const printed = await pulumi(["stack", "history", "--json", "--page-size", "10", "--stack", fullName]);
    return z.array(updateSchema).parse(JSON.parse(printed));
}

/**
 * Clears all pending operations of a stack's state, by the engine and on the current state. Excluding all resources keeps the
 * engine from calling any provider and from running the program, whatever the state holds.
 *
 * The engine reads the state before it takes the stack's lock (pulumi/pulumi, pkg/cmd/pulumi/state/io.go, TotalStateEdit). An
 * update that finishes in between is rolled back. Every update is in the history when it releases the lock, so the history shows
 * that.
 *
 * @param before the updates before the state was last exported
 * @throws ConcurrentUpdateError if another update finished since then; PulumiError if the stack is locked, for example
 */
export async function clearPendingCreates(fullName: string, before: readonly Update[]): Promise<void> {
    const message = `pulumi-kalshi doctor ${randomUUID()}`;
    const args = [
        "refresh",
        "--clear-pending-creates",
        "--exclude",
        "**",
        "--yes",
        "--skip-preview",
        "--message",
        message,
    ];
    const refresh = pulumi([...args, "--stack", fullName]);
    // A command that fails may have cleared them already.
    await refresh.catch(() => undefined);
    const others = updatesSince(before, await latestUpdates(fullName), message);
    if (others.length > 0) {
        throw new ConcurrentUpdateError(others.map(({ kind, startTime }) => `${kind} of ${startTime}`).join(", "));
    }
    await refresh;
}

/**
 * Returns the updates that others made since a list of a stack's latest updates was read.
 *
 * @param message identifies this process's own update
 */
export function updatesSince(before: readonly Update[], after: readonly Update[], message: string): Update[] {
    const others = after.filter((update) => update.message !== message);
    const isOld = (index: number) => isDeepStrictEqual(others.slice(index), before.slice(0, others.length - index));
    const count = [...others.keys()].find(isOld) ?? others.length;
    const since = others.slice(0, count);
    // Pulumi Cloud records the edit of the state too, as an import. File backends do not.
    const edit = others.length < after.length ? since.findIndex(({ kind }) => kind === "import") : -1;
    return since.filter((_, index) => index !== edit);
}
