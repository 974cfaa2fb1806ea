import { z } from "zod";
import { parsePrivateKey } from "../kalshi/auth";
import { keyTypes, knownScopes, type KeyRequest, type Scope } from "../kalshi/types";
import type { UserError } from "../userError";
import { readPublicKey } from "./publicKey";

/** An input of an API key, declared once. Types, checks, diffs, requests, schema.json and the SDK's arguments follow from it. */
export interface Input {
    /** The rule for a single value. It returns the normalized value. */
    readonly rule: z.ZodType;
    /** The description of the input, for schema.json and the SDK. */
    readonly description: string;
    /** The description of the output of the same name. */
    readonly output: string;
    /**
     * What a change does. The API cannot change a key, so a new one is created: with `replace` as another resource, and the old key is
     * revoked last; with `rotate` as the next generation of the same resource. `update` changes only the state.
     */
    readonly onChange: "replace" | "rotate" | "update";
    /** Whether the value is a parameter of Kalshi's POST, under its name in snake case. Default: false. */
    readonly isSent?: boolean;
    /** How Kalshi lists it, under its name in snake case. Absent if Kalshi does not list it. */
    readonly listed?: { readonly rule: z.ZodType; readonly description: string };
    /** The inputs that it excludes, each with the reason. */
    readonly excludes?: Readonly<Record<string, string>>;
    /** Whether an invalid value may be a private key, so that it must not be printed. Default: false. */
    readonly mayBePrivateKey?: boolean;
    /** The named type of the value, or of a list's items, in schema.json. Absent if the rule determines the type. */
    readonly type?: "KeyType" | "Scope";
}

/** `read`, `write`, or one of their children, including those that this version does not know. */
export const scopeForm = /^(read|write)(::[a-z0-9_]+)?$/;

// `refine` and not `min`, because `min` also checks other values that have a `length`, such as a map with such a key.
const text = (what: string) =>
    z.string(`must be text: ${what}`).refine((given) => given !== "", `must not be empty: ${what}`);

const publicKeyRule = z.string("must be a public key in SPKI PEM").transform((pem, context) => {
    try {
        return readPublicKey(pem).publicKey;
    } catch (error) {
        context.addIssue((error as UserError).text);
        return z.NEVER;
    }
});

const privateKeyRule = z.string("must be a private key in PEM").superRefine((pem, context) => {
    try {
        parsePrivateKey(pem);
    } catch (error) {
        context.addIssue((error as Error).message);
    }
});

const scopesRule = z
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
    .transform((scopes): readonly Scope[] => [...new Set(scopes)].sort());

