import type { dynamic } from "@pulumi/pulumi";
import { specialSecretSig, specialSigKey } from "@pulumi/pulumi/runtime/rpc";
import { ApiKeyResource, inputsOf, PartialCreateError } from "../apiKey/apiKey";
import { check as checkInputs, withoutSecret } from "../apiKey/check";
import { ApiKeyError } from "../apiKey/explain";
import type { Origin } from "../apiKey/journal";
import type { ApiKeyInputs, ApiKeyState, RawProperties } from "../apiKey/properties";
import { withoutControls } from "../kalshi/text";
import { ConfigError, readConfig, variables, type Option } from "../config";
import { exitCodeOf, isFromEngine, onEndSignal, refusalAfter, untilDisconnected, type EndSignal } from "../endSignals";
import { platformOf } from "../platform";

/**
 * The dynamic provider's methods, which the SDK's host calls by name, by way of the {@link shim} in a resource's state, in the
 * process that the engine starts for all dynamic resources of a run. Their names and parameters are a contract with every state that
 * was ever written.
 */

/** Properties of this door alone: the shim, and the resource's name, which `check` is not told otherwise. */
interface DoorProperties {
    readonly __provider?: unknown;
    readonly __resourceName?: string;
    /** `ORGANIZATION/PROJECT/STACK`, which nothing else tells; versions up to 0.1.0 wrote `PROJECT/STACK`. */
    readonly __stack?: string;
}

/** Those of them that are inputs; a state that an earlier version wrote lacks some. */
function ownOf({ __resourceName, __stack }: DoorProperties): DoorProperties {
    return { ...(__resourceName !== undefined && { __resourceName }), ...(__stack !== undefined && { __stack }) };
}

type Inputs = ApiKeyInputs & DoorProperties;
type State = ApiKeyState & DoorProperties;

let config: dynamic.Config | undefined;
let resource: ApiKeyResource | undefined;

/**
 * The SDK's host calls it once for each text of `__provider` in a state, so in the middle of a run where versions of this package
 * have written several: what is known of the account and of the keys, and the pace, outlast it. The configuration is used,
 * and found wanting, when a key needs it.
 */
export async function configure(request: dynamic.ConfigureRequest): Promise<void> {
    const isSame = options.every((option) => optionOf(request.config, option) === optionOf(config, option));
    config = request.config;
    resource = isSame ? resource : undefined;
}

const options = Object.keys(variables) as readonly Option[];

function optionOf(config: dynamic.Config | undefined, option: Option): string | undefined {
    return config?.get(`kalshi:${option}`);
}

function apiKeys(): ApiKeyResource {
    return (resource ??= new ApiKeyResource(
        platformOf(readConfig({ option: (name) => optionOf(config, name), env: process.env }), {
            interruption: () => interruption.signal,
        }),
    ));
}

/** Ends the waits of every step. */
const interruption = new AbortController();
const inFlight = new Set<Promise<unknown>>();
let toldBy: EndSignal | undefined;

/**
 * When the process is told to end, waits end, nothing new begins, and what was sent to Kalshi is finished first. The SDK's host
 * gives nobody its server, so the responses have left for sure when the engine has closed its connection. A signal before this
 * module is loaded ends the process at once: nothing is in flight then.
 */
onEndSignal((signal) => {
    toldBy ??= signal;
    interruption.abort(new Error("the process was told to end"));
    void Promise.allSettled(inFlight)
        .then(() => untilDisconnected(isFromEngine(signal) ? engineSignalWait : Infinity))
        .then(() => process.exit(exitCodeOf(toldBy ?? signal)));
});

/**
 * Milliseconds. The engine has closed its connection before it sends its signal. What is still connected then belongs to other
 * providers in this process, or somebody else sent the signal, so the wait is as short as the engine would notice.
 */
const engineSignalWait = 1_000;

/** Runs a step that calls Kalshi. */
async function calling<T>(step: () => Promise<T>): Promise<T> {
    if (toldBy !== undefined) {
        throw refusalAfter(toldBy);
    }
    const call = step().finally(() => inFlight.delete(call));
    inFlight.add(call);
    return call;
}

export async function check(olds: RawProperties, news: RawProperties): Promise<dynamic.CheckResult<RawProperties>> {
    const { __provider, __resourceName, __stack, ...given } = news as RawProperties & DoorProperties;
    const { inputs, failures } = checkInputs({ resourceName: String(__resourceName) }, olds, given, Date.now());
    return {
        inputs: { ...inputs, ...ownOf(news) },
        failures: [...failures.map(withoutSecret), ...configFailures()],
    };
}

/** A preview calls nobody, but what it promises cannot be done without usable credentials. */
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
    const { replaces, updates, reason } = await quietly(async () => apiKeys().diff(olds, news));
    if (reason !== undefined) {
        console.error(withoutControls(`The API key "${String(olds["name"])}" is replaced because ${reason}.`));
    }
    return { changes: replaces.length + updates.length > 0, replaces: [...replaces], deleteBeforeReplace: false };
}

export async function create(inputs: Inputs): Promise<dynamic.CreateResult<RawProperties>> {
    try {
        const state = await calling(() => apiKeys().create(inputs, originOf(inputs)));
        return { id: state.apiKeyId, outs: marked(state) };
    } catch (error) {
        throw error instanceof PartialCreateError ? initializationFailure(error) : error;
    }
}

/** A program that another version of this package compiled may not tell it. */
function originOf({ __resourceName = "", __stack = "" }: Inputs): Origin {
    const [stack = "", project = "", organization] = __stack.split("/").reverse();
    return { project, stack, ...(organization !== undefined && { organization }), resource: __resourceName };
}

export async function read(_id: string, props: State): Promise<dynamic.ReadResult<RawProperties>> {
    const state = await quietly(() => calling(() => apiKeys().read(props)));
    if (state === undefined) {
        return { id: "" };
    }
    return {
        id: state.apiKeyId,
        props: marked(state),
        inputs: { ...inputsOf(state), ...ownOf(props) },
    };
}

export async function update(_id: string, olds: State, news: Inputs): Promise<dynamic.UpdateResult<RawProperties>> {
    return { outs: marked(apiKeys().update(olds, news)) };
}

async function remove(_id: string, props: State): Promise<void> {
    await quietly(() => calling(() => apiKeys().delete(props)));
}
export { remove as delete };

/**
 * The SDK's host prints whatever `diff`, `read` and `delete` throw, with its stack, beside the error that the engine shows for
 * the resource. For an error that explains itself once is enough, and its stack is nobody's business but ours.
 */
async function quietly<T>(step: () => Promise<T>): Promise<T> {
    try {
        return await step();
    } catch (error) {
        if (error instanceof ApiKeyError || error instanceof ConfigError) {
            throw Object.assign(error, {
                toString: () => "A step in the life of a Kalshi API key failed",
                stack: "the error of that resource says which and why.",
            });
        }
        throw error;
    }
}

/** The state with the private key in the envelope that has the engine keep it encrypted, and without undefined values. */
function marked(state: ApiKeyState): Record<string, unknown> {
    const { privateKey, ...rest } = state;
    const secret = { [specialSigKey]: specialSecretSig, value: privateKey };
    const known = Object.entries(rest).filter(([, value]) => value !== undefined);
    return { ...Object.fromEntries(known), ...(privateKey === undefined ? {} : { privateKey: secret }) };
}

/** What the SDK takes for "made, but not whole": the engine records the properties, so that nothing is lost. */
function initializationFailure({ state, message }: PartialCreateError): Error {
    return Object.assign(new Error(message), { id: state.apiKeyId, properties: marked(state), reasons: [message] });
}
