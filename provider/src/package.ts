/**
 * The version of the npm package and of the plugin in it. The package loads its package.json by the package's name, because that works
 * in the sources, in the build output and in the plugin's bundle.
 */
export const { version } = require("pulumi-kalshi/package.json") as { version: string };
