import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { Emulator } from "../../emulator/index";
import { onCleanUp } from "./harness";

export interface ProxyResponse {
    readonly status: number;
    readonly body: string;
    readonly contentType?: string;
}

/** A proxy whose behaviour a test changes while it runs. */
export interface Proxy {
    baseUrl: string;
    /** Changes the response that the proxy received. */
    change: ((answer: ProxyResponse) => ProxyResponse) | undefined;
    /** The response to every request; set, the proxy forwards nothing. */
    instead: ProxyResponse | undefined;
    /** Returns the origin to forward a request to, by its signing key's id. */
    originOf: (keyId: unknown) => string;
}

/** Starts a proxy between the provider and the emulator that can change, replace or redirect what it forwards. */
export async function startProxy(emulator: Emulator): Promise<Proxy> {
    const proxy: Proxy = {
        baseUrl: "",
        change: undefined,
        instead: undefined,
        originOf: () => emulator.origin,
    };
    const server = createServer((request, response) => {
        const forward = async (): Promise<ProxyResponse> => {
            const dropped = new Set(["host", "connection", "content-length", "accept-encoding"]);
            const headers = Object.entries(request.headers).filter(([name]) => !dropped.has(name)) as [
                string,
                string,
            ][];
            const body = await text(request);
            const origin = proxy.originOf(request.headers["kalshi-access-key"]);
            const passed = await fetch(origin + (request.url ?? ""), {
                method: request.method ?? "",
                headers,
                body: body === "" ? null : body,
            });
            const answer = { status: passed.status, body: await passed.text() };
            return proxy.change?.(answer) ?? answer;
        };
        const answer = async () => {
            const { status, body, contentType = "application/json" } = proxy.instead ?? (await forward());
            // The emulator's mark, which the live suite requires of a server on this machine.
            const mark = proxy.instead === undefined ? { "x-kalshi-emulator": "behind a proxy" } : {};
            response.writeHead(status, { "content-type": contentType, ...mark }).end(body);
        };
        answer().catch(() => response.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onCleanUp(async () => {
        server.closeAllConnections();
        server.close();
    });
    proxy.baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/trade-api/v2`;
    return proxy;
}
