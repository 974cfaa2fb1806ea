import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Addresses } from "../addresses";
import { root } from "../paths";

/** The files and folders whose text may contain an address: programs and documentation. */
const places = ["*.md", ".github", "docs", "examples", "templates", "tests/engine/programs"];

/**
 * Returns the tracked files in which an address has to change: each path, with the new text.
 *
 * @param old the addresses that the files contain now
 */
export function filesWithAddresses(old: Addresses, addresses: Addresses): Map<string, string> {
    const files = new Map<string, string>();
    for (const path of trackedFiles()) {
        const text = readFileSync(join(root, path), "utf8");
        const changed = withAddresses(text, old, addresses);
        if (changed !== text) {
            files.set(path, changed);
        }
    }
    return files;
}

/** Returns a text with other addresses. */
export function withAddresses(text: string, old: Addresses, addresses: Addresses): string {
    const [from, to] = [spellings(old), spellings(addresses)];
    const changes = new Map(Object.entries(from).map(([name, value]) => [value, to[name] ?? value]));
    // One form can be the beginning of another, and a new one can contain an old one. So all are replaced at once, the longest first.
    const longestFirst = [...changes.keys()].sort((one, other) => other.length - one.length);
    const anyForm = new RegExp(longestFirst.map((form) => form.replaceAll(".", "\\.")).join("|"), "g");
    return text.replace(anyForm, (form) => changes.get(form) ?? form);
}

/** The forms in which programs and documentation contain the addresses. */
function spellings(addresses: Addresses): Readonly<Record<string, string>> {
    const { repository, logoUrl, pluginDownloadURL, goModule, mavenGroup, javaPackage, csharpNamespace } = addresses;
    return {
        repository,
        logoUrl,
        pluginDownloadURL,
        goModule,
        javaPackage: `${javaPackage}.kalshi`,
        mavenGroup,
        csharpNamespace: `${csharpNamespace}.Kalshi`,
    };
}

function trackedFiles(): string[] {
    const listed = execFileSync("git", ["ls-files", "-z", ...places], { cwd: root, encoding: "utf8" });
    return listed.split("\0").filter((path) => path !== "" && existsSync(join(root, path)));
}
