import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bomPart } from "./bom";
import { dotnetPart } from "./dotnet";
import { goPart } from "./go";
import { javaPart } from "./java";
import { npmPart } from "./npm";
import { digest, type Part } from "./part";
import { pluginPart } from "./plugin";
import { provenancePart } from "./provenance";
import { pythonPart } from "./python";
import { referencePart } from "./reference";

/** The parts that need Node alone. */
export const nodeParts: readonly Part[] = [npmPart, pluginPart, bomPart, referencePart];

/** All parts. Those of other languages need Go, Python, a JDK and Maven. */
export const allParts: readonly Part[] = [...nodeParts, pythonPart, goPart, javaPart, dotnetPart, provenancePart];

const checksums = "SHA256SUMS";

/** Returns the names of the files of a release with these parts. */
export function releaseFiles(parts: readonly Part[]): string[] {
    return [...parts.flatMap(({ files }) => files), checksums];
}

/**
 * Writes the files of a release, from the build output and schema.json, and their checksums. The same source results in the same bytes
 * if the build output is new (`npm run package` sees to that) and the source was checked out with a umask of 022, because npm keeps modes.
 *
 * @param folder the output folder, which is emptied first
 * @returns the names of the files
 * @throws Error if a tool that a part needs is missing, or fails
 */
export async function writeRelease(
    folder: string,
    parts: readonly Part[] = allParts,
    say: (progress: string) => void = () => undefined,
): Promise<string[]> {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    for (const { title, pack } of parts) {
        say(title);
        await pack(folder, (progress) => {
            say(`${title}: ${progress}`);
        });
    }
    const files = (await readdir(folder)).sort();
    const sums = await Promise.all(
        files.map(async (file) => `${await digest("sha256", join(folder, file))}  ${file}\n`),
    );
    await writeFile(join(folder, checksums), sums.join(""));
    return [...files, checksums];
}
