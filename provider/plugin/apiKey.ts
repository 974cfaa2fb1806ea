import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { inputsOf, PartialCreateError, type ApiKeyResource } from "../apiKey/apiKey";
import { check as checkInputs, unknownScopes, unknownScopesWarning } from "../apiKey/check";
import { ApiKeyError } from "../apiKey/explain";
import { listKeys } from "../apiKey/lookup";
import type { Origin } from "../apiKey/journal";
import type { Autonaming, Naming } from "../apiKey/naming";
import type { Platform } from "../apiKey/platform";
import type { ApiKeyInputs, ApiKeyState, RawProperties } from "../apiKey/properties";
import { pluginType } from "../apiKey/typeTokens";
import { rules } from "../apiKey/rules";
import { isUnknown } from "../apiKey/unknowns";
import { diffResponse } from "./diffResponse";
import { checkFailures, MadeInPart, Unimplemented } from "./failure";
import { getApiKeysArgs } from "./functions";
import { importKey } from "./importKey";
import { fromStruct, openedProperties, resealed, sealed, toStruct } from "./properties";
import { assertShape, inputsShape, stateShape } from "./shapes";

/** A key that exists comes in by `pulumi import`, not by an input. */
const inputRules = rules.omit({ adopt: true });

/**
 * @param warn is told of what is let through and may be a slip
 */
export function check(request: rpc.CheckRequest, warn: (message: string) => void): rpc.CheckResponse {
    assertServed(typeOf(request));
    const [olds, wire] = [fromStruct(request.getOlds()), fromStruct(request.getNews())];
    const news = openedProperties(wire);
    const { inputs, failures } = checkInputs(namingOf(request), openedProperties(olds), news, Date.now(), inputRules);
    if (failures.length > 0) {
        return new rpc.CheckResponse().setInputs(request.getNews()).setFailuresList(checkFailures(failures));
    }
    const unknown = unknownScopes(inputs["scopes"]);
    if (unknown.length > 0) {
        warn(unknownScopesWarning(unknown));
    }
    // A name tells the prefix that it was drawn with.
    const origins = { ...wire, ...("name" in news ? {} : { name: wire["namePrefix"] }) };
    return new rpc.CheckResponse().setInputs(toStruct(resealed(inputs, origins)));
}

