import { existsSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

/** The scripts of package.json have the plugin on PATH, in the same folder as their Node. */
export const pathWithoutPlugin = [
    dirname(process.execPath),
    ...(process.env["PATH"] ?? "")
        .split(delimiter)
        .filter((folder) => !existsSync(join(folder, "pulumi-resource-kalshi"))),
].join(delimiter);
