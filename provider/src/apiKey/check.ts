import type { z } from "zod";
import { printable } from "../kalshi/text";
import { withCode, type ErrorCode } from "../userError";
import { howToConvert } from "./publicKey";
import { keptName, nameFor, hasGeneratedName, type Naming } from "./autonaming";
import { isUnknown, type RawProperties } from "./properties";
import { dynamicRules, inputOf, inputNames, rules } from "./inputs";

/** An invalid input. */
export interface CheckFailure {
    /** The input's name. */
    readonly property: string;
    /** What is wrong, and what is valid. */
    readonly reason: string;
    /** Whether the value must not be printed, because it may be a private key. */
    readonly sensitive: boolean;
    /** Default: `KALSHI_INPUT_INVALID`. */
    readonly code?: ErrorCode;
}

/**
 * Returns a failure in the engine's form. The engine prints the value of a property that a failure names. So a sensitive failure names
 * none.
 */
export function engineFailure(failure: CheckFailure): { property: string; reason: string } {
    const { property, sensitive, code = "KALSHI_INPUT_INVALID" } = failure;
    const reason = withCode(printable(failure.reason), code);
    return sensitive ? { property: "", reason: `${printable(property)}: ${reason}` } : { property, reason };
}

export interface CheckResult {
    /** {@link ApiKeyInputs}, some of which may be unknown; if the check failed, the inputs as the user wrote them. */
    readonly inputs: RawProperties;
    readonly failures: readonly CheckFailure[];
}

/** Pairs of inputs that exclude each other: the input that the error names, the other input, and the reason. */
const exclusions = inputNames.flatMap((name) =>
    Object.entries(inputOf(name).excludes ?? {}).map(([other, reason]) => [name, other, reason] as const),
);

/** Inputs whose invalid values must not be printed, because they may be private keys. */
const sensitiveInputs: readonly unknown[] = ["adopt", ...inputNames.filter((name) => inputOf(name).mayBePrivateKey)];

/** The rules of a resource's inputs. */
export interface InputRules {
    /** The rules for each single input; they name all valid inputs. */
    readonly rules: z.ZodObject;
    /** The resource, for messages. */
    readonly resource: string;
    /** Why an input that users may expect is none of this resource. Default: no reason is given. */
    readonly notInputs?: Readonly<Record<string, string>>;
}

/** The inputs of an API key in the dynamic provider. */
const dynamicInputs: InputRules = { rules: dynamicRules, resource: "an API key" };
/** The inputs of an API key in the resource plugin. */
export const pluginInputs: InputRules = { ...dynamicInputs, rules };

/** Valid inputs, normalized; or invalid ones, as the user wrote them, with what is wrong. */
export type Validation =
    | { readonly inputs: RawProperties; readonly failures?: never }
    | { readonly inputs: RawProperties; readonly failures: readonly CheckFailure[] };

/**
 * Validates inputs and normalizes each. Unknown values are not validated.
 *
 * @param unchecked the names of inputs that an earlier `check` has generated, so that no other input excludes them
 */
export function validate(news: RawProperties, accepted: InputRules, unchecked: readonly string[] = []): Validation {
    const given = Object.fromEntries(
        Object.entries(news).filter(([name, value]) => value !== undefined && value !== null && !name.startsWith("__")),
    );
    const misplaced = Object.keys(given).filter((name) => holdsPrivateKey(withoutAdoptPrivateKey(name, given[name])));
    const checkable = Object.entries(given).filter(([name, value]) => !isUnknown(value) && !misplaced.includes(name));
    const parsed = accepted.rules.safeParse(Object.fromEntries(checkable));
    const failures = [
        ...misplaced.map((property) => ({
            property,
            reason: privateKeyReason,
            sensitive: true,
            code: "KALSHI_PRIVATE_KEY_IN_PROGRAM" as const,
        })),
        ...failuresOf(parsed.error, accepted),
        ...conflicts(Object.fromEntries(Object.entries(given).filter(([name]) => !unchecked.includes(name)))),
    ];
    return parsed.success && failures.length === 0
        ? { inputs: { ...given, ...parsed.data } }
        : { inputs: news, failures };
}

/**
 * Validates and normalizes the inputs of an API key. Scopes are sorted, without repeats and with their default; a public key has one
 * fixed form; a missing name is auto-generated. Unknown values are not validated. Makes no API calls.
 *
 * @param olds the inputs that an earlier `check` returned for the same key; empty for a new key or a replacement
 * @param now Unix time in milliseconds
 */
