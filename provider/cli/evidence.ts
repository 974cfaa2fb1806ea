import { readEndpoint, variables, type ConfigSources } from "../config";
import { isUnderWay, type Found } from "../journal";
import type { Evidence, JournalNote } from "./creations";
import type { Listed, Place } from "./place";
import { projectOf, type Stack } from "./stack";
import type { Entry } from "./state";

/** The notes of a journal that can be read, each with the project's folder for the one in it where the program ran. */
export function notesOf(found: readonly Found[], now: number): JournalNote[] {
    return found.flatMap(({ file, note }) =>
        note === undefined
            ? []
            : [
                  {
                      file,
                      note: { ...note, folder: projectOf(note.folder) ?? note.folder },
                      underWay: isUnderWay(note, now),
                  },
              ],
    );
}

/** All that is known of a stack's creations that were interrupted. */
export function evidenceOf(
    stack: Stack,
    notes: readonly JournalNote[],
    account: Listed | undefined,
    env: ConfigSources["env"],
): Evidence {
    const { entries, held, keys } = stack.state;
    // A process that ended at once after its last answer could not tell whether that was taken; the state can.
    const open = notes.filter(({ note }) => note.unanswered === true || !held.has(note.answered?.toLowerCase() ?? ""));
    return {
        stack,
        held,
        keys,
        notes: open,
        account,
        entries: entries.map((entry) => ({ ...entry, place: placeOf(entry, env), isPlaceTold: tellsPlace(entry) })),
    };
}

/**
 * Where an entry's provider leads, of which the state holds the options: a stack may have providers for several accounts. What
 * no option says, a variable did; today's are the best guess at those.
 */
function placeOf({ options }: Entry, env: ConfigSources["env"]): Place | undefined {
    if (options === undefined) {
        return undefined;
    }
    const text = (name: string) => (typeof options[name] === "string" ? options[name] : undefined);
    return {
        environment: environmentOf({ option: text, env }),
        // An id that is a secret is encrypted there, so that it is no key's.
        signedBy: text("apiKeyId") ?? ("apiKeyId" in options ? "a secret" : env[variables.apiKeyId]),
    };
}

/** Whether the options alone say where their provider leads. */
function tellsPlace({ options = {} }: Entry): boolean {
    return ("environment" in options || "baseUrl" in options) && "apiKeyId" in options;
}

function environmentOf(sources: ConfigSources): string | undefined {
    try {
        return readEndpoint(sources).environment;
    } catch {
        return undefined;
    }
}
