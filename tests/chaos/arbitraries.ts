import fc from "fast-check";
import { rules } from "../../provider/src/apiKey/inputs";
import { optionNames } from "../../provider/src/config";
import { knownScopes } from "../../provider/src/kalshi/types";
import { ownKeyPair } from "../support/harness";
import { secret, type Properties } from "../support/plugin";

const pairs = [ownKeyPair("ed25519"), ownKeyPair("rsa")] as const;
/** The private keys in generated inputs. No output may contain them. */
export const privateKeys = pairs.map(({ privateKey }) => privateKey);

/** The engine's sentinels for an unknown string, boolean, number, list and map. */
const unknowns = [
    "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
];

const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 20 }),
    fc.constantFrom("", " ", "\0", "..", "read", "write", "trade", "\u202e\u{1f511}\ufeff", "half of a \ud83d"),
    fc.constantFrom(...privateKeys, ...privateKeys.map((pem) => pem.replaceAll("\n", " ")), pairs[0].publicKey),
);
const leaf = fc.oneof(text, fc.double(), fc.constantFrom<unknown>(true, false, null, 0, -0, 64, 1e300, ...unknowns));

/** Names that every object inherits, or by which code recognizes special objects. */
const trickyNames = ["__proto__", "constructor", "toString", "valueOf", "hasOwnProperty", "toJSON", "then", "length"];
export const ownNames = [
    "__defaults",
    "__adopted",
    "__autonamed",
    "__checkedAt",
    "__provider",
    "__resourceName",
    "__signedBy",
    "__stack",
];
/** All inputs, and the properties of `adopt`. */
export const inputNames = [...Object.keys(rules.shape), "apiKeyId", "privateKey"];
export const outputNames = ["fingerprint", "createdAt", "rotateAt", "environment"];
export const configNames = optionNames;
const strangeName = fc.oneof(fc.constantFrom(...trickyNames, ...ownNames), fc.string({ unit: "binary", maxLength: 8 }));

const shallow = fc.anything({
    key: fc.oneof(strangeName, fc.constantFrom(...inputNames, ...privateKeys)),
    values: [leaf],
    withNullPrototype: true,
    maxDepth: 3,
    maxKeys: 4,
});
const deep = fc
    .record({ depth: fc.integer({ min: 10, max: 100 }), listed: fc.boolean(), inside: leaf })
    .map(({ depth, listed, inside }) => {
        const levels = Array.from({ length: depth });
        return levels.reduce<unknown>((value) => (listed ? [value] : { a: value }), inside);
    });
/** Any value that a message can contain. */
export const anything = fc.oneof(
    { weight: 300, arbitrary: shallow },
    // Encoding and decoding these takes milliseconds.
    { weight: 5, arbitrary: deep },
    { weight: 1, arbitrary: fc.constant("x".repeat(20_000)) },
);

/** Arbitrary properties. */
export const anyProperties: fc.Arbitrary<Properties> = fc.dictionary(
    fc.oneof(strangeName, fc.constantFrom(...inputNames, ...configNames)),
    anything,
    { maxKeys: 6 },
);

/** Returns the damaged value. The original is null if the property is absent. */
const damage = fc.oneof(
    anything.map((other) => () => other),
    anything.map(
        (other) => (value: unknown) => (Array.isArray(value) ? [...(value as unknown[]), other] : [value, other]),
    ),
    fc.tuple(strangeName, anything).map(([name, other]) => (value: unknown) => ({
        ...(typeof value === "object" ? value : { apiKeyId: value }),
        [name]: other,
    })),
    fc.nat(40).map((length) => (value: unknown) => (typeof value === "string" ? value.slice(0, length) : null)),
    fc.constant((value: unknown) => secret(value)),
);

/** Returns the properties with one to three of them damaged or added. */
export function damaged(
    properties: fc.Arbitrary<Properties>,
    names: readonly string[] = inputNames,
): fc.Arbitrary<Properties> {
    const name = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...names) }, { weight: 1, arbitrary: strangeName });
    const damages = fc.array(fc.tuple(name, damage), { minLength: 1, maxLength: 3 });
    return fc
        .tuple(properties, damages)
        .map(([whole, damages]) =>
            damages.reduce<Properties>(
                (so, [name, damage]) => ({ ...so, [name]: damage(Object.hasOwn(so, name) ? so[name] : null) }),
                whole,
            ),
        );
}

/** Returns one of several mutually exclusive groups of properties, or none. */
function oneOf(...pieces: readonly fc.Arbitrary<Properties>[]): fc.Arbitrary<Properties> {
    return fc.oneof(fc.constant({}), ...pieces);
}

const shortText = fc.string({ unit: "binary", minLength: 1, maxLength: 20 });

/** Valid inputs of a key. */
export const validInputs: fc.Arbitrary<Properties> = fc
    .tuple(
        oneOf(fc.record({ name: shortText }), fc.record({ namePrefix: shortText })),
        oneOf(
            fc.record({ keyType: fc.constantFrom("ed25519", "rsa") }),
            fc.record({ publicKey: fc.constantFrom(...pairs.map(({ publicKey }) => `text\n${publicKey}`)) }),
        ),
        oneOf(
            fc.record({ subaccount: fc.integer({ min: 0, max: 63 }) }),
            fc.record({ fcmSubtraderId: fc.constant("user_A1") }),
        ),
        oneOf(
            fc.record({
                scopes: fc.array(fc.constantFrom(...knownScopes, "write::margin"), { minLength: 1, maxLength: 4 }),
            }),
        ),
        oneOf(fc.record({ rotationTriggers: fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.double())) })),
        oneOf(fc.record({ rotationDays: fc.double({ min: 0.001, max: 36_500, noNaN: true }) })),
    )
    .map((pieces) => Object.assign({}, ...pieces) as Properties)
    .map((inputs) =>
        "scopes" in inputs ? { ...inputs, scopes: ["read", ...(inputs["scopes"] as string[])] } : inputs,
    );

/** Inputs that adopt a key, which only the dynamic provider has. */
export const adoption: fc.Arbitrary<Properties> = fc.record({
    adopt: fc.record(
        { apiKeyId: fc.uuid(), privateKey: fc.constantFrom(...privateKeys) },
        { requiredKeys: ["apiKeyId"] },
    ),
});

/** Returns the bytes with some of them replaced by others. */
export function edited(
    bytes: Uint8Array,
    { at, cut, insert }: { readonly at: number; readonly cut: number; readonly insert: Uint8Array },
): Uint8Array {
    const place = at % (bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, place), insert, bytes.subarray(place + cut)]);
}
