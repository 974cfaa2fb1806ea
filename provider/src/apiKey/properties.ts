/** Unvalidated properties. Any may be missing, unknown or of the wrong type. */
export type RawProperties = Readonly<Record<string, unknown>>;

/** The sentinel of an unknown text. */
export const unknownText = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/**
 * The sentinels that the engine sends in a preview for unknown values, one for each type.
 * Source: pulumi/pulumi, sdk/go/common/resource/plugin/rpc.go.
 */
const sentinels: ReadonlySet<unknown> = new Set([
    unknownText,
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7", // bool
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421", // number
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2", // array
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff", // object
]);

/** Returns whether a value is unknown or contains an unknown value. */
export function isUnknown(value: unknown): boolean {
    if (typeof value === "object" && value !== null) {
        return Object.values(value).some(isUnknown);
    }
    return sentinels.has(value);
}

/** Returns the properties without null values, which an edited state may have in place of absent ones. */
export function withoutNulls(properties: RawProperties): RawProperties {
    return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== null));
}
