import { z } from "zod";
import { ApiKeyError } from "../apiKey/explain";
import type { RawProperties } from "../apiKey/properties";

// The types that the steps in a key's life rely on; all else may be as it is.

/** What is not known yet is a text, whatever it stands for. */
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

/**
 * The engine hands back what it was given to keep, but people edit states.
 *
 * @throws ApiKeyError that tells the types of the first misfit, and not its value
 */
export function assertShape(shape: z.ZodObject, properties: RawProperties, problem: string): void {
    const issue = shape.safeParse(properties).error?.issues[0];
    if (issue !== undefined) {
        throw new ApiKeyError(`${problem} What is wrong is ${issue.path.join(".")}: ${issue.message}.`);
    }
}
