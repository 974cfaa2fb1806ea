import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { goBuild } from "./engine/build";
import { ensureFolder } from "./engine/once";
import { cache, root } from "./paths";
import { mustRun } from "./processes";

const goModule = "tools/esc";

/** A value of a stack's configuration. */
export interface ConfigurationValue {
    readonly value: string;
    readonly secret: boolean;
}

/** Returns whether {@link ensureEsc} has built the version of esc/go.mod. */
export function hasEsc(): boolean {
    return existsSync(program());
}

/**
 * Builds the evaluator of Pulumi ESC from the Go module proxy.
 *
 * @returns the program's path
 * @throws Error if Go is missing or the build fails
 */
export async function ensureEsc(say: (progress: string) => void): Promise<string> {
    const build = { folder: goModule, target: ".", time: "some seconds" };
    await ensureFolder(dirname(program()), say, (folder) => goBuild({ ...build, output: folder + "/" }, say));
    return program();
}

/**
 * Evaluates the definition of an ESC environment.
 *
 * @returns the configuration that it gives to a stack, by the options' names
 */
export async function evaluateEnvironment(definition: string): Promise<Readonly<Record<string, ConfigurationValue>>> {
    const output = await mustRun(program(), [], { input: definition });
    return JSON.parse(output) as Record<string, ConfigurationValue>;
}

function program(): string {
    const hash = createHash("sha256");
    ["main.go", "go.mod", "go.sum"].forEach((name) => hash.update(readFileSync(join(root, goModule, name))));
    const name = `esc${process.platform === "win32" ? ".exe" : ""}`;
    return join(cache, `esc-${hash.digest("hex").slice(0, 12)}`, name);
}
