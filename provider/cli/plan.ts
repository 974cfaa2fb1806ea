import { isHandedOver } from "../journal";
import type { Creation } from "./creations";

/** What --fix does, and what it has to leave. */
export interface Plan {
    /** The creations to settle: their orphans are revoked, their notes removed, and their entries cleared where `clear` says so. */
    readonly settle: readonly Creation[];
    /** Whether to take the entries out of the state. */
    readonly clear: boolean;
    /** The URNs of what the engine did not see the end of and has to stay in the state. */
    readonly staying: readonly string[];
}

/**
 * What can be settled; what cannot, nobody touches.
 *
 * `pulumi stack import` takes all that the engine did not see the end of out of the state. Where some of that has to stay, no
 * entry is cleared; and a key that the state alone knows of waits, since only an import shows that nobody is at work on the
 * stack. One that the journal knows of too does not, unless the engine was handed it: the process that asked for it is no more.
 */
export function planOf(creations: readonly Creation[], otherOperations: readonly string[]): Plan {
    const certain = creations.filter(({ verdict }) => verdict === "orphaned" || verdict === "nothing");
    const staying = [
        ...otherOperations,
        ...creations.filter((one) => !certain.includes(one)).flatMap(({ entries }) => entries.map(({ urn }) => urn)),
    ];
    const clear = staying.length === 0;
    const canGo = ({ entries, notes, verdict }: Creation) =>
        clear || entries.length === 0 || (verdict === "orphaned" && notes.some(({ note }) => !isHandedOver(note)));
    return { settle: certain.filter(canGo), clear, staying };
}
