import { existsSync } from "node:fs";
import { join } from "node:path";
import { testedRelease } from "../../tools/paths";
import { serveFolder } from "../../tools/release/serve";
import { onCleanUp } from "./harness";

/** Whether the preparation of the tests has written all files of a release. The checksums are the last. */
export const hasRelease = existsSync(join(testedRelease, "SHA256SUMS"));

/**
 * Serves the files of the tested release until the test ends.
 *
 * @returns the variables with which the engine downloads the plugin from there instead of GitHub
 */
export async function serveRelease(): Promise<Record<string, string>> {
    const { url, close } = await serveFolder(testedRelease);
    onCleanUp(close);
    return {
        PULUMI_PLUGIN_DOWNLOAD_URL_OVERRIDES: `^github://api\\.github\\.com/=${url}`,
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "false",
    };
}
