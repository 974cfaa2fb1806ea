const { engines } = require("pulumi-kalshi/package.json") as { engines: { node: string } };

const needed = engines.node.replace(">=", "");
const [neededMajor = 0, neededMinor = 0] = needed.split(".").map(Number);
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

/** Whoever starts the plugin with an old Node shall read why it does not work, not the stack of what happens to fail first. */
if (major < neededMajor || (major === neededMajor && minor < neededMinor)) {
    console.error(
        `The Kalshi plugin needs Node ${needed} or newer. The one on PATH, ${process.execPath}, is ${process.versions.node}. ` +
            "Install a newer one: https://nodejs.org",
    );
    process.exit(1);
}
