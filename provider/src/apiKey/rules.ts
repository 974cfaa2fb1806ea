import { z } from "zod";
import { parsePrivateKey } from "../kalshi/auth";
import { keyTypes, knownScopes } from "../kalshi/types";
import { readPublicKey } from "./publicKey";

/** `read`, `write`, or one of their children, including those that this version does not know. */
const scopeForm = /^(read|write)(::[a-z0-9_]+)?$/;

// `refine` and not `min`, because `min` also checks other values that have a `length`, such as a map with such a key.
const text = (what: string) =>
    z.string(`must be text: ${what}`).refine((given) => given !== "", `must not be empty: ${what}`);

const publicKey = z.string("must be a public key in SPKI PEM").transform((pem, context) => {
    try {
        return readPublicKey(pem).publicKey;
    } catch (error) {
        context.addIssue((error as Error).message);
        return z.NEVER;
    }
});

const privateKey = z.string("must be a private key in PEM").superRefine((pem, context) => {
    try {
        parsePrivateKey(pem);
    } catch (error) {
        context.addIssue((error as Error).message);
    }
});

/** The rules for each single input. They return normalized values. */
export const rules = z.strictObject({
    name: text("the key's explicit name").optional(),
    namePrefix: text("what the key's name begins with").optional(),
    scopes: z
        .array(
            z.string("must be a list of texts").regex(scopeForm, {
                error: ({ input }) =>
                    `"${String(input)}" is no scope; those known are ${knownScopes.join(", ")}, and a newer one has that form`,
            }),
            "must be a list of scopes",
        )
        .refine(
            (scopes) => scopes.length > 0,
            "must name at least one scope; leave it out for Kalshi's default, read and write",
        )
        .transform((scopes) => [...new Set(scopes)].sort())
        .optional(),
    keyType: z.enum(keyTypes, `must be one of ${keyTypes.join(", ")}`).optional(),
    publicKey: publicKey.optional(),
    subaccount: z
        .int("must be a whole number from 0 to 63")
        .min(0, "must be 0 (the primary one) or more")
        .max(63, "must be at most 63")
        .optional(),
    fcmSubtraderId: z
        .string("must be text")
        .regex(/^.+_[A-Za-z0-9]{1,16}$/, "must be the user id, an underscore, and 1 to 16 letters and digits")
        .optional(),
    rotationTriggers: z.record(z.string(), z.unknown(), "must be a map").optional(),
    rotationDays: z
        .number("must be a number of days")
        .positive("must be more than 0 days")
        .max(36_500, "must be at most 36,500 days; leave it out for a key that is never due")
        .optional(),
    adopt: z
        .strictObject(
            { apiKeyId: text("the id of the key to adopt"), privateKey: privateKey.optional() },
            "must be an object with apiKeyId and, if you have it, privateKey",
        )
        .optional(),
});
