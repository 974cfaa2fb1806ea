import { existsSync, readdirSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { projectFileOf, pulumiHome } from "../pulumiFiles";
import { oncePerRun } from "./oncePerRun";

/**
 * Warns once in a run if the engine will not find the resource plugin. The engine's own error names neither the package nor a remedy,
 * and comes after five attempts to download it.
 */
export const warnIfPluginIsMissing = oncePerRun(() => {
    if (!isAttached() && !isOnPath() && !isNamedByProject() && !isInstalled()) {
        // Not by `pulumi.log`, because the engine ends before it takes the message.
        console.error(
            "The engine will not find the resource plugin of `ApiKey`, pulumi-resource-kalshi. Add this to Pulumi.yaml:\n\n" +
                "plugins:\n  providers:\n    - name: kalshi\n      path: node_modules/.bin\n\n" +
                "Or use `KalshiApiKey`, which needs no plugin.",
        );
    }
});

// The places where the engine looks for a plugin. Source: pulumi/pulumi v3.250.0, sdk/go/common/workspace/plugins.go.

function isAttached(): boolean {
    return /(^|,)kalshi:/.test(process.env["PULUMI_DEBUG_PROVIDERS"] ?? "");
}

function isOnPath(): boolean {
    const names = ["pulumi-resource-kalshi", "pulumi-resource-kalshi.cmd"];
    const folders = (process.env["PATH"] ?? "").split(delimiter);
    return folders.some((folder) => names.some((name) => existsSync(join(folder, name))));
}

/** Returns whether a block of the project file that can name plugins mentions this one. A file that cannot be read may name it. */
function isNamedByProject(): boolean {
    try {
        const text = readFileSync(projectFileOf(process.cwd()) ?? "", "utf8");
        const blocks = text.split(/^(?=\S)/m).filter((block) => /^(plugins|packages):/.test(block));
        return blocks.some((block) => block.includes("kalshi"));
    } catch {
        return true;
    }
}

function isInstalled(): boolean {
    try {
        const names = readdirSync(join(pulumiHome(process.env), "plugins"));
        return names.some((name) => /^resource-kalshi-v.*\d$/.test(name));
    } catch {
        return false;
    }
}
