import { DiffResponse, PropertyDiff } from "@pulumi/pulumi/proto/provider_pb";
import type { RawProperties } from "../apiKey/properties";

const { Kind } = PropertyDiff;

/**
 * What the engine is told of a change: the properties that changed, each in the summary and in detail, and which of them
 * need a replacement. The new one is made before the old one goes.
 *
 * @param stables the outputs that stay as they are where nothing is replaced
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