function namingOf(request: rpc.CheckRequest): Naming {
    const seed = request.getRandomseed_asU8();
    return {
        resourceName: request.getName() || (request.getUrn().split("::").at(-1) ?? ""),
        randomSeed: seed.length > 0 ? seed : undefined,
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

/** What no change of inputs touches, short of a replacement. */
const stables = ["apiKeyId", "privateKey", "publicKey", "fingerprint", "createdAt", "environment"] as const;

/**
 * @param tell is told why a key is replaced although no input has changed
 */
export function diff(
    keys: ApiKeyResource,
    request: rpc.DiffRequest,
    tell: (message: string) => void,
): rpc.DiffResponse {
    assertServed(typeOf(request));
    const [state, news] = [stateOf(fromStruct(request.getOlds())), asInputs(fromStruct(request.getNews()))];
    const { replaces, updates, reason } = keys.diff({ ...state }, { ...news });
    if (reason !== undefined) {
        tell(`The API key "${state.name}" is replaced because ${reason}.`);
    }
    return diffResponse({ ...state }, { ...news }, replaces, updates, stables);
}

export async function create(keys: ApiKeyResource, request: rpc.CreateRequest): Promise<rpc.CreateResponse> {
    assertServed(typeOf(request));
    const wire = fromStruct(request.getProperties());
    const inputs = asInputs(wire);
    if (request.getPreview()) {
        return new rpc.CreateResponse().setProperties(toStruct(resealed({ ...keys.preview(inputs) }, wire)));
    }
    try {
        const state = await keys.create(inputs, originOf(request));
        return new rpc.CreateResponse().setId(state.apiKeyId).setProperties(outputs(state, wire));
    } catch (error) {
        throw error instanceof PartialCreateError
            ? new MadeInPart(error.state.apiKeyId, outputs(error.state, wire), request.getProperties(), error.message)
            : error;
    }
}

/** For a refresh, the key as it is now; for an import, which has an id and nothing else, the key as it was found. */
export async function read(keys: ApiKeyResource, request: rpc.ReadRequest): Promise<rpc.ReadResponse> {
    assertServed(typeOf(request));
    const [outs, ins] = [fromStruct(request.getProperties()), fromStruct(request.getInputs())];
    const state = isWhole(outs) ? await keys.read(stateOf(outs)) : await importKey(keys, request.getId());
    if (state === undefined) {
        return new rpc.ReadResponse();
    }
    return new rpc.ReadResponse()
        .setId(state.apiKeyId)
        .setProperties(outputs(state, outs, ins))
        .setInputs(toStruct(resealed({ ...inputsOf(state) }, ins, outs)));
}

export function update(keys: ApiKeyResource, request: rpc.UpdateRequest): rpc.UpdateResponse {
    assertServed(typeOf(request));
    const [olds, wire] = [fromStruct(request.getOlds()), fromStruct(request.getNews())];
    const state = keys.update(stateOf(olds), asInputs(wire));
    return new rpc.UpdateResponse().setProperties(outputs(state, wire, olds));
}

export async function remove(keys: ApiKeyResource, request: rpc.DeleteRequest): Promise<Empty> {
    assertServed(typeOf(request));
    await keys.delete(stateOf(fromStruct(request.getProperties())));
    return new Empty();
}

/** The account's keys, each by what an import needs of it. */
export async function list(platform: Platform, request: rpc.ListRequest): Promise<rpc.ListResponse[]> {
    assertServed(request.getToken());
    const query = openedProperties(fromStruct(request.getQuery()));
    if (isUnknown(query)) {
        return [new rpc.ListResponse().setComputed(new rpc.ListResponse.Computed())];
    }
    const { data: args, error } = getApiKeysArgs.safeParse(query);
    if (error !== undefined) {
        const problems = error.issues.map(({ path, message }) => [...path, message].join(": "));
        throw new ApiKeyError(`Could not list the account's API keys: the query is wrong (${problems.join("; ")}).`);
    }
    const found = await listKeys(platform, args);
    return found
        .slice(0, request.getLimit() || found.length)
        .map(({ apiKeyId, name }) =>
            new rpc.ListResponse().setResult(new rpc.ListResponse.Result().setId(apiKeyId).setName(name)),
        );
}

function typeOf(request: { getType(): string; getUrn(): string }): string {
    return request.getType() || (request.getUrn().split("::")[2]?.split("$").at(-1) ?? "");
}

function originOf(request: { getUrn(): string }): Origin {
    const [stack = "", project = "", , ...name] = request
        .getUrn()
        .replace(/^urn:pulumi:/, "")
        .split("::");
    return { project, stack, resource: name.join("::") };
}

function assertServed(type: string): void {
    if (type !== pluginType) {
        throw new Unimplemented(`The Kalshi provider has no resource ${type}; it has ${pluginType}.`);
    }
}

/** A state without its envelopes, and without what the dynamic resource kept there before it became one of this plugin. */
function stateOf(wire: RawProperties): ApiKeyState {
    const { __provider, __resourceName, __stack, ...state } = openedProperties(wire);
    assertShape(
        stateShape,
        state,
        "The stack's state of the API key is not as this provider left it. Put it right with `pulumi state edit`, or take the " +
            "key out with `pulumi state delete`, which revokes nothing, and import it.",
    );
    return state as unknown as ApiKeyState;
}

/** Inputs without their envelopes, which an earlier check left. */
function asInputs(wire: RawProperties): ApiKeyInputs {
    const inputs = openedProperties(wire);
    assertShape(inputsShape, inputs, "The inputs of the API key are not as this provider's check left them.");
    return inputs as unknown as ApiKeyInputs;
}

/** Every state that `create` or `read` returned says where its key lives. */
function isWhole(state: RawProperties): boolean {
    return state["environment"] !== undefined;
}

/** The state for the engine: the private key is a secret, and so is what follows from an input that is one. */
function outputs(state: ApiKeyState, ...origins: readonly RawProperties[]) {
    const { privateKey, ...rest } = state;
    const secret = privateKey === undefined ? {} : { privateKey: sealed(privateKey) };
    return toStruct({ ...resealed({ ...rest }, ...origins), ...secret });
}
