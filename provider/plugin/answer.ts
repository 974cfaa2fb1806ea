import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import type { ServiceError } from "@grpc/grpc-js";
import { calls } from "./calls";
import { untilGone } from "./engineWatch";
import { failureOf } from "./failure";
import { exitCodeOf, isFromEngine, onEndSignal, refusalAfter, untilDisconnected, type EndSignal } from "../endSignals";
import { KalshiProvider } from "./provider";
import type { Answering, Method } from "./server";

/** What goes back to the engine: messages, one except for a stream; or a failure. */
export interface Answer {
    readonly messages: readonly Buffer[];
    readonly failure?: Partial<ServiceError>;
}

type Service = typeof ResourceProviderService;
type Key<M extends Method> = Uncapitalize<M>;
/** What serves the methods: each takes the message of its request and returns those of its answer. */
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
const calling: ReadonlySet<Method> = new Set<Method>(["Create", "Read", "Delete", "List", "Invoke"]);

/**
 * Messages in and out of their bytes, and every error into one that the engine understands.
 *
 * When the process is told to end or the engine is gone, waits end, nothing new begins, and what was sent to Kalshi is finished
 * first. The engine sends SIGINT, and 5 seconds later SIGKILL. After any other signal the process ends with its connections:
 * if it ended earlier, the engine would report a bug in the provider.
 * Source: pulumi/pulumi v3.250.0, sdk/go/common/resource/plugin/plugin.go, ExecPlugin and Close.
 *
 * A signal before the first call finds no listener and ends the process at once: nothing is in flight then.
 *
 * @param close takes no more calls, and waits until those that the engine waits for are answered
 */
export function answering(engineAddress: string | undefined, close: () => Promise<void>): Answering {
    const provider = new KalshiProvider(engineAddress);
    const answer = answeringBy(provider);
    const underWay = new Set<Promise<Answer>>();
    let toldBy: EndSignal | undefined;
    const stop = async (signal: EndSignal): Promise<void> => {
        toldBy ??= signal;
        await provider.cancel();
        await Promise.allSettled(underWay);
    };
    const end = async (signal: EndSignal): Promise<void> => {
        await stop(signal);
        await close();
        process.exit(exitCodeOf(toldBy ?? signal));
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
        if (toldBy !== undefined && calling.has(call[0])) {
            return { messages: [], failure: failureOf(refusalAfter(toldBy)) };
        }
        const answered = answer(...call).finally(() => underWay.delete(answered));
        underWay.add(answered);
        return answered;
    };
}

function answeringBy(provider: Handlers): Answering {
    return async (method, request, isAwaited) => {
        const key = (method.slice(0, 1).toLowerCase() + method.slice(1)) as Key<Method>;
        const { requestDeserialize, responseSerialize } = ResourceProviderService[key];
        try {
            const answer = await calls.run({ urn: "", isAwaited }, () =>
                provider[key](requestDeserialize(request) as never),
            );
            const messages = Array.isArray(answer) ? answer : [answer];
            return { messages: messages.map((message) => responseSerialize(message as never)) };
        } catch (error) {
            return { messages: [], failure: failureOf(error) };
        }
    };
}
