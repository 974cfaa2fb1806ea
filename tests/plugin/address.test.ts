import { once } from "node:events";
import { connect } from "node:net";
import { cleanUp } from "../support/harness";
import { Plugin } from "../support/plugin";

afterEach(cleanUp);

/** Only Linux accepts connections on all of 127.0.0.0/8 without further setup. */
const testOnLinux = process.platform === "linux" ? test : test.skip;

testOnLinux("the plugin listens only on 127.0.0.1", async () => {
    const plugin = await Plugin.start({});
    const port = Number(plugin.client.getChannel().getTarget().split(":").at(-1));
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    socket.destroy();
    // A server that listens on all addresses would accept this connection, too.
    await expect(once(connect(port, "127.0.0.2"), "connect")).rejects.toMatchObject({ code: "ECONNREFUSED" });
});
