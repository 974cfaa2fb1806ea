import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { PluginInfo, type PluginAttach } from "@pulumi/pulumi/proto/plugin_pb";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { UserError } from "../userError";
import { ApiKeyResource } from "../apiKey/resource";
import type { Platform } from "../apiKey/platform";
import type { Handlers } from "./callHandler";
import * as apiKey from "./apiKeyMethods";
import { calls, EngineLog } from "./engine";
import * as configuration from "./providerConfig";
import { Unimplemented } from "./grpcErrors";
import * as functions from "./invoke";
import { version } from "../package";

/** Milliseconds, 24 days. A longer timer would fire at once. Timers take whole milliseconds only. */
const longestTimer = 2 ** 31 - 1;

/** The account of the provider's configuration. */
interface Account {
    readonly platform: Platform;
    readonly keys: ApiKeyResource;
}

/**
 * Implements the plugin's gRPC methods. They are in the order in which the engine calls them: start and configuration, the lifecycle
 * of a resource, then functions and commands. One process serves one configuration.
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

    /** The engine calls this instead of Handshake if the plugin already runs (PULUMI_DEBUG_PROVIDERS). */
    async attach(request: PluginAttach): Promise<Empty> {
        this.#log.connect(request.getAddress());
        return new Empty();
    }

    async getPluginInfo(): Promise<PluginInfo> {
        return new PluginInfo().setVersion(version);
    }

    async getSchema(request: rpc.GetSchemaRequest): Promise<rpc.GetSchemaResponse> {
        if (request.getVersion() > 0) {
            throw new Unimplemented(
                `The Kalshi provider has no schema of version ${request.getVersion()}; it has version 0.`,
            );
        }
        const schema = require("../../../schema.json") as object;
        return new rpc.GetSchemaResponse().setSchema(JSON.stringify(schema));
    }

    /** Returns no mapping, because this package is not based on a Terraform provider. */
    async getMapping(): Promise<rpc.GetMappingResponse> {
        return new rpc.GetMappingResponse();
    }

    async getMappings(): Promise<rpc.GetMappingsResponse> {
        return new rpc.GetMappingsResponse();
    }

    async checkConfig(request: rpc.CheckRequest): Promise<rpc.CheckResponse> {
        return configuration.checkConfig(request, (message, severity) =>
            this.#log.write(message, severity, request.getUrn()),
        );
    }

    async diffConfig(request: rpc.DiffRequest): Promise<rpc.DiffResponse> {
        return configuration.diffConfig(request);
    }

    async configure(request: rpc.ConfigureRequest): Promise<rpc.ConfigureResponse> {
        const config = configuration.configOf(request);
        // Loaded late, because the HTTP client is the largest dependency, and neither GetSchema nor CheckConfig needs it.
        const { platformOf } = await import("../createPlatform.js");
        const platform = platformOf(config, {
            log: (message, severity) => this.#log.write(message, severity, calls.getStore()?.urn ?? ""),
            interruption: () => calls.getStore()?.interruption ?? this.#cancellation.signal,
            connectionCheck: () => calls.getStore()?.isEngineConnected,
        });
        this.#account = { platform, keys: new ApiKeyResource(platform) };
        return new rpc.ConfigureResponse()
            .setAcceptsecrets(true)
            .setSupportspreview(true)
            .setSupportsAutonamingConfiguration(true);
    }

    async check(request: rpc.CheckRequest): Promise<rpc.CheckResponse> {
        return apiKey.check(request, (message) => this.#log.write(message, "warning", request.getUrn()));
    }

    async diff(request: rpc.DiffRequest): Promise<rpc.DiffResponse> {
        return apiKey.diff(this.#configured().keys, request, (message) =>
            this.#log.write(message, "info", request.getUrn()),
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
     * Handles the user's first Ctrl-C: cancels every wait. Requests that were sent to Kalshi finish, because a response may hold a
     * private key that the engine has to record.
     */
    async cancel(): Promise<Empty> {
        this.#cancellation.abort(new Error("cancelled"));
        return new Empty();
    }

    #configured(): Account {
        if (this.#account === undefined) {
            throw new UserError(
                "KALSHI_INTERNAL_ERROR",
                "The provider is not configured: the engine has not called Configure.",
            );
        }
        return this.#account;
    }

    /** Runs a lifecycle step of a key. Its log messages go to its resource, and its `customTimeouts` cancel its waits. */
    async #serve<T>(
        request: { getUrn(): string; getTimeout(): number },
        step: (keys: ApiKeyResource) => Promise<T>,
    ): Promise<T> {
        const { keys } = this.#configured();
        const seconds = request.getTimeout();
        const { signal } = this.#cancellation;
        const milliseconds = Math.min(Math.ceil(seconds * 1000), longestTimer);
        const interruption = seconds > 0 ? AbortSignal.any([signal, AbortSignal.timeout(milliseconds)]) : signal;
        const isEngineConnected = calls.getStore()?.isEngineConnected ?? (() => true);
        return calls.run({ urn: request.getUrn(), interruption, isEngineConnected }, () => step(keys));
    }
}
