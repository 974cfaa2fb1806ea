import { appendFile, chmod, copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../paths";
import { buildExecutable, isExecutable, nodeLicense } from "./executable";
import { archive, inTemporaryFolder, version, type Part } from "./part";

/** The platforms that Pulumi supports, by Go's names, which are part of the archives' names. */
export const platforms = ["linux", "darwin", "windows"].flatMap((os) =>
    ["amd64", "arm64"].map((arch) => ({ os, arch })),
);

const plugin = join(root, "provider", "dist", "bin");
const program = "pulumi-resource-kalshi";
const windowsProgram = `${program}.cmd`;
/** PulumiPlugin.yaml is omitted, because it would make the engine install npm packages, of which the plugin needs none. */
const scriptFiles = [program, "grpc.js", "callHandler.js"];
const thirdParty = "THIRD_PARTY_LICENSES";
/** The other files of an archive, each with its source. */
const documents = {
    LICENSE: join(root, "LICENSE"),
    [thirdParty]: join(plugin, thirdParty),
    "README.md": join(root, "tools", "release", "plugin.md"),
};

/** Returns the name of a platform's archive, in the form that `pulumi plugin install` expects on a server. */
export function archiveName(os: string, arch: string): string {
    return `${program}-v${version}-${os}-${arch}.tar.gz`;
}

/** An archive of the plugin for each platform. */
export const pluginPart: Part = {
    title: "plugin archives",
    files: platforms.map(({ os, arch }) => archiveName(os, arch)),
    pack: (folder) =>
        inTemporaryFolder(async (stages) => {
            const [scripts, executables] = [join(stages, "scripts"), join(stages, "executables")];
            for (const stage of [scripts, executables]) {
                await mkdir(stage);
                for (const [name, source] of Object.entries(documents)) {
                    await copyWithMode(source, join(stage, name), 0o644);
                }
            }
            for (const file of [...scriptFiles, windowsProgram]) {
                const isProgram = file === program || file === windowsProgram;
                await copyWithMode(join(plugin, file), join(scripts, file), isProgram ? 0o755 : 0o644);
            }
            for (const { os, arch } of platforms) {
                const file = join(folder, archiveName(os, arch));
                if (isExecutable(os, arch)) {
                    await buildPluginExecutable(join(executables, program));
                    await appendFile(join(executables, thirdParty), `\n${await nodeLicense()}`);
                    await archive(file, executables, [program, ...Object.keys(documents)]);
                } else {
                    // On Windows the engine looks for an .exe, then for a .cmd. The .cmd starts the same program as on other platforms.
                    const files = os === "windows" ? [windowsProgram, ...scriptFiles] : scriptFiles;
                    await archive(file, scripts, [...files, ...Object.keys(documents)]);
                }
            }
        }),
};

/** Builds the plugin as an executable that contains Node, for this machine. */
export async function buildPluginExecutable(file: string): Promise<void> {
    await buildExecutable(plugin, scriptFiles, file);
}

async function copyWithMode(source: string, target: string, mode: number): Promise<void> {
    await copyFile(source, target);
    await chmod(target, mode);
}
