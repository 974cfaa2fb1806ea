import { isDeepStrictEqual } from "node:util";
import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import type { RawProperties } from "../apiKey/properties";
import { DiffResponse, PropertyDiff } from "@pulumi/pulumi/proto/provider_pb";

/**
 * Properties on the wire: a secret value is in an envelope, at any depth, and an unknown value is one of the sentinels that
 * `isUnknown` recognizes. Source: pulumi/pulumi, sdk/go/common/resource/plugin/rpc.go.
 */
const signature = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

export function wrapSecret(value: unknown): object {
    return { [signature]: secretSignature, value };
}

function isSecretEnvelope(value: object): value is { readonly value: unknown } {
    return (value as Record<string, unknown>)[signature] === secretSignature;
}

/** Returns a value without its secret envelopes, at every depth. */
export function unwrap(value: unknown): unknown {
    return Array.isArray(value)
        ? value.map(unwrap)
        : typeof value !== "object" || value === null
          ? value
          : isSecretEnvelope(value)
            ? unwrap(value.value)
            : unwrapProperties(value as RawProperties);
}

export function unwrapProperties(properties: RawProperties): RawProperties {
    return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, unwrap(value)]));
}

/** Returns whether a value is a secret or contains one. */
export function holdsSecret(value: unknown): boolean {
    return (
        typeof value === "object" &&
        value !== null &&
        (isSecretEnvelope(value) || Object.values(value).some(holdsSecret))
    );
}

/**
 * Wraps values in the secret envelopes that they had before {@link unwrapProperties}. An unchanged value gets the same envelopes. A
 * changed value becomes a secret as a whole if it contained one before.
 *
 * @param wires the original properties; each value is compared with those of the same name
 */
export function rewrapSecrets(properties: RawProperties, ...wires: readonly RawProperties[]): RawProperties {
    const rewrap = (name: string, value: unknown): unknown => {
        const secret = wires.map((wire) => wire[name]).filter(holdsSecret);
        const same = secret.find((origin) => isDeepStrictEqual(unwrap(origin), value));
        return same ?? (secret.length > 0 ? wrapSecret(value) : value);
    };
    const known = Object.entries(properties).filter(([, value]) => value !== undefined);
    return Object.fromEntries(known.map(([name, value]) => [name, rewrap(name, value)]));
}

export function fromStruct(struct: Struct | undefined): RawProperties {
    return struct?.toJavaScript() ?? {};
}

/** Encodes properties. A Struct has no undefined, so an undefined property is omitted, and an undefined list item becomes null. */
export function toStruct(properties: RawProperties): Struct {
    return Struct.fromJavaScript(JSON.parse(JSON.stringify(properties)) as Record<string, JavaScriptValue>);
}

const { Kind } = PropertyDiff;

/**
 * Returns the response to Diff or DiffConfig: the changed properties, in the summary and in detail, and which of them need a
 * replacement. A replacement creates the new resource before it deletes the old one.
 *
 * @param stables the outputs that keep their values if nothing is replaced
 */
export function diffResponse(
    olds: RawProperties,
    news: RawProperties,
    replaces: readonly string[],
    updates: readonly string[],
    stables: readonly string[] = [],
): DiffResponse {
    const diffs = [...replaces, ...updates];
    const some = diffs.length > 0;
    const response = new DiffResponse()
        .setChanges(some ? DiffResponse.DiffChanges.DIFF_SOME : DiffResponse.DiffChanges.DIFF_NONE)
        .setDiffsList(diffs)
        .setReplacesList([...replaces])
        .setStablesList(replaces.length > 0 ? [] : [...stables])
        .setDeletebeforereplace(false)
        .setHasdetaileddiff(true);
    for (const property of diffs) {
        const kind = kindOf(olds[property] ?? undefined, news[property] ?? undefined, replaces.includes(property));
        response.getDetaileddiffMap().set(property, new PropertyDiff().setKind(kind));
    }
    return response;
}

function kindOf(was: unknown, is: unknown, replaces: boolean): PropertyDiff.Kind {
    if (was === undefined) {
        return replaces ? Kind.ADD_REPLACE : Kind.ADD;
    }
    if (is === undefined) {
        return replaces ? Kind.DELETE_REPLACE : Kind.DELETE;
    }
    return replaces ? Kind.UPDATE_REPLACE : Kind.UPDATE;
}
