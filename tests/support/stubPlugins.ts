import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../tools/paths";

const program = join(root, "tests", "support", "stubPlugin.ts");
const tsNode = join(root, "node_modules", "ts-node", "register", "transpile-only");

/**
 * Writes the executables of stub plugins into a new folder, which has to be on PATH.
 *
 * @param packages the names of their Pulumi packages, such as `aws`
 */
export function writeStubPlugins(folder: string, packages: readonly string[]): void {
    mkdirSync(folder);
    const script = `#!/bin/sh\nTS_NODE_PROJECT='${join(root, "tests", "tsconfig.json")}' exec '${process.execPath}' --require '${tsNode}' '${program}' "$@"\n`;
    for (const name of packages) {
        writeFileSync(join(folder, `pulumi-resource-${name}`), script, { mode: 0o755 });
    }
}