export function check(
    naming: Naming,
    olds: RawProperties,
    news: RawProperties,
    now: number,
    accepted = dynamicInputs,
): CheckResult {
    // The program contains the generated name, or the engine repeats it because of `ignoreChanges`.
    const keepsGeneratedName = hasGeneratedName(olds) && news["name"] === olds["name"];
    const { inputs, failures } = validate(news, accepted, keepsGeneratedName ? ["name"] : []);
    if (failures !== undefined) {
        return { inputs, failures };
    }
    const withCheckTime = "rotationDays" in inputs ? { ...inputs, __checkedAt: new Date(now).toISOString() } : inputs;
    if (keepsGeneratedName) {
        // With a `namePrefix`, the engine repeated the name. Without one, the name is in the program, so other stacks may have it too.
        const isWrittenOut = !("namePrefix" in inputs);
        const named = { ...keptName(olds), ...(isWrittenOut && { __autonamed: true }) };
        return { inputs: { ...withDefaults(withCheckTime), ...named }, failures: [] };
    }
    if ("adopt" in inputs || olds["__adopted"] === true) {
        return { inputs: { scopes: defaultScopes, ...withCheckTime, __adopted: true }, failures: [] };
    }
    const named = "name" in inputs ? {} : nameFor(naming, olds, inputs);
    return named === undefined
        ? { inputs: news, failures: [{ property: "name", reason: unnamedReason, sensitive: false }] }
        : { inputs: { ...withDefaults(withCheckTime), ...named }, failures: [] };
}

/** Removes `adopt.privateKey` from a value, because this is the only property that may contain a private key. */
function withoutAdoptPrivateKey(name: string, value: unknown): unknown {
    return name === "adopt" && typeof value === "object" ? { ...value, privateKey: undefined } : value;
}

function holdsPrivateKey(value: unknown): boolean {
    return typeof value === "object" && value !== null
        ? Object.entries(value).flat().some(holdsPrivateKey)
        : typeof value === "string" && value.includes("PRIVATE KEY-----");
}

const privateKeyReason =
    `holds a private key, which must never stand here: take it out of the program and its history. For a key pair of your ` +
    `own, \`${howToConvert}\` prints the public half, which is what \`publicKey\` takes`;

function failuresOf(error: z.ZodError | undefined, { rules, resource, notInputs = {} }: InputRules): CheckFailure[] {
    return (error?.issues ?? []).flatMap((issue): CheckFailure[] =>
        issue.code === "unrecognized_keys"
            ? issue.keys.map((property) => ({
                  property: String(issue.path[0] ?? property),
                  reason:
                      issue.path.length > 0
                          ? `takes no ${property}`
                          : `is no input of ${resource}${notInputs[property] ?? ""}; those are ${Object.keys(rules.shape).join(", ")}`,
                  sensitive: true,
              }))
            : [
                  {
                      property: String(issue.path[0]),
                      reason: issue.message,
                      sensitive: sensitiveInputs.includes(issue.path[0]),
                  },
              ],
    );
}

/** Checks the rules about two inputs. */
function conflicts(given: RawProperties): CheckFailure[] {
    const failures: CheckFailure[] = exclusions
        .filter(([one, other]) => given[one] !== undefined && given[other] !== undefined)
        .map(([property, other, why]) => ({
            property,
            reason: `excludes ${other}: ${why}; leave one of them out`,
            sensitive: false,
        }));
    const { scopes } = given;
    if (Array.isArray(scopes) && !isUnknown(scopes) && scopes.includes("write") && !scopes.includes("read")) {
        const reason = "`write` needs `read` beside it: add it, or narrow `write` down, for example to `write::trade`";
        failures.push({ property: "scopes", reason, sensitive: false });
    }
    return failures;
}

const unnamedReason =
    "is missing, and `pulumi:autonaming` in the stack's configuration is disabled, so none is auto-generated: give the key a name";

/** Kalshi's default scopes. They are explicit, so that the preview shows what the key may do. */
export const defaultScopes: readonly string[] = ["read", "write"];

export function withDefaults(inputs: RawProperties): RawProperties {
    return { scopes: defaultScopes, ...("publicKey" in inputs ? {} : { keyType: "rsa" }), ...inputs };
}
