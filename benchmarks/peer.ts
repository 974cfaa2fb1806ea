import which from "which";

/**
 * The Go plugin that the plugin of this project is compared with: its resources make no API calls either, and its SDK is in node_modules.
 * Source of the binary: https://www.pulumi.com/registry/packages/random.
 */
export const peer = "pulumi-resource-random";

/** Returns the file of the Go plugin, or undefined if it is not on PATH. */
export async function findPeer(): Promise<string | undefined> {
    return (await which(peer, { nothrow: true })) ?? undefined;
}
