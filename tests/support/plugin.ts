import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { credentials, type ServiceError } from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { Emulator } from "kalshi-emulator";
import { root } from "../../tools/paths";
import { environmentOf, onCleanUp, scratchFolder } from "./harness";

export const program = join(root, "provider", "dist", "bin", "pulumi-resource-kalshi");
export const urn = "urn:pulumi:dev::tests::kalshi:index:ApiKey::bot";
export const rotatingUrn = "urn:pulumi:dev::tests::kalshi:index:RotatingApiKey::bot";
const providerUrn = "urn:pulumi:dev::tests::pulumi:providers:kalshi::default";

export type Properties = Readonly<Record<string, unknown>>;

/** The plugin in its own process with a gRPC client, as the engine starts it. It is stopped after the test. */
export class Plugin {
    private constructor(
        readonly process: ChildProcess,
        readonly client: ResourceProviderClient,
        /** The lines that it has written to standard error. */
        readonly stderr: readonly string[],
    ) {}

    /** The URN of the resource that the calls are for. */
    urn = urn;

    /**
     * Starts the plugin.
     *
     * @param args the engine's arguments; the last one is the engine's address
     */
    static async start(env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Plugin> {
        const others = Object.entries(process.env).filter(([name]) => !/^(PULUMI|KALSHI)_/.test(name));
        const child = spawn(process.execPath, [program, "-v=9", ...args], {
            env: { ...Object.fromEntries(others), PULUMI_HOME: await scratchFolder(), ...env },
            stdio: ["ignore", "pipe", "pipe"],
        });
        const stderr: string[] = [];
        createInterface({ input: child.stderr }).on("line", (line) => stderr.push(line));
        const [port] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
        const client = new ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure());
        onCleanUp(async () => {
            client.close();
            if (child.exitCode === null && child.signalCode === null) {
                child.kill();
                await once(child, "exit");
            }
        });
        return new Plugin(child, client, stderr);
    }

    /** Starts a plugin and configures it with the emulator's root key. */
    static async on(emulator: Emulator): Promise<Plugin> {
        const plugin = await Plugin.start(environmentOf(emulator));
        await plugin.configure({});
        return plugin;
    }

    async checkConfig(
        news: Properties,
        urn = providerUrn,
    ): Promise<{ inputs: Properties; failures: rpc.CheckFailure.AsObject[] }> {
        const request = new rpc.CheckRequest().setUrn(urn).setNews(struct(news));
        return checked(await this.call((done) => this.client.checkConfig(request, done)));
    }

    async diffConfig(olds: Properties, news: Properties): Promise<Difference> {
        const request = new rpc.DiffRequest().setUrn(providerUrn).setOldInputs(struct(olds)).setNews(struct(news));
        return difference(await this.call((done) => this.client.diffConfig(request, done)));
    }

    async configure(args: Properties): Promise<rpc.ConfigureResponse.AsObject> {
        const request = new rpc.ConfigureRequest().setArgs(struct(args)).setAcceptsecrets(true);
        return (await this.call<rpc.ConfigureResponse>((done) => this.client.configure(request, done))).toObject();
    }

    async check(
        news: Properties,
        olds: Properties = {},
        more: (request: rpc.CheckRequest) => unknown = () => undefined,
    ): Promise<{ inputs: Properties; failures: rpc.CheckFailure.AsObject[] }> {
        const request = new rpc.CheckRequest().setUrn(this.urn).setNews(struct(news)).setOlds(struct(olds));
        more(request);
        return checked(await this.call((done) => this.client.check(request, done)));
    }

    /** Returns the checked inputs, which must be valid. */
    async checked(news: Properties, olds: Properties = {}): Promise<Properties> {
        const { inputs, failures } = await this.check(news, olds);
        expect(failures).toEqual([]);
        return inputs;
    }

    async diff(olds: Properties, news: Properties): Promise<Difference> {
        const request = new rpc.DiffRequest().setId("id").setUrn(this.urn).setOlds(struct(olds)).setNews(struct(news));
        return difference(await this.call((done) => this.client.diff(request, done)));
    }

    async create(
        properties: Properties,
        { preview = false, timeout = 0 } = {},
    ): Promise<{ id: string; properties: Properties }> {
        const request = new rpc.CreateRequest()
            .setUrn(this.urn)
            .setProperties(struct(properties))
            .setPreview(preview)
            .setTimeout(timeout);
        const response = await this.call<rpc.CreateResponse>((done) => this.client.create(request, done));
        return { id: response.getId(), properties: plain(response.getProperties()) };
    }

