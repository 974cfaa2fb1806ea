import { neededNode } from "../nodeVersion";
import { Account } from "./account";
import type { AccountKeys } from "./accountScope";
import { regionExpiryCheck } from "./checks";
import type { Check, Report } from "./report";
import { type Configuration, findStack, pulumi, type Stack } from "./stack";
import {
    ConfigError,
    namesIn,
    problemsOf,
    readConfig,
    readEndpoint,
    settingsOf,
    unknownOptions,
    options as providerOptions,
    type Config,
    type ConfigSources,
    type UnknownOption,
} from "../config";
import { describeEndpoint, type Endpoint } from "../kalshi/endpoint";
import { withCode } from "../userError";

/**
 * Checks the engine, Node and the stack.
 *
 * @param name the stack's name; by default the selected stack
 */
export async function examineStack(name: string | undefined, report: Report): Promise<Stack | undefined> {
    const engine = await pulumi(["version"]).then(
        (version): Check => ({ name: "engine", status: "ok", text: `Pulumi ${version.trim()}` }),
        (error: unknown): Check => ({
            name: "engine",
            status: "failed",
            text: `${(error as Error).message}; how to get it: https://www.pulumi.com/docs/install`,
        }),
    );
    report.add(engine);
    report.add({ name: "node", status: "ok", text: `${process.versions.node}; ${neededNode} or newer is needed` });
    const found = await findStack(name);
    if (!("reason" in found)) {
        report.add({ name: "stack", status: "ok", text: `${found.fullName} in ${found.folder}` });
        return found;
    }
    report.add({
        name: "stack",
        // One failure is reported once.
        status: found.noProject || engine.status === "failed" ? "info" : "failed",
        text: `no stack: ${found.reason}`,
        details: [
            ...(found.reason.includes("failed to load checkpoint") ? [tornAttributes] : []),
            "the configuration below comes from the variables alone, and the stack's keys are not examined",
        ],
    });
    return undefined;
}

/** Matches the error about a file that a killed engine sometimes leaves in a file backend; seen with Pulumi 3.250.0. */
const tornAttributes =
    "an engine that was killed may have left an empty file STACK.json.attrs beside the complete state STACK.json: remove that " +
    "file, then run this again";

/** Checks the configuration and the account that it selects. */
export async function examineAccount(
    stack: Stack | undefined,
    report: Report,
): Promise<{ readonly account: Account | undefined; readonly listed: AccountKeys | undefined }> {
    const { check, endpoint, config } = examineConfiguration(
        stack?.configuration ?? {},
        process.env,
        stack?.project ?? "",
    );
    report.add(check);
    if (endpoint !== undefined) {
        report.add({ name: "environment", status: "info", text: describeEndpoint(endpoint) });
    }
    if (config === undefined) {
        report.add({
            name: "credentials",
            status: "info",
            text: "not checked, because the configuration cannot be used",
        });
        return { account: undefined, listed: undefined };
    }
    const account = new Account(config);
    const { check: credentials, listed, regionExpiresAt } = await account.list();
    report.add(credentials);
    const attestation = regionExpiryCheck(regionExpiresAt, Date.now());
    if (attestation !== undefined) {
        report.add(attestation);
    }
    if (listed !== undefined) {
        report.add(await account.limits());
    }
    report.add(account.clock());
    return { account, listed };
}

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
 * @param project the name of the stack's project; empty if there is no stack
 */
export function examineConfiguration(options: Configuration, env: ConfigSources["env"], project: string): Configured {
    const sources: ConfigSources = { option: (name) => options[`kalshi:${name}`]?.value, env };
    const unknown = unknownOptions(namesIn(Object.keys(options)), project);
    const [errors, warnings] = [unknown.filter(isError), unknown.filter((option) => !isError(option))];
    const problems = [
        ...errors.map(({ text }) => withCode(text, "KALSHI_OPTION_UNKNOWN")),
        ...problemsOf(sources).map(({ message }) => message),
    ];
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
        ...warnings.map(({ text }) => `• ${text}`),
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
    const endpoint = usable(() => readEndpoint(sources));
    return { check, endpoint, config: errors.length > 0 ? undefined : usable(() => readConfig(sources)) };
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
        const where = source === "option" ? `option kalshi:${option}` : `variable ${providerOptions[option].variable}`;
        const secret = value === undefined || (source === "option" && options[`kalshi:${option}`]?.secret === true);
        const unused = used ? "" : "; not used, because another setting of the private key has precedence";
        return `${label}${secret ? "set (secret)" : value} (${where}${unused})`;
    });
}

function isError({ severity }: UnknownOption): boolean {
    return severity === "error";
}
