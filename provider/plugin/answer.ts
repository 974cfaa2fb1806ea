import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import type { ServiceError } from "@grpc/grpc-js";
import { calls } from "./calls";
import { untilGone } from "./engineWatch";
import { failureOf } from "./failure";
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

/**
 * Messages in and out of their bytes, and every error into one that the engine understands.
 *
 * Where the engine ends the process (SIGINT, and 5 seconds later SIGKILL) or is gone itself, what has begun at Kalshi comes to its
 * end first. Source: pulumi/pulumi, sdk/go/common/resource/plugin/plugin.go, Close.
 *
 * @param close takes no more calls, and waits until those that the engine waits for are answered
 */
export function answering(engineAddress: string | undefined, close: () => Promise<void>): Answering {
    const provider = new KalshiProvider(engineAddress);
    const answer = answeringBy(provider);
    const underWay = new Set<Promise<Answer>>();
    const end = async (): Promise<void> => {
        await provider.cancel();
        await Promise.allSettled(underWay);
        await close();
        process.exit();
    };
    // On Windows the engine sends CTRL_BREAK instead. Source: sdk/go/common/util/cmdutil/term.go.
    process.on("SIGINT", () => void end()).on("SIGBREAK", () => void end());
    if (engineAddress !== undefined) {
        void untilGone(engineAddress).then(end);
    }
    return (...call) => {
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
