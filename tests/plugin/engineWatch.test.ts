import { once } from "node:events";
import { createServer, type Http2Server, type ServerHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { cleanUp, onCleanUp } from "../support/harness";
import { Plugin } from "../support/plugin";

afterEach(cleanUp);

/** Starts a server that accepts connections as the engine does. */
async function engine(): Promise<Http2Server> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    onCleanUp(async () => void server.close());
    return server;
}

const addressOf = (server: Http2Server) => `127.0.0.1:${(server.address() as AddressInfo).port}`;

/** Waits for the plugin's next connection. */
const connection = async (server: Http2Server) => ((await once(server, "session")) as [ServerHttp2Session])[0];

test("the plugin survives a lost connection and exits when its engine has ended", async () => {
    const server = await engine();
    // The plugin must ignore the proxy, which does not exist. With tracing the engine passes two arguments before its
    // address.
    // Its clock is fast, because it waits 10 s for its engine to accept a new connection.
    const fastTime = join(__dirname, "..", "support", "fastTime.cjs");
    const env = { http_proxy: "http://127.0.0.1:1", NODE_OPTIONS: `--require=${fastTime}` };
    const plugin = await Plugin.start(env, "--tracing", "tcp://127.0.0.1:1", addressOf(server));
    const connected = connection(server);
    await plugin.check({});
    const connectedAnew = connection(server);
    (await connected).destroy();
    const last = await connectedAnew;
    await plugin.check({});

    const ended = once(plugin.process, "exit");
    server.close();
    last.destroy();
    expect(await ended).toEqual([0, null]);
});
