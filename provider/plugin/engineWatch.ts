import { Client, connectivityState, credentials, type ChannelOptions } from "@grpc/grpc-js";

/** The engine is on this machine, behind no proxy; grpc-js would go through one that the environment names. */
export const directly: ChannelOptions = { "grpc.enable_http_proxy": 0 };

/**
 * Nothing is said on the connection, so grpc-js would close it after half an hour, and an engine that cannot answer just then, since
 * somebody has stopped it for a while, would be taken for gone. This is as long as a timer can be, 24 days.
 */
const kept: ChannelOptions = { "grpc.client_idle_timeout_ms": 2 ** 31 - 1 };

/** Milliseconds in which an engine that lives has taken a new connection. */
const reconnection = 10_000;

/**
 * Ends once the engine that started this process is gone without having ended it: it was killed, and nobody else would.
 *
 * A connection that is lost proves nothing by itself; an engine that takes no new one is gone. One that was never there is not
 * missed.
 */
export async function untilGone(engineAddress: string): Promise<void> {
    const client = new Client(engineAddress, credentials.createInsecure(), { ...directly, ...kept });
    for (let deadline = Infinity; await lostAfterConnection(client, deadline); deadline = Date.now() + reconnection);
    client.close();
}

/** Whether there was a connection before the deadline; it is lost by then. */
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
