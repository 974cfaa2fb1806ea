import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import which from "which";
import { root } from "../paths";
import { buildTools, type ToolModule } from "./build";
import { defaultSources } from "./engine";
import { ensureFolder } from "./once";
import { goHostVersion, languagesVersion } from "./versions";

/** The languages whose hosts official installations of Pulumi contain, but not the engine that is built here. */
export const languages = ["go", "yaml", "java"] as const;

const modules: readonly ToolModule[] = [
    { folder: "tools/engine/go", version: goHostVersion, time: "less than a minute" },
    { folder: "tools/languages", version: languagesVersion, time: "3 minutes on 2 cores" },
];

/**
 * Builds the missing language hosts from the Go module proxy, in a folder beside the engines.
 *
 * @returns the folder that has to be on PATH after the engine's; undefined if the engine has all hosts
 * @throws Error if Go is missing or a build fails
 */
export async function ensureLanguageHosts(say: (progress: string) => void): Promise<string | undefined> {
    if (languages.every((language) => which.sync(`pulumi-language-${language}`, { nothrow: true }) !== null)) {
        return undefined;
    }
    const folder = join(defaultSources().pulumiHome, "versions", `language-hosts-${fingerprint()}`);
    await ensureFolder(folder, say, async (temporary) => {
        for (const module of modules) {
            await buildTools(module, temporary, say);
        }
    });
    return folder;
}

/** Returns a hash of the modules. A changed version makes a new folder. */
function fingerprint(): string {
    const hash = createHash("sha256");
    modules.forEach(({ folder }) => hash.update(readFileSync(join(root, folder, "go.sum"))));
    return hash.digest("hex").slice(0, 12);
}
