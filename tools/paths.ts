import { dirname, join } from "node:path";

/** The top of this source tree: the folder that the workspace `pulumi-kalshi` lies in. */
export const root = dirname(dirname(require.resolve("pulumi-kalshi/package.json")));

/** What is made on this machine and can be made again. */
export const cache = join(root, ".cache");
