import { chmod, copyFile } from "node:fs/promises";
import { join } from "node:path";
import which from "which";
import { mustRun } from "../processes";
import { root } from "../paths";
import { engineVersion, hostsVersion } from "./versions";

/** The Go modules in this folder, and the version number that their programs get. */
const modules = [
    { name: "pulumi", version: engineVersion, minutes: "about 4 minutes on 2 cores" },
    { name: "hosts", version: hostsVersion, minutes: "less than a minute" },
];
const versionVariable = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";

/** Builds the engine and its language hosts from the Go module proxy into `folder/bin`. */
export async function build(folder: string, say: (progress: string) => void): Promise<void> {
    if ((await which("go", { nothrow: true })) === null) {
        throw new Error("Go is not installed");
    }
    for (const { name, version, minutes } of modules) {
        const options = {
            cwd: join(root, "tools", "engine", name),
            env: { ...process.env, CGO_ENABLED: "0" },
        };
        say(`${name}: downloading Go modules`);
        const packages = (await mustRun("go", ["list", "-deps", "tool"], options)).split("\n").length;
        let compiled = 0;
        say(`${name}: compiling ${packages} packages, ${minutes}`);
        await mustRun(
            "go",
            [
                "build",
                "-v",
                "-trimpath",
                `-ldflags=-s -w -X ${versionVariable}=${version}`,
                "-o",
                join(folder, "bin") + "/",
                "tool",
            ],
            options,
            () => {
                say(`${name}: compiled ${++compiled} of ${packages} packages`);
            },
        );
    }
    await addPythonExecutor(join(folder, "bin"));
}

/** Copies the SDK's script by which the Python language host starts programs. The host expects it in its own folder. */
async function addPythonExecutor(bin: string): Promise<void> {
    const options = { cwd: join(root, "tools", "engine", "hosts") };
    const sdk = await mustRun("go", ["list", "-m", "-f", "{{.Dir}}", "github.com/pulumi/pulumi/sdk/v3"], options);
    const script = join(bin, "pulumi-language-python-exec");
    await copyFile(join(sdk.trim(), "python", "cmd", "pulumi-language-python-exec"), script);
    await chmod(script, 0o755);
}
