import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { PluginInfo, type PluginAttach } from "@pulumi/pulumi/proto/plugin_pb";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { ConfigError } from "../config";
import { ApiKeyResource } from "../apiKey/apiKey";
import type { Platform } from "../apiKey/platform";
import type { Handlers } from "./answer";
import * as apiKey from "./apiKey";
import { calls } from "./calls";
import * as configuration from "./configuration";
import { EngineLog } from "./engineLog";
import { Unimplemented } from "./failure";
import * as functions from "./functions";
import { version } from "../version";

/** A timer ends at once where it is given more milliseconds, and takes whole ones only. These are 24 days. */
const longestTimer = 2 ** 31 - 1;

/** The account that the configuration leads to, and the life of its keys. */
interface Account {
    readonly platform: Platform;
    readonly keys: ApiKeyResource;
}

/**
 * The plugin's methods, in the order in which the engine calls them: who are you, is this configuration right, use it; then
 * the life of a key; then what programs and commands ask. One process serves one configuration.
 */
export class KalshiProvider implements Handlers {
    readonly #log: EngineLog;
    readonly #cancellation = new AbortController();
    #account: Account | undefined;

    constructor(engineAddress: string | undefined) {
        this.#log = new EngineLog(engineAddress);
    }

    async handshake(request: rpc.ProviderHandshakeRequest): Promise<rpc.ProviderHandshakeResponse> {
        this.#log.connect(request.getEngineAddress());
        return new rpc.ProviderHandshakeResponse().setAcceptSecrets(true).setSupportsAutonamingConfiguration(true);
    }

    /** What the engine says instead of a handshake to a plugin that runs already (PULUMI_DEBUG_PROVIDERS). */
    async attach(request: PluginAttach): Promise<Empty> {
        this.#log.connect(request.getAddress());
        return new Empty();
    }

    async getPluginInfo(): Promise<PluginInfo> {
        return new PluginInfo().setVersion(version);
    }

    async getSchema(request: rpc.GetSchemaRequest): Promise<rpc.GetSchemaResponse> {
        if (request.getVersion() > 0) {
            throw new Unimplemented(`There is no schema of version ${request.getVersion()} but 0.`);
        }
        const schema = require("../../schema.json") as object;
        return new rpc.GetSchemaResponse().setSchema(JSON.stringify(schema));
    }

    /** The package was never a Terraform provider, so there is nothing to map. */
    async getMapping(): Promise<rpc.GetMappingResponse> {
        return new rpc.GetMappingResponse();
    }

    async getMappings(): Promise<rpc.GetMappingsResponse> {
        return new rpc.GetMappingsResponse();
    }

    async checkConfig(request: rpc.CheckRequest): Promise<rpc.CheckResponse> {
        return configuration.checkConfig(request, (message) => this.#log.tell(message, "warning", request.getUrn()));
    }

    async diffConfig(request: rpc.DiffRequest): Promise<rpc.DiffResponse> {
        return configuration.diffConfig(request);
    }

    async configure(request: rpc.ConfigureRequest): Promise<rpc.ConfigureResponse> {
        const config = configuration.configOf(request);
        // The HTTP client is the largest part of all, and neither a schema nor a check of the configuration needs it.
        const { platformOf } = await import("../platform.js");
        const platform = platformOf(config, {
            tell: (message, severity) => this.#log.tell(message, severity, calls.getStore()?.urn ?? ""),
            interruption: () => calls.getStore()?.interruption ?? this.#cancellation.signal,
            receipt: () => calls.getStore()?.isAwaited,
        });
        this.#account = { platform, keys: new ApiKeyResource(platform) };
        return new rpc.ConfigureResponse()
            .setAcceptsecrets(true)
            .setSupportspreview(true)
            .setSupportsAutonamingConfiguration(true);
    }

    async check(request: rpc.CheckRequest): Promise<rpc.CheckResponse> {
        return apiKey.check(request, (message) => this.#log.tell(message, "warning", request.getUrn()));
    }

    async diff(request: rpc.DiffRequest): Promise<rpc.DiffResponse> {
        return apiKey.diff(this.#configured().keys, request, (message) =>
            this.#log.tell(message, "info", request.getUrn()),
        );
    }

    async create(request: rpc.CreateRequest): Promise<rpc.CreateResponse> {
        return this.#serve(request, (keys) => apiKey.create(keys, request));
    }

    async read(request: rpc.ReadRequest): Promise<rpc.ReadResponse> {
        return this.#serve(request, (keys) => apiKey.read(keys, request));
    }

    async update(request: rpc.UpdateRequest): Promise<rpc.UpdateResponse> {
        return apiKey.update(this.#configured().keys, request);
    }

    async delete(request: rpc.DeleteRequest): Promise<Empty> {
        return this.#serve(request, (keys) => apiKey.remove(keys, request));
    }

    async list(request: rpc.ListRequest): Promise<readonly rpc.ListResponse[]> {
        return apiKey.list(this.#configured().platform, request);
    }

    async invoke(request: rpc.InvokeRequest): Promise<rpc.InvokeResponse> {
        return functions.invoke(this.#configured().platform, request);
    }

    /**
     * The user's first Ctrl-C: every wait ends. What was asked of Kalshi is let finish, since its answer may hold a private key,
     * and the engine records it.
     */
    async cancel(): Promise<Empty> {
        this.#cancellation.abort(new Error("cancelled"));
        return new Empty();
    }

    #configured(): Account {
        if (this.#account === undefined) {
            throw new ConfigError("apiKeyId", "The provider is not configured: the engine has not called Configure.");
        }
        return this.#account;
    }

    /** Serves a step in a key's life: messages go to its resource, and its `customTimeouts` end its waits. */
    async #serve<T>(
        request: { getUrn(): string; getTimeout(): number },
        step: (keys: ApiKeyResource) => Promise<T>,
    ): Promise<T> {
        const { keys } = this.#configured();
        const seconds = request.getTimeout();
        const { signal } = this.#cancellation;
        const milliseconds = Math.min(Math.ceil(seconds * 1000), longestTimer);
        const interruption = seconds > 0 ? AbortSignal.any([signal, AbortSignal.timeout(milliseconds)]) : signal;
        const isAwaited = calls.getStore()?.isAwaited ?? (() => true);
        return calls.run({ urn: request.getUrn(), interruption, isAwaited }, () => step(keys));
    }
}
