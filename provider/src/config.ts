import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { closest, distance } from "fastest-levenshtein";
import { describeEndpoint, endpointOf, parseBaseUrl, type Endpoint } from "./kalshi/endpoint";
import { parsePrivateKey, type Credentials } from "./kalshi/auth";
import { printable } from "./kalshi/text";
import { UserError, type ErrorCode } from "./userError";

/** An option of the provider, declared once. Configuration, schema.json and the SDK's arguments follow from it. */
export interface OptionDeclaration {
    /** The environment variable that applies if the option is not set. */
    readonly variable: string;
    /** The description, for schema.json and the SDK. */
    readonly description: string;
    /** Whether the SDKs read the variable, so that the state contains the value. Credentials must not reach the state. */
    readonly isVariableInState?: boolean;
    readonly isSecret?: boolean;
}

/** The options of both providers. In a stack's configuration they are named `kalshi:NAME`. */
export const options = {
    environment: {
        variable: "KALSHI_ENVIRONMENT",
        description:
            "The environment whose keys the provider manages: `prod` or `demo`. Default: the variable KALSHI_ENVIRONMENT, or `prod` if it " +
            "is not set. A change replaces the provider and all its keys.",
        isVariableInState: true,
    },
    baseUrl: {
        variable: "KALSHI_BASE_URL",
        description:
            "The server's base URL instead of an environment, including `/trade-api/v2`: https, or http on a loopback address. Default: " +
            "the variable KALSHI_BASE_URL. A change to the URL of another environment replaces the provider and all its keys.",
        isVariableInState: true,
    },
    apiKeyId: {
        variable: "KALSHI_API_KEY_ID",
        description:
            "The id of the signing key for the provider's own requests: a UUID. The key needs the scopes read and write, and must not be " +
            "bound to a subaccount. Default: the variable KALSHI_API_KEY_ID. The provider reads the variable itself, so the state does " +
            "not contain its value.",
    },
    privateKey: {
        variable: "KALSHI_PRIVATE_KEY",
        description:
            "The signing key's private key in PEM: PKCS#1 or PKCS#8, RSA or Ed25519. A secret. Default: the variable KALSHI_PRIVATE_KEY. " +
            "The provider reads the variable itself, so the state does not contain its value.",
        isSecret: true,
    },
    privateKeyPath: {
        variable: "KALSHI_PRIVATE_KEY_PATH",
        description:
            "The file that holds the signing key's private key. Default: the variable KALSHI_PRIVATE_KEY_PATH. The provider reads the " +
            "variable itself, so the state does not contain its value.",
    },
} as const satisfies Readonly<Record<string, OptionDeclaration>>;
export type Option = keyof typeof options;

/** The names of all options, in their documented order. */
export const optionNames = Object.keys(options) as readonly Option[];

/** A name in a provider's configuration that is no option. */
export interface UnknownOption {
    readonly name: string;
    readonly text: string;
    readonly severity: "error" | "warning";
}

const namespace = "kalshi";

/**
 * Returns the names in the provider's namespace, without it.
 *
 * @param keys the keys of a stack's configuration, such as `kalshi:environment`
 */
export function namesIn(keys: readonly string[]): string[] {
    return keys.filter((key) => key.startsWith(`${namespace}:`)).map((key) => key.slice(namespace.length + 1));
}

/**
 * Returns the names that are no options. Each is an error: if `environment` has a typo, the default applies, which is production. A
 * project named `kalshi` has its own options in the same namespace. There, only a name that is similar to an option is reported, as a
 * warning.
 *
 * @param names the names after `kalshi:` in a stack's configuration
 */
