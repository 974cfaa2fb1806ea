import { z } from "zod";

/** A type in Pulumi's package schema. Source: pulumi/pulumi, pkg/codegen/schema/pulumi.json. */
export interface TypeSpec {
    readonly type?: string;
    readonly $ref?: string;
    readonly items?: TypeSpec;
    readonly oneOf?: readonly TypeSpec[];
    readonly additionalProperties?: TypeSpec;
}

/** Returns the reference to a named type of the package. */
export function reference(name: string): TypeSpec {
    return { $ref: `#/types/kalshi:index:${name}` };
}

/** Text that an editor completes by the values of an enum, although other values are valid, too. */
const openEnum = (name: string): TypeSpec => ({ type: "string", oneOf: [{ type: "string" }, reference(name)] });

/**
 * Returns the schema type of the values that a rule accepts.
 *
 * @param named the named type of the values, or of a list's items
 * @throws Error if the schema has no such type
 */
export function typeOf(rule: z.ZodType, named?: string): TypeSpec {
    const { type, enum: values } = z.toJSONSchema(rule, { io: "input", unrepresentable: "any" });
    switch (type) {
        case "string":
            if (named === undefined) {
                return { type };
            }
            return values === undefined ? openEnum(named) : reference(named);
        case "boolean":
        case "integer":
        case "number":
            return { type };
        case "object":
            return { type, additionalProperties: { $ref: "pulumi.json#/Any" } };
        case "array":
            return { type, items: named === undefined ? { type: "string" } : openEnum(named) };
        default:
            throw new Error(`Pulumi's schema has no type for ${JSON.stringify(type)}`);
    }
}
