import {
    ConfigError,
    problemsOf,
    readConfig,
    readEndpoint,
    settingsOf,
    variables,
    type Config,
    type ConfigSources,
} from "../config";
import type { Endpoint } from "../kalshi/endpoint";
import type { Check } from "./report";
import type { Configuration } from "./stack";

/** A configuration, and whether it can be used. */
export interface Configured {
    readonly check: Check;
    /** Absent if it is invalid. */
    readonly endpoint: Endpoint | undefined;
    /** Absent if it cannot be used. */
    readonly config: Config | undefined;
}

/**
 * Checks the configuration: every option, the source of its value, and what is wrong with it. Makes no API calls.
 *
 * @param options the stack's options, with secrets in plaintext
 */
export function examineConfiguration(options: Configuration, env: ConfigSources["env"]): Configured {
    const sources: ConfigSources = { option: (name) => options[`kalshi:${name}`]?.value, env };
    const problems = problemsOf(sources).map(({ message }) => message);
    // Everyone who can read the stack's configuration file or its repository can read the key.
    const inClear = ["kalshi:privateKey"].filter((name) => options[name]?.value && options[name].secret !== true);
    const failures = [
        ...problems,
        ...inClear.map(
            (name) =>
                `${name} is in the stack's configuration file in plaintext: \`pulumi config set --secret ${name}\``,
        ),
    ];
    const details = [
        ...linesOf(sources, options),
        ...unknownOptionsIn(options),
        ...failures.map((failure) => `✗ ${failure}`),
    ];
    const check: Check =
        failures.length === 0
            ? { name: "configuration", status: "ok", text: "complete", details }
            : {
                  name: "configuration",
                  status: "failed",
                  text: problems.length > 0 ? "cannot be used" : "unsafe",
                  details,
              };
    return { check, endpoint: usable(() => readEndpoint(sources)), config: usable(() => readConfig(sources)) };
}

function usable<T>(read: () => T): T | undefined {
    try {
        return read();
    } catch (error) {
        if (error instanceof ConfigError) {
            return undefined;
        }
        throw error;
    }
}

function linesOf(sources: ConfigSources, options: Configuration): string[] {
    const settings = settingsOf(sources);
    const isSet = (option: string) => settings.some((one) => one.option === option && one.source !== undefined);
    return settings.map(({ option, source, value, used }) => {
        const label = `${option}:`.padEnd(16);
        if (source === undefined) {
            const byDefault = option === "environment" && !isSet("baseUrl");
            return `${label}${byDefault ? "prod (default)" : "not set"}`;
        }
        const where = source === "option" ? `option kalshi:${option}` : `variable ${variables[option]}`;
        const secret = value === undefined || (source === "option" && options[`kalshi:${option}`]?.secret === true);
        const unused = used ? "" : "; not used, because another setting of the private key has precedence";
        return `${label}${secret ? "set (secret)" : value} (${where}${unused})`;
    });
}

/** Returns the unknown options, which may be typos. They are no failure, because a project named `kalshi` has its own options. */
function unknownOptionsIn(options: Configuration): string[] {
    return Object.keys(options)
        .filter((name) => name.startsWith("kalshi:") && !(name.slice("kalshi:".length) in variables))
        .map((name) => `• ${name} is not an option of the provider`);
}
