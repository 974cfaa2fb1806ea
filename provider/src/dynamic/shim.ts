/**
 * The value of `__provider` in the state of every `KalshiApiKey`. The SDK's host of dynamic resources runs this code to load the
 * provider, which is the installed package's [host](./host.ts). The text stays in a state until the next `pulumi up`, which may run it
 * with another version of the package. So it contains no logic, no path and no secret, and it never changes; tests check it.
 *
 * `pulumi.dynamic.Resource` would serialize a provider of seven methods into 2.1 KB, twice in each resource's state. The engine
 * rewrites the state at every step: with 500 keys, that takes most of the time of an `up`. The host only calls
 * `requireFromString(text).handler()`. Source: @pulumi/pulumi 3.270.0, dynamic/index.js and cmd/dynamic-provider/index.js.
 */
export const shim = 'exports.handler = () => require("pulumi-kalshi/dynamic");\n';

/** The value of `__provider` in the state of every `RotatingKalshiApiKey`. */
export const rotatingShim = 'exports.handler = () => require("pulumi-kalshi/dynamic").rotatingApiKey;\n';
