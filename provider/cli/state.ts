import { z } from "zod";
import { isProof } from "../apiKey/naming";
import type { RawProperties } from "../apiKey/properties";
import { dynamicType, pluginType } from "../apiKey/typeTokens";

const apiKeyTypes: readonly string[] = [pluginType, dynamicType];

/** The type of the operation that the engine notes down before it has a provider make something. */
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
            manifest: z.object({ time: z.string() }).nullish(),
            resources: z.array(resource).nullish(),
            pending_operations: z.array(z.object({ type: z.string(), resource })).nullish(),
        })
        .nullish(),
});

/** A key that a stack's state holds. */
export interface StateKey {
    readonly urn: string;
    readonly apiKeyId: string;
    /** Absent where it is a secret. */
    readonly name: string | undefined;
    readonly environment: string | undefined;
    /** The id of the key that signed when this one was last seen: it tells the account. */
    readonly signedBy: string | undefined;
}

/** A creation that the engine did not see the end of. */
export interface Entry {
    readonly urn: string;
    /** The resource's name in the program. */
    readonly resource: string;
    /** The key's name; absent where it is a secret. */
    readonly name: string | undefined;
    /** Whether that name proves that a key is ours. */
    readonly proof: boolean;
    /** Whether a key was to be taken over that exists, so that none was made. */
    readonly adoption: boolean;
    /** The options of the provider that was to make it; absent where the state does not tell them. */
    readonly options: RawProperties | undefined;
}

/** What a stack's state says of API keys. */
export interface State {
    readonly keys: readonly StateKey[];
    /** The ids of all that the state holds, in lower case. */
    readonly held: ReadonlySet<string>;
    readonly entries: readonly Entry[];
    /** The URNs of what else the engine did not see the end of. */
    readonly otherOperations: readonly string[];
    /** When the state was written: ISO 8601; absent where nothing was ever made. */
    readonly writtenAt: string | undefined;
}

/**
 * Reads what `pulumi stack export` printed.
 *
 * @throws Error where that is not how it prints a state; it quotes nothing of it
 */
export function parseState(text: string): State {
    const parsed = exported.safeParse(JSON.parse(text));
    if (!parsed.success) {
        const where = parsed.error.issues.map((issue) => issue.path.join(".")).join(", ");
        throw new Error(`what \`pulumi stack export\` printed is not the state that is expected (${where})`);
    }
    const { manifest, resources, pending_operations: operations } = parsed.data.deployment ?? {};
    const all = resources ?? [];
    const pending = operations ?? [];
    const isEntry = ({ type, resource }: (typeof pending)[number]) =>
        type === creating && apiKeyTypes.includes(resource.type);
    // An entry may have its key's id already, where the engine was killed between the answer and the next state: nobody holds it.
    const others = pending.filter((one) => !isEntry(one));
    return {
        keys: all.filter(({ type, id }) => apiKeyTypes.includes(type) && id !== undefined).map(keyOf),
        held: new Set([...all, ...others.map(({ resource }) => resource)].flatMap(({ id }) => id?.toLowerCase() ?? [])),
        entries: pending.filter(isEntry).map(({ resource }) => entryOf(resource, all)),
        otherOperations: others.map(({ resource }) => resource.urn),
        writtenAt: manifest?.time,
    };
}

/** The same state without what the engine did not see the end of. */
export function withoutOperations(text: string): string {
    const { deployment, ...rest } = JSON.parse(text) as { deployment: object };
    return JSON.stringify({ ...rest, deployment: { ...deployment, pending_operations: [] } });
}

function keyOf({ urn, id = "", outputs }: Resource): StateKey {
    const text = textsOf(outputs ?? {});
    return {
        urn,
        apiKeyId: id,
        name: text("name"),
        environment: text("environment"),
        signedBy: text("__signedBy"),
    };
}

function entryOf({ urn, type, inputs, provider }: Resource, all: readonly Resource[]): Entry {
    const properties = inputs ?? {};
    const adoption = "adopt" in properties;
    const maker = all.find((one) => `${one.urn}::${one.id ?? ""}` === provider);
    return {
        urn,
        resource: urn.split("::").at(-1) ?? urn,
        name: textsOf(properties)("name"),
        proof: !adoption && isProof(properties),
        adoption,
        options: type === pluginType ? (maker?.inputs ?? undefined) : undefined,
    };
}

/** Properties that are text; one that is a secret is encrypted, and so is none. */
function textsOf(properties: RawProperties): (name: string) => string | undefined {
    return (name) => {
        const value = properties[name];
        return typeof value === "string" ? value : undefined;
    };
}
