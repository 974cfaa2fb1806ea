import type { dynamic } from "@pulumi/pulumi";
import { specialSecretSig, specialSigKey } from "@pulumi/pulumi/runtime/rpc";
import { ApiKeyResource, inputsOf, PartialCreateError } from "../apiKey/resource";
import { check as checkInputs, engineFailure } from "../apiKey/check";
import type { Origin } from "../apiKey/platform";
import type { RawProperties } from "../apiKey/properties";
import type { ApiKeyInputs } from "../apiKey/inputs";
import type { ApiKeyState } from "../apiKey/outputs";
import { withoutControls } from "../kalshi/text";
import { ConfigError, describeTarget, optionNames, readConfig, type ConfigSources, type Option } from "../config";
import { exitCodeOf, isFromEngine, onEndSignal, refusalAfter, untilDisconnected, type EndSignal } from "../endSignals";
import { asUserError } from "../userError";
import { platformOf } from "../createPlatform";

/**
 * The dynamic provider's methods. The engine starts one process for all dynamic resources of a run. The SDK's host in it finds these
 * methods by the shim in a resource's state (see shim.ts), and calls them by name. Their names and parameters cannot change,
 * because existing states refer to them.
 */

/** Properties of the dynamic provider alone: the shim, and what the SDK's host does not pass to a method otherwise. */
interface DynamicProperties {
    readonly __provider?: unknown;
    readonly __resourceName?: string;
    /** `ORGANIZATION/PROJECT/STACK`; versions up to 0.1.0 wrote `PROJECT/STACK`. */
    readonly __stack?: string;
}

/** Returns those of them that are inputs. A state from an earlier version lacks some. */
function dynamicInputsOf({ __resourceName, __stack }: DynamicProperties): DynamicProperties {
    return { ...(__resourceName !== undefined && { __resourceName }), ...(__stack !== undefined && { __stack }) };
}

type Inputs = ApiKeyInputs & DynamicProperties;
type State = ApiKeyState & DynamicProperties;

let config: dynamic.Config | undefined;
let resource: ApiKeyResource | undefined;

/**
 * Stores the configuration. The SDK's host calls this once for each distinct text of `__provider` in a state. If several versions
 * of this package have written the state, that happens in the middle of a run. If the options are the same, the resource keeps its
 * rate limiter and its list of keys. The first step that needs the configuration reports what is invalid in it.
 */
export async function configure(request: dynamic.ConfigureRequest): Promise<void> {
    const isSame = optionNames.every((option) => optionOf(request.config, option) === optionOf(config, option));
    config = request.config;
    resource = isSame ? resource : undefined;
}

function optionOf(config: dynamic.Config | undefined, option: Option): string | undefined {
    return config?.get(`kalshi:${option}`);
}

function configSources(): ConfigSources {
    return { option: (name) => optionOf(config, name), env: process.env };
}

