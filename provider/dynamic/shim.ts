/**
 * What stands in the state of every `KalshiApiKey` as `__provider`: the code that the SDK's host of dynamic resources runs to
 * get the provider, which is the installed package's [host](./host.ts). The text stays in a state until the next `pulumi up` and
 * is run by whatever version of the package is installed then, so it holds no logic, captures nothing (no path, no
 * secret), and does not change: tests hold it.
 *
 * `pulumi.dynamic.Resource` would serialize a provider of seven methods into 2.1 KB, twice in each resource's state, which
 * the engine writes anew at every step: of 500 keys that is most of the time of an `up`. Its host does with the text no more
 * than `requireFromString(text).handler()`. Source: @pulumi/pulumi 3.270.0, dynamic/index.js and cmd/dynamic-provider/index.js.
 */
export const shim = 'exports.handler = () => require("pulumi-kalshi/dynamic");\n';
