const { engines } = require("pulumi-kalshi/package.json") as { engines: { node: string } };

/** The oldest Node version that the package runs on. */
export const neededNode = engines.node.replace(">=", "");

/**
 * Ends the process with a message if its Node is too old. Otherwise the user would see the stack trace of the first unsupported
 * feature.
 *
 * @param program the program's name, which begins the message
 */
export function refuseOldNode(program: string): void {
    const [neededMajor = 0, neededMinor = 0] = neededNode.split(".").map(Number);
    const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
    if (major < neededMajor || (major === neededMajor && minor < neededMinor)) {
        console.error(
            `${program} needs Node ${neededNode} or newer. The one on PATH, ${process.execPath}, is ${process.versions.node}. ` +
                "Install a newer one: https://nodejs.org",
        );
        process.exit(1);
    }
}
