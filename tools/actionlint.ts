import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import which from "which";
import { cache, root } from "./paths";
import { mustRun, run, type Ended } from "./processes";

const goModule = join(root, "tools", "actionlint");

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
    const built = program();
    if (existsSync(built)) {
        return built;
    }
    if ((await which("go", { nothrow: true })) === null) {
        throw new Error("there is no go on PATH: install Go 1.25 or newer (https://go.dev/dl/)");
    }
    await mkdir(dirname(built), { recursive: true });
    say("actionlint: compiling, some seconds");
    // An interrupted build leaves no program that looks complete.
    const incomplete = `${built}.${process.pid}`;
    const env = { ...process.env, CGO_ENABLED: "0" };
    await mustRun("go", ["build", "-trimpath", "-ldflags=-s -w", "-o", incomplete, "tool"], { cwd: goModule, env });
    await rename(incomplete, built);
    return built;
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
    ["go.mod", "go.sum"].forEach((name) => hash.update(readFileSync(join(goModule, name))));
    const name = `actionlint${process.platform === "win32" ? ".exe" : ""}`;
    return join(cache, `actionlint-${hash.digest("hex").slice(0, 12)}`, name);
}
