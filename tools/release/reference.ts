import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../paths";
import { mustRun } from "../processes";
import { npmFolders } from "./npm";
import { archive, filesOf, inTemporaryFolder, version, type Part } from "./part";

export const referenceFile = `pulumi-kalshi-${version}-reference.tar.gz`;

/** The reference of the npm packages' exports, as HTML. */
export const referencePart: Part = {
    title: "reference",
    files: [referenceFile],
    pack: (folder) =>
        inTemporaryFolder(async (stage) => {
            const packages = Object.values(npmFolders).map((name) => join(root, name));
            await buildReference(packages, stage);
            await copyFile(join(root, "LICENSE"), join(stage, "LICENSE"));
            await archive(join(folder, referenceFile), stage, await filesOf(stage));
        }),
};

/**
 * Writes a reference of packages from their sources.
 *
 * @param packages the packages' folders
 * @throws Error if TypeDoc warns, for example of an export without a description, of a type that is not exported, or of a broken link
 */
export async function buildReference(packages: readonly string[], folder: string): Promise<void> {
    const typedoc = join(root, "node_modules", "typedoc", "bin", "typedoc");
    const options = join(root, "tools", "release", "typedoc.jsonc");
    const entryPoints = packages.flatMap((path) => ["--entryPoints", path]);
    const args = [typedoc, "--options", options, ...entryPoints, "--out", folder];
    await mustRun(process.execPath, args, { cwd: root });
}

/** Returns the end of the path of an export's page in the reference. */
export function pageOf(packageName: string, exported: string): string {
    return `/${packageName}.${exported}.html`;
}