/** The inputs of an API key in both providers. CONTRIBUTING.md shows how to add one. */
export const inputs = {
    name: {
        rule: text("the key's explicit name"),
        description:
            "The key's explicit name at Kalshi. Default: an auto-generated name, which is `namePrefix`, a hyphen and 7 random hex digits, " +
            "and stays the same until the key is replaced. If Kalshi's response to the create is lost, the provider finds the new key by " +
            "its auto-generated name. With an explicit name it cannot, and reports the candidate keys.",
        output: "The key's name at Kalshi, explicit or auto-generated.",
        onChange: "replace",
        isSent: true,
        listed: { rule: z.string(), description: "Its name, which other keys may have too." },
    },
    namePrefix: {
        rule: text("what the key's name begins with"),
        description: "The prefix of the auto-generated name. Default: the resource's name. Excludes `name`.",
        output: "The prefix of the auto-generated name, if it is an input.",
        // By the new name: `diff` compares the names.
        onChange: "replace",
        excludes: { name: "an explicit name needs no prefix" },
    },
    scopes: {
        rule: scopesRule,
        description:
            "What the key may do: `read`, `write` (which needs `read`, too), or narrower scopes such as `write::trade`. Order and " +
            'duplicates do not matter. Default: `["read", "write"]`, as at Kalshi. A scope that this version does not know is accepted ' +
            "with a warning.",
        output: "What the key may do: sorted scopes without duplicates.",
        onChange: "replace",
        isSent: true,
        listed: {
            rule: z.array(z.string()),
            description: "What it may do. Absent if the list does not show it.",
        },
        type: "Scope",
    },
    keyType: {
        rule: z.enum(keyTypes, `must be one of ${keyTypes.join(", ")}`),
        description:
            "The type of the key pair that Kalshi generates. Default: `rsa` (2048 bits). Excludes `publicKey`.",
        output: "The type of the key pair that Kalshi generated. Undefined if `publicKey` is an input.",
        onChange: "replace",
        isSent: true,
        excludes: { publicKey: "the public key determines the type" },
        type: "KeyType",
    },
    publicKey: {
        rule: publicKeyRule,
        description:
            "The public key of your key pair, in SPKI PEM: RSA of 2048 bits or more, or Ed25519. Default: Kalshi generates a key pair. With " +
            "it there is no `privateKey` output. Needs the API usage level Premier or above, or Market Maker; at lower levels Kalshi " +
            "returns 403.",
        output: "The public key in SPKI PEM. Undefined if the key was imported or adopted without its private key.",
        onChange: "replace",
        isSent: true,
        mayBePrivateKey: true,
    },
    subaccount: {
        rule: z
            .int("must be a whole number from 0 to 63")
            .min(0, "must be 0 (the primary one) or more")
            .max(63, "must be at most 63"),
        description:
            "The subaccount that the key is bound to: 0 (the primary one) to 63. Default: the key is not bound to one. Excludes " +
            "`fcmSubtraderId`.",
        output: "The subaccount that the key is bound to. Undefined if it is not bound to one.",
        onChange: "replace",
        isSent: true,
        listed: {
            rule: z.number(),
            description: "The subaccount that it is bound to, 0 to 63. Absent on a key that is not.",
        },
    },
    fcmSubtraderId: {
        rule: z
            .string("must be text")
            .regex(/^.+_[A-Za-z0-9]{1,16}$/, "must be the user id, an underscore, and 1 to 16 letters and digits"),
        description:
            "FCM members only: the subtrader that the key is bound to, `{user id}_{suffix}`. Excludes `subaccount`.",
        output: "The FCM subtrader that the key is bound to. Undefined if it is not bound to one.",
        onChange: "replace",
        isSent: true,
        listed: {
            rule: z.string(),
            description: "The FCM subtrader that it is bound to. Absent on a key that is not.",
        },
        excludes: { subaccount: "Kalshi binds a key to one or the other" },
    },
    rotationTriggers: {
        rule: z.record(z.string(), z.unknown(), "must be a map"),
        description:
            "Any change of this map rotates the key. Pulumi creates the new key first and revokes the old one last.",
        output: "The map whose change rotates the key.",
        onChange: "replace",
    },
    rotationDays: {
        rule: z
            .number("must be a number of days")
            .positive("must be more than 0 days")
            .max(36_500, "must be at most 36,500 days; leave it out for a key that is never due"),
        description:
            "The days from `createdAt` until the key is due for rotation. When it is due, the next preview reports a replacement and the " +
            "next `pulumi up` performs it. More than 0, at most 36,500. A change of this input is an update in place, unless the key is due " +
            "by the new value. Default: never.",
        output: "The days from `createdAt` until the key is due for rotation.",
        onChange: "update",
    },
} as const satisfies Readonly<Record<string, Input>>;

type Inputs = typeof inputs;
export type InputName = keyof Inputs;
/** The names of all inputs, in their documented order. */
export const inputNames = Object.keys(inputs) as readonly InputName[];

/** Returns the declaration of an input. */
export function inputOf(name: InputName): Input {
    return inputs[name];
}

/** Returns the rules for each single input of a resource. */
export function rulesOf<T extends Readonly<Record<string, Input>>>(declared: T) {
    const optional = Object.entries(declared).map(([name, { rule }]) => [name, rule.optional()] as const);
    return z.strictObject(
        Object.fromEntries(optional) as unknown as { readonly [K in keyof T]: z.ZodOptional<T[K]["rule"]> },
    );
}

