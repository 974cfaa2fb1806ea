import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import which from "which";
import { stringify } from "yaml";
import type { Emulator } from "../../emulator/index";
import { root } from "../../tools/paths";
import { Stack } from "../../tools/stack";
import { environmentOf, onCleanUp, scratchFolder } from "../harness";

/** Where `npm install` puts the plugin. */
export const pluginFolder = join(root, "node_modules", ".bin");

/** Whether the engine on PATH has what it takes to run programs of a language. */
export function hasLanguageHost(runtime: string): boolean {
    return which.sync(`pulumi-language-${runtime}`, { nothrow: true }) !== null;
}

/** A project in any language, and its stack. */
export interface LanguageProject {
    readonly stack: Stack;
    /** Puts files into the project's folder, in the place of those before. */
    readonly write: (files: Readonly<Record<string, string>>) => void;
}

/**
 * A project that signs with the emulator's root key. What is left of it is destroyed after the test, and then it is gone.
 *
 * @param settings what Pulumi.yaml says beside the name and the plugin: the runtime, or all of a program in YAML
 * @param files by their paths in the project's folder
 * @param env added to the environment, and wins over it
 */
export async function languageProject(
    emulator: Emulator,
    settings: object,
    files: Readonly<Record<string, string>> = {},
    env: Readonly<Record<string, string>> = {},
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
    const plugins = { providers: [{ name: "kalshi", path: pluginFolder }] };
    write({ "Pulumi.yaml": stringify({ ...settings, name: "tests", plugins }), ...files });
    const stack = await Stack.create({
        project,
        scratch: join(scratch, "pulumi"),
        name: "test",
        env: { ...environmentOf(emulator), ...env },
    });
    onCleanUp(async () => {
        await stack.pulumi(["destroy", "--yes", "--skip-preview"]);
    });
    return { stack, write };
}
