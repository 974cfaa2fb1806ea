import {
    CheckResponse,
    type CheckRequest,
    type ConfigureRequest,
    type DiffRequest,
} from "@pulumi/pulumi/proto/provider_pb";
import type { DiffResponse } from "@pulumi/pulumi/proto/provider_pb";
import type { CheckFailure } from "../apiKey/check";
import type { RawProperties } from "../apiKey/properties";
import { isUnknown } from "../apiKey/unknowns";
import {
    problemsOf,
    readConfig,
    readEndpoint,
    unknownOptionWarnings,
    variables,
    type Config,
    type ConfigSources,
    type Option,
} from "../config";
import { diffResponse } from "./diffResponse";
import { checkFailures } from "./failure";
import { fromStruct, openedProperties, resealed, sealed, toStruct } from "./properties";

const options = Object.keys(variables);

/**
 * Validates a configuration together with the variables, which fill what it leaves open, and reads the file of the private
 * key where one is named. Calls nobody. The private key goes back as a secret, whether it came as one or not.
 *
 * @param warn is told of options that do not exist
 */
export function checkConfig(request: CheckRequest, warn: (message: string) => void): CheckResponse {
    const news = fromStruct(request.getNews());
    warnOfUnknownOptions(news, warn);
    const values = openedProperties(news);
    const failures = isUnknown(values) ? [] : checkFailures(failuresOf(values));
    const { privateKey, ...rest } = values;
    const secret = privateKey === undefined ? {} : { privateKey: sealed(privateKey) };
    const inputs = { ...resealed(rest, news), ...secret };
    return new CheckResponse().setInputs(toStruct(inputs)).setFailuresList(failures);
}

/** Options that the engine itself puts there. */
const engineOptions: readonly string[] = ["version", "pluginDownloadURL", "parameterization"];

function warnOfUnknownOptions(news: RawProperties, warn: (message: string) => void): void {
    const names = Object.keys(news).filter((name) => !engineOptions.includes(name) && !name.startsWith("__"));
    unknownOptionWarnings(names).forEach(warn);
}

function failuresOf(values: RawProperties): CheckFailure[] {
    const misfits = options.filter((name) => !["string", "undefined"].includes(typeof (values[name] ?? undefined)));
    if (misfits.length > 0) {
        return misfits.map((property) => ({ property, reason: "must be text", sensitive: property === "privateKey" }));
    }
    return problemsOf(sourcesOf(values)).map(({ option, message, sensitive }) => ({
        property: option,
        reason: message,
        // What stands in a variable is not among the values that the engine would print.
        sensitive: sensitive && values[option] !== undefined,
    }));
}

function sourcesOf(values: RawProperties): ConfigSources {
    return { option: (name: Option) => (values[name] ?? undefined) as string | undefined, env: process.env };
}

/**
 * Where the configuration leads elsewhere, the keys there are others: the provider is replaced, and with it all its keys.
 * Other credentials for the same place change nothing.
 */
export function diffConfig(request: DiffRequest): DiffResponse {
    const olds = openedProperties(fromStruct(request.getOldInputs()));
    const news = openedProperties(fromStruct(request.getNews()));
    const changed = options.filter((name) => olds[name] !== news[name]);
    const moved = !isUnknown(news) && realm(olds) !== realm(news);
    const places: string[] = ["environment", "baseUrl"] satisfies Option[];
    const replaces = moved ? changed.filter((name) => places.includes(name)) : [];
    return diffResponse(
        olds,
        news,
        replaces,
        changed.filter((name) => !replaces.includes(name)),
    );
}

/** The environment that a configuration leads to; of one that can no longer be read, what it says. */
function realm(values: RawProperties): string {
    try {
        return readEndpoint(sourcesOf(values)).environment;
    } catch {
        return JSON.stringify([values["environment"], values["baseUrl"]]);
    }
}

/**
 * The configuration to use.
 *
 * @throws ConfigError
 */
export function configOf(request: ConfigureRequest): Config {
    return readConfig(sourcesOf(openedProperties(fromStruct(request.getArgs()))));
}
