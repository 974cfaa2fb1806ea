import type { dynamic } from "@pulumi/pulumi";
import { withoutNulls, type RawProperties } from "../apiKey/properties";
import { printable } from "../kalshi/text";
import { check as checkInputs } from "../rotatingApiKey/check";
import type { RotatingApiKeyInputs } from "../rotatingApiKey/inputs";
import type { Generation, RotatingApiKeyState } from "../rotatingApiKey/outputs";
import { inputsOf, PartialRotationError } from "../rotatingApiKey/resource";
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

// The methods of a rotating API key, which the SDK's host calls by name as those of host.ts.

type Inputs = RotatingApiKeyInputs & DynamicProperties;
type State = RotatingApiKeyState & DynamicProperties;

export { configure };

export async function check(olds: RawProperties, news: RawProperties): Promise<dynamic.CheckResult<RawProperties>> {
    return checkWithConfiguration(news, (resourceName, given) => checkInputs(resourceName, olds, given, Date.now()));
}

function stateOf(olds: State): State {
    return withoutNulls({ ...olds }) as unknown as State;
}

export async function diff(_id: string, olds: State, news: Inputs): Promise<dynamic.DiffResult> {
    return withoutStackTrace(async () => {
        const { updates, descriptions } = resources().rotatingKeys.diff(stateOf(olds), news);
        const resource = String(news.__resourceName);
        descriptions.forEach(({ text }) => console.error(printable(`The rotating API key "${resource}": ${text}`)));
        return { changes: updates.length > 0 };
    });
}

export async function create(inputs: Inputs): Promise<dynamic.CreateResult<RawProperties>> {
    const state = await saving(undefined, () => resources().rotatingKeys.create(inputs, originOf(inputs)));
    return { id: idOf(state), outs: withSecretEnvelopes(state) };
}

/** Returns the resource's id, which is that of its first key. */
function idOf({ current }: RotatingApiKeyState): string {
    return current?.apiKeyId ?? "";
}

/**
 * Runs a step. If it fails after Kalshi created a key, the engine saves the state with the error.
 *
 * @param id the resource's id; undefined if the step creates the resource
 */
async function saving(id: string | undefined, step: () => Promise<RotatingApiKeyState>): Promise<RotatingApiKeyState> {
    try {
        return await callKalshi(step);
    } catch (error) {
        throw error instanceof PartialRotationError
            ? partialFailure(id ?? idOf(error.state), withSecretEnvelopes(error.state), error)
            : asUserError(error);
    }
}

export async function read(id: string, props: State): Promise<dynamic.ReadResult<RawProperties>> {
    const state = await withoutStackTrace(() => callKalshi(() => resources().rotatingKeys.read(stateOf(props))));
    return {
        id,
        props: withSecretEnvelopes(state),
        inputs: { ...inputsOf(state), ...dynamicInputsOf(props) },
    };
}

export async function update(id: string, olds: State, news: Inputs): Promise<dynamic.UpdateResult<RawProperties>> {
    const state = await saving(id, () => resources().rotatingKeys.update(stateOf(olds), news, originOf(news)));
    return { outs: withSecretEnvelopes(state) };
}

async function remove(_id: string, props: State): Promise<void> {
    await withoutStackTrace(() => callKalshi(() => resources().rotatingKeys.delete(stateOf(props))));
}
export { remove as delete };

/** Returns the state without undefined values, and with the private keys in secret envelopes, so that the engine encrypts them. */
function withSecretEnvelopes({ current, previous, __outdated, ...rest }: RotatingApiKeyState): Record<string, unknown> {
    return known({
        ...rest,
        current: current && withSecret(current),
        previous: previous && withSecret(previous),
        __outdated: __outdated?.map(withSecret),
    });
}

function withSecret({ privateKey, ...rest }: Generation): RawProperties {
    return known({ ...rest, privateKey: secret(privateKey) });
}
