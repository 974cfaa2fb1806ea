// Removes build output, caches and reports. The npm packages stay installed.
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const folders = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
const output = folders.map(({ name }) => join(name, "dist"));
for (const path of [...output, ".cache", "coverage", "release", "reports"]) {
    rmSync(join(root, path), { recursive: true, force: true });
}
