import * as pulumi from "@pulumi/pulumi";
import { describeTarget, unknownOptions, type ConfigSources, type UnknownOption } from "../config";
import { withCode } from "../userError";
import { oncePerRun } from "./oncePerRun";

/** The provider's options in the stack's configuration, and the variables of the program's process. */
export const stackSources: ConfigSources = {
    option: (name) => pulumi.runtime.getConfig(`${namespace}:${name}`),
    env: process.env,
};

const namespace = "kalshi";

/**
 * Reports mistyped options, and shows which account this run changes. The resource plugin does so when the engine checks its
 * configuration, but the engine checks no configuration of a dynamic provider.
 *
 * @throws pulumi.RunError if the stack's configuration has an unknown option; the SDK prints no stack trace for it
 */
export function checkStackConfiguration(): void {
    const names = Object.keys(pulumi.runtime.allConfig())
        .filter((name) => name.startsWith(`${namespace}:`))
        .map((name) => name.slice(namespace.length + 1));
    const unknown = unknownOptions(names, pulumi.getProject());
    const errors = unknown.filter(({ severity }) => severity === "error").map(({ text }) => text);
    if (errors.length > 0) {
        throw new pulumi.RunError(withCode(errors.join("\n"), "KALSHI_OPTION_UNKNOWN"));
    }
    logConfiguration(unknown);
}

const logConfiguration = oncePerRun((warnings: readonly UnknownOption[]) => {
    warnings.forEach(({ text }) => void pulumi.log.warn(text));
    try {
        void pulumi.log.info(describeTarget(stackSources));
    } catch {
        // The check of the first key reports an invalid configuration.
    }
});
