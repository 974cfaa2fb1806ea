import type { z } from "zod";
import { knownScopes } from "../kalshi/wire";
import { howToConvert } from "./keys";
import { keptName, nameFor, hasGeneratedName, type Naming } from "./naming";
import type { RawProperties } from "./properties";
import { rules as allRules } from "./rules";
import { isUnknown } from "./unknowns";

/** An input that cannot be right. */
export interface CheckFailure {
    /** Its name. */
    readonly property: string;
    /** What is wrong and what would be right. */
    readonly reason: string;
    /** Whether the value must not be shown: it may be a private key in the wrong place. */
    readonly sensitive: boolean;
}

/** A failure as the engine may have it: with the property it prints the property's value, without one only the reason. */
export function withoutSecret({ property, reason, sensitive }: CheckFailure): { property: string; reason: string } {
    return sensitive ? { property: "", reason: `${property}: ${reason}` } : { property, reason };
}

export interface CheckResult {
    /** {@link ApiKeyInputs}, except for what is not known yet; where something failed, what the user wrote. */
    readonly inputs: RawProperties;
    readonly failures: readonly CheckFailure[];
}

/** Pairs of inputs that exclude each other: the one to blame, the other, and why. */
const exclusions = [
    ["namePrefix", "name", "an exact name needs no prefix"],
    ["keyType", "publicKey", "the type of your own key is known from the key"],
    ["fcmSubtraderId", "subaccount", "Kalshi binds a key to one or the other"],
] as const;

/** Inputs whose value must not be shown when they are wrong: it may be a private key, in its place or out of it. */
const sensitiveInputs: readonly unknown[] = ["publicKey", "adopt"];

/**
 * Validates the inputs of an API key and brings them into their final form: scopes sorted, each once, and written out;
 * a public key in one spelling; a name drawn. Values that are not known yet pass. Calls nobody.
 *
 * @param olds the inputs that an earlier `check` returned for this same key; empty for a new key or a replacement
 * @param now Unix time in milliseconds
 * @param rules those for each input alone; what they do not name is no input
 */
export function check(
    naming: Naming,
    olds: RawProperties,
    news: RawProperties,
    now: number,
    rules: z.ZodObject = allRules,
): CheckResult {
    const given = Object.fromEntries(
        Object.entries(news).filter(([name, value]) => value !== undefined && value !== null && !name.startsWith("__")),
    );
    const misplaced = Object.keys(given).filter((name) => holdsPrivateKey(withoutAdoptPrivateKey(name, given[name])));
    const checkable = Object.entries(given).filter(([name, value]) => !isUnknown(value) && !misplaced.includes(name));
    const parsed = rules.safeParse(Object.fromEntries(checkable));
    // Either the program writes the generated name out, or `ignoreChanges` has the engine repeat it.
    const keepsGeneratedName = hasGeneratedName(olds) && given["name"] === olds["name"];
    const failures = [
        ...misplaced.map((property) => ({ property, reason: privateKeyReason, sensitive: true })),
        ...failuresOf(parsed.error, rules),
        ...conflicts(keepsGeneratedName ? { ...given, name: undefined } : given),
    ];
    if (!parsed.success || failures.length > 0) {
        return { inputs: news, failures };
    }
    const inputs = { ...given, ...parsed.data };
    const withCheckTime = "rotationDays" in inputs ? { ...inputs, __checkedAt: new Date(now).toISOString() } : inputs;
    if (keepsGeneratedName) {
        // A prefix beside it shows that the name is the engine's. A name in a program may be another stack's, too.
        const isWrittenOut = !("namePrefix" in given);
        const named = { ...keptName(olds), ...(isWrittenOut && { __autonamed: true }) };
        return { inputs: { ...withDefaults(withCheckTime), ...named }, failures };
    }
    if ("adopt" in inputs || olds["__adopted"] === true) {
        return { inputs: { scopes: defaultScopes, ...withCheckTime, __adopted: true }, failures };
    }
    const named = "name" in inputs ? {} : nameFor(naming, olds, inputs);
    return named === undefined
        ? { inputs: news, failures: [{ property: "name", reason: unnamedReason, sensitive: false }] }
        : { inputs: { ...withDefaults(withCheckTime), ...named }, failures };
}

/** `adopt.privateKey` is the one place where a private key belongs. */
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

function failuresOf(error: z.ZodError | undefined, rules: z.ZodObject): CheckFailure[] {
    return (error?.issues ?? []).flatMap((issue): CheckFailure[] =>
        issue.code === "unrecognized_keys"
            ? issue.keys.map((property) => ({
                  property: String(issue.path[0] ?? property),
                  reason:
                      issue.path.length > 0
                          ? `takes no ${property}`
                          : `is no input of an API key; those are ${Object.keys(rules.shape).join(", ")}`,
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

/** The rules that look at two inputs. */
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
    "is missing, and `pulumi:autonaming` in the stack's configuration is disabled, so that none is drawn: give the key a name";

/** Kalshi's own default, written out, so that the preview shows what the key will be able to do. */
export const defaultScopes: readonly string[] = ["read", "write"];

function withDefaults(inputs: RawProperties): RawProperties {
    return { scopes: defaultScopes, ...("publicKey" in inputs ? {} : { keyType: "rsa" }), ...inputs };
}

/** Scopes that have the right form but that this version does not know: right if Kalshi added them since, else a slip. */
export function unknownScopes(scopes: unknown): unknown[] {
    // What is no list at all is for `check` to refuse.
    const given: readonly unknown[] = Array.isArray(scopes) ? scopes : [];
    return given.filter((scope) => !isUnknown(scope) && !(knownScopes as readonly unknown[]).includes(scope));
}

export function unknownScopesWarning(unknown: readonly unknown[]): string {
    return (
        `scopes: ${unknown.join(", ")} is not among the scopes that this version knows (${knownScopes.join(", ")}). ` +
        "If Kalshi added it since, all is well; if it is a slip, Kalshi will refuse to make the key."
    );
}
