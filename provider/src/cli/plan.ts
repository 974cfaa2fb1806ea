import type { InterruptedCreate } from "./interruptedCreates";

/** What --fix does and what it leaves. */
export interface Plan {
    /**
     * The creates to settle: their orphans are revoked, their pending operations cleared if `clear` is set, and their entries
     * removed unless another key may still appear.
     */
    readonly settle: readonly InterruptedCreate[];
    /** Whether the state's pending operations are cleared. */
    readonly clear: boolean;
    /** The URNs of the pending operations that must stay in the state. */
    readonly staying: readonly string[];
}

/**
 * Plans what can be settled.
 *
 * `pulumi refresh --clear-pending-creates` clears all pending operations or none, so if one must stay, none is cleared. A key that
 * only the state knows then waits, because only clearing shows that no other run holds the stack's lock. A key that the journal
 * knows too does not wait: the process that created it has ended. If it is a rotation, it waits nevertheless: another run may be repeating it
 * under the same name.
 */
export function planOf(creates: readonly InterruptedCreate[], otherOperations: readonly string[]): Plan {
    const certain = creates.filter(
        ({ verdict }) => verdict === "orphaned" || verdict === "noKey" || verdict === "unsettled",
    );
    const staying = [
        ...otherOperations,
        ...creates
            .filter((one) => !certain.includes(one))
            .flatMap(({ pendingCreates }) => pendingCreates.map(({ urn }) => urn)),
    ];
    const clear = staying.length === 0;
    const canSettle = (create: InterruptedCreate) =>
        clear ||
        create.pendingCreates.length === 0 ||
        (create.verdict === "orphaned" &&
            isProvenByJournal(create) &&
            !create.pendingCreates.some(({ isUpdate }) => isUpdate));
    return { settle: certain.filter(canSettle), clear, staying };
}

/** Returns whether the journal alone proves that a create left an orphan: the engine never received the key of an entry of this stack. */
export function isProvenByJournal({ recorded }: InterruptedCreate): boolean {
    return recorded.some(({ entry, relation }) => relation === "same" && entry.status !== "delivered");
}
