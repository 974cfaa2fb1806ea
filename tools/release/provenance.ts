import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { addresses } from "../addresses";
import { root } from "../paths";
import { run } from "../processes";
import { digest, version, type Part } from "./part";

/** The files that pin what a release is built from, besides the source: packages, modules and Node. */
const lockFiles = [
    "package-lock.json",
    "tools/languages/go.sum",
    "tools/release/nodeChecksums.json",
    "tools/release/python/requirements.txt",
    "tools/release/java/pom.xml",
];

/** The tools that are not pinned by a lock file, each with the command that prints its version. */
const tools: Readonly<Record<string, readonly [command: string, ...args: string[]]>> = {
    npm: ["npm", "--version"],
    go: ["go", "env", "GOVERSION"],
    python: ["python3", "--version"],
    java: ["javac", "--version"],
    maven: ["mvn", "--version"],
};

const file = "provenance.json";

/**
 * What the release was built from, as the `buildDefinition` of a SLSA provenance: slsa.dev, spec/v1.0/provenance. The release workflow signs
 * the checksums, and so this file.
 */
export const provenancePart: Part = {
    title: "provenance",
    files: [file],
    pack: async (folder) => {
        const commit = await outputOf("git", "rev-parse", "HEAD");
        const changes = await outputOf("git", "status", "--porcelain");
        const source = { uri: `git+${addresses.repository}.git`, digest: { gitCommit: commit } };
        const locks = lockFiles.map(async (file) => ({
            name: file,
            digest: { sha256: await digest("sha256", join(root, file)) },
        }));
        const versions = Object.entries(tools).map(
            async ([tool, command]) => [tool, await outputOf(...command)] as const,
        );
        const definition = {
            buildType: `${addresses.repository}/blob/v${version}/tools/release/release.ts`,
            externalParameters: { version },
            internalParameters: {
                // A release that is published has none.
                hasUncommittedChanges: changes !== "",
                node: process.version,
                ...Object.fromEntries(await Promise.all(versions)),
            },
            resolvedDependencies: [source, ...(await Promise.all(locks))],
        };
        await writeFile(join(folder, file), `${JSON.stringify(definition, null, 2)}\n`);
    },
};

/** Returns the first line of a command's output; undefined if the command fails or is missing. */
async function outputOf(command: string, ...args: readonly string[]): Promise<string | undefined> {
    const ended = await run(command, args, { cwd: root }).catch(() => undefined);
    return ended?.code === 0 ? stripVTControlCharacters(ended.stdout).split("\n", 1)[0] : undefined;
}
