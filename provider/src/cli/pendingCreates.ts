import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { pulumi } from "./stack";

/** An update in a stack's history. Further properties are kept, so that updates can be compared. */
const updateSchema = z.looseObject({ kind: z.string(), startTime: z.string(), message: z.string().optional() });
type Update = z.infer<typeof updateSchema>;

/** Another run changed the stack while its pending creates were cleared. */
export class ConcurrentUpdateError extends Error {
    override readonly name = "ConcurrentUpdateError";
}

/**
 * Returns the latest updates of a stack, the newest first. A file backend does not number updates, and reading a long history takes
 * long. So updates are compared by all their properties.
 */
export async function latestUpdates(fullName: string): Promise<Update[]> {
    const printed = await pulumi(["stack", "history", "--json", "--page-size", "10", "--stack", fullName]);
    return z.array(updateSchema).parse(JSON.parse(printed));
}

/**
 * Clears all pending operations of a stack's state, by the engine and on the current state. Excluding all resources keeps the
 * engine from calling any provider and from running the program, whatever the state holds.
 *
 * The engine reads the state before it takes the stack's lock (pulumi/pulumi, pkg/cmd/pulumi/state/io.go, TotalStateEdit). An
 * update that finishes in between is rolled back. Every update is in the history when it releases the lock, so the history shows
 * that.
 *
 * @param before the updates before the state was last exported
 * @throws ConcurrentUpdateError if another update finished since then; PulumiError if the stack is locked, for example
 */
export async function clearPendingCreates(fullName: string, before: readonly Update[]): Promise<void> {
    const message = `pulumi-kalshi doctor ${randomUUID()}`;
    const args = [
        "refresh",
        "--clear-pending-creates",
        "--exclude",
        "**",
        "--yes",
        "--skip-preview",
        "--message",
        message,
    ];
    const refresh = pulumi([...args, "--stack", fullName]);
    // A command that fails may have cleared them already.
    await refresh.catch(() => undefined);
    const others = updatesSince(before, await latestUpdates(fullName), message);
    if (others.length > 0) {
        throw new ConcurrentUpdateError(others.map(({ kind, startTime }) => `${kind} of ${startTime}`).join(", "));
    }
    await refresh;
}

/**
 * Returns the updates that others made since a list of a stack's latest updates was read.
 *
 * @param message identifies this process's own update
 */
export function updatesSince(before: readonly Update[], after: readonly Update[], message: string): Update[] {
    const others = after.filter((update) => update.message !== message);
    const isOld = (index: number) => isDeepStrictEqual(others.slice(index), before.slice(0, others.length - index));
    const count = [...others.keys()].find(isOld) ?? others.length;
    const since = others.slice(0, count);
    // Pulumi Cloud records the edit of the state too, as an import. File backends do not.
    const edit = others.length < after.length ? since.findIndex(({ kind }) => kind === "import") : -1;
    return since.filter((_, index) => index !== edit);
}
