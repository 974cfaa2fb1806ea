import { existsSync, readdirSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { namesIn, unknownOptions, type ConfigSources, type UnknownOption } from "../config";
import { pluginDownloadURL } from "../package";
import { projectFileOf, pulumiHome } from "../pulumi";
import { withCode } from "../userError";

/**
 * Returns a function that does something once in each run of a program. A process may run the programs of several stacks, each several
 * times. Without an engine, there is no run, and the function does nothing.
 */
function oncePerRun<T extends unknown[]>(action: (...args: T) => void): (...args: T) => void {
    const runs = new WeakSet<pulumi.Resource>();
    return (...args) => {
        const run = pulumi.runtime.getStackResource();
        if (run !== undefined && !runs.has(run)) {
            runs.add(run);
            action(...args);
        }
    };
}

/** The provider's options in the stack's configuration, and the variables of the program's process. */
export const stackSources: ConfigSources = {
    option: (name) => pulumi.runtime.getConfig(`kalshi:${name}`),
    env: process.env,
};

/**
 * Reports mistyped options. The resource plugin does so when the engine checks its configuration, but the engine checks no configuration
 * of a dynamic provider, and passes that provider only the options that it asks for.
 *
 * @throws pulumi.RunError if the stack's configuration has an unknown option; the SDK prints no stack trace for it
 */
export function checkStackConfiguration(): void {
    const unknown = unknownOptions(namesIn(Object.keys(pulumi.runtime.allConfig())), pulumi.getProject());
    const errors = unknown.filter(({ severity }) => severity === "error").map(({ text }) => text);
    if (errors.length > 0) {
        throw new pulumi.RunError(withCode(errors.join("\n"), "KALSHI_OPTION_UNKNOWN"));
    }
    logWarnings(unknown);
}

const logWarnings = oncePerRun((unknown: readonly UnknownOption[]) => {
    unknown.forEach(({ text }) => void pulumi.log.warn(text));
});

/**
 * Warns once in a run if the resource plugin is not installed. The engine may still download it. If that fails, the engine's own error
 * does not say that the npm package contains the plugin, and comes after five attempts.
 */
export const warnIfPluginIsMissing = oncePerRun(() => {
    if (!isAttached() && !isOnPath() && !isNamedByProject() && !isInstalled()) {
        // Not by `pulumi.log`, because the engine ends before it takes the message.
        console.error(
            "pulumi-resource-kalshi, the resource plugin of `ApiKey`, is not installed. If the engine cannot download it from " +
                `${pluginDownloadURL}, add this to Pulumi.yaml, to use the one in the npm package:\n\n` +
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

/**
 * Returns whether the project file may name the plugin: a line besides the project's name or description mentions it. A file that cannot
 * be read, or that belongs to another project because the program runs elsewhere, may be one that does.
 */
function isNamedByProject(): boolean {
    try {
        const lines = readFileSync(projectFileOf(process.cwd()) ?? "", "utf8").split(/\r?\n/);
        const isOfProject = lines.some((line) => /^name:/.test(line) && line.includes(pulumi.getProject()));
        return !isOfProject || lines.some((line) => line.includes("kalshi") && !/^(name|description):/.test(line));
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
