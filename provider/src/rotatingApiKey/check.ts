import { validate, withDefaults, type CheckFailure, type CheckResult, type InputRules } from "../apiKey/check";
import type { RawProperties } from "../apiKey/properties";
import { defaultOverlapDays, rules } from "./inputs";
import { newNameSeed } from "./names";

const accepted: InputRules = {
    rules,
    resource: "a rotating API key",
    notInputs: {
        name: " (each of its keys gets an auto-generated name; `namePrefix` is what that begins with)",
        publicKey: " (Kalshi generates its key pairs; `ApiKey` registers your own)",
    },
};

/**
 * Validates and normalizes the inputs of a rotating API key, and records the time, by which `diff` and `update` determine what is due.
 * Unknown values are not validated. Makes no API calls.
 *
 * @param resourceName the resource's name in the program, which is the default of `namePrefix`
 * @param olds the inputs that an earlier `check` returned for the same resource; empty for a new one
 * @param now Unix time in milliseconds
 */
export function check(resourceName: string, olds: RawProperties, news: RawProperties, now: number): CheckResult {
    const { inputs, failures = [] } = validate(news, accepted);
    const all = [...failures, ...missingRotationDays(news), ...(failures.length > 0 ? [] : overlapFailures(inputs))];
    if (all.length > 0) {
        return { inputs: news, failures: all };
    }
    return {
        inputs: {
            overlapDays: defaultOverlapDays,
            ...withDefaults(inputs),
            __checkedAt: new Date(now).toISOString(),
            __nameSeed: olds["__nameSeed"] ?? newNameSeed(),
            __prefix: inputs["namePrefix"] ?? resourceName,
            ...(olds["__checkedAt"] === undefined && { __first: true }),
        },
        failures: [],
    };
}

function missingRotationDays({ rotationDays }: RawProperties): CheckFailure[] {
    return (rotationDays ?? undefined) === undefined
        ? [{ property: "rotationDays", reason: "is missing: the days from one rotation to the next", sensitive: false }]
        : [];
}

function overlapFailures({ rotationDays, overlapDays }: RawProperties): CheckFailure[] {
    const overlap = overlapDays ?? defaultOverlapDays;
    if (typeof rotationDays !== "number" || typeof overlap !== "number" || overlap < rotationDays) {
        return [];
    }
    const reason =
        `must be less than rotationDays (${rotationDays}), because only one previous key is kept; it is ${overlap}` +
        (overlapDays === undefined ? " by default" : "");
    return [{ property: "overlapDays", reason, sensitive: false }];
}
