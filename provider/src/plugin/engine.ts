import { type ChannelOptions, Client, connectivityState, credentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import type { Severity } from "../apiKey/platform";
import { printable } from "../kalshi/text";
import { AsyncLocalStorage } from "node:async_hooks";

const severities: Readonly<Record<Severity, LogSeverity>> = { info: LogSeverity.INFO, warning: LogSeverity.WARNING };

/** Writes log messages to the engine, which shows each beside the resource that it concerns. */
export class EngineLog {
    #client: EngineClient | undefined;

    constructor(address: string | undefined) {
        this.connect(address ?? "");
    }

    connect(address: string): void {
        if (address !== "") {
            this.#client = new EngineClient(address, credentials.createInsecure(), withoutProxy);
        }
    }

    /**
     * Sends a message to the engine. Prints it to standard error if there is no engine or it does not take the message.
     *
     * @param urn the resource that the message concerns; empty for the run as a whole
     */
    write(text: string, severity: Severity, urn: string): void {
        const message = printable(text);
        if (this.#client === undefined) {
            console.error(message);
            return;
        }
        const request = new LogRequest().setMessage(message).setSeverity(severities[severity]).setUrn(urn);
        this.#client.log(request, (error) => {
            if (error !== null) {
                console.error(message);
            }
        });
    }
}

/** The engine's call that is being handled, available to all code that runs for it. */
export interface Call {
    /** The URN of the resource; empty if the call concerns no resource. */
    readonly urn: string;
    /** Cancels the call's waits: when the user interrupts the engine, or when the resource's `customTimeouts` expire. */
    readonly interruption?: AbortSignal;
    /** Returns whether the engine still waits for the response. It does not after it has exited. */
    readonly isEngineConnected: () => boolean;
}

export const calls = new AsyncLocalStorage<Call>();

/** The engine runs on this machine, so a connection to it must not use the proxy that the environment names. */
export const withoutProxy: ChannelOptions = { "grpc.enable_http_proxy": 0 };

/**
 * Disables the idle timeout of grpc-js, as far as a timer can: for 24 days. No message is sent on this connection, so grpc-js would
 * close it after half an hour. An engine that is suspended at that moment takes no new connection and would seem to have exited.
 */
const withoutIdleTimeout: ChannelOptions = { "grpc.client_idle_timeout_ms": 2 ** 31 - 1 };

/** Milliseconds within which a running engine accepts a new connection. */
const reconnectTimeout = 10_000;

/**
 * Resolves once the engine that started this process has exited. An engine that was killed sends its providers no signal.
 *
 * The engine has exited if the connection is lost and no new one is accepted. Never resolves if there was no connection.
 */
export async function untilGone(engineAddress: string): Promise<void> {
    const client = new Client(engineAddress, credentials.createInsecure(), { ...withoutProxy, ...withoutIdleTimeout });
    for (
        let deadline = Infinity;
        await lostAfterConnection(client, deadline);
        deadline = Date.now() + reconnectTimeout
    );
    client.close();
}

/** Waits for a connection and then for its loss. Resolves to false if there is no connection before the deadline. */
function lostAfterConnection(client: Client, deadline: number): Promise<boolean> {
    return new Promise((resolve) => {
        client.waitForReady(deadline, (error) => {
            if (error === undefined) {
                client.getChannel().watchConnectivityState(connectivityState.READY, Infinity, () => resolve(true));
            } else {
                resolve(false);
            }
        });
    });
}
