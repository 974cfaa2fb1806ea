import { spawnSync, type SpawnSyncOptions } from "node:child_process";
import { join, relative, sep } from "node:path";
import { root } from "./paths";

/** Runs jest, and sets this process's exit code to jest's. */
export function runJest(jestArguments: readonly string[], env: Readonly<Record<string, string>> = {}): void {
    process.exitCode = jest(jestArguments, { stdio: "inherit", env: { ...process.env, ...env } }).status ?? 1;
}

/** Returns the test files that jest would run, as paths relative to the root folder, with slashes. */
export function selectedTests(jestArguments: readonly string[]): string[] {
    const { stdout } = jest(["--listTests", ...jestArguments], { stdio: ["ignore", "pipe", "ignore"] });
    // If an argument is invalid, there is no list. The run of jest then reports the argument.
    return stdout
        .toString()
        .split(/\r?\n/)
        .filter((line) => line.endsWith(".test.ts"))
        .map((file) => relative(root, file).split(sep).join("/"));
}

function jest(jestArguments: readonly string[], options: SpawnSyncOptions) {
    const program = join(root, "node_modules", "jest", "bin", "jest.js");
    // Some packages are ES modules only. Jest needs this Node option to load them.
    const args = ["--experimental-vm-modules", "--no-warnings", program, ...jestArguments];
    return spawnSync(process.execPath, args, { ...options, cwd: root });
}
