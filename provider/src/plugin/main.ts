// Must be the first import, because an old Node fails at the others.
import "../nodeVersion";
import { placeOf } from "../userError";
import { serve } from "./server";

/**
 * Runs the plugin: `pulumi-resource-kalshi [engine address]`, started by the engine. It prints its port to standard output, and
 * nothing else. The engine passes flags with their values before the address; they are for other kinds of plugins.
 * Source: pulumi/pulumi, sdk/go/common/resource/plugin/plugin.go, buildPluginArguments.
 */
const isAddress = (argument: string) => argument !== "" && !argument.startsWith("-");
const engineAddress = process.argv.slice(2).filter(isAddress).at(-1);

/**
 * Ends the process after an unhandled error. Node would print the error's message, its properties and the line of code, and each of
 * them may hold a private key. The error's name and its stack frames cannot, so only they are printed.
 */
function crash(error: unknown): never {
    const { name, frames } = placeOf(error);
    console.error(`pulumi-resource-kalshi: internal error: ${name}\n${frames.join("\n")}`);
    process.exit(1);
}

for (const event of ["uncaughtException", "unhandledRejection"]) {
    // If the SDK starts the plugin (PulumiPlugin.yaml), it has added its own handlers, which print the whole error.
    process.removeAllListeners(event).on(event, crash);
}

// After the engine was killed, a write fails with EPIPE. The provider must still finish the creates in flight.
process.stderr.on("error", () => undefined);

void serve(engineAddress).then((port) => console.log(String(port)));
