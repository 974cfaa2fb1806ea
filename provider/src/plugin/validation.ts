import { z } from "zod";
import { ApiKeyError } from "../apiKey/errors";
import { withoutNulls, type RawProperties } from "../apiKey/properties";
import { unwrapProperties } from "./struct";

// The property types that the lifecycle steps rely on. Other properties are not checked.

/** An unknown value of any type is a sentinel string. */
export const inputsShape = z.looseObject({
    name: z.string().optional(),
    scopes: z.union([z.array(z.string()), z.string()]).optional(),
    publicKey: z.string().optional(),
    rotationDays: z.union([z.number(), z.string()]).optional(),
    adopt: z.undefined().optional(),
});

export const stateShape = z.looseObject({
    name: z.string().nullish(),
    scopes: z.array(z.string()).nullish(),
    publicKey: z.string().nullish(),
    rotationDays: z.number().nullish(),
    apiKeyId: z.string(),
    createdAt: z.string().nullish(),
    environment: z.string().nullish(),
    __signedBy: z.string().optional(),
});

const generationShape = z.looseObject({
    apiKeyId: z.string(),
    name: z.string(),
    privateKey: z.string().nullish(),
    fingerprint: z.string().nullish(),
    createdAt: z.string(),
});

export const rotatingInputsShape = z.looseObject({
    scopes: z.union([z.array(z.string()), z.string()]),
    rotationDays: z.union([z.number(), z.string()]),
    overlapDays: z.union([z.number(), z.string()]),
    __checkedAt: z.string(),
    __nameSeed: z.string(),
    __prefix: z.string(),
});

export const rotatingStateShape = z.looseObject({
    scopes: z.array(z.string()),
    environment: z.string(),
    current: generationShape.nullish(),
    previous: generationShape.nullish(),
    __outdated: z.array(generationShape).nullish(),
    __ids: z.array(z.string()),
    __generations: z.number(),
    __signedBy: z.string().nullish(),
});

/**
 * Returns a state without secret envelopes and null values. Leaves out the properties that the dynamic provider stored, for stacks that
 * moved from it to the plugin.
 *
 * @param resource the resource, for the error
 * @throws ApiKeyError if the state is not one that this provider wrote
 */
export function stateFrom(wire: RawProperties, shape: z.ZodObject, resource: string): RawProperties {
    const { __provider, __resourceName, __stack, ...state } = withoutNulls(unwrapProperties(wire));
    assertShape(
        shape,
        state,
        `The stack's state of ${resource} is not in the form that this provider writes. Correct it with \`pulumi state edit\`, or remove ` +
            "it with `pulumi state delete`, which revokes nothing, and import it.",
    );
    return state;
}

/**
 * Returns inputs, which an earlier Check has normalized, without secret envelopes.
 *
 * @param resource the resource, for the error
 * @throws ApiKeyError if Check did not return them
 */
export function inputsFrom(wire: RawProperties, shape: z.ZodObject, resource: string): RawProperties {
    const inputs = unwrapProperties(wire);
    assertShape(shape, inputs, `The inputs of ${resource} are not in the form that this provider's Check returns.`);
    return inputs;
}

/**
 * Checks properties that this provider has returned to the engine earlier. People edit states, so they may have changed.
 *
 * @throws ApiKeyError that names the first invalid property and the types, but not its value
 */
function assertShape(shape: z.ZodObject, properties: RawProperties, problem: string): void {
    const issue = shape.safeParse(properties).error?.issues[0];
    if (issue !== undefined) {
        throw new ApiKeyError(
            "KALSHI_STATE_INVALID",
            `${problem} The invalid property is ${issue.path.join(".")}: ${issue.message}.`,
        );
    }
}
