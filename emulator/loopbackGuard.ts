import type { FastifyRequest } from "fastify";
import { flat, type ApiError } from "./errors";

const loopbackNames = ["127.0.0.1", "localhost", "[::1]"];

/**
 * Returns whether a request is for the page or for the emulator's own endpoints. The route decides, because a URL has several spellings:
 * `/%5Femulator/faults` reaches the same endpoint.
 */
export function isControl({ routeOptions, url }: FastifyRequest): boolean {
    const path = routeOptions.url ?? url;
    return path === "/" || path.startsWith("/_emulator/");
}

/**
 * Returns the error for a request that a web page of another origin may have caused, or undefined if there is no sign of that.
 *
 * These endpoints need no signature, and a browser on this machine reaches them. The `Host` shows a foreign name that resolves to a
 * loopback address (DNS rebinding); for the browser, such a page has the emulator's origin. `Origin` and `Sec-Fetch-Site` show the
 * other pages. Programs such as curl send neither.
 */
export function refusalOfForeign({ headers, socket }: FastifyRequest): ApiError | undefined {
    const port = socket.localPort ?? 0;
    const hosts = loopbackNames.flatMap((name) => (port === 80 ? [name, `${name}:80`] : [`${name}:${port}`]));
    if (!hosts.includes(headers.host?.toLowerCase() ?? "")) {
        return flat(403, "foreign_host", `the emulator's own endpoints are only for the hosts ${hosts.join(", ")}`);
    }
    if (headers.origin !== undefined && !hosts.some((host) => headers.origin === `http://${host}`)) {
        return flat(403, "foreign_origin", "the emulator's own endpoints are not for web pages of another origin");
    }
    const site = headers["sec-fetch-site"];
    if (site !== undefined && site !== "same-origin" && site !== "none") {
        return flat(
            403,
            "cross_site",
            `another web page caused this request; to open the emulator's page, type its address: http://127.0.0.1:${port}/`,
        );
    }
    return undefined;
}
