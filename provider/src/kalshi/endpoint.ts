import { isIPv4 } from "node:net";

/** The server that requests go to, and the environment that its keys belong to. */
export interface Endpoint {
    /** The URL up to and including `/trade-api/v2`, without a trailing slash. */
    readonly baseUrl: string;
    /** `prod`, `demo`, or the base URL itself for any other server. A key exists in one environment only. */
    readonly environment: string;
}

/**
 * Kalshi's environments by name. Source: docs.kalshi.com, OpenAPI 3.34.0 `servers` and getting_started/api_environments.
 *
 * @inline
 */
export type Environment = "prod" | "demo";

const apiPath = "/trade-api/v2";

/** The recommended host comes first; the others serve the same accounts and keys. Source: as {@link Environment}. */
const hosts: Readonly<Record<Environment, readonly [string, ...string[]]>> = {
    prod: ["external-api.kalshi.com", "api.elections.kalshi.com"],
    demo: ["external-api.demo.kalshi.co", "demo-api.kalshi.co"],
};

/** Returns the endpoint that Kalshi recommends for an environment. */
export function endpointOf(environment: Environment): Endpoint {
    return { baseUrl: `https://${hosts[environment][0]}${apiPath}`, environment };
}

/**
 * Parses a base URL and determines its environment.
 *
 * @param text an absolute URL up to and including `/trade-api/v2`; `https`, or `http` on a loopback address
 * @throws Error that says what is wrong with the URL, with an example of a valid one
 */
export function parseBaseUrl(text: string): Endpoint {
    const url = URL.parse(text);
    if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) {
        throw new Error(`not an http(s) URL; expected something like ${endpointOf("demo").baseUrl}`);
    }
    if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
        throw new Error("must hold no user, password, query or fragment");
    }
    if (url.protocol === "http:" && !isLoopback(url.hostname)) {
        throw new Error(
            `plain http is accepted for a loopback address only, since anyone between here and ${url.hostname} ` +
                `could read private keys from the answers; use https://${url.host}${url.pathname}`,
        );
    }
    const path = url.pathname.replace(/\/+$/, "");
    const known = (Object.keys(hosts) as Environment[]).find((name) => hosts[name].includes(url.host));
    if (known !== undefined && path !== apiPath) {
        throw new Error(`Kalshi serves ${url.host} at exactly ${url.origin}${apiPath}`);
    }
    if (!path.endsWith(apiPath)) {
        throw new Error(`must end with ${apiPath}, for example ${url.origin}${apiPath}`);
    }
    const baseUrl = url.origin + path;
    return { baseUrl, environment: known ?? baseUrl };
}

/** Returns an endpoint's environment and URL for a message, or only the URL if the environment is the URL. */
export function describeEndpoint({ environment, baseUrl }: Endpoint): string {
    return environment === baseUrl ? baseUrl : `${environment} (${baseUrl})`;
}

/** Returns whether an endpoint is a server on this machine, such as an emulator. */
export function isOnThisMachine({ baseUrl }: Endpoint): boolean {
    return isLoopback(new URL(baseUrl).hostname);
}

function isLoopback(hostname: string): boolean {
    return hostname === "localhost" || hostname === "[::1]" || (isIPv4(hostname) && hostname.startsWith("127."));
}
