import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { PluginInfo, type PluginAttach } from "@pulumi/pulumi/proto/plugin_pb";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { UserError } from "../userError";
import { ApiKeyResource } from "../apiKey/resource";
import { RotatingApiKeyResource } from "../rotatingApiKey/resource";
import type { Platform, Severity } from "../apiKey/platform";
import type { Handlers } from "./callHandler";
import * as apiKey from "./apiKeyMethods";
import * as rotatingApiKey from "./rotatingApiKeyMethods";
import { typeOf } from "./requests";
import { calls, EngineLog } from "./engine";
import * as configuration from "./providerConfig";
import { Unimplemented } from "./grpcErrors";
import * as functions from "./invoke";
import { pluginType, rotatingPluginType, version } from "../package";

/** Milliseconds, 24 days. A longer timer would fire at once. Timers take whole milliseconds only. */
const longestTimer = 2 ** 31 - 1;

/** The account of the provider's configuration. */
interface Account {
    readonly platform: Platform;
    readonly keys: ApiKeyResource;
    readonly rotatingKeys: RotatingApiKeyResource;
}

/** The methods of a resource. */
interface ResourceMethods {
    readonly check: (request: rpc.CheckRequest, warn: (message: string) => void) => rpc.CheckResponse;
    readonly diff: (
        account: Account,
        request: rpc.DiffRequest,
        log: (message: string, severity: Severity) => void,
    ) => rpc.DiffResponse;
    readonly create: (account: Account, request: rpc.CreateRequest) => Promise<rpc.CreateResponse>;
    readonly read: (
        account: Account,
        request: rpc.ReadRequest,
        log: (message: string) => void,
    ) => Promise<rpc.ReadResponse>;
    readonly update: (account: Account, request: rpc.UpdateRequest) => Promise<rpc.UpdateResponse>;
    readonly remove: (account: Account, request: rpc.DeleteRequest) => Promise<Empty>;
}

/** The resources that the plugin serves, by their type tokens. */
const resources: Readonly<Record<string, ResourceMethods>> = {
    [pluginType]: {
        check: apiKey.check,
        diff: ({ keys }, request, log) => apiKey.diff(keys, request, log),
        create: ({ keys }, request) => apiKey.create(keys, request),
        read: ({ keys }, request, log) => apiKey.read(keys, request, log),
        update: async ({ keys }, request) => apiKey.update(keys, request),
        remove: ({ keys }, request) => apiKey.remove(keys, request),
    },
    [rotatingPluginType]: {
        check: rotatingApiKey.check,
        diff: ({ rotatingKeys }, request, log) => rotatingApiKey.diff(rotatingKeys, request, log),
        create: ({ rotatingKeys }, request) => rotatingApiKey.create(rotatingKeys, request),
        read: ({ rotatingKeys }, request, log) => rotatingApiKey.read(rotatingKeys, request, log),
        update: ({ rotatingKeys }, request) => rotatingApiKey.update(rotatingKeys, request),
        remove: ({ rotatingKeys }, request) => rotatingApiKey.remove(rotatingKeys, request),
    },
};

function methodsOf(type: string): ResourceMethods {
    const methods = Object.hasOwn(resources, type) ? resources[type] : undefined;
    if (methods === undefined) {
        throw new Unimplemented(
            `The Kalshi provider has no resource ${type}; it has ${Object.keys(resources).join(" and ")}.`,
        );
    }
    return methods;
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
        const keys = new ApiKeyResource(platform);
        this.#account = { platform, keys, rotatingKeys: new RotatingApiKeyResource(platform, keys) };
        return new rpc.ConfigureResponse()
            .setAcceptsecrets(true)
            .setSupportspreview(true)
            .setSupportsAutonamingConfiguration(true);
    }

    async check(request: rpc.CheckRequest): Promise<rpc.CheckResponse> {
        return methodsOf(typeOf(request)).check(request, (message) =>
            this.#log.write(message, "warning", request.getUrn()),
        );
    }

    async diff(request: rpc.DiffRequest): Promise<rpc.DiffResponse> {
        return methodsOf(typeOf(request)).diff(this.#configured(), request, (message, severity) =>
            this.#log.write(message, severity, request.getUrn()),
        );
    }

    async create(request: rpc.CreateRequest): Promise<rpc.CreateResponse> {
        return this.#serve(request, (account, methods) => methods.create(account, request));
    }

    async read(request: rpc.ReadRequest): Promise<rpc.ReadResponse> {
        return this.#serve(request, (account, methods) =>
            methods.read(account, request, (message) => this.#log.write(message, "info", request.getUrn())),
        );
    }

    async update(request: rpc.UpdateRequest): Promise<rpc.UpdateResponse> {
        return this.#serve(request, (account, methods) => methods.update(account, request));
    }

    async delete(request: rpc.DeleteRequest): Promise<Empty> {
        return this.#serve(request, (account, methods) => methods.remove(account, request));
    }

    async list(request: rpc.ListRequest): Promise<readonly rpc.ListResponse[]> {
        if (request.getToken() !== pluginType) {
            throw new Unimplemented(`The Kalshi provider lists only ${pluginType}, not ${request.getToken()}.`);
        }
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
        request: { getType(): string; getUrn(): string; getTimeout(): number },
        step: (account: Account, methods: ResourceMethods) => Promise<T>,
    ): Promise<T> {
        const [account, methods] = [this.#configured(), methodsOf(typeOf(request))];
        const seconds = request.getTimeout();
        const { signal } = this.#cancellation;
        const milliseconds = Math.min(Math.ceil(seconds * 1000), longestTimer);
        const interruption = seconds > 0 ? AbortSignal.any([signal, AbortSignal.timeout(milliseconds)]) : signal;
        const isEngineConnected = calls.getStore()?.isEngineConnected ?? (() => true);
        return calls.run({ urn: request.getUrn(), interruption, isEngineConnected }, () => step(account, methods));
    }
}
