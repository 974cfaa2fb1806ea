import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { endpointOf, parseBaseUrl, type Endpoint } from "./kalshi/endpoint";
import { parsePrivateKey, type Credentials } from "./kalshi/signing";

/** An option of the provider: `kalshi:NAME` in a stack's configuration, or the variable. */
export const variables = {
    environment: "KALSHI_ENVIRONMENT",
    baseUrl: "KALSHI_BASE_URL",
    apiKeyId: "KALSHI_API_KEY_ID",
    privateKey: "KALSHI_PRIVATE_KEY",
    privateKeyPath: "KALSHI_PRIVATE_KEY_PATH",
} as const;
export type Option = keyof typeof variables;

/** Where options come from: a stack's configuration, and the process's environment. A set option wins over the variable. */
export interface ConfigSources {
    /** The value of the option `kalshi:NAME`, or undefined. */
    option(name: Option): string | undefined;
    readonly env: Readonly<Record<string, string | undefined>>;
}

/** A configuration that was read and makes sense. */
export interface Config {
    readonly endpoint: Endpoint;
    readonly credentials: Credentials;
}

/** A configuration that cannot be used. The message names the options, the variables and the file, and no secret. */
export class ConfigError extends Error {
    override readonly name = "ConfigError";

    constructor(
        readonly option: Option,
        message: string,
    ) {
        super(message);
    }
}

/** A value and where it stood, for messages. */
interface Found {
    readonly option: Option;
    readonly value: string;
    readonly where: string;
}

/**
 * Reads the configuration. Calls nobody; reads the private key's file where one is named.
 *
 * @throws ConfigError
 */
export function readConfig(sources: ConfigSources): Config {
    return { endpoint: readEndpoint(sources), credentials: readCredentials(sources) };
}

function readEndpoint(sources: ConfigSources): Endpoint {
    const environment = find(sources, "environment");
    const baseUrl = find(sources, "baseUrl");
    if (environment !== undefined && environment.value !== "prod" && environment.value !== "demo") {
        throw new ConfigError("environment", `${environment.where} is "${environment.value}"; it must be prod or demo`);
    }
    if (baseUrl === undefined) {
        return endpointOf(environment?.value === "demo" ? "demo" : "prod");
    }
    const endpoint = parseEndpoint(baseUrl);
    if (environment !== undefined && environment.value !== endpoint.environment) {
        throw new ConfigError(
            "baseUrl",
            `${environment.where} says ${environment.value}, but ${baseUrl.where} leads elsewhere (${endpoint.baseUrl}); ` +
                "set one of them, so that no key is made on the wrong account",
        );
    }
    return endpoint;
}

function parseEndpoint({ option, value, where }: Found): Endpoint {
    try {
        return parseBaseUrl(value);
    } catch (error) {
        throw new ConfigError(option, `${where}: ${(error as Error).message}`);
    }
}

function readCredentials(sources: ConfigSources): Credentials {
    const apiKeyId = find(sources, "apiKeyId");
    // An option of either kind wins over a variable of either kind.
    const pem = findOption(sources, "privateKey") ?? findOption(sources, "privateKeyPath") ?? keyFromEnv(sources);
    if (apiKeyId === undefined || pem === undefined) {
        const missing = [apiKeyId ? [] : ["the API key id"], pem ? [] : ["its private key"]].flat().join(" and ");
        throw new ConfigError(
            apiKeyId === undefined ? "apiKeyId" : "privateKey",
            `The provider has no credentials to sign with: ${missing} missing. ` +
                "Set the options kalshi:apiKeyId and kalshi:privateKey (`pulumi config set --secret`) or kalshi:privateKeyPath, or the " +
                "variables KALSHI_API_KEY_ID and KALSHI_PRIVATE_KEY or KALSHI_PRIVATE_KEY_PATH. The private key is the PEM file " +
                "that Kalshi showed once when the API key was made (Account & security, API Keys).",
        );
    }
    return { apiKeyId: apiKeyId.value, privateKey: parseKey(pem) };
}

function keyFromEnv(sources: ConfigSources): Found | undefined {
    return findVariable(sources, "privateKey") ?? findVariable(sources, "privateKeyPath");
}

function parseKey(found: Found): Credentials["privateKey"] {
    const pem = found.option === "privateKeyPath" ? readKeyFile(found) : found.value;
    const file = found.option === "privateKeyPath" ? ` (the file ${resolve(found.value)})` : "";
    try {
        return parsePrivateKey(pem);
    } catch (error) {
        throw new ConfigError(found.option, `${found.where}${file}: ${(error as Error).message}`);
    }
}

function readKeyFile({ option, value, where }: Found): string {
    if (value.includes("\n") || value.includes("-----") || /^[A-Za-z0-9+/=]{48,}$/.test(value)) {
        // The key itself in the place of its path, or a piece of it: the message must not quote it.
        throw new ConfigError(
            option,
            `${where} must name a file, but holds something that looks like the private key itself; give that with ` +
                "kalshi:privateKey or KALSHI_PRIVATE_KEY",
        );
    }
    const path = resolve(value);
    try {
        return readFileSync(path, "utf8");
    } catch (error) {
        const reason = (error as NodeJS.ErrnoException).code ?? "unknown";
        throw new ConfigError(
            option,
            `${where} names the private key file ${path}, which cannot be read (${reason}); correct the path or its permissions, ` +
                "or give the key itself with kalshi:privateKey or KALSHI_PRIVATE_KEY",
        );
    }
}

function find(sources: ConfigSources, option: Option): Found | undefined {
    return findOption(sources, option) ?? findVariable(sources, option);
}

function findOption(sources: ConfigSources, option: Option): Found | undefined {
    return found(option, sources.option(option), `The option kalshi:${option}`);
}

function findVariable(sources: ConfigSources, option: Option): Found | undefined {
    return found(option, sources.env[variables[option]], `The variable ${variables[option]}`);
}

function found(option: Option, text: string | undefined, where: string): Found | undefined {
    // HTTP drops the white space around a key id silently; so that it is one id everywhere, it goes here already.
    const value = text?.trim() ?? "";
    return value === "" ? undefined : { option, value, where };
}
