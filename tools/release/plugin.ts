import { chmod, copyFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../paths";
import { archive, inTemporaryFolder, version, type Part } from "./part";

/** The platforms that Pulumi supports, by Go's names, which are part of the archives' names. */
const platforms = ["linux", "darwin", "windows"].flatMap((os) => ["amd64", "arm64"].map((arch) => ({ os, arch })));

const plugin = join(root, "provider", "dist", "bin");
const program = "pulumi-resource-kalshi";
/** The other files of an archive, each with its source. */
const documents = {
    LICENSE: join(root, "LICENSE"),
    THIRD_PARTY_LICENSES: join(plugin, "THIRD_PARTY_LICENSES"),
    "README.md": join(root, "tools", "release", "plugin.md"),
};
/** PulumiPlugin.yaml is omitted, because it would make the engine install npm packages, of which the plugin needs none. */
const contents = [program, "grpc.js", "callHandler.js", ...Object.keys(documents)];

/** Returns the name of a platform's archive, in the form that `pulumi plugin install` expects on a server. */
export function archiveName(os: string, arch: string): string {
    return `${program}-v${version}-${os}-${arch}.tar.gz`;
}

/** An archive of the plugin for each platform. */
export const pluginPart: Part = {
    title: "plugin archives",
    pack: (folder) =>
        inTemporaryFolder(async (stage) => {
            const windowsProgram = `${program}.cmd`;
            for (const file of [program, windowsProgram, "grpc.js", "callHandler.js"]) {
                await copyFile(join(plugin, file), join(stage, file));
                await chmod(join(stage, file), 0o644);
            }
            for (const [name, source] of Object.entries(documents)) {
                await copyFile(source, join(stage, name));
                await chmod(join(stage, name), 0o644);
            }
            for (const name of [program, windowsProgram]) {
                await chmod(join(stage, name), 0o755);
            }
            for (const { os, arch } of platforms) {
                // On Windows the engine looks for an .exe, then for a .cmd. The .cmd starts the same program as on other platforms.
                const files = os === "windows" ? [windowsProgram, ...contents] : contents;
                await archive(join(folder, archiveName(os, arch)), stage, files);
            }
        }),
};
