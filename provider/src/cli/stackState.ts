import { z } from "zod";
import { hasUniqueName } from "../apiKey/autonaming";
import type { RawProperties } from "../apiKey/properties";
import { dynamicType, pluginType, rotatingDynamicType, rotatingPluginType } from "../package";
import { parseUrn } from "../pulumi";
import { generationName, generationNames, isGenerationName } from "../rotatingApiKey/names";

const rotatingTypes: readonly string[] = [rotatingPluginType, rotatingDynamicType];
const keyTypes: readonly string[] = [pluginType, dynamicType, ...rotatingTypes];
const pluginTypes: readonly string[] = [pluginType, rotatingPluginType];

/** The types of the pending operations that the engine saves before it calls a provider's Create and Update. */
const [creating, updating] = ["creating", "updating"];

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
    /** The names of the keys that its rotating key has created, and that of the next one. */
    readonly generationNames?: readonly string[];
    readonly environment: string | undefined;
    /** The id of the key that signed when this one was last read, which identifies the account. */
    readonly signedBy: string | undefined;
    /** The reference to its provider. */
    readonly provider?: string | undefined;
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
    /** Whether it is an update of a rotating key. The update that repeats it uses the same name. */
    readonly isUpdate: boolean;
    /** The options of its provider; absent if the state does not hold them. */
    readonly options: RawProperties | undefined;
    /** The reference to its provider. */
    readonly provider?: string | undefined;
}

/** The API keys and pending operations in a stack's state. */
export interface State {
    readonly keys: readonly StateKey[];
    /** The ids of all resources, and of all keys of rotating ones, in lower case. */
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
    // An update of a rotating key may create one.
    const isKeyCreate = ({ type, resource }: (typeof pending)[number]) =>
        type === updating
            ? rotatingTypes.includes(resource.type)
            : type === creating && keyTypes.includes(resource.type);
    // A pending create may have its key's id already, if the engine was killed before it saved the state: nothing holds that key.
    const others = pending.filter((one) => !isKeyCreate(one)).map(({ resource }) => resource);
    return {
        keys: all.flatMap(stateKeys),
        held: new Set([...all, ...others].flatMap(heldIds).map((id) => id.toLowerCase())),
        pendingCreates: pending
            .filter(isKeyCreate)
            .map(({ type, resource }) => pendingCreate(resource, type === updating, all)),
        otherOperations: others.map(({ urn }) => urn),
    };
}

/** Returns what a resource holds: its own id, or the ids of a rotating key's keys, because its own is that of its first key. */
function heldIds(resource: Resource): string[] {
    const { type, id, outputs } = resource;
    if (rotatingTypes.includes(type) && outputs != null) {
        return stateKeys(resource).map(({ apiKeyId }) => apiKeyId);
    }
    return id === undefined ? [] : [id];
}

/** Returns the keys of a resource: none, one, or those of a rotating key. */
function stateKeys({ urn, type, id, outputs, provider }: Resource): StateKey[] {
    if (!keyTypes.includes(type) || id === undefined) {
        return [];
    }
    const properties = outputs ?? {};
    const text = textsOf(properties);
    const resource = {
        urn,
        resource: resourceName(urn),
        environment: text("environment"),
        signedBy: text("__signedBy"),
        provider,
    };
    if (!rotatingTypes.includes(type)) {
        return [{ ...resource, apiKeyId: id, name: text("name"), uniqueName: hasUniqueName(properties) }];
    }
    const { current, previous, __outdated } = properties;
    const common = { ...resource, generationNames: generationNames(properties) };
    const readable = [current, previous, __outdated].flat().flatMap((value) => generation.safeParse(value).data ?? []);
    return idsIn(urn, properties).map((apiKeyId) => {
        const { name } = readable.find((one) => one.apiKeyId === apiKeyId) ?? {};
        return typeof name === "string"
            ? { ...common, apiKeyId, name, uniqueName: isGenerationName(properties, name) }
            : { ...common, apiKeyId, name: undefined, uniqueName: false };
    });
}

/** A key of a rotating key. The program may have made it a secret as a whole, and its name is one if the prefix is. */
const generation = z.looseObject({ apiKeyId: z.string(), name: z.unknown() });

/** Returns the ids of a rotating key's keys. */
function idsIn(urn: string, { __ids }: RawProperties): string[] {
    const ids = z.array(z.string()).safeParse(__ids).data;
    if (ids === undefined) {
        throw new Error(
            `The state of ${urn} does not contain the ids of its keys. Correct it with \`pulumi state edit\`.`,
        );
    }
    return ids;
}

function pendingCreate(
    { urn, type, inputs, provider }: Resource,
    isUpdate: boolean,
    all: readonly Resource[],
): PendingCreate {
    const properties = inputs ?? {};
    const adoption = "adopt" in properties;
    const creator = all.find((one) => `${one.urn}::${one.id ?? ""}` === provider);
    const created = rotatingTypes.includes(type)
        ? nextKey(
              properties,
              all.find((one) => one.urn === urn),
          )
        : properties;
    return {
        urn,
        resource: resourceName(urn),
        name: textsOf(created)("name"),
        uniqueName: !adoption && hasUniqueName(created),
        adoption,
        isUpdate,
        options: pluginTypes.includes(type) ? (creator?.inputs ?? undefined) : undefined,
        provider,
    };
}

/**
 * Returns the name of the key that an interrupted step of a rotating key creates, as the inputs of an API key have it.
 *
 * @param resource the resource as the state holds it; undefined if the step was to create it
 */
function nextKey(inputs: RawProperties, resource: Resource | undefined): RawProperties {
    const count = resource?.outputs?.["__generations"];
    const isKnown = ["__prefix", "__nameSeed"].every((name) => typeof inputs[name] === "string");
    return isKnown ? { name: generationName(inputs, typeof count === "number" ? count : 0), __defaults: ["name"] } : {};
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
