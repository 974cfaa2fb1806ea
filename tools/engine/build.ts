import { chmod, copyFile } from "node:fs/promises";
import { join } from "node:path";
import which from "which";
import { mustRun } from "../processes";
import { root } from "../paths";
import { engineVersion, hostsVersion } from "./versions";

const versionVariable = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";

/** A Go module of this repository whose go.mod names programs as tools. */
export interface ToolModule {
    /** Its folder, relative to the repository's root. */
    readonly folder: string;
    /** The version number that Pulumi's programs get. */
    readonly version?: string;
    /** How long it takes to build, for the progress report. */
    readonly time: string;
}

const engineModules: readonly ToolModule[] = [
    { folder: "tools/engine/pulumi", version: engineVersion, time: "about 4 minutes on 2 cores" },
    { folder: "tools/engine/hosts", version: hostsVersion, time: "less than a minute" },
];

/** Builds the engine and its language hosts from the Go module proxy into `folder/bin`. */
export async function buildEngine(folder: string, say: (progress: string) => void): Promise<void> {
    for (const module of engineModules) {
        await buildTools(module, join(folder, "bin"), say);
    }
    await addPythonExecutor(join(folder, "bin"));
}

/**
 * Builds the programs that a module's go.mod names as tools.
 *
 * @throws Error if Go is missing or the build fails
 */
export async function buildTools(module: ToolModule, bin: string, say: (progress: string) => void): Promise<void> {
    const stamp = module.version === undefined ? "" : ` -X ${versionVariable}=${module.version}`;
    await goBuild({ ...module, target: "tool", output: bin + "/", flags: [`-ldflags=-s -w${stamp}`] }, say);
}

/**
 * Builds a target of a Go module, with progress.
 *
 * @throws Error if Go is missing or the build fails
 */
export async function goBuild(
    { folder, target, output, flags = [], time }: GoBuild,
    say: (progress: string) => void,
): Promise<void> {
    if ((await which("go", { nothrow: true })) === null) {
        throw new Error("there is no go on PATH: install Go 1.25 or newer (https://go.dev/dl/)");
    }
    // All builds have the same settings, so Go compiles a package that several of them use once.
    const options = { cwd: join(root, folder), env: { ...process.env, CGO_ENABLED: "0" } };
    say(`${folder}: downloading Go modules`);
    const packages = (await mustRun("go", ["list", "-deps", target], options)).split("\n").length;
    let compiled = 0;
    say(`${folder}: compiling ${packages} packages, ${time}`);
    await mustRun("go", ["build", "-v", "-trimpath", ...flags, "-o", output, target], options, () => {
        say(`${folder}: compiled ${++compiled} of ${packages} packages`);
    });
}

interface GoBuild extends Pick<ToolModule, "folder" | "time"> {
    readonly target: string;
    readonly output: string;
    readonly flags?: readonly string[];
}

/** Copies the SDK's script by which the Python language host starts programs. The host expects it in its own folder. */
async function addPythonExecutor(bin: string): Promise<void> {
    const options = { cwd: join(root, "tools", "engine", "hosts") };
    const sdk = await mustRun("go", ["list", "-m", "-f", "{{.Dir}}", "github.com/pulumi/pulumi/sdk/v3"], options);
    const script = join(bin, "pulumi-language-python-exec");
    await copyFile(join(sdk.trim(), "python", "cmd", "pulumi-language-python-exec"), script);
    await chmod(script, 0o755);
}
