// First of all, before anything that an old Node cannot run.
import "./nodeVersion";
import { placeOf } from "./place";
import { serve } from "./server";

/**
 * The plugin's process: `pulumi-resource-kalshi [engine address]`, started by the engine. It prints the port that it serves
 * on, alone, to standard output. Flags, and what they are given, stand before the address; they are for plugins of other kinds.
 * Source: pulumi/pulumi, sdk/go/common/resource/plugin/plugin.go, buildPluginArguments.
 */
const isAddress = (argument: string) => argument !== "" && !argument.startsWith("-");
const engineAddress = process.argv.slice(2).filter(isAddress).at(-1);

/**
 * An error that nobody handles ends the process. Node would print its message, the line of code it came from and all that
 * hangs on the error, and any of that may hold a private key; its name and its place in the code cannot.
 */
function crash(error: unknown): never {
    const { name, frames } = placeOf(error);
    console.error(`The Kalshi plugin ends on an error that should not be: ${name}\n${frames.join("\n")}`);
    process.exit(1);
}

for (const event of ["uncaughtException", "unhandledRejection"]) {
    // Where the SDK starts the plugin (PulumiPlugin.yaml), its own handlers are there, and they print the error whole.
    process.removeAllListeners(event).on(event, crash);
}

// An engine that was killed reads nothing any more (EPIPE). That is no reason to leave a creation half done.
process.stderr.on("error", () => undefined);

void serve(engineAddress).then((port) => console.log(String(port)));
