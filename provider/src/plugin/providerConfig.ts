import {
    type CheckRequest,
    CheckResponse,
    type ConfigureRequest,
    type DiffRequest,
    type DiffResponse,
} from "@pulumi/pulumi/proto/provider_pb";
import type { CheckFailure } from "../apiKey/check";
import { isUnknown, type RawProperties } from "../apiKey/properties";
import {
    problemsOf,
    readConfig,
    readEndpoint,
    unknownOptionWarnings,
    optionNames,
    type Config,
    type ConfigSources,
    type Option,
} from "../config";
import { diffResponse, fromStruct, rewrapSecrets, toStruct, unwrapProperties, wrapSecret } from "./struct";
import { checkFailures } from "./grpcErrors";

/**
 * Validates the provider's options. Environment variables fill in missing options. Reads the private key's file if one is named.
 * Makes no API calls. Returns the private key as a secret, even if it was passed in plaintext.
 *
 * @param warn reports options that do not exist
 */
export function checkConfig(request: CheckRequest, warn: (message: string) => void): CheckResponse {
    const news = fromStruct(request.getNews());
    warnOfUnknownOptions(news, warn);
    const values = unwrapProperties(news);
    const failures = isUnknown(values) ? [] : checkFailures(failuresOf(values));
    const { privateKey, ...rest } = values;
    const secret = privateKey === undefined ? {} : { privateKey: wrapSecret(privateKey) };
    const inputs = { ...rewrapSecrets(rest, news), ...secret };
    return new CheckResponse().setInputs(toStruct(inputs)).setFailuresList(failures);
}

/** Options that the engine adds itself. */
const engineOptions: readonly string[] = ["version", "pluginDownloadURL", "parameterization"];

function warnOfUnknownOptions(news: RawProperties, warn: (message: string) => void): void {
    const names = Object.keys(news).filter((name) => !engineOptions.includes(name) && !name.startsWith("__"));
    unknownOptionWarnings(names).forEach(warn);
}

function failuresOf(values: RawProperties): CheckFailure[] {
    const nonStrings = optionNames.filter(
        (name) => !["string", "undefined"].includes(typeof (values[name] ?? undefined)),
    );
    if (nonStrings.length > 0) {
        return nonStrings.map((property) => ({
            property,
            reason: "must be text",
            sensitive: property === "privateKey",
        }));
    }
    return problemsOf(sourcesOf(values)).map(({ option, text, code, sensitive }) => ({
        property: option,
        reason: text,
        code,
        // The engine prints options, but not environment variables.
        sensitive: sensitive && values[option] !== undefined,
    }));
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
