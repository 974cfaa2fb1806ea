import { once } from "node:events";
import { createServer, type Http2Server, type ServerHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import { cleanUp, onCleanUp } from "../harness";
import { Plugin } from "./plugin";

afterEach(cleanUp);

/** What takes connections as an engine does. */
async function engine(): Promise<Http2Server> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    onCleanUp(async () => void server.close());
    return server;
}

const addressOf = (server: Http2Server) => `127.0.0.1:${(server.address() as AddressInfo).port}`;

/** The next connection that the plugin makes. */
const connection = async (server: Http2Server) => ((await once(server, "session")) as [ServerHttp2Session])[0];

test("the plugin outlives a connection that is lost, and ends with its engine", async () => {
    const server = await engine();
    // Through a proxy there would be no connection, and an engine that traces says so ahead of its address.
    const env = { http_proxy: "http://127.0.0.1:1" };
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