export function unknownOptions(names: readonly string[], project: string): UnknownOption[] {
    const unknown: UnknownOption[] = [];
    const isKnown = (name: string) =>
        Object.hasOwn(options, name) || engineOptions.includes(name) || name.startsWith("__");
    for (const name of names.filter((name) => !isKnown(name))) {
        const similar = similarOption(name);
        const hint = similar === undefined ? "" : ` Did you mean kalshi:${similar}?`;
        const text = `kalshi:${printable(name)} is no option of the Kalshi provider.${hint} The options are ${optionNames.join(", ")}.`;
        if (project !== namespace) {
            unknown.push({ name, text, severity: "error" });
        } else if (similar !== undefined) {
            unknown.push({ name, text, severity: "warning" });
        }
    }
    return unknown;
}

/** Options of every provider, which the engine itself uses or adds. */
const engineOptions: readonly string[] = ["version", "pluginDownloadURL", "parameterization"];

/** Returns the nearest option, if the name is a part of it, or if a typo can be the difference: less than half of the letters. */
function similarOption(name: string): Option | undefined {
    const lower = name.toLowerCase();
    const part = optionNames.find((option) => lower.length > 2 && option.toLowerCase().includes(lower));
    const nearest = closest(
        lower,
        optionNames.map((option) => option.toLowerCase()),
    );
    const isTypo = distance(lower, nearest) < Math.max(lower.length, nearest.length) / 2;
    return part ?? (isTypo ? optionNames.find((option) => option.toLowerCase() === nearest) : undefined);
}

/** The sources of options: a stack's configuration and the process's environment. An option wins over its variable. */
export interface ConfigSources {
    /** Returns the value of the option `kalshi:NAME`, or undefined. */
    option(name: Option): string | undefined;
    readonly env: Readonly<Record<string, string | undefined>>;
}

/** A valid configuration. */
export interface Config {
    readonly endpoint: Endpoint;
    readonly credentials: Credentials;
}

/** The codes of unusable configurations. */
type ConfigErrorCode = Extract<
    ErrorCode,
    "KALSHI_CREDENTIALS_MISSING" | "KALSHI_CREDENTIALS_INVALID" | "KALSHI_ENDPOINT_INVALID"
>;

/** An unusable configuration. The message names options, variables and the file, but contains no secret. */
export class ConfigError extends UserError {
    override readonly name = "ConfigError";

    constructor(
        code: ConfigErrorCode,
        readonly option: Option,
        text: string,
        /** Whether the option's value must not be shown, because it may be a private key. */
        readonly sensitive = false,
    ) {
        super(code, text);
    }
}

/** A value and its source. Messages use `where`, for example "The option kalshi:baseUrl". */
interface Found {
    readonly option: Option;
    readonly value: string;
    readonly where: string;
}

/**
 * Reads the configuration, and the private key's file if one is named. Makes no API calls.
 *
 * @throws ConfigError if an option is invalid or the credentials are missing
 */
export function readConfig(sources: ConfigSources): Config {
    return { endpoint: readEndpoint(sources), credentials: readCredentials(sources) };
}

/**
 * Returns a sentence for the user about the account that a run changes. Every preview shows it, because the default is production.
 *
 * @param apiKeyId the text that stands for the signing key's id; by default the id, unless it may be something else, such as a private
 *     key that was set by mistake
 * @throws ConfigError if the environment or the base URL is invalid
 */
export function describeTarget(sources: ConfigSources, apiKeyId = shownKeyId(sources)): string {
    return `The target is Kalshi ${describeEndpoint(readEndpoint(sources))}. The signing key is ${apiKeyId}.`;
}

/** Returns the configured id if it can be one. A UUID has 36 characters; a line of a private key in PEM has 64. */
function shownKeyId(sources: ConfigSources): string {
    const { value = "" } = find(sources, "apiKeyId") ?? {};
    return /^[\w-]{1,40}$/.test(value) ? value : "not shown, because it is no id";
}

/** Returns what is invalid in a configuration: in the environment or base URL, and in the credentials. */
export function problemsOf(sources: ConfigSources): ConfigError[] {
    return [readEndpoint, readCredentials].flatMap((read) => {
        try {
            read(sources);
            return [];
        } catch (error) {
            if (error instanceof ConfigError) {
                return error;
            }
            throw error;
        }
    });
}