    /** Reads a key: without properties and inputs it is an import; with equal ones it is a `get`. */
    async read(
        id: string,
        properties?: Properties,
        inputs?: Properties,
    ): Promise<{ id: string; properties: Properties; inputs: Properties }> {
        const request = new rpc.ReadRequest()
            .setId(id)
            .setUrn(this.urn)
            .setProperties(properties && struct(properties))
            .setInputs(inputs && struct(inputs));
        const response = await this.call<rpc.ReadResponse>((done) => this.client.read(request, done));
        return {
            id: response.getId(),
            properties: plain(response.getProperties()),
            inputs: plain(response.getInputs()),
        };
    }

    async update(olds: Properties, news: Properties, { preview = false } = {}): Promise<Properties> {
        const request = new rpc.UpdateRequest()
            .setId("id")
            .setUrn(this.urn)
            .setOlds(struct(olds))
            .setNews(struct(news))
            .setPreview(preview);
        const response = await this.call<rpc.UpdateResponse>((done) => this.client.update(request, done));
        return plain(response.getProperties());
    }

    async delete(id: string, properties: Properties): Promise<void> {
        const request = new rpc.DeleteRequest().setId(id).setUrn(this.urn).setProperties(struct(properties));
        await this.call<Empty>((done) => this.client.delete(request, done));
    }

    async invoke(
        token: string,
        args: Properties,
    ): Promise<{ returned: Properties; failures: rpc.CheckFailure.AsObject[] }> {
        const request = new rpc.InvokeRequest().setTok(token).setArgs(struct(args));
        const response = await this.call<rpc.InvokeResponse>((done) => this.client.invoke(request, done));
        return {
            returned: plain(response.getReturn()),
            failures: response.getFailuresList().map((failure) => failure.toObject()),
        };
    }

    async list(query: Properties = {}, limit = 0): Promise<rpc.ListResponse.AsObject[]> {
        const request = new rpc.ListRequest().setToken("kalshi:index:ApiKey").setQuery(struct(query)).setLimit(limit);
        const stream = this.client.list(request);
        const found: rpc.ListResponse.AsObject[] = [];
        for await (const response of stream) {
            found.push((response as rpc.ListResponse).toObject());
        }
        return found;
    }

    async cancel(): Promise<void> {
        await this.call<Empty>((done) => this.client.cancel(new Empty(), done));
    }

    /** Waits until the plugin has received all earlier requests of this connection, and all earlier signals. */
    async hasReceivedAll(): Promise<void> {
        await this.call((done) => this.client.getPluginInfo(new Empty(), done));
    }

    /** Makes a unary call. */
    async call<T>(start: (done: (error: ServiceError | null, response: T) => void) => unknown): Promise<T> {
        return new Promise((resolve, reject) =>
            start((error, response) => {
                if (error === null) {
                    resolve(response);
                } else {
                    reject(error);
                }
            }),
        );
    }
}

export interface Difference {
    readonly changes: boolean;
    readonly replaces: readonly string[];
    readonly diffs: readonly string[];
    readonly stables: readonly string[];
    /** The name of each difference's kind, by its property path. */
    readonly detailed: Readonly<Record<string, string>>;
}

function difference(response: rpc.DiffResponse): Difference {
    const kinds = Object.fromEntries(Object.entries(rpc.PropertyDiff.Kind).map(([name, kind]) => [kind, name]));
    const detailed: [string, string][] = [];
    response.getDetaileddiffMap().forEach((diff, path) => detailed.push([path, kinds[diff.getKind()] ?? ""]));
    expect(response.getHasdetaileddiff()).toBe(true);
    expect(response.getDeletebeforereplace()).toBe(false);
    return {
        changes: response.getChanges() === rpc.DiffResponse.DiffChanges.DIFF_SOME,
        replaces: response.getReplacesList(),
        diffs: response.getDiffsList(),
        stables: response.getStablesList(),
        detailed: Object.fromEntries(detailed),
    };
}

function checked(response: rpc.CheckResponse): { inputs: Properties; failures: rpc.CheckFailure.AsObject[] } {
    const failures = response.getFailuresList().map((failure) => failure.toObject());
    return { inputs: plain(response.getInputs()), failures };
}

export function struct(properties: Properties): Struct {
    return Struct.fromJavaScript(properties as Record<string, JavaScriptValue>);
}

export function plain(properties: Struct | undefined): Properties {
    return properties?.toJavaScript() ?? {};
}

/** Returns the envelope of a secret in the engine's protocol. */
export function secret(value: unknown): unknown {
    return { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value };
}

/** The sentinel for an unknown string. */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
