import { z } from "zod";
import { inputs as apiKeyInputs, rulesOf, type ApiKeyInputs, type Input } from "../apiKey/inputs";

/** The days for which the previous key stays valid by default. */
export const defaultOverlapDays = 2;

const mapRule = z.record(z.string(), z.unknown(), "must be a map");

const { namePrefix, scopes, keyType, subaccount, fcmSubtraderId, rotationTriggers, rotationDays } = apiKeyInputs;

/** The inputs of a rotating API key in both providers, in their documented order. Those without a comment are as for an API key. */
export const inputs = {
    rotationDays: {
        ...rotationDays,
        description:
            "The days from the current key's `createdAt` until it is due for rotation. When it is due, the next preview reports it and the " +
            "next `pulumi up` rotates. More than 0, at most 36,500. A change is an update in place, unless the key is due by the new value.",
        output: "The days from the current key's `createdAt` until it is due for rotation.",
    },
    overlapDays: {
        rule: z
            .number("must be a number of days")
            .min(0, "must be 0 days or more")
            .max(36_500, "must be at most 36,500 days"),
        description:
            "The days for which the previous key stays valid. They count from the rotation that actually happened, however late it was. The " +
            "first `pulumi up` after them revokes the previous key. 0 or more, and less than `rotationDays`. Default: " +
            `${defaultOverlapDays}. A change is an update in place, unless the overlap is over by the new value.`,
        output: "The days for which the previous key stays valid after a rotation.",
        onChange: "update",
    },
    rotationTriggers: {
        ...rotationTriggers,
        description:
            "Any change of this map rotates at the next `pulumi up`. The previous key stays valid for `overlapDays`.",
        output: "The map whose change rotates.",
        onChange: "rotate",
    },
    revokeNow: {
        rule: mapRule,
        description:
            "For an emergency: any change of this map rotates at the next `pulumi up` and revokes both older keys at once, without an overlap.",
        output: "The map whose change rotates without an overlap.",
        onChange: "rotate",
    },
    namePrefix: {
        ...namePrefix,
        description:
            "The prefix of the keys' names. Each key gets an auto-generated name: this prefix, a hyphen and 7 hex digits. Default: the " +
            "resource's name. A change applies from the next rotation on.",
        output: "The prefix of the keys' names, if it is an input.",
        onChange: "update",
    },
    scopes: { ...scopes, output: "What the current key may do: sorted scopes without duplicates.", onChange: "rotate" },
    keyType: {
        ...keyType,
        description: "The type of the key pairs that Kalshi generates. Default: `rsa` (2048 bits).",
        output: "The type of the key pairs that Kalshi generates.",
        onChange: "rotate",
    },
    subaccount: { ...subaccount, onChange: "rotate" },
    fcmSubtraderId: { ...fcmSubtraderId, onChange: "rotate" },
} as const satisfies Readonly<Record<string, Input>>;

export type InputName = keyof typeof inputs;
/** The names of all inputs, in their documented order. */
export const inputNames = Object.keys(inputs) as readonly InputName[];

/** The rules for each single input. `check` requires `rotationDays`. */
export const rules = rulesOf(inputs);

/** Properties that `check` adds. The engine hides properties that begin with two underscores from its diffs. */
interface CheckProperties {
    /** When `check` returned these inputs: ISO 8601, UTC. What is due is determined by this time. */
    readonly __checkedAt?: string | undefined;
    /** Random text from which the names of all generations follow. It is no secret. */
    readonly __nameSeed?: string | undefined;
    /** Whether this is the first `check` of the resource: it is new, or was imported. */
    readonly __first?: boolean | undefined;
    /** What the names begin with. */
    readonly __prefix?: string | undefined;
}
export const checkPropertyNames = [
    "__checkedAt",
    "__nameSeed",
    "__first",
    "__prefix",
] as const satisfies readonly (keyof CheckProperties)[];

/** The inputs of a rotating API key as `check` returns them: validated, normalized and with defaults. */
export type RotatingApiKeyInputs = Pick<
    ApiKeyInputs,
    "namePrefix" | "scopes" | "keyType" | "subaccount" | "fcmSubtraderId" | "rotationTriggers"
> & {
    readonly rotationDays: number;
    readonly overlapDays: number;
    readonly revokeNow?: Readonly<Record<string, unknown>> | undefined;
} & CheckProperties;