/** The setting of an option and its source. */
export interface Setting {
    readonly option: Option;
    /** Where it is set; undefined if it is not set. */
    readonly source: "option" | "variable" | undefined;
    /** Its value; undefined if that is or may hold a private key or a password. */
    readonly value: string | undefined;
    /** Whether the provider uses it. Of `privateKey` and `privateKeyPath`, it uses only one. */
    readonly used: boolean;
}

/** Returns the setting of each option. */
export function settingsOf(sources: ConfigSources): Setting[] {
    const key = findKey(sources);
    return optionNames.map((option) => {
        const found = find(sources, option);
        const isKey = option === "privateKey" || option === "privateKeyPath";
        return {
            option,
            source: found && (findOption(sources, option) === undefined ? "variable" : "option"),
            value: found && isShown(found) ? found.value : undefined,
            used: found !== undefined && (!isKey || key?.where === found.where),
        };
    });
}

/** Returns whether a value can be shown. A URL with a user, a password or a query may hold a secret. */
function isShown({ option, value }: Found): boolean {
    return option !== "privateKey" && !looksLikeKey(value) && !(option === "baseUrl" && /[@?#]/.test(value));
}

/**
 * Reads the environment or the base URL.
 *
 * @throws ConfigError if one is invalid, or if they contradict each other
 */
export function readEndpoint(sources: ConfigSources): Endpoint {
    const environment = find(sources, "environment");
    const baseUrl = find(sources, "baseUrl");
    if (environment !== undefined && environment.value !== "prod" && environment.value !== "demo") {
        const { value, where } = environment;
        const sensitive = looksLikeKey(value);
        const shown = sensitive ? "something that looks like a private key" : `"${value}"`;
        throw new ConfigError(
            "KALSHI_ENDPOINT_INVALID",
            "environment",
            `${where} is ${shown}; it must be prod or demo`,
            sensitive,
        );
    }
    if (baseUrl === undefined) {
        return endpointOf(environment?.value === "demo" ? "demo" : "prod");
    }
    const endpoint = parseEndpoint(baseUrl);
    if (environment !== undefined && environment.value !== endpoint.environment) {
        throw new ConfigError(
            "KALSHI_ENDPOINT_INVALID",
            "baseUrl",
            `${environment.where} is ${environment.value}. ${baseUrl.where} is the URL of another environment ` +
                `(${endpoint.baseUrl}). Set only one of them.`,
        );
    }
    return endpoint;
}

function parseEndpoint({ option, value, where }: Found): Endpoint {
    try {
        return parseBaseUrl(value);
    } catch (error) {
        const sensitive = !isShown({ option, value, where });
        throw new ConfigError("KALSHI_ENDPOINT_INVALID", option, `${where}: ${(error as Error).message}`, sensitive);
    }
}

function readCredentials(sources: ConfigSources): Credentials {
    const apiKeyId = find(sources, "apiKeyId");
    const pem = findKey(sources);
    if (apiKeyId === undefined || pem === undefined) {
        throw missingCredentials(apiKeyId, pem);
    }
    if (looksLikeKey(apiKeyId.value)) {
        throw new ConfigError(
            "KALSHI_CREDENTIALS_INVALID",
            "apiKeyId",
            `${apiKeyId.where} must be the id of an API key, but looks like its private key`,
            true,
        );
    }
    return { apiKeyId: apiKeyId.value, privateKey: parseKey(pem) };
}

/** Returns the error that names only what is missing, and the source of the other part. */
function missingCredentials(apiKeyId: Found | undefined, pem: Found | undefined): ConfigError {
    const missing = (option: Option, text: string) => new ConfigError("KALSHI_CREDENTIALS_MISSING", option, text);
    const origin = "The private key is the PEM file that Kalshi showed once, when the API key was created.";
    if (pem !== undefined) {
        return missing(
            "apiKeyId",
            `${pem.where} sets the provider's private key, but the id of its API key is missing. ` +
                "Set the option kalshi:apiKeyId or the variable KALSHI_API_KEY_ID.",
        );
    }
    if (apiKeyId !== undefined) {
        return missing(
            "privateKey",
            `${apiKeyId.where} sets the provider's API key id, but its private key is missing. Set the option kalshi:privateKey ` +
                "(`pulumi config set --secret`) or kalshi:privateKeyPath, or the variable KALSHI_PRIVATE_KEY or " +
                `KALSHI_PRIVATE_KEY_PATH. ${origin}`,
        );
    }
    return missing(
        "apiKeyId",
        "The provider has no API key id and no private key to sign with. Set the options kalshi:apiKeyId and kalshi:privateKey " +
            "(`pulumi config set --secret`) or kalshi:privateKeyPath, or the variables KALSHI_API_KEY_ID and KALSHI_PRIVATE_KEY " +
            `or KALSHI_PRIVATE_KEY_PATH. ${origin}`,
    );
}

/** Finds the private key or its path. Either option wins over either variable. */
function findKey(sources: ConfigSources): Found | undefined {
    return (
        findOption(sources, "privateKey") ??
        findOption(sources, "privateKeyPath") ??
        findVariable(sources, "privateKey") ??
        findVariable(sources, "privateKeyPath")
    );
}

function parseKey(found: Found): Credentials["privateKey"] {
    const { option, value, where } = found;
    if (option === "privateKeyPath") {
        try {
            return parsePrivateKey(readPrivateKeyFile(value));
        } catch (error) {
            const way = "the key itself can be given with kalshi:privateKey or KALSHI_PRIVATE_KEY";
            throw new ConfigError(
                "KALSHI_CREDENTIALS_INVALID",
                option,
                `${where} ${(error as Error).message}; ${way}`,
                looksLikeKey(value),
            );
        }
    }
    try {
        return parsePrivateKey(value);
    } catch (error) {
        throw new ConfigError("KALSHI_CREDENTIALS_INVALID", option, `${where}: ${(error as Error).message}`, true);
    }
}

/**
 * Reads the file of a private key in PEM.
 *
 * @throws Error if the path or the file is invalid. Its message quotes neither a key nor a path that looks like one.
 */
export function readPrivateKeyFile(path: string): string {
    if (isKeyInsteadOfPath(path)) {
        throw new Error("must name a file, but holds something that looks like the private key itself");
    }
    const file = resolve(path);
    try {
        const pem = readFileSync(file, "utf8");
        parsePrivateKey(pem);
        return pem;
    } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        const reason = code === undefined ? message : `cannot be read (${code}); correct the path or its permissions`;
        // No `cause`, because it may contain parts of the file.
        throw new Error(`names the private key file ${file}: ${reason}`);
    }
}

/** Returns whether a value looks like a private key or a part of one. */
export function looksLikeKey(value: string): boolean {
    return value.includes("\n") || value.includes("-----") || /^[A-Za-z0-9+/=]{48,}$/.test(value);
}

/**
 * Returns whether a private key, or a part of one, is where a path should be. A long path may look like one, but then it exists.
 *
 * @param folder the folder that the path is relative to
 */
export function isKeyInsteadOfPath(path: string, folder = "."): boolean {
    return looksLikeKey(path) && !existsSync(resolve(folder, path));
}

function find(sources: ConfigSources, option: Option): Found | undefined {
    return findOption(sources, option) ?? findVariable(sources, option);
}

function findOption(sources: ConfigSources, option: Option): Found | undefined {
    return found(option, sources.option(option), `The option kalshi:${option}`);
}

function findVariable(sources: ConfigSources, option: Option): Found | undefined {
    const { variable } = options[option];
    return found(option, sources.env[variable], `The variable ${variable}`);
}

function found(option: Option, text: string | undefined, where: string): Found | undefined {
    // HTTP silently drops white space around a key id. It is trimmed here, so that the id is the same everywhere.
    const value = text?.trim() ?? "";
    return value === "" ? undefined : { option, value, where };
}
