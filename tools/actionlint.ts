import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildTools } from "./engine/build";
import { ensureFolder } from "./engine/once";
import { cache, root } from "./paths";
import { run, type Ended } from "./processes";

const goModule = "tools/actionlint";

/** Returns whether {@link ensureActionlint} has built the version of actionlint/go.mod. */
export function hasActionlint(): boolean {
    return existsSync(program());
}

/**
 * Builds actionlint from the Go module proxy.
 *
 * @returns the program's path
 * @throws Error if Go is missing or the build fails
 */
export async function ensureActionlint(say: (progress: string) => void): Promise<string> {
    const time = "some seconds";
    await ensureFolder(dirname(program()), say, (folder) => buildTools({ folder: goModule, time }, folder, say));
    return program();
}

/**
 * Runs actionlint, which {@link ensureActionlint} has built, on workflow files.
 *
 * It passes the scripts of steps to no other linter: actionlint uses shellcheck and pyflakes if they are on PATH, so its findings would
 * depend on the machine.
 *
 * @returns the result; the exit code is 0 if there are no findings, which standard output lists
 */
export async function lintWorkflows(files: readonly string[]): Promise<Ended> {
    return run(program(), ["-no-color", "-oneline", "-shellcheck=", "-pyflakes=", ...files]);
}

function program(): string {
    const hash = createHash("sha256");
    ["go.mod", "go.sum"].forEach((name) => hash.update(readFileSync(join(root, goModule, name))));
    const name = `actionlint${process.platform === "win32" ? ".exe" : ""}`;
    return join(cache, `actionlint-${hash.digest("hex").slice(0, 12)}`, name);
}
