import { existsSync } from "node:fs";
import { options as providerOptions, readEndpoint, type ConfigSources } from "../config";
import { isInFlight, isSettledByState, type Entry } from "../journal/entry";
import type { EntryFile } from "../journal/journal";
import { isThisProcess } from "../journal/processIdentity";
import { compareStacks } from "../journal/stackIdentity";
import type { AccountKeys, AccountScope } from "./accountScope";
import type { Evidence, RecordedCreate } from "./interruptedCreates";
import { projectFolderOf, type Stack } from "./stack";
import type { PendingCreate } from "./stackState";

/** An entry that can be read, with the project's folder in place of the program's. */
export type ReadableEntry = Omit<RecordedCreate, "relation">;

/** Returns the entries that can be read. The doctor itself wrote those of this process, so they are not in flight. */
export function readableEntries(files: readonly EntryFile[], now: number): ReadableEntry[] {
    return files.flatMap(({ file, entry }) =>
        entry === undefined
            ? []
            : {
                  file,
                  entry: { ...entry, folder: projectFolderOf(entry.folder) ?? entry.folder },
                  inFlight: isInFlight(entry, now) && !isThisProcess(entry.process),
              },
    );
}

/**
 * Returns how an entry relates to the stack that is examined.
 *
 * @param stackNames the stacks of the project that exist in the backend
 */
export function relationOf(
    entry: Entry,
    stack: Pick<Stack, "project" | "stack" | "organization" | "backend" | "folder">,
    stackNames: readonly string[],
): RecordedCreate["relation"] {
    const comparison = compareStacks(entry, stack);
    switch (comparison) {
        case "same":
            return "same";
        case "likely":
            return "unproven";
        case "unproven":
            // If the entry's folder exists, the entry belongs to a stack there.
            return existsSync(entry.folder) ? "namesake" : "unproven";
        case "other": {
            // `pulumi stack rename` may have given this stack its name, or another one of this project.
            const isGone = entry.backend !== undefined && !stackNames.includes(entry.stack);
            return isGone && compareStacks({ ...entry, stack: stack.stack }, stack) === "same" ? "unproven" : "other";
        }
    }
}

/** Collects everything that is known about a stack's interrupted creates. */
export function evidenceOf(
    stack: Stack,
    entries: readonly ReadableEntry[],
    account: AccountKeys | undefined,
    env: ConfigSources["env"],
): Evidence {
    const { pendingCreates, held, keys } = stack.state;
    // A process that ended right after a response did not remove its entry. The state shows that the response arrived.
    const open = entries.filter(
        ({ entry }) => entry.earlierAttemptMayExist || !held.has(entry.apiKeyId?.toLowerCase() ?? ""),
    );
    return {
        stack,
        held,
        keys,
        recorded: open.map((one) => ({ ...one, relation: relationOf(one.entry, stack, stack.stackNames) })),
        account,
        pendingCreates: pendingCreates.map((one) => ({
            ...one,
            scope: scopeOf(one, env),
            isScopeKnown: namesScope(one),
        })),
        now: Date.now(),
    };
}

/** Returns the unsettled entries of other stacks, which the doctor can examine only there. */
export function entriesOfOtherStacks(entries: readonly ReadableEntry[], stack: Stack | undefined): ReadableEntry[] {
    const isOther = ({ entry }: ReadableEntry) =>
        stack === undefined || ["other", "namesake"].includes(relationOf(entry, stack, stack.stackNames));
    return entries.filter((one) => !one.inFlight && !isSettledByState(one.entry) && isOther(one));
}

/**
 * Returns the account of a pending create's provider, whose options the state holds. A stack may have providers for several
 * accounts. Values without an option came from variables of the interrupted run. The current variables are the best guess at them.
 */
function scopeOf({ options }: PendingCreate, env: ConfigSources["env"]): AccountScope | undefined {
    if (options === undefined) {
        return undefined;
    }
    const text = (name: string) => (typeof options[name] === "string" ? options[name] : undefined);
    return {
        environment: environmentOf({ option: text, env }),
        // An id that is a secret is encrypted in the state, so it is unknown.
        signedBy: "apiKeyId" in options ? text("apiKeyId") : env[providerOptions.apiKeyId.variable],
    };
}

/** Returns whether the provider's options name its account without variables. */
function namesScope({ options = {} }: PendingCreate): boolean {
    return ("environment" in options || "baseUrl" in options) && typeof options["apiKeyId"] === "string";
}

function environmentOf(sources: ConfigSources): string | undefined {
    try {
        return readEndpoint(sources).environment;
    } catch {
        return undefined;
    }
}
