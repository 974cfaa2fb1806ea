import type { dynamic } from "@pulumi/pulumi";
import { specialSecretSig, specialSigKey } from "@pulumi/pulumi/runtime/rpc";
import { ApiKeyResource } from "../apiKey/resource";
import { engineFailure, type CheckResult } from "../apiKey/check";
import type { Origin } from "../apiKey/platform";
import type { RawProperties } from "../apiKey/properties";
import { ConfigError, describeTarget, optionNames, readConfig, type ConfigSources, type Option } from "../config";
import { platformOf } from "../createPlatform";
import { exitCodeOf, isFromEngine, onEndSignal, refusalAfter, untilDisconnected, type EndSignal } from "../endSignals";
import { printable } from "../kalshi/text";
import { RotatingApiKeyResource } from "../rotatingApiKey/resource";
import { asUserError } from "../userError";

// What the dynamic provider's process and all its resources have in common.

/** Properties of the dynamic provider alone: the shim, and what the SDK's host does not pass to a method otherwise. */
export interface DynamicProperties {
    readonly __provider?: unknown;
    readonly __resourceName?: string;
    /** `ORGANIZATION/PROJECT/STACK`; versions up to 0.1.0 wrote `PROJECT/STACK`. */
    readonly __stack?: string;
}

/** Returns those of them that are inputs. A state from an earlier version lacks some. */
export function dynamicInputsOf({ __resourceName, __stack }: DynamicProperties): DynamicProperties {
    return { ...(__resourceName !== undefined && { __resourceName }), ...(__stack !== undefined && { __stack }) };
}

let config: dynamic.Config | undefined;
let current: Resources | undefined;

/**
 * Stores the configuration. The SDK's host calls this once for each distinct text of `__provider` in a state. If several versions
 * of this package have written the state, that happens in the middle of a run. If the options are the same, the resources keep their
 * rate limiter and their list of keys. The first step that needs the configuration reports what is invalid in it.
 */
export async function configure(request: dynamic.ConfigureRequest): Promise<void> {
    const isSame = optionNames.every((option) => optionOf(request.config, option) === optionOf(config, option));
    config = request.config;
    current = isSame ? current : undefined;
}

function optionOf(config: dynamic.Config | undefined, option: Option): string | undefined {
    return config?.get(`kalshi:${option}`);
}

function configSources(): ConfigSources {
    return { option: (name) => optionOf(config, name), env: process.env };
}

/** The resources of the configured account. */
interface Resources {
    readonly keys: ApiKeyResource;
    readonly rotatingKeys: RotatingApiKeyResource;
}

/** @throws ConfigError if the configuration cannot be used */
export function resources(): Resources {
    return (current ??= newResources());
}

function newResources(): Resources {
    const platform = platformOf(readConfig(configSources()), { interruption: () => interruption.signal });
    const keys = new ApiKeyResource(platform);
    return { keys, rotatingKeys: new RotatingApiKeyResource(platform, keys) };
}

/** Cancels the waits of every step. */
const interruption = new AbortController();
const inFlight = new Set<Promise<unknown>>();
let endSignal: EndSignal | undefined;

/**
 * When the process receives an end signal, the provider cancels its waits, starts no new calls to Kalshi, and exits after the calls in
 * flight. The SDK's host does not expose its server. So only the end of the engine's connection proves that the engine has the
 * responses. A signal before this module is loaded ends the process at once, because no call is in flight yet.
 */
onEndSignal((signal) => {
    endSignal ??= signal;
    interruption.abort(new Error("the process received an end signal"));
    void Promise.allSettled(inFlight)
        .then(() => untilDisconnected(isFromEngine(signal) ? engineSignalWait : Infinity))
        .then(() => process.exit(exitCodeOf(endSignal ?? signal)));
});

/**
 * Milliseconds. The engine closes its connection before it sends its signal. A connection that is still open then belongs to another
 * provider in this process, or the signal did not come from the engine. The wait is short, so that it does not delay the engine.
 */
const engineSignalWait = 1_000;

/** Runs a step that calls Kalshi, unless the process has received an end signal. */
export async function callKalshi<T>(step: () => Promise<T>): Promise<T> {
    if (endSignal !== undefined) {
        throw refusalAfter(endSignal);
    }
    const call = step().finally(() => inFlight.delete(call));
    inFlight.add(call);
    return call;
}

let isTargetLogged = false;

/** Shows once which account this process changes. Only this process knows it: the program may have other environment variables. */
function logTarget(): void {
    if (!isTargetLogged) {
        isTargetLogged = true;
        console.error(printable(describeTarget(configSources())));
    }
}

/**
 * Checks the inputs of a resource, and the configuration with them.
 *
 * @param check checks the inputs of the resource of that name in the program
 */
export async function checkWithConfiguration(
    news: RawProperties & DynamicProperties,
    check: (resourceName: string, given: RawProperties) => CheckResult,
): Promise<dynamic.CheckResult<RawProperties>> {
    return withoutStackTrace(async () => {
        const invalidConfiguration = checkConfiguration();
        const { __provider, __resourceName, __stack, ...given } = news;
        const { inputs, failures } = check(String(__resourceName), given);
        return {
            inputs: { ...inputs, ...dynamicInputsOf(news) },
            failures: [...failures.map(engineFailure), ...invalidConfiguration],
        };
    });
}

/**
 * Returns what is invalid in the configuration. If nothing is, shows the account once. A preview makes no API calls, but an `up` needs
 * usable credentials.
 */
function checkConfiguration(): dynamic.CheckFailure[] {
    try {
        resources();
    } catch (error) {
        if (error instanceof ConfigError) {
            return [{ property: "", reason: error.message }];
        }
        throw error;
    }
    logTarget();
    return [];
}

/**
 * Replaces the text that the SDK's host prints for an error. The host prints whatever `check`, `diff`, `read` and `delete` throw, with
 * the stack trace, and the engine shows the error for the resource, too. The user needs the message once and no stack trace.
 */
export async function withoutStackTrace<T>(step: () => Promise<T>): Promise<T> {
    try {
        return await step();
    } catch (error) {
        throw Object.assign(asUserError(error), {
            toString: () => "An operation on a Kalshi API key failed",
            stack: "the error of that resource says which one and why.",
        });
    }
}

/** Returns the resource of the stack that a step is for. The properties are absent if the program uses an older version of this package. */
export function originOf({ __resourceName = "", __stack = "" }: DynamicProperties): Origin {
    const [stack = "", project = "", organization] = __stack.split("/").reverse();
    return { project, stack, ...(organization !== undefined && { organization }), resource: __resourceName };
}

/** Returns a value in a secret envelope; undefined if there is none. */
export function secret(value: unknown): object | undefined {
    return value === undefined ? undefined : { [specialSigKey]: specialSecretSig, value };
}

/** Returns the properties that are not undefined, because a Struct has no undefined. */
export function known(properties: RawProperties): Record<string, unknown> {
    return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined));
}

/** Returns the error by which the SDK reports a partial failure: the engine records the properties in the state. */
export function partialFailure(id: string, properties: RawProperties, { message }: Error): Error {
    return Object.assign(new Error(message), { id, properties, reasons: [message] });
}
