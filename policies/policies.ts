import type { EnforcementLevel, PolicyConfigSchema, ResourceValidationPolicy } from "@pulumi/policy";
import { isWriteScope, keyOf, scopesOf, type Key } from "./key";

type OptionSchemas = PolicyConfigSchema["properties"];

/** A policy for API keys, from which {@link keyPolicy} makes one of the SDK's. */
interface KeyPolicy<Options extends object> {
    readonly name: string;
    readonly description: string;
    readonly enforcementLevel: EnforcementLevel;
    /** The options beside `except`. The engine checks them, and sets the defaults. */
    readonly options?: OptionSchemas;
    /**
     * Returns what is wrong with a key and what to do, as the rest of a text that begins with the resource's name; undefined if the key
     * complies. The text must contain no input, because a user can make any input a secret.
     */
    readonly violation: (key: Key, options: Options) => string | undefined;
}

const except: OptionSchemas = {
    except: {
        type: "array",
        items: { type: "string" },
        description: "The names of resources to which the policy does not apply.",
        default: [],
    },
};

function keyPolicy<Options extends object>(policy: KeyPolicy<Options>): ResourceValidationPolicy {
    const { name, description, enforcementLevel, options = {}, violation } = policy;
    return {
        name,
        description,
        enforcementLevel,
        configSchema: { properties: { ...options, ...except } },
        validateResource: (args, reportViolation) => {
            const key = keyOf(args);
            const config = args.getConfig<Options & { readonly except: readonly string[] }>();
            if (key === undefined || config.except.includes(key.resourceName)) {
                return args.notApplicable();
            }
            const text = violation(key, config);
            if (text !== undefined) {
                reportViolation(`"${key.resourceName}" ${text}`);
            }
        },
    };
}

const writeKeysRotate = keyPolicy<{ readonly maxDays: number }>({
    name: "kalshi-write-keys-rotate",
    description: "API keys with a write scope rotate by age.",
    enforcementLevel: "mandatory",
    options: {
        maxDays: {
            type: "number",
            exclusiveMinimum: 0,
            description: "The longest `rotationDays`.",
            default: 90,
        },
    },
    violation: (key, { maxDays }) => {
        if (!scopesOf(key).some(isWriteScope)) {
            return undefined;
        }
        const { rotationDays } = key.inputs;
        if (rotationDays === undefined) {
            return `has a write scope, but never rotates by age. Set \`rotationDays\` to ${maxDays} or less.`;
        }
        return typeof rotationDays === "number" && rotationDays > maxDays
            ? `has a write scope, and rotates too rarely. Set \`rotationDays\` to ${maxDays} or less.`
            : undefined;
    },
});

const noBareWrite = keyPolicy({
    name: "kalshi-no-bare-write",
    description: "API keys have narrower scopes than `write`.",
    enforcementLevel: "mandatory",
    violation: (key) =>
        scopesOf(key).includes("write")
            ? "has the scope `write`, which includes trades and transfers, and is in the default of `scopes`. Set `scopes` to what the " +
              'key needs, for example ["read", "write::trade"].'
            : undefined,
});

const transferScopesAlone = keyPolicy<{ readonly transferScopes: readonly string[] }>({
    name: "kalshi-transfer-scopes-alone",
    description: "API keys that can transfer money can write nothing else.",
    enforcementLevel: "mandatory",
    options: {
        transferScopes: {
            type: "array",
            items: { type: "string" },
            description: "The scopes that transfer money.",
            default: ["write::transfer"],
        },
    },
    violation: (key, { transferScopes }) => {
        const written = scopesOf(key).filter(isWriteScope);
        const isTransfer = (scope: string) => transferScopes.includes(scope);
        return written.some(isTransfer) && !written.every(isTransfer)
            ? `can transfer money and has other write scopes. Declare a key of its own for ${transferScopes.join(", ")}.`
            : undefined;
    },
});

const namePattern = keyPolicy<{ readonly pattern: string }>({
    name: "kalshi-name-pattern",
    description: "The names of API keys match a pattern.",
    enforcementLevel: "advisory",
    options: {
        pattern: {
            type: "string",
            format: "regex",
            description: "The regular expression that a key's name at Kalshi matches, auto-generated ones included.",
            default: "^[a-z0-9]+(-[a-z0-9]+)*$",
        },
    },
    violation: ({ inputs, isRotating, resourceName }, { pattern }) => {
        // The keys of a rotating key get auto-generated names, which end with random digits.
        const [start, end] = isRotating ? [inputs.namePrefix ?? resourceName, "-0000000"] : [inputs.name, ""];
        return typeof start === "string" && !new RegExp(pattern).test(start + end)
            ? `has a name that does not match ${pattern}. Change \`namePrefix\`, ${isRotating ? "" : "`name` "}or the resource's name.`
            : undefined;
    },
});

const noAdopt = keyPolicy({
    name: "kalshi-no-adopt",
    description: "No `adopt` stays in a program after it adopted the key.",
    // A mandatory policy also stops the `pulumi up` that adopts the key.
    enforcementLevel: "advisory",
    violation: ({ inputs }) =>
        "adopt" in inputs
            ? "has the input `adopt`, which has no effect once the key is adopted. Remove it after that `pulumi up`."
            : undefined,
});

const ed25519OrOwnKey = keyPolicy({
    name: "kalshi-ed25519-or-own-key",
    description: "API keys are of the type Ed25519, or their key pair is user-supplied.",
    enforcementLevel: "advisory",
    // The input is absent if the key pair is user-supplied, or if the key was adopted or imported, because Kalshi does not show its type.
    violation: ({ inputs, isRotating }) =>
        inputs.keyType === "rsa"
            ? `gets an RSA key pair. Set \`keyType\` to "ed25519"${isRotating ? "" : ", or set `publicKey` to that of your key pair"}.`
            : undefined,
});

const prodKeysProtected = keyPolicy<{ readonly environments: readonly string[] }>({
    name: "kalshi-prod-keys-protected",
    description: "API keys in production are protected from deletion.",
    enforcementLevel: "mandatory",
    options: {
        environments: {
            type: "array",
            items: { type: "string" },
            description:
                "The environments whose keys are protected: `prod`, `demo`, or the base URL of another server.",
            default: ["prod"],
        },
    },
    violation: (key, { environments }) => {
        if (key.isProtected || !environments.includes(key.environment())) {
            return undefined;
        }
        const hint = key.isRotating
            ? ""
            : " Pulumi refuses to replace a protected resource, so declare a key that rotates as `RotatingApiKey` or `RotatingKalshiApiKey`.";
        return `is in an environment whose keys have to be protected. Set the resource option \`protect\` to true.${hint}`;
    },
});

/** All policies of the pack, in their documented order. */
export const policies: readonly ResourceValidationPolicy[] = [
    writeKeysRotate,
    noBareWrite,
    transferScopesAlone,
    namePattern,
    noAdopt,
    ed25519OrOwnKey,
    prodKeysProtected,
];
