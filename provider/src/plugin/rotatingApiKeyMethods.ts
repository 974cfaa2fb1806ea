import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { ApiKeyError } from "../apiKey/errors";
import type { Severity } from "../apiKey/platform";
import type { RawProperties } from "../apiKey/properties";
import { privateKeyForImport } from "../importKeys";
import { check as checkInputs } from "../rotatingApiKey/check";
import { checkPropertyNames, type RotatingApiKeyInputs } from "../rotatingApiKey/inputs";
import type { Generation, RotatingApiKeyState } from "../rotatingApiKey/outputs";
import { inputsOf, PartialRotationError, type RotatingApiKeyResource } from "../rotatingApiKey/resource";
import { PartiallyCreated } from "./grpcErrors";
import { checkResponse, isStateless, originOf, purposeOf, resourceNameOf } from "./requests";
import { diffResponse, fromStruct, holdsSecret, rewrapSecrets, toStruct, unwrapProperties, wrapSecret } from "./struct";
import { inputsFrom, rotatingInputsShape, rotatingStateShape, stateFrom } from "./validation";

/**
 * Validates the inputs of a rotating key and fills in its defaults.
 *
 * @param warn reports inputs that are accepted but may be typos
 */
export function check(request: rpc.CheckRequest, warn: (message: string) => void): rpc.CheckResponse {
    const wire = fromStruct(request.getNews());
    const olds = unwrapProperties(fromStruct(request.getOlds()));
    const result = checkInputs(resourceNameOf(request), olds, unwrapProperties(wire), Date.now());
    // The names begin with the prefix, so they are secrets if it is one.
    return checkResponse(request, result, { ...wire, __prefix: wire["namePrefix"] }, warn);
}

/**
 * Compares the inputs with the state, and determines what is due.
 *
 * @param log reports what the update does and why
 */
export function diff(
    keys: RotatingApiKeyResource,
    request: rpc.DiffRequest,
    log: (message: string, severity: Severity) => void,
): rpc.DiffResponse {
    const [state, news] = [stateOf(fromStruct(request.getOlds())), asInputs(fromStruct(request.getNews()))];
    const { updates, expected, descriptions } = keys.diff(state, news);
    descriptions.forEach(({ text, severity }) => log(text, severity));
    const stables = ["environment"].filter((name) => !updates.includes(name));
    return diffResponse({ ...state }, expected, [], updates, stables);
}

export async function create(keys: RotatingApiKeyResource, request: rpc.CreateRequest): Promise<rpc.CreateResponse> {
    const wire = fromStruct(request.getProperties());
    const inputs = asInputs(wire);
    if (request.getPreview()) {
        return new rpc.CreateResponse().setProperties(encodeState(keys.preview(inputs), wire));
    }
    const state = await saving("", request.getProperties(), [wire], () => keys.create(inputs, originOf(request)));
    return new rpc.CreateResponse().setId(idOf(state)).setProperties(encodeState({ ...state }, wire));
}

/** Returns the resource's id, which is that of its first key. */
function idOf({ current }: RotatingApiKeyState): string {
    return current?.apiKeyId ?? "";
}

/**
 * Runs a step. If it fails after Kalshi created a key, the engine saves the state with the error.
 *
 * @param id the resource's id; empty if the step creates the resource
 * @param origins properties, of which those that are secrets are secrets in the state
 */
async function saving<T>(
    id: string,
    inputs: Struct | undefined,
    origins: readonly RawProperties[],
    step: () => Promise<T>,
): Promise<T> {
    try {
        return await step();
    } catch (error) {
        throw error instanceof PartialRotationError
            ? new PartiallyCreated(
                  id || idOf(error.state),
                  encodeState({ ...error.state }, ...origins),
                  inputs,
                  error.message,
              )
            : error;
    }
}

/**
 * Handles a refresh and an import.
 *
 * @param log reports a key that is imported without the private key that the user may expect
 */
