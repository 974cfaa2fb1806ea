import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { type ApiKeyResource, inputsOf, PartialCreateError } from "../apiKey/resource";
import { check as checkInputs, pluginInputs } from "../apiKey/check";
import { ApiKeyError, label } from "../apiKey/errors";
import { listKeys } from "../apiKey/lookup";
import type { Platform, Severity } from "../apiKey/platform";
import type { Autonaming, Naming } from "../apiKey/autonaming";
import { isUnknown, type RawProperties } from "../apiKey/properties";
import type { ApiKeyState } from "../apiKey/outputs";
import type { ApiKeyInputs } from "../apiKey/inputs";
import { diffResponse, fromStruct, rewrapSecrets, toStruct, unwrapProperties, wrapSecret } from "./struct";
import { PartiallyCreated } from "./grpcErrors";
import { checkResponse, isStateless, originOf, purposeOf, resourceNameOf, type ReadPurpose } from "./requests";
import { inputsFrom, inputsShape, stateFrom, stateShape } from "./validation";
import { privateKeyForImport } from "../importKeys";

/**
 * Validates the inputs of a key and fills in its defaults.
 *
 * @param warn reports inputs that are accepted but may be typos
 */
export function check(request: rpc.CheckRequest, warn: (message: string) => void): rpc.CheckResponse {
    const [olds, wire] = [fromStruct(request.getOlds()), fromStruct(request.getNews())];
    const news = unwrapProperties(wire);
    const result = checkInputs(namingOf(request), unwrapProperties(olds), news, Date.now(), pluginInputs);
    // An auto-generated name contains the prefix, so it is a secret if the prefix is one.
    const origins = { ...wire, ...("name" in news ? {} : { name: wire["namePrefix"] }) };
    return checkResponse(request, result, origins, warn);
}

function namingOf(request: rpc.CheckRequest): Naming {
    return {
        resourceName: resourceNameOf(request),
        autonaming: autonamingOf(request.getAutonaming()),
    };
}

function autonamingOf(options: rpc.CheckRequest.AutonamingOptions | undefined): Autonaming | undefined {
    return (
        options && {
            mode: options.getMode() === rpc.CheckRequest.AutonamingOptions.Mode.DISABLE ? "disabled" : "offered",
            proposedName: options.getProposedName(),
        }
    );
}

/** The outputs that no update in place changes. */
const stables = ["apiKeyId", "privateKey", "publicKey", "fingerprint", "createdAt", "environment"] as const;

/**
 * Compares the inputs with the state.
 *
 * @param log reports why a key is replaced although no input has changed
 */
export function diff(
    keys: ApiKeyResource,
    request: rpc.DiffRequest,
    log: (message: string, severity: Severity) => void,
): rpc.DiffResponse {
    const [state, news] = [stateOf(fromStruct(request.getOlds())), asInputs(fromStruct(request.getNews()))];
    const { replaces, updates, reason } = keys.diff({ ...state }, { ...news });
    if (reason !== undefined) {
        log(`The API key "${state.name}" is replaced because ${reason}.`, "info");
    }
    return diffResponse({ ...state }, { ...news }, replaces, updates, stables);
}

export async function create(keys: ApiKeyResource, request: rpc.CreateRequest): Promise<rpc.CreateResponse> {
    const wire = fromStruct(request.getProperties());
    const inputs = asInputs(wire);
    if (request.getPreview()) {
        return new rpc.CreateResponse().setProperties(toStruct(rewrapSecrets({ ...keys.preview(inputs) }, wire)));
    }
    try {
        const state = await keys.create(inputs, originOf(request));
        return new rpc.CreateResponse().setId(state.apiKeyId).setProperties(encodeState(state, wire));
    } catch (error) {
        throw error instanceof PartialCreateError
            ? new PartiallyCreated(
                  error.state.apiKeyId,
                  encodeState(error.state, wire),
                  request.getProperties(),
                  error.message,
              )
            : error;
    }
}

/**
 * Handles a refresh, an import, and a read of a key that the stack does not manage (`ApiKey.get`, `pulumi do … read`).
 *
 * @param log reports a key that is imported without the private key that the user may expect
 */
