import { z } from "zod";
import { hasUniqueName } from "../apiKey/autonaming";
import type { RawProperties } from "../apiKey/properties";
import { dynamicType, pluginType } from "../package";
import { parseUrn } from "../pulumi";

const apiKeyTypes: readonly string[] = [pluginType, dynamicType];

/** The type of the pending operation that the engine saves before it calls a provider's Create. */
const creating = "creating";

const properties = z.record(z.string(), z.unknown()).nullish();
const resource = z.object({
    urn: z.string(),
    type: z.string(),
    id: z.string().optional(),
    provider: z.string().optional(),
    inputs: properties,
    outputs: properties,
});
type Resource = z.infer<typeof resource>;

const exported = z.object({
    deployment: z
        .object({
            resources: z.array(resource).nullish(),
            pending_operations: z.array(z.object({ type: z.string(), resource })).nullish(),
        })
        .nullish(),
});

/** A key that a stack's state holds. */
export interface StateKey {
    readonly urn: string;
    /** The resource's name in the program. */
    readonly resource: string;
    readonly apiKeyId: string;
    /** Absent if it is a secret. */
    readonly name: string | undefined;
    /** Whether the name is unique, so that it identifies the key's owner. */
    readonly uniqueName: boolean;
    readonly environment: string | undefined;
    /** The id of the key that signed when this one was last read, which identifies the account. */
    readonly signedBy: string | undefined;
}

/** A create that the state contains as a pending operation, because the engine was interrupted before the create's end. */
export interface PendingCreate {
    readonly urn: string;
    /** The resource's name in the program. */
    readonly resource: string;
    /** The key's name; absent if it is a secret. */
    readonly name: string | undefined;
    /** Whether the name is unique, so that it identifies the key's owner. */
    readonly uniqueName: boolean;
    /** Whether an existing key was to be adopted, so that none was created. */
    readonly adoption: boolean;
    /** The options of its provider; absent if the state does not hold them. */
    readonly options: RawProperties | undefined;
}

/** The API keys and pending operations in a stack's state. */
export interface State {
    readonly keys: readonly StateKey[];
    /** The ids of all resources, in lower case. */
    readonly held: ReadonlySet<string>;
    readonly pendingCreates: readonly PendingCreate[];
    /** The URNs of all other pending operations. */
    readonly otherOperations: readonly string[];
}

/**
 * Parses the output of `pulumi stack export`.
 *
 * @throws Error if it has another form. The message quotes nothing of it
 */
export function parseState(text: string): State {
    const parsed = exported.safeParse(JSON.parse(text));
    if (!parsed.success) {
        const paths = parsed.error.issues.map((issue) => issue.path.join(".")).join(", ");
        throw new Error(`The output of \`pulumi stack export\` has an unexpected form (${paths}).`);
    }
    const { resources, pending_operations: operations } = parsed.data.deployment ?? {};
    const all = resources ?? [];
    const pending = operations ?? [];
    const isKeyCreate = ({ type, resource }: (typeof pending)[number]) =>
        type === creating && apiKeyTypes.includes(resource.type);
    // A pending create may have its key's id already, if the engine was killed before it saved the state: nothing holds that key.
    const others = pending.filter((one) => !isKeyCreate(one));
    return {
        keys: all.filter(({ type, id }) => apiKeyTypes.includes(type) && id !== undefined).map(stateKey),
        held: new Set([...all, ...others.map(({ resource }) => resource)].flatMap(({ id }) => id?.toLowerCase() ?? [])),
        pendingCreates: pending.filter(isKeyCreate).map(({ resource }) => pendingCreate(resource, all)),
        otherOperations: others.map(({ resource }) => resource.urn),
    };
}

function stateKey({ urn, id = "", outputs }: Resource): StateKey {
    const text = textsOf(outputs ?? {});
    return {
        urn,
        resource: resourceName(urn),
        apiKeyId: id,
        name: text("name"),
        uniqueName: hasUniqueName(outputs ?? {}),
        environment: text("environment"),
        signedBy: text("__signedBy"),
    };
}

function pendingCreate({ urn, type, inputs, provider }: Resource, all: readonly Resource[]): PendingCreate {
    const properties = inputs ?? {};
    const adoption = "adopt" in properties;
    const creator = all.find((one) => `${one.urn}::${one.id ?? ""}` === provider);
    return {
        urn,
        resource: resourceName(urn),
        name: textsOf(properties)("name"),
        uniqueName: !adoption && hasUniqueName(properties),
        adoption,
        options: type === pluginType ? (creator?.inputs ?? undefined) : undefined,
    };
}

function resourceName(urn: string): string {
    return parseUrn(urn).name || urn;
}

/** Reads properties that are text. A secret is encrypted, so it is none. */
function textsOf(properties: RawProperties): (name: string) => string | undefined {
    return (name) => {
        const value = properties[name];
        return typeof value === "string" ? value : undefined;
    };
}
