/** What identifies a stack: its names, its backend, and the folder of its project. */
export interface StackIdentity {
    readonly project: string;
    readonly stack: string;
    readonly organization?: string | undefined;
    readonly backend?: string | undefined;
    readonly folder: string;
}

/**
 * Compares two identities. Names alone do not identify a stack, because two backends or organizations may have the same names. A
 * folder is inconclusive: a checkout can be moved, and a stack of another backend or organization can be selected in it.
 *
 * @returns "same" or "other"; if the names agree and a backend, or an organization of Pulumi Cloud, is unknown: "likely" for the same
 *     folder, else "unproven"
 */
export function compareStacks(one: StackIdentity, other: StackIdentity): "same" | "likely" | "unproven" | "other" {
    if (
        one.project !== other.project ||
        one.stack !== other.stack ||
        differ(one.organization, other.organization) ||
        differ(one.backend, other.backend)
    ) {
        return "other";
    }
    if (isBackendConclusive(one, other)) {
        return "same";
    }
    return one.folder === other.folder ? "likely" : "unproven";
}

/**
 * Returns whether equal backends identify the stack. Pulumi Cloud is one backend with many organizations, and a plugin does not know its
 * organization.
 */
function isBackendConclusive(one: StackIdentity, other: StackIdentity): boolean {
    const isCloud = /^https?:/.test(one.backend ?? "");
    const areOrganizationsKnown = one.organization !== undefined && other.organization !== undefined;
    return one.backend !== undefined && other.backend !== undefined && (!isCloud || areOrganizationsKnown);
}

function differ(one: string | undefined, other: string | undefined): boolean {
    return one !== undefined && other !== undefined && one !== other;
}
