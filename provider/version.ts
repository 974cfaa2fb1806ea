/**
 * The version of the npm package, and so of the plugin that it holds. The package asks for itself by name, which holds in the
 * source tree, in the built one and in the plugin's bundle.
 */
export const { version } = require("pulumi-kalshi/package.json") as { version: string };
