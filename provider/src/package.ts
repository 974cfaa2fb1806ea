/**
 * `version` is that of the npm package and of the plugin in it. From `pluginDownloadURL` the engine downloads a plugin that is not
 * installed. The package loads its package.json by the package's name, because that works in the sources, in the build output and in the
 * plugin's bundle.
 */
export const { version, pluginDownloadURL } = require("pulumi-kalshi/package.json") as {
    version: string;
    pluginDownloadURL: string;
};

/** The type token of the resource plugin's `ApiKey`. */
export const pluginType = "kalshi:index:ApiKey";

/**
 * The type token of the dynamic provider's `KalshiApiKey`. The SDK's host of dynamic providers serves all types with this prefix.
 * Source: @pulumi/pulumi 3.270.0, dynamic/index.js.
 */
export const dynamicType = "pulumi-nodejs:dynamic/kalshi:ApiKey";

/** The type token of the resource plugin's `RotatingApiKey`. */
export const rotatingPluginType = "kalshi:index:RotatingApiKey";

/** The type token of the dynamic provider's `RotatingKalshiApiKey`. */
export const rotatingDynamicType = "pulumi-nodejs:dynamic/kalshi:RotatingApiKey";
