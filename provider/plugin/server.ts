import {
    Server,
    ServerCredentials,
    type sendUnaryData,
    type ServerUnaryCall,
    type ServerWritableStream,
    type ServiceDefinition,
    type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import type { Answer } from "./answer";

/**
 * What the engine calls, by its names in the protocol; of these `List` alone answers with a stream.
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

/** A message holds no more than a schema or the state of one key, but the engine's own limit is this one. */
const longestMessage = 400 * 1024 * 1024;

/**
 * Starts to serve on a free port of the loopback interface.
 *
 * Until the first call comes, the transport alone is loaded: the engine starts a plugin for every stack that names it, and
 * waits for its port.
 *
 * @param engineAddress where the engine takes log messages, until a handshake says otherwise
 * @returns the port
 */
export async function serve(engineAddress: string | undefined): Promise<number> {
    const server = new Server({
        "grpc.max_receive_message_length": longestMessage,
        "grpc.max_send_message_length": longestMessage,
    });
    const close = () => new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
    let loading: Promise<Answering> | undefined;
    server.addService(
        definition(),
        implementation(async (method, request, isAwaited) => {
            loading ??= import("./answer.js").then(({ answering }) => answering(engineAddress, close));
            return (await loading)(method, request, isAwaited);
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

/** The classes of the messages are large, so the transport passes on the bytes. */
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

/** @param isAwaited whether the engine still waits for the answer */
export type Answering = (method: Method, request: Buffer, isAwaited: () => boolean) => Promise<Answer>;

function implementation(answer: Answering): UntypedServiceImplementation {
    return Object.fromEntries(
        methods.map((method) => [method, method === "List" ? streaming(answer, method) : unary(answer, method)]),
    );
}

// A failure is an answer too. What is thrown here is a mistake of ours, and ends the process.

function unary(answer: Answering, method: Method) {
    return (call: ServerUnaryCall<Buffer, Buffer>, callback: sendUnaryData<Buffer>): void => {
        void answer(method, call.request, () => !call.cancelled).then(({ messages, failure }) =>
            callback(failure ?? null, messages[0]),
        );
    };
}

function streaming(answer: Answering, method: Method) {
    return (call: ServerWritableStream<Buffer, Buffer>): void => {
        void answer(method, call.request, () => !call.cancelled).then(({ messages, failure }) => {
            if (failure !== undefined) {
                call.emit("error", failure);
                return;
            }
            messages.forEach((message) => call.write(message));
            call.end();
        });
    };
}
