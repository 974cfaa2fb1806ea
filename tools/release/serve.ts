import fastifyStatic from "@fastify/static";
import { fastify } from "fastify";

/** Serves the files of a folder on a free port of the loopback address, as a server of plugins does. */
export async function serveFolder(
    folder: string,
): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
    const server = fastify();
    await server.register(fastifyStatic, { root: folder });
    return { url: await server.listen({ host: "127.0.0.1", port: 0 }), close: () => server.close() };
}
