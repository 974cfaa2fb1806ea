import { chmod, readFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../paths";
import { mustRun } from "../processes";
import { version, type Part } from "./part";

/** The folders of the npm packages, by the packages' names. */
export const npmFolders: Readonly<Record<string, string>> = {
    "pulumi-kalshi": "provider",
    "kalshi-emulator": "emulator",
    "kalshi-policies": "policies",
};
/** The names of the npm packages. */
export const npmPackages = Object.keys(npmFolders);

/** The npm packages. */
export const npmPart: Part = {
    title: "npm packages",
    files: npmPackages.map((name) => `${name}-${version}.tgz`),
    pack: async (folder) => {
        for (const workspace of Object.values(npmFolders)) {
            await packPackage(workspace, folder);
        }
    },
};

/** Packs a package without its `prepack` script, which would build it again. */
async function packPackage(workspace: string, folder: string): Promise<void> {
    const cwd = join(root, workspace);
    const manifest = await readFile(join(cwd, "package.json"), "utf8");
    const { bin = {} } = JSON.parse(manifest) as { bin?: Record<string, string> };
    for (const file of Object.values(bin)) {
        // npm makes the file executable only if the build ran before the installation.
        await chmod(join(cwd, file), 0o755);
    }
    await mustRun("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder], { cwd });
}
