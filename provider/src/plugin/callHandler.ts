import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import type { ServiceError } from "@grpc/grpc-js";
import { calls, untilGone } from "./engine";
import { failureOf } from "./grpcErrors";
import { exitCodeOf, isFromEngine, onEndSignal, refusalAfter, untilDisconnected, type EndSignal } from "../endSignals";
import { KalshiProvider } from "./provider";
import type { CallHandler, Method } from "./server";

/** The result of an engine's call: its response messages (exactly one, unless it is a stream), or a failure. */
export interface CallResult {
    readonly messages: readonly Buffer[];
    readonly failure?: Partial<ServiceError>;
}

type Service = typeof ResourceProviderService;
type Key<M extends Method> = Uncapitalize<M>;
/** One handler per gRPC method. Each takes the request message and returns the response message, or for `List` all of them. */
export type Handlers = {
    readonly [M in Method as Key<M>]: (
        request: ReturnType<Service[Key<M>]["requestDeserialize"]>,
    ) => Promise<
        M extends "List"
            ? readonly Parameters<Service["list"]["responseSerialize"]>[0][]
            : Parameters<Service[Key<M>]["responseSerialize"]>[0]
    >;
};

/** The methods that call Kalshi. */
const kalshiMethods: ReadonlySet<Method> = new Set<Method>(["Create", "Read", "Update", "Delete", "List", "Invoke"]);

/**
 * Returns the function that handles the engine's calls. It decodes requests, encodes responses and converts every error to a
 * gRPC failure.
 *
 * When the process receives an end signal, or the engine has exited, the provider cancels its waits, starts no new calls to
 * Kalshi, and exits after the calls in flight. The engine sends SIGINT, and SIGKILL 5 seconds later. After any other signal the
 * process exits once its connections are closed. If it exited earlier, the engine would report a bug in the provider.
 * Source: pulumi/pulumi v3.250.0, sdk/go/common/resource/plugin/plugin.go, ExecPlugin and Close.
 *
 * A signal before the first call ends the process at once, because no listener exists yet and no call is in flight.
 *
 * @param close stops accepting calls, and resolves once the engine has every response that it waits for
 */
export function createCallHandler(engineAddress: string | undefined, close: () => Promise<void>): CallHandler {
    const provider = new KalshiProvider(engineAddress);
    const handle = handlerOf(provider);
    const inFlight = new Set<Promise<CallResult>>();
    let endSignal: EndSignal | undefined;
    const stop = async (signal: EndSignal): Promise<void> => {
        endSignal ??= signal;
        await provider.cancel();
        await Promise.allSettled(inFlight);
    };
    const end = async (signal: EndSignal): Promise<void> => {
        await stop(signal);
        await close();
        process.exit(exitCodeOf(endSignal ?? signal));
    };
    onEndSignal((signal) => {
        void (isFromEngine(signal)
            ? end(signal)
            : stop(signal)
                  .then(() => untilDisconnected())
                  .then(() => end(signal)));
    });
    if (engineAddress !== undefined) {
        void untilGone(engineAddress).then(() => end("SIGINT"));
    }
    return async (...call) => {
        if (endSignal !== undefined && kalshiMethods.has(call[0])) {
            return { messages: [], failure: failureOf(refusalAfter(endSignal)) };
        }
        const result = handle(...call).finally(() => inFlight.delete(result));
        inFlight.add(result);
        return result;
    };
}

function handlerOf(provider: Handlers): CallHandler {
    return async (method, request, isEngineConnected) => {
        const key = (method.slice(0, 1).toLowerCase() + method.slice(1)) as Key<Method>;
        const { requestDeserialize, responseSerialize } = ResourceProviderService[key];
        try {
            const response = await calls.run({ urn: "", isEngineConnected }, () =>
                provider[key](requestDeserialize(request) as never),
            );
            const messages = Array.isArray(response) ? response : [response];
            return { messages: messages.map((message) => responseSerialize(message as never)) };
        } catch (error) {
            return { messages: [], failure: failureOf(error) };
        }
    };
}
