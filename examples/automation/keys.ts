import type { EngineEvent, Stack } from "@pulumi/pulumi/automation";

/** A key at Kalshi, without its private key. */
interface Generation {
    readonly apiKeyId: string;
    readonly name: string;
    readonly fingerprint: string;
    readonly createdAt: string;
}

/** The outputs of a rotating key that the report uses. */
interface Outputs {
    readonly current?: Generation | undefined;
    readonly previous?: Generation | undefined;
    readonly rotateAt?: string | undefined;
    readonly revokeAt?: string | undefined;
    /** The ids of all keys that the resource holds: also of those that an update could not revoke. */
    readonly __ids?: readonly string[];
}

/** The part of an exported state that the report uses. */
interface Deployment {
    readonly resources?: readonly { urn: string; type: string; outputs?: Outputs }[];
}

const isRotatingKey = ({ type }: { readonly type: string }) => /kalshi(:index)?:RotatingApiKey$/.test(type);

/** The ids of the keys that a run created or revoked, or that somebody else had revoked. */
export interface Changes {
    readonly created: string[];
    readonly revoked: string[];
    readonly revokedOutside: string[];
}

/** Adds what a step of the engine changed. A failed step can have changed a part. */
export function addChanges(changes: Changes, { resOutputsEvent, resOpFailedEvent }: EngineEvent): void {
    const { created, revoked, revokedOutside } = changes;
    const { op, old: before, new: after } = (resOutputsEvent ?? resOpFailedEvent)?.metadata ?? {};
    const state = after ?? before;
    const [ids, newIds] = [idsIn(before?.outputs), idsIn(after?.outputs)];
    // A failed step without new outputs changed nothing in the state.
    const hasChanged = resOutputsEvent !== undefined || newIds.length > 0;
    if (state !== undefined && isRotatingKey(state) && hasChanged) {
        created.push(...newIds.filter((id) => !ids.includes(id)));
        // A refresh revokes nothing. It drops a key from the state if Kalshi no longer knows that key.
        const gone = op === "refresh" ? revokedOutside : revoked;
        gone.push(...ids.filter((id) => !newIds.includes(id)));
    }
}

const idsIn = ({ __ids = [] }: Outputs = {}) => __ids;

/** Returns the rotating keys in the state. An export contains the private keys, too, so this copies only what the report may show. */
export async function keysIn(stack: Stack) {
    const exported = await stack.exportStack().catch(() => {
        // The error itself can contain the private keys: it repeats what the command printed.
        throw new Error("The state could not be read. Run `pulumi stack export` to see why");
    });
    const { resources = [] } = exported.deployment as Deployment;
    const keys = resources
        .filter(isRotatingKey)
        .map(({ urn, outputs: { current, previous, rotateAt, revokeAt } = {} }) => ({
            resource: urn.split("::").at(-1) ?? urn,
            current: current && withoutPrivateKey(current),
            previous: previous && withoutPrivateKey(previous),
            rotateAt,
            revokeAt,
        }));
    // The order in the state changes. In this order, two reports can be compared.
    return keys.sort((a, b) => a.resource.localeCompare(b.resource));
}

function withoutPrivateKey({ apiKeyId, name, fingerprint, createdAt }: Generation): Generation {
    return { apiKeyId, name, fingerprint, createdAt };
}

/** Returns what is due next. Dates in ISO 8601 sort as text. */
export function nextDue(keys: Awaited<ReturnType<typeof keysIn>>) {
    return keys
        .flatMap(({ resource, rotateAt = "", revokeAt = "" }) => [
            { resource, what: "rotate the current key", at: rotateAt },
            { resource, what: "revoke the previous key", at: revokeAt },
        ])
        .filter(({ at }) => at !== "")
        .sort((a, b) => a.at.localeCompare(b.at))[0];
}
