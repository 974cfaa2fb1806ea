// Divides all timers of the provider's and the doctor's processes by 25, so timeouts and waits before retries. Other Node processes,
// such as the program and its compiler, keep their timers.
const speed = 25;
const provider = /pulumi-resource-kalshi$|dynamic-provider[/\\]index\.js$|cli[/\\]main\.js$/;

if (provider.test(process.argv[1] ?? "")) {
    const timers = require("node:timers/promises");
    const [later, laterPromised] = [globalThis.setTimeout, timers.setTimeout];
    globalThis.setTimeout = Object.assign((run, delay = 0, ...rest) => later(run, delay / speed, ...rest), later);
    timers.setTimeout = (delay = 0, ...rest) => laterPromised(delay / speed, ...rest);
    require("node:module").syncBuiltinESMExports();
}
