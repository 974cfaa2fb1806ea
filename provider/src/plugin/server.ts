import {
    Server,
    ServerCredentials,
    type sendUnaryData,
    type ServerUnaryCall,
    type ServerWritableStream,
    type ServiceDefinition,
    type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import type { CallResult } from "./callHandler";

/**
 * The methods that the engine calls, by their names in the protocol. Only `List` responds with a stream.
 * Source: pulumi/pulumi, proto/pulumi/provider.proto.
 */
const methods = [
    "Handshake",
    "GetPluginInfo",
    "GetSchema",
    "CheckConfig",
    "DiffConfig",
    "Configure",
    "Check",
    "Diff",
    "Create",
    "Read",
    "Update",
    "Delete",
    "List",
    "Invoke",
    "Cancel",
    "Attach",
    "GetMapping",
    "GetMappings",
] as const;
export type Method = (typeof methods)[number];

/** Bytes. The engine's own limit, although no message here is larger than the schema. */
const maxMessageSize = 400 * 1024 * 1024;

/**
 * Starts the gRPC server on a free port of the loopback interface.
 *
 * It loads only the transport. The first call loads the rest, because the engine starts the plugin for every stack that names it
 * and waits for its port.
 *
 * @param engineAddress where the engine receives log messages, unless its handshake names another address
 * @returns the port
 */
export async function serve(engineAddress: string | undefined): Promise<number> {
    const server = new Server({
        "grpc.max_receive_message_length": maxMessageSize,
        "grpc.max_send_message_length": maxMessageSize,
    });
    const close = () => new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
    let loading: Promise<CallHandler> | undefined;
    server.addService(
        definition(),
        implementation(async (method, request, isEngineConnected) => {
            loading ??= import("./callHandler.js").then(({ createCallHandler }) =>
                createCallHandler(engineAddress, close),
            );
            return (await loading)(method, request, isEngineConnected);
        }),
    );
    return new Promise((resolve, reject) => {
        server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
            if (error === null) {
                resolve(port);
            } else {
                reject(error);
            }
        });
    });
}

/** Defines methods that take and return bytes, because the message classes are large and are loaded later. */
function definition(): ServiceDefinition {
    const pass = (bytes: Buffer) => bytes;
    return Object.fromEntries(
        methods.map((method) => [
            method,
            {
                path: `/pulumirpc.ResourceProvider/${method}`,
                requestStream: false,
                responseStream: method === "List",
                requestSerialize: pass,
                requestDeserialize: pass,
                responseSerialize: pass,
                responseDeserialize: pass,
            },
        ]),
    );
}

/** @param isEngineConnected returns whether the engine still waits for the response */
export type CallHandler = (method: Method, request: Buffer, isEngineConnected: () => boolean) => Promise<CallResult>;

function implementation(handle: CallHandler): UntypedServiceImplementation {
    return Object.fromEntries(
        methods.map((method) => [method, method === "List" ? streaming(handle, method) : unary(handle, method)]),
    );
}

// A handler returns failures and does not throw. An exception here is an internal error and ends the process.

function unary(handle: CallHandler, method: Method) {
    return (call: ServerUnaryCall<Buffer, Buffer>, callback: sendUnaryData<Buffer>): void => {
        void handle(method, call.request, () => !call.cancelled).then(({ messages, failure }) =>
            callback(failure ?? null, messages[0]),
        );
    };
}

function streaming(handle: CallHandler, method: Method) {
    return (call: ServerWritableStream<Buffer, Buffer>): void => {
        void handle(method, call.request, () => !call.cancelled).then(({ messages, failure }) => {
            if (failure !== undefined) {
                call.emit("error", failure);
                return;
            }
            messages.forEach((message) => call.write(message));
            call.end();
        });
    };
}
