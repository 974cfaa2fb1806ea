// Has the waits of the provider's processes pass 25 times as fast: the minute that an answer gets, the pauses between attempts.
// Whatever else runs on Node (the program, its compiler) keeps its time.
const speed = 25;
const provider = /pulumi-resource-kalshi$|dynamic-provider[/\\]index\.js$/;

if (provider.test(process.argv[1] ?? "")) {
    const timers = require("node:timers/promises");
    const [later, laterPromised] = [globalThis.setTimeout, timers.setTimeout];
    globalThis.setTimeout = Object.assign((run, delay = 0, ...rest) => later(run, delay / speed, ...rest), later);
    timers.setTimeout = (delay = 0, ...rest) => laterPromised(delay / speed, ...rest);
    require("node:module").syncBuiltinESMExports();
}
