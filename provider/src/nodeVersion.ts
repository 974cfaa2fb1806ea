const { engines } = require("pulumi-kalshi/package.json") as { engines: { node: string } };

/** The oldest Node version that the package runs on. */
export const neededNode = engines.node.replace(">=", "");

// Runs at the import, because the imports that follow it in a program need a newer Node. Otherwise the user would see the stack trace
// of the first unsupported feature.
const [neededMajor = 0, neededMinor = 0] = neededNode.split(".").map(Number);
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < neededMajor || (major === neededMajor && minor < neededMinor)) {
    console.error(
        `pulumi-kalshi needs Node ${neededNode} or newer. The one on PATH, ${process.execPath}, is ${process.versions.node}. ` +
            "Install a newer one: https://nodejs.org (KALSHI_NODE_TOO_OLD)",
    );
    process.exit(1);
}
