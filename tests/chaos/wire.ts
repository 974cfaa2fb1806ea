import { once } from "node:events";
import { Agent, request as httpRequest, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { signedHeaders, type Credentials } from "../../provider/src/kalshi/auth";

/** An HTTP request without the headers that the client adds. */
export interface HttpRequest {
    readonly method: string;
    readonly path: string;
    readonly headers: readonly Header[];
    readonly body: string;
}
export type Header = readonly [name: string, value: string];

export function signed(request: HttpRequest, credentials: Credentials): HttpRequest {
    const { method, path, headers } = request;
    return {
        ...request,
        headers: [...headers, ...Object.entries(signedHeaders(credentials, method, path, Date.now()))],
    };
}

/** Sends requests to a server over one connection by Node's client, and raw bytes over a new connection each time. */
export class Wire {
    readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
    readonly #server: URL;

    constructor(origin: string) {
        this.#server = new URL(origin);
    }

    async send({ method, path, headers, body }: HttpRequest): Promise<{ status: number; body: string }> {
        const framing = { host: this.#server.host, "content-length": String(Buffer.byteLength(body)) };
        const outgoing = httpRequest(this.#server, {
            agent: this.#agent,
            method,
            path,
            headers: [...headers, ...Object.entries(framing)].flat(),
        });
        outgoing.end(body);
        const [incoming] = (await once(outgoing, "response")) as [IncomingMessage];
        return { status: incoming.statusCode ?? 0, body: await text(incoming) };
    }

    /** Sends bytes, and returns everything that the server sends until it closes the connection. */
    async sendBytes(bytes: Uint8Array): Promise<string> {
        const socket = connect(Number(this.#server.port), this.#server.hostname);
        socket.end(bytes);
        return text(socket);
    }

    close(): void {
        this.#agent.destroy();
    }
}