export async function read(
    keys: ApiKeyResource,
    request: rpc.ReadRequest,
    log: (message: string) => void,
): Promise<rpc.ReadResponse> {
    const [outs, ins] = [fromStruct(request.getProperties()), fromStruct(request.getInputs())];
    const state = await readFor(purposeOf(request), keys, request.getId(), outs, log);
    if (state === undefined) {
        return new rpc.ReadResponse();
    }
    return new rpc.ReadResponse()
        .setId(state.apiKeyId)
        .setProperties(encodeState(state, outs, ins))
        .setInputs(toStruct(rewrapSecrets({ ...inputsOf(state) }, ins, outs)));
}

async function readFor(
    purpose: ReadPurpose,
    keys: ApiKeyResource,
    apiKeyId: string,
    outs: RawProperties,
    log: (message: string) => void,
): Promise<Omit<ApiKeyState, "createdAt"> | undefined> {
    switch (purpose) {
        case "import":
            return keys.import({ apiKeyId, privateKey: privateKeyForImport(apiKeyId, process.env, log) });
        case "get":
            return keys.get({ apiKeyId, privateKey: privateKeyOf(apiKeyId, outs) });
        case "refresh":
            return keys.read(stateOf(outs));
    }
}

/**
 * Returns the private key in the state that a program passed to `get`. All other properties come from Kalshi's list.
 *
 * @throws ApiKeyError if it is in plaintext, because the engine copies the passed state to the stack's state unchanged
 */
function privateKeyOf(apiKeyId: string, wire: RawProperties): string | undefined {
    const { privateKey } = unwrapProperties(wire);
    if (typeof privateKey !== "string") {
        return undefined;
    }
    if (wire["privateKey"] === privateKey) {
        throw new ApiKeyError(
            "KALSHI_PRIVATE_KEY_IN_PLAINTEXT",
            `Could not read the API key ${apiKeyId}: the program passes its private key in plaintext, and the stack's state ` +
                "would hold it in plaintext. Mark it as a secret (`pulumi.secret`) or leave it out.",
        );
    }
    return privateKey;
}

export function update(keys: ApiKeyResource, request: rpc.UpdateRequest): rpc.UpdateResponse {
    const [olds, wire] = [fromStruct(request.getOlds()), fromStruct(request.getNews())];
    const [old, news] = [stateOf(olds), asInputs(wire)];
    // The engine replaces a key with such a change, but `pulumi do … patch` calls Update for every change.
    const { replaces } = keys.diff({ ...old }, { ...news });
    if (replaces.length > 0) {
        throw new ApiKeyError(
            "KALSHI_KEY_IMMUTABLE",
            `Could not change ${replaces.join(", ")} of the API key ${label(old)}: the API cannot change a key. Create a new one.`,
        );
    }
    const state = keys.update(old, news);
    return new rpc.UpdateResponse().setProperties(encodeState(state, wire, olds));
}

export async function remove(keys: ApiKeyResource, request: rpc.DeleteRequest): Promise<Empty> {
    const [outs, ins] = [fromStruct(request.getProperties()), fromStruct(request.getOldInputs())];
    await (isStateless(outs, ins) ? keys.deleteById(request.getId()) : keys.delete(stateOf(outs)));
    return new Empty();
}

/** Lists the account's keys, each by the id and the name that an import needs. */
export async function list(platform: Platform, request: rpc.ListRequest): Promise<rpc.ListResponse[]> {
    const query = unwrapProperties(fromStruct(request.getQuery()));
    if (isUnknown(query)) {
        return [new rpc.ListResponse().setComputed(new rpc.ListResponse.Computed())];
    }
    const found = await listKeys(platform, query);
    return found
        .slice(0, request.getLimit() || found.length)
        .map(({ apiKeyId, name }) =>
            new rpc.ListResponse().setResult(new rpc.ListResponse.Result().setId(apiKeyId).setName(name)),
        );
}

function stateOf(wire: RawProperties): ApiKeyState {
    return stateFrom(wire, stateShape, "the API key") as unknown as ApiKeyState;
}

function asInputs(wire: RawProperties): ApiKeyInputs {
    return inputsFrom(wire, inputsShape, "the API key") as unknown as ApiKeyInputs;
}

/** Encodes the state for the engine. The private key is a secret, and so is each property whose input is one. */
function encodeState(state: Omit<ApiKeyState, "createdAt">, ...origins: readonly RawProperties[]) {
    const { privateKey, ...rest } = state;
    const secret = privateKey === undefined ? {} : { privateKey: wrapSecret(privateKey) };
    return toStruct({ ...rewrapSecrets({ ...rest }, ...origins), ...secret });
}
