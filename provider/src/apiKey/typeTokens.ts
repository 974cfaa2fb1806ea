/** The type token of the resource plugin's `ApiKey`. */
export const pluginType = "kalshi:index:ApiKey";

/**
 * The type token of the dynamic provider's `KalshiApiKey`. The SDK's host of dynamic providers serves all types with this prefix.
 * Source: @pulumi/pulumi 3.270.0, dynamic/index.js.
 */
export const dynamicType = "pulumi-nodejs:dynamic/kalshi:ApiKey";