/** The rules for each single input. */
export const rules = rulesOf(inputs);

/** The rules of the dynamic provider. The plugin has no input `adopt`, because `pulumi import` does the same. */
export const dynamicRules = rules.extend({
    adopt: z
        .strictObject(
            { apiKeyId: text("the id of the key to adopt"), privateKey: privateKeyRule.optional() },
            "must be an object with apiKeyId and, if you have it, privateKey",
        )
        .optional(),
});

type Normalized = { readonly [K in InputName]?: z.output<Inputs[K]["rule"]> | undefined };

/** Properties that `check` adds. The engine hides properties that begin with two underscores from its diffs. */
interface CheckProperties {
    /** The names of the inputs that `check` added. By it, a later `check` recognizes an auto-generated name and keeps it. */
    readonly __defaults?: readonly string[] | undefined;
    /** Whether an auto-generated name is not unique, because it follows a pattern (`pulumi:autonaming`) or is in the program too. */
    readonly __autonamed?: boolean | undefined;
    /** Whether the key was adopted, so that inputs that the program omits have the key's values. */
    readonly __adopted?: boolean | undefined;
    /**
     * When `check` returned these inputs: ISO 8601, UTC. Rotation by age compares with this time. The diff of a preview gets new inputs.
     * The diff of a refresh gets those of the last `up`, so it shows no key as due.
     */
    readonly __checkedAt?: string | undefined;
}
export const checkPropertyNames = [
    "__defaults",
    "__autonamed",
    "__adopted",
    "__checkedAt",
] as const satisfies readonly (keyof CheckProperties)[];

/** The inputs of an API key as `check` returns them: validated, normalized and with defaults. */
export type ApiKeyInputs = Omit<Normalized, "name" | "scopes"> &
    Required<{ readonly [K in "name" | "scopes"]: NonNullable<Normalized[K]> }> &
    CheckProperties;

/** The inputs of a key that is to be adopted. The name is optional: by default, the key's name is kept. */
export type AdoptedInputs = Omit<ApiKeyInputs, "name"> & {
    readonly name?: string | undefined;
    readonly adopt: Adoption;
};

/** An existing key to adopt or import. */
export interface Adoption {
    readonly apiKeyId: string;
    /** PEM. */
    readonly privateKey?: string | undefined;
}

/** Returns the parameters of Kalshi's POST. */
export function sentInputs(values: ApiKeyInputs): KeyRequest {
    const sent = inputNames.filter((name) => inputOf(name).isSent === true);
    return { ...Object.fromEntries(sent.map((name) => [name, values[name]])), name: values.name };
}

type ListedName = { [K in InputName]: Inputs[K] extends { readonly listed: object } ? K : never }[InputName];
type Listed = { readonly [K in ListedName]?: z.output<Inputs[K]["listed"]["rule"]> | undefined };

/** The names of the inputs that Kalshi lists. */
export const listedNames = inputNames.filter((name): name is ListedName => inputOf(name).listed !== undefined);

/** A key as Kalshi lists it. The list contains no key material, no key type and no creation time. */
export type ApiKey = Omit<Listed, "name"> & { readonly apiKeyId: string; readonly name: string };

/** Returns what Kalshi lists of a key's inputs. A value that it does not list is undefined. */
export function listedInputs(key: ApiKey): Omit<Listed, "name"> & { readonly name: string } {
    return { ...Object.fromEntries(listedNames.map((name) => [name, key[name]])), name: key.name };
}

/** The rule for a key in Kalshi's list. A property that Kalshi does not list, or lists as null, is undefined. */
export const listedKey = z.object({
    ...Object.fromEntries(listedNames.map((name) => [name, orUndefined(inputs[name].listed.rule)])),
    apiKeyId: z.string().min(1),
    name: inputs.name.listed.rule,
}) as z.ZodType<ApiKey>;

function orUndefined(rule: z.ZodType): z.ZodType {
    return rule.nullish().transform((value) => value ?? undefined);
}