function apiKeys(): ApiKeyResource {
    return (resource ??= new ApiKeyResource(
        platformOf(readConfig(configSources()), {
            interruption: () => interruption.signal,
        }),
    ));
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
async function callKalshi<T>(step: () => Promise<T>): Promise<T> {
    if (endSignal !== undefined) {
        throw refusalAfter(endSignal);
    }
    const call = step().finally(() => inFlight.delete(call));
    inFlight.add(call);
    return call;
}

export async function check(olds: RawProperties, news: RawProperties): Promise<dynamic.CheckResult<RawProperties>> {
    return withoutStackTrace(async () => {
        const invalidConfiguration = configFailures();
        if (invalidConfiguration.length === 0) {
            logTarget();
        }
        const { __provider, __resourceName, __stack, ...given } = news as RawProperties & DynamicProperties;
        const { inputs, failures } = checkInputs({ resourceName: String(__resourceName) }, olds, given, Date.now());
        return {
            inputs: { ...inputs, ...dynamicInputsOf(news) },
            failures: [...failures.map(engineFailure), ...invalidConfiguration],
        };
    });
}

let isTargetLogged = false;

/** Shows once which account this process changes. Only this process knows it: the program may have other environment variables. */
function logTarget(): void {
    if (!isTargetLogged) {
        isTargetLogged = true;
        console.error(withoutControls(describeTarget(configSources())));
    }
}

/** Reports an invalid configuration. A preview makes no API calls, but an `up` needs usable credentials. */
function configFailures(): dynamic.CheckFailure[] {
    try {
        apiKeys();
        return [];
    } catch (error) {
        if (error instanceof ConfigError) {
            return [{ property: "", reason: error.message }];
        }
        throw error;
    }
}

export async function diff(_id: string, olds: RawProperties, news: RawProperties): Promise<dynamic.DiffResult> {
    const { replaces, updates, reason } = await withoutStackTrace(async () => apiKeys().diff(olds, news));
    if (reason !== undefined) {
        console.error(withoutControls(`The API key "${String(olds["name"])}" is replaced because ${reason}.`));
    }
    return { changes: replaces.length + updates.length > 0, replaces: [...replaces], deleteBeforeReplace: false };
}

export async function create(inputs: Inputs): Promise<dynamic.CreateResult<RawProperties>> {
    try {
        const state = await callKalshi(() => apiKeys().create(inputs, originOf(inputs)));
        return { id: state.apiKeyId, outs: withSecretEnvelope(state) };
    } catch (error) {
        throw error instanceof PartialCreateError ? initializationFailure(error) : asUserError(error);
    }
}

/** The properties are absent if the program uses an older version of this package. */
function originOf({ __resourceName = "", __stack = "" }: Inputs): Origin {
    const [stack = "", project = "", organization] = __stack.split("/").reverse();
    return { project, stack, ...(organization !== undefined && { organization }), resource: __resourceName };
}

export async function read(_id: string, props: State): Promise<dynamic.ReadResult<RawProperties>> {
    const state = await withoutStackTrace(() => callKalshi(() => apiKeys().read(props)));
    if (state === undefined) {
        return { id: "" };
    }
    return {
        id: state.apiKeyId,
        props: withSecretEnvelope(state),
        inputs: { ...inputsOf(state), ...dynamicInputsOf(props) },
    };
}

export async function update(_id: string, olds: State, news: Inputs): Promise<dynamic.UpdateResult<RawProperties>> {
    try {
        return { outs: withSecretEnvelope(apiKeys().update(olds, news)) };
    } catch (error) {
        throw asUserError(error);
    }
}

async function remove(_id: string, props: State): Promise<void> {
    await withoutStackTrace(() => callKalshi(() => apiKeys().delete(props)));
}
export { remove as delete };

/**
 * Replaces the text that the SDK's host prints for an error. The host prints whatever `check`, `diff`, `read` and `delete` throw, with
 * the stack trace, and the engine shows the error for the resource, too. The user needs the message once and no stack trace.
 */
async function withoutStackTrace<T>(step: () => Promise<T>): Promise<T> {
    try {
        return await step();
    } catch (error) {
        throw Object.assign(asUserError(error), {
            toString: () => "An operation on a Kalshi API key failed",
            stack: "the error of that resource says which one and why.",
        });
    }
}

/** Returns the state without undefined values, and with the private key in a secret envelope, so that the engine encrypts it. */
function withSecretEnvelope(state: ApiKeyState): Record<string, unknown> {
    const { privateKey, ...rest } = state;
    const secret = { [specialSigKey]: specialSecretSig, value: privateKey };
    const known = Object.entries(rest).filter(([, value]) => value !== undefined);
    return { ...Object.fromEntries(known), ...(privateKey === undefined ? {} : { privateKey: secret }) };
}

/** Returns the error by which the SDK reports a partial failure: the engine records the properties in the state. */
function initializationFailure({ state, message }: PartialCreateError): Error {
    return Object.assign(new Error(message), {
        id: state.apiKeyId,
        properties: withSecretEnvelope(state),
        reasons: [message],
    });
}
