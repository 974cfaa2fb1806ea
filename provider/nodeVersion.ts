const { engines } = require("pulumi-kalshi/package.json") as { engines: { node: string } };

/** The oldest Node that the package runs on. */
export const neededNode = engines.node.replace(">=", "");

/**
 * Ends the process where its Node is too old: whoever starts a program with one shall read why it does not work, not the stack
 * of what happens to fail first.
 *
 * @param program what needs it, at the beginning of a sentence
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
