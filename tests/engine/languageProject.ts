import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import which from "which";
import { stringify } from "yaml";
import type { Emulator } from "../../emulator/index";
import { root } from "../../tools/paths";
import { Stack } from "../../tools/stack";
import { accountKeys, environmentOf, scratchFolder } from "../support/harness";

/** The folder in which `npm install` puts the plugin. */
export const pluginFolder = join(root, "node_modules", ".bin");

/** Returns whether PATH has Pulumi's language host for a language. */
export function hasLanguageHost(runtime: string): boolean {
    return which.sync(`pulumi-language-${runtime}`, { nothrow: true }) !== null;
}

/** A project in any language, and its stack. */
export interface LanguageProject {
    readonly stack: Stack;
    /** The folder that holds the backend, the Pulumi home and the project. */
    readonly scratch: string;
    /** Writes files into the project's folder. */
    readonly write: (files: Readonly<Record<string, string>>) => void;
    /** Replaces the content of Pulumi.yaml besides name and plugin. */
    readonly writeSettings: (content: object) => void;
}

/**
 * Creates a project that signs with the emulator's root key.
 *
 * @param settings the content of Pulumi.yaml besides name and plugin: the runtime, or a program in YAML
 * @param files the text of each file, by its path in the project's folder
 * @param env variables that are added to the environment, or override it
 * @param providers the plugins that Pulumi.yaml names, by default the one that npm installed
 */
export async function languageProject(
    emulator: Emulator,
    settings: object,
    files: Readonly<Record<string, string>> = {},
    env: Readonly<Record<string, string>> = {},
    providers: readonly object[] = [{ name: "kalshi", path: pluginFolder }],
): Promise<LanguageProject> {
    const scratch = await scratchFolder();
    const project = join(scratch, "project");
    const write = (texts: Readonly<Record<string, string>>) => {
        for (const [name, text] of Object.entries(texts)) {
            const file = join(project, name);
            mkdirSync(dirname(file), { recursive: true });
            writeFileSync(file, text);
        }
    };
    const writeSettings = (content: object) =>
        write({ "Pulumi.yaml": stringify({ ...content, name: "tests", plugins: { providers } }) });
    writeSettings(settings);
    write(files);
    const stack = await Stack.create({
        project,
        scratch: join(scratch, "pulumi"),
        name: "test",
        env: { ...environmentOf(emulator), ...env },
    });
    return { stack, scratch, write, writeSettings };
}

/** Expects that a program creates this many keys, has no changes after that, and revokes them. */
export async function createAndRevoke(emulator: Emulator, stack: Stack, keys: number): Promise<void> {
    await stack.must("up", "--yes", "--skip-preview");
    expect(await accountKeys(emulator)).toHaveLength(keys);
    await stack.must("preview", "--expect-no-changes");
    await stack.must("destroy", "--yes", "--skip-preview");
    expect(await accountKeys(emulator)).toEqual([]);
}
