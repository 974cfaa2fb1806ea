import { mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { extract, list } from "tar";
import which from "which";
import { root } from "../../tools/paths";
import { scratchFolder } from "../support/harness";

/** Creates a folder for PATH with the tools of a Pulumi installation, but no plugin. */
export async function pulumiAlone(): Promise<string> {
    const folder = await scratchFolder();
    const tools = await Promise.all(["pulumi", "pulumi-language-nodejs", "sh"].map(async (tool) => which(tool)));
    for (const tool of tools) {
        symlinkSync(tool, join(folder, basename(tool)));
    }
    symlinkSync(process.execPath, join(folder, "node"));
    return folder;
}

/** Replaces the link to Node by a program that runs Node, but ends with an error if Node is to run the plugin. */
export async function refuseToRunPlugin(link: string): Promise<void> {
    await rm(link);
    const program = `#!/bin/sh\ncase "$*" in *pulumi-resource-kalshi*) exit 1 ;; esac\nexec "${process.execPath}" "$@"\n`;
    await writeFile(link, program, { mode: 0o755 });
}

/** Creates a node_modules folder with the packed package, as npm installs it, and links to all other packages. */
export async function installedFrom(tarball: string): Promise<string> {
    const packages = join(await scratchFolder(), "node_modules");
    const installed = join(packages, "pulumi-kalshi");
    mkdirSync(installed, { recursive: true });
    await extract({ file: tarball, cwd: installed, strip: 1 });
    const others = readdirSync(join(root, "node_modules")).filter(
        (name) => name !== "pulumi-kalshi" && name !== ".bin",
    );
    for (const name of others) {
        symlinkSync(join(root, "node_modules", name), join(packages, name));
    }
    // Packages of which the tree's top has another version.
    symlinkSync(join(root, "provider", "node_modules"), join(installed, "node_modules"));
    const { bin } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8")) as {
        bin: Record<string, string>;
    };
    mkdirSync(join(packages, ".bin"));
    for (const [command, file] of Object.entries(bin)) {
        const link = join(packages, ".bin", command);
        symlinkSync(relative(dirname(link), join(installed, file)), link);
    }
    return packages;
}

/** Returns the files in an archive, and whether each is executable. */
export async function filesIn(archive: string): Promise<Record<string, boolean>> {
    const files: Record<string, boolean> = {};
    await list({ file: archive, onReadEntry: ({ path, mode = 0 }) => void (files[path] = (mode & 0o111) !== 0) });
    return files;
}
