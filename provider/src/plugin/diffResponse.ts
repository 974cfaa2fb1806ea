import { DiffResponse, PropertyDiff } from "@pulumi/pulumi/proto/provider_pb";
import type { RawProperties } from "../apiKey/properties";

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
