import { Client, connectivityState, credentials, type ChannelOptions } from "@grpc/grpc-js";

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
