import { isDeepStrictEqual } from "node:util";
import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import type { RawProperties } from "../apiKey/properties";

/**
 * Properties on the wire: a value that is a secret lies in an envelope, at whatever depth, and one that is not known yet is
 * one of the marks that `isUnknown` knows. Source: pulumi/pulumi, sdk/go/common/resource/plugin/rpc.go.
 */
const signature = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

export function sealed(value: unknown): object {
    return { [signature]: secretSignature, value };
}

function isSealed(value: object): value is { readonly value: unknown } {
    return (value as Record<string, unknown>)[signature] === secretSignature;
}

/** The value without its envelopes, at every depth. */
export function opened(value: unknown): unknown {
    return Array.isArray(value)
        ? value.map(opened)
        : typeof value !== "object" || value === null
          ? value
          : isSealed(value)
            ? opened(value.value)
            : openedProperties(value as RawProperties);
}

export function openedProperties(properties: RawProperties): RawProperties {
    return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, opened(value)]));
}

/** Whether a value is a secret, or holds one. */
function holdsSecret(value: unknown): boolean {
    return typeof value === "object" && value !== null && (isSealed(value) || Object.values(value).some(holdsSecret));
}

/**
 * Puts values that were worked on without envelopes back into them: one that is as it was gets those that it had, one
 * that was changed is a secret altogether.
 *
 * @param wires properties as they came, among which each value has its origin under its own name
 */
export function resealed(properties: RawProperties, ...wires: readonly RawProperties[]): RawProperties {
    const seal = (name: string, value: unknown): unknown => {
        const secret = wires.map((wire) => wire[name]).filter(holdsSecret);
        const same = secret.find((origin) => isDeepStrictEqual(opened(origin), value));
        return same ?? (secret.length > 0 ? sealed(value) : value);
    };
    const known = Object.entries(properties).filter(([, value]) => value !== undefined);
    return Object.fromEntries(known.map(([name, value]) => [name, seal(name, value)]));
}

export function fromStruct(struct: Struct | undefined): RawProperties {
    return struct?.toJavaScript() ?? {};
}

/** A property that is undefined is left out, in lists it is null: a Struct knows no undefined. */
export function toStruct(properties: RawProperties): Struct {
    return Struct.fromJavaScript(JSON.parse(JSON.stringify(properties)) as Record<string, JavaScriptValue>);
}
