// Makes the packages' programs executable. npm does so only when it links them, and `npm run clean` removes them after that.
import { chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const manifestOf = (folder) => JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));

for (const workspace of manifestOf(".").workspaces) {
    for (const file of Object.values(manifestOf(workspace).bin ?? {})) {
        chmodSync(join(root, workspace, file), 0o755);
    }
}
