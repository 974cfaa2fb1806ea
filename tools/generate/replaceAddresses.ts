import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Addresses } from "../addresses";
import { root } from "./root";

/** The files and folders whose text may contain an address: programs and documentation. */
const places = ["*.md", ".github", "docs", "examples", "templates", "tests/engine/programs"];

/**
 * Returns the tracked files in which an address has to change: each path, with the new text.
 *
 * @param old the addresses that the files contain now
 */
export function filesWithAddresses(old: Addresses, addresses: Addresses): Map<string, string> {
    const files = new Map<string, string>();
    const changes = Object.entries(spellings(addresses)).map(([name, value]) => [spellings(old)[name], value] as const);
    for (const path of trackedFiles()) {
        const text = readFileSync(join(root, path), "utf8");
        const changed = changes.reduce((done, [from = "", to]) => done.replaceAll(from, to), text);
        if (changed !== text) {
            files.set(path, changed);
        }
    }
    return files;
}

/** The forms in which programs and documentation contain the addresses. */
function spellings(addresses: Addresses) {
    const { repository, logoUrl, pluginDownloadURL, goModule, mavenGroup, javaPackage, csharpNamespace } = addresses;
    const forms: Record<string, string> = {
        repository,
        logoUrl,
        pluginDownloadURL,
        goModule,
        javaPackage: `${javaPackage}.kalshi`,
        mavenGroup,
        csharpNamespace: `${csharpNamespace}.Kalshi`,
    };
    return forms;
}

function trackedFiles(): string[] {
    const listed = execFileSync("git", ["ls-files", "-z", ...places], { cwd: root, encoding: "utf8" });
    return listed.split("\0").filter((path) => path !== "" && existsSync(join(root, path)));
}
