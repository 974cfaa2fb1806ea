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

/** A configuration as it stands, and whether it can be used. */
export interface Configured {
    readonly check: Check;
    /** Where it leads; absent where that cannot be told. */
    readonly endpoint: Endpoint | undefined;
    /** Absent where it cannot be used. */
    readonly config: Config | undefined;
}

/**
 * Looks at the configuration: every option, where its value comes from, and what is wrong with it. Calls nobody.
 *
 * @param options those of the stack, secrets in clear
 */
export function examineConfiguration(options: Configuration, env: ConfigSources["env"]): Configured {
    const sources: ConfigSources = { option: (name) => options[`kalshi:${name}`]?.value, env };
    const problems = problemsOf(sources).map(({ message }) => message);
    // One who reads the stack's configuration file, or the repository that it is in, has the key.
    const inClear = ["kalshi:privateKey"].filter((name) => options[name]?.value && options[name].secret !== true);
    const failures = [
        ...problems,
        ...inClear.map(
            (name) =>
                `${name} stands in the stack's configuration file in clear: \`pulumi config set --secret ${name}\``,
        ),
    ];
    const details = [
        ...linesOf(sources, options),
        ...strangersIn(options),
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
        const unused = used ? "" : "; not used, since the private key is set in another way that wins";
        return `${label}${secret ? "set (secret)" : value} (${where}${unused})`;
    });
}

/** A mistyped option would lead to the default; but a project of the name `kalshi` has options of its own. */
function strangersIn(options: Configuration): string[] {
    return Object.keys(options)
        .filter((name) => name.startsWith("kalshi:") && !(name.slice("kalshi:".length) in variables))
        .map((name) => `• ${name} is no option of the provider`);
}
