import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { addresses, placeholderForms, placeholderOwner } from "../../addresses";
import { npmPackages } from "../npm";
import { digest, version } from "../part";
import { archiveName, platforms } from "../plugin";
import { entriesOf, isArchive } from "./archives";
import type { Check } from "./check";

const sums = "SHA256SUMS";

export const fileChecks: readonly Check[] = [
    {
        title: "The release has all files",
        findProblems: ({ release, files }) =>
            files.filter((name) => !existsSync(join(release, name))).map((name) => `${name} is missing.`),
    },
    {
        title: "SHA256SUMS has the checksum of each file",
        findProblems: async ({ release }) => {
            if (!existsSync(join(release, sums))) {
                return [`${sums} is missing.`];
            }
            const written = readFileSync(join(release, sums), "utf8").split("\n");
            const others = filesIn(release).filter((file) => file !== sums);
            const right = await Promise.all(
                others.map(async (file) => `${await digest("sha256", join(release, file))}  ${file}`),
            );
            return [
                ...right.filter((line) => !written.includes(line)).map((line) => `${sums} lacks the line "${line}".`),
                ...written
                    .filter((line) => line !== "" && !right.includes(line))
                    .map((line) => `${sums} has the wrong line "${line}".`),
            ];
        },
    },
    {
        title: "Each plugin archive has the program at its root",
        findProblems: async ({ release }) => {
            const problems: string[] = [];
            for (const { os, arch } of platforms) {
                const archive = archiveName(os, arch);
                const entries = await entriesOf(join(release, archive));
                // On Windows the engine looks for an .exe, then for a .cmd.
                const endings = os === "windows" ? [".exe", ".cmd"] : [""];
                const program = endings.flatMap((ending) => entries.get(`pulumi-resource-kalshi${ending}`) ?? [])[0];
                if (program?.isExecutable !== true) {
                    problems.push(`${archive} has no executable pulumi-resource-kalshi at its root.`);
                }
            }
            return problems;
        },
    },
    {
        title: "Each npm package has its license and its description",
        findProblems: async ({ release }) => {
            const problems: string[] = [];
            for (const name of npmPackages) {
                const archive = `${name}-${version}.tgz`;
                const entries = await entriesOf(join(release, archive));
                const missing = ["LICENSE", "README.md"].filter((file) => !entries.has(`package/${file}`));
                problems.push(...missing.map((file) => `${archive} has no ${file}.`));
            }
            return problems;
        },
    },
];

/** The one check that fails until a person sets the owner. */
export const ownerCheck: Check = {
    title: "The repository's address and the publisher are set",
    findProblems: async ({ release }) => {
        let count = 0;
        for (const file of filesIn(release)) {
            count += (await hasPlaceholder(join(release, file))) ? 1 : 0;
        }
        const isUnset = placeholderForms.test(addresses.repository) || placeholderForms.test(addresses.publisher);
        return count === 0 && !isUnset
            ? []
            : [
                  `Files of the release that contain the placeholder ${placeholderOwner}: ${count}. Set the repository's address and the ` +
                      "publisher in tools/publisher.json, and run `npm run generate`.",
              ];
    },
};

async function hasPlaceholder(file: string): Promise<boolean> {
    if (!isArchive(file)) {
        return placeholderForms.test(readFileSync(file, "latin1"));
    }
    const entries = [...(await entriesOf(file))];
    return entries.some(([path, { content }]) => placeholderForms.test(`${path}\n${content.toString("latin1")}`));
}

function filesIn(folder: string): string[] {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries
        .filter((entry) => entry.isFile())
        .map(({ name }) => name)
        .sort();
}
