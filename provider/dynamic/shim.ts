/* eslint-disable @typescript-eslint/no-unsafe-argument -- the SDK hands over properties of any kind */
import type { dynamic } from "@pulumi/pulumi";

type Host = typeof import("./host");

/**
 * What the SDK serializes into the state of every `KalshiApiKey`: calls by name into the installed package, nothing else.
 * The text stays in a state until the next `pulumi up` and is run by whatever version of the package is installed then,
 * so it holds no logic, captures nothing (no path, no secret), and does not change: tests hold its exact text.
 *
 * `require` stands inside each method, by name, because a module captured from outside is written into the state whole
 * when the package is linked instead of installed.
 */
export const shim: dynamic.ResourceProvider = {
    configure: (request) => (require("pulumi-kalshi/dynamic") as Host).configure(request),
    check: (olds, news) => (require("pulumi-kalshi/dynamic") as Host).check(olds, news),
    diff: (id, olds, news) => (require("pulumi-kalshi/dynamic") as Host).diff(id, olds, news),
    create: (inputs) => (require("pulumi-kalshi/dynamic") as Host).create(inputs),
    read: (id, props) => (require("pulumi-kalshi/dynamic") as Host).read(id, props),
    update: (id, olds, news) => (require("pulumi-kalshi/dynamic") as Host).update(id, olds, news),
    delete: (id, props) => (require("pulumi-kalshi/dynamic") as Host).delete(id, props),
};
