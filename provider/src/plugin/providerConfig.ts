import {
    type CheckRequest,
    CheckResponse,
    type ConfigureRequest,
    type DiffRequest,
    type DiffResponse,
} from "@pulumi/pulumi/proto/provider_pb";
import type { CheckFailure } from "../apiKey/check";
import { isUnknown, type RawProperties } from "../apiKey/properties";
import type { Severity } from "../apiKey/platform";
import {
    describeTarget,
    optionNames,
    problemsOf,
    readConfig,
    readEndpoint,
    settingsOf,
    unknownOptions,
    type Config,
    type ConfigSources,
    type Option,
} from "../config";
import { parseUrn } from "../pulumi";
import { diffResponse, fromStruct, holdsSecret, rewrapSecrets, toStruct, unwrapProperties, wrapSecret } from "./struct";
import { checkFailures } from "./grpcErrors";

/**
 * Validates the provider's options. Environment variables fill in missing options. Reads the private key's file if one is named.
 * Makes no API calls. Returns the private key as a secret, even if it was passed in plaintext.
 *
 * @param log reports the account that the run changes, and options that may be typos
 */
export function checkConfig(request: CheckRequest, log: (message: string, severity: Severity) => void): CheckResponse {
    const news = fromStruct(request.getNews());
    const values = unwrapProperties(news);
    const { project, name } = parseUrn(request.getUrn());
    // Only a default provider has the options of the stack's configuration, among which may be a project's own.
    const unknown = unknownOptions(Object.keys(news), name.startsWith("default") ? project : "");
    const errors = unknown.filter(({ severity }) => severity === "error");
    // The engine would print the value of an option that the failure names, and the value of a mistyped `privateKey` is a private key.
    const failures: CheckFailure[] = errors.map(({ text }) => ({
        property: "",
        reason: text,
        sensitive: false,
        code: "KALSHI_OPTION_UNKNOWN",
    }));
    if (!isUnknown(values)) {
        failures.push(...failuresOf(values));
    }
    if (failures.length === 0) {
        unknown.forEach(({ text }) => log(text, "warning"));
        const target = targetOf(values, news);
        if (target !== undefined) {
            log(target, "info");
        }
    }
    const { privateKey, ...rest } = values;
    const secret = privateKey === undefined ? {} : { privateKey: wrapSecret(privateKey) };
    const inputs = { ...rewrapSecrets(rest, news), ...secret };
    return new CheckResponse().setInputs(toStruct(inputs)).setFailuresList(checkFailures(failures));
}

function failuresOf(values: RawProperties): CheckFailure[] {
    const nonStrings = optionNames.filter((name) => !isTextOrAbsent(values[name]));
    if (nonStrings.length > 0) {
        // The value may contain a private key.
        return nonStrings.map((property) => ({ property, reason: "must be text", sensitive: true }));
    }
    const sources = sourcesOf(values);
    const ofOptions = settingsOf(sources).filter(({ source }) => source === "option");
    return problemsOf(sources).map(({ option, text, code, sensitive }) => {
        // The engine prints the value of the property that a failure names, and has none for an environment variable.
        const isOption = ofOptions.some((setting) => setting.option === option);
        return { property: isOption ? option : "", reason: text, code, sensitive: sensitive && isOption };
    });
}

/**
 * Describes the account of a configuration, some of whose options may be unknown yet.
 *
 * @param news the options with their secret envelopes
 * @returns undefined if the environment is unknown or an option is invalid
 */
function targetOf(values: RawProperties, news: RawProperties): string | undefined {
    const { environment, baseUrl, apiKeyId } = values;
    if (isUnknown([environment, baseUrl]) || ![environment, baseUrl, apiKeyId].every(isTextOrAbsent)) {
        return undefined;
    }
    try {
        return describeTarget(sourcesOf({ environment, baseUrl, apiKeyId }), hiddenKeyId(apiKeyId, news["apiKeyId"]));
    } catch {
        // If an option is unknown yet, the others were not checked.
        return undefined;
    }
}

/** Returns the text that stands for an id that is not known yet or is a secret. The engine masks only the stack configuration's secrets. */
function hiddenKeyId(apiKeyId: unknown, wire: unknown): string | undefined {
    if (isUnknown(apiKeyId)) {
        return "not known yet";
    }
    return holdsSecret(wire) ? "[secret]" : undefined;
}

function isTextOrAbsent(value: unknown): boolean {
    return ["string", "undefined"].includes(typeof (value ?? undefined));
}

function sourcesOf(values: RawProperties): ConfigSources {
    return { option: (name: Option) => (values[name] ?? undefined) as string | undefined, env: process.env };
}

/**
 * Compares two configurations. A different environment has different keys, so a change of it replaces the provider and all its
 * keys. Other credentials for the same environment change nothing.
 */
export function diffConfig(request: DiffRequest): DiffResponse {
    const olds = unwrapProperties(fromStruct(request.getOldInputs()));
    const news = unwrapProperties(fromStruct(request.getNews()));
    const changed = optionNames.filter((name) => olds[name] !== news[name]);
    const isOtherEnvironment = !isUnknown(news) && environmentOf(olds) !== environmentOf(news);
    const environmentOptions: string[] = ["environment", "baseUrl"] satisfies Option[];
    const replaces = isOtherEnvironment ? changed.filter((name) => environmentOptions.includes(name)) : [];
    return diffResponse(
        olds,
        news,
        replaces,
        changed.filter((name) => !replaces.includes(name)),
    );
}

/** Returns the environment of a configuration. If the options are invalid, returns their text, so that a change still shows. */
function environmentOf(values: RawProperties): string {
    try {
        return readEndpoint(sourcesOf(values)).environment;
    } catch {
        return JSON.stringify([values["environment"], values["baseUrl"]]);
    }
}

/**
 * Reads the provider's configuration from the options and the environment variables.
 *
 * @throws ConfigError if an option is invalid or the credentials are missing
 */
export function configOf(request: ConfigureRequest): Config {
    return readConfig(sourcesOf(unwrapProperties(fromStruct(request.getArgs()))));
}
