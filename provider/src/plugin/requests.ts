import { isDeepStrictEqual } from "node:util";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import type { CheckResult } from "../apiKey/check";
import type { Origin } from "../apiKey/platform";
import type { RawProperties } from "../apiKey/properties";
import { unknownScopes, unknownScopesWarning } from "../apiKey/scopes";
import { parseUrn } from "../pulumi";
import { checkFailures } from "./grpcErrors";
import { fromStruct, rewrapSecrets, toStruct } from "./struct";

// What the requests of all resources have in common.

/** Returns the type token of a request's resource. */
export function typeOf(request: { getType(): string; getUrn(): string }): string {
    return request.getType() || parseUrn(request.getUrn()).type;
}

/** Returns the resource of the stack that a request is for. */
export function originOf(request: { getUrn(): string }): Origin {
    const { project, stack, name } = parseUrn(request.getUrn());
    return { project, stack, resource: name };
}

/**
 * Returns the response to a Check.
 *
 * @param origins the properties as the engine sent them; each checked one is a secret if that of its name is
 * @param warn reports inputs that are accepted but may be typos
 */
export function checkResponse(
    request: rpc.CheckRequest,
    { inputs, failures }: CheckResult,
    origins: RawProperties,
    warn: (message: string) => void,
): rpc.CheckResponse {
    if (failures.length > 0) {
        return new rpc.CheckResponse().setInputs(request.getNews()).setFailuresList(checkFailures(failures));
    }
    const unknown = unknownScopes(inputs["scopes"]);
    if (unknown.length > 0) {
        warn(unknownScopesWarning(unknown));
    }
    return new rpc.CheckResponse().setInputs(toStruct(rewrapSecrets(inputs, origins)));
}

/** Returns the resource's name in the program. */
export function resourceNameOf(request: rpc.CheckRequest): string {
    return request.getName() || parseUrn(request.getUrn()).name;
}

/** Why the engine calls Read. */
export type ReadPurpose = "import" | "get" | "refresh";

/**
 * Returns why the engine calls Read. No field of the request says so, but the three purposes differ in what they send:
 *
 * - Both kinds of import (`pulumi import`, the option `import`) send an id and no inputs.
 * - `ApiKey.get` sends the state that the program passed, as inputs and as properties; `pulumi do … read` sends two empty maps.
 * - A refresh sends the inputs and the outputs of the stack's state. The outputs alone hold the key's id.
 *
 * Source: pulumi/pulumi v3.250.0, pkg/resource/deploy/step.go (ImportStep, ReadStep, RefreshStep) and pkg/cmd/pulumi/do;
 * tests/engine/get.test.ts checks it on the engine.
 */
export function purposeOf(request: rpc.ReadRequest): ReadPurpose {
    if (!request.hasInputs()) {
        return "import";
    }
    return isDeepStrictEqual(fromStruct(request.getProperties()), fromStruct(request.getInputs())) ? "get" : "refresh";
}

/**
 * Returns whether a Delete has an id and no state, as for `pulumi do … delete`.
 *
 * Source: pulumi/pulumi v3.250.0, pkg/cmd/pulumi/do/do_resource.go.
 *
 * @param outs the properties of the request
 * @param ins the inputs of the request
 */
export function isStateless(outs: RawProperties, ins: RawProperties): boolean {
    return Object.keys(outs).length + Object.keys(ins).length === 0;
}