export async function read(
    keys: RotatingApiKeyResource,
    request: rpc.ReadRequest,
    log: (message: string) => void,
): Promise<rpc.ReadResponse> {
    const [outs, ins] = [fromStruct(request.getProperties()), fromStruct(request.getInputs())];
    const state = await readFor(keys, request, outs, log);
    return new rpc.ReadResponse()
        .setId(purposeOf(request) === "import" ? idOf(state) : request.getId())
        .setProperties(encodeState({ ...state }, outs, ins))
        .setInputs(toStruct(rewrapSecrets({ ...inputsOf(state), ...checkPropertiesOf(ins) }, ins, outs)));
}

/** Returns the properties that the last `check` added. No update has put those of an unchanged imported key into the state. */
function checkPropertiesOf(ins: RawProperties): RawProperties {
    const present = checkPropertyNames.filter((name) => ins[name] !== undefined);
    return Object.fromEntries(present.map((name) => [name, ins[name]]));
}

async function readFor(
    keys: RotatingApiKeyResource,
    request: rpc.ReadRequest,
    outs: RawProperties,
    log: (message: string) => void,
): Promise<RotatingApiKeyState> {
    const apiKeyId = request.getId();
    switch (purposeOf(request)) {
        case "import":
            return keys.import({ apiKeyId, privateKey: privateKeyForImport(apiKeyId, process.env, log) });
        case "get":
            throw withoutState("read");
        case "refresh":
            return keys.read(stateOf(outs));
    }
}

/** Returns the error for a step that has an id only: Kalshi does not know which keys belong together. */
function withoutState(verb: string): ApiKeyError {
    return new ApiKeyError(
        "KALSHI_STATE_NEEDED",
        `Could not ${verb} the rotating API key: only the state of its stack shows which keys it has. For one key of them, use ` +
            "`kalshi:index:ApiKey`; for the current key of another stack, use a stack reference.",
    );
}

/** Rotates, revokes what is due, and applies the other inputs; in a preview, returns what is known of the result. */
export async function update(keys: RotatingApiKeyResource, request: rpc.UpdateRequest): Promise<rpc.UpdateResponse> {
    const [olds, wire] = [fromStruct(request.getOlds()), fromStruct(request.getNews())];
    const [old, news] = [stateOf(olds), asInputs(wire)];
    if (request.getPreview()) {
        return new rpc.UpdateResponse().setProperties(encodeState(keys.diff(old, news).expected, wire, olds));
    }
    const state = await saving(request.getId(), request.getNews(), [wire, olds], () =>
        keys.update(old, news, originOf(request)),
    );
    return new rpc.UpdateResponse().setProperties(encodeState({ ...state }, wire, olds));
}

export async function remove(keys: RotatingApiKeyResource, request: rpc.DeleteRequest): Promise<Empty> {
    const [outs, ins] = [fromStruct(request.getProperties()), fromStruct(request.getOldInputs())];
    if (isStateless(outs, ins)) {
        throw withoutState("revoke");
    }
    await keys.delete(stateOf(outs));
    return new Empty();
}

function stateOf(wire: RawProperties): RotatingApiKeyState {
    return stateFrom(wire, rotatingStateShape, "the rotating API key") as unknown as RotatingApiKeyState;
}

function asInputs(wire: RawProperties): RotatingApiKeyInputs {
    return inputsFrom(wire, rotatingInputsShape, "the rotating API key") as unknown as RotatingApiKeyInputs;
}

/** Encodes the state for the engine. The private keys are secrets, and so is each property whose input is one. */
function encodeState(state: RawProperties, ...origins: readonly RawProperties[]) {
    const { current, previous, __outdated, ...rest } = state;
    const isNameSecret = origins.some((wire) => holdsSecret(wire["__prefix"]));
    const encode = (generation: unknown) =>
        typeof generation === "object" ? withSecrets(generation as Generation, isNameSecret) : generation;
    return toStruct({
        ...rewrapSecrets(rest, ...origins),
        current: encode(current),
        previous: encode(previous),
        __outdated: (__outdated as readonly unknown[] | undefined)?.map(encode),
    });
}

function withSecrets({ privateKey, name, ...rest }: Generation, isNameSecret: boolean): object {
    return {
        ...rest,
        name: isNameSecret ? wrapSecret(name) : name,
        ...(privateKey !== undefined && { privateKey: wrapSecret(privateKey) }),
    };
}
