/** What a state and the engine call a key: one of the plugin, an `ApiKey`. */
export const pluginType = "kalshi:index:ApiKey";

/**
 * And one that is a dynamic resource, a `KalshiApiKey`: the SDK's host of those serves all types that begin like this.
 * Source: @pulumi/pulumi 3.270.0, dynamic/index.js.
 */
export const dynamicType = "pulumi-nodejs:dynamic/kalshi:ApiKey";
