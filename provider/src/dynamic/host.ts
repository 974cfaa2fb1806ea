import type { dynamic } from "@pulumi/pulumi";
import { check as checkInputs } from "../apiKey/check";
import type { ApiKeyInputs } from "../apiKey/inputs";
import type { ApiKeyState } from "../apiKey/outputs";
import type { RawProperties } from "../apiKey/properties";
import { inputsOf, PartialCreateError } from "../apiKey/resource";
import { printable } from "../kalshi/text";
import { asUserError } from "../userError";
import {
    callKalshi,
    checkWithConfiguration,
    configure,
    dynamicInputsOf,
    known,
    originOf,
    partialFailure,
    resources,
    secret,
    withoutStackTrace,
    type DynamicProperties,
} from "./hostProcess";

/**
 * The dynamic provider's methods. The engine starts one process for all dynamic resources of a run. The SDK's host in it finds these
 * methods by the shim in a resource's state (see shim.ts), and calls them by name. Their names and parameters cannot change,
 * because existing states refer to them.
 */

type Inputs = ApiKeyInputs & DynamicProperties;
type State = ApiKeyState & DynamicProperties;

export { configure };
/** The methods of `RotatingKalshiApiKey`. */
export * as rotatingApiKey from "./rotatingApiKeyMethods";

export async function check(olds: RawProperties, news: RawProperties): Promise<dynamic.CheckResult<RawProperties>> {
    return checkWithConfiguration(news, (resourceName, given) =>
        checkInputs({ resourceName }, olds, given, Date.now()),
    );
}

export async function diff(_id: string, olds: RawProperties, news: RawProperties): Promise<dynamic.DiffResult> {
    const { replaces, updates, reason } = await withoutStackTrace(async () => resources().keys.diff(olds, news));
    if (reason !== undefined) {
        console.error(printable(`The API key "${String(olds["name"])}" is replaced because ${reason}.`));
    }
    return { changes: replaces.length + updates.length > 0, replaces: [...replaces], deleteBeforeReplace: false };
}

export async function create(inputs: Inputs): Promise<dynamic.CreateResult<RawProperties>> {
    try {
        const state = await callKalshi(() => resources().keys.create(inputs, originOf(inputs)));
        return { id: state.apiKeyId, outs: withSecretEnvelope(state) };
    } catch (error) {
        throw error instanceof PartialCreateError
            ? partialFailure(error.state.apiKeyId, withSecretEnvelope(error.state), error)
            : asUserError(error);
    }
}

export async function read(_id: string, props: State): Promise<dynamic.ReadResult<RawProperties>> {
    const state = await withoutStackTrace(() => callKalshi(() => resources().keys.read(props)));
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
        return { outs: withSecretEnvelope(resources().keys.update(olds, news)) };
    } catch (error) {
        throw asUserError(error);
    }
}

async function remove(_id: string, props: State): Promise<void> {
    await withoutStackTrace(() => callKalshi(() => resources().keys.delete(props)));
}
export { remove as delete };

/** Returns the state with the private key in a secret envelope, so that the engine encrypts it. */
function withSecretEnvelope({ privateKey, ...rest }: ApiKeyState): RawProperties {
    return known({ ...rest, privateKey: secret(privateKey) });
}
