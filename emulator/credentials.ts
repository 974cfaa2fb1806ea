import type { AddressInfo } from "node:net";
import type { FastifyInstance } from "fastify";
import { rootKeyFile, type Account } from "./account";

/** The variables by which a program uses the account. They hold the path of the private key's file, and no secret. */
export interface Variables {
    readonly KALSHI_BASE_URL: string;
    readonly KALSHI_API_KEY_ID: string;
    readonly KALSHI_PRIVATE_KEY_PATH: string;
}

/** Returns `http://127.0.0.1:PORT` of a server that listens. */
export function originOf({ server }: FastifyInstance): string {
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export function variablesOf(server: FastifyInstance, account: Account, dataDir: string): Variables {
    return {
        KALSHI_BASE_URL: `${originOf(server)}/trade-api/v2`,
        KALSHI_API_KEY_ID: account.rootKeyId,
        KALSHI_PRIVATE_KEY_PATH: rootKeyFile(dataDir),
    };
}

/** Returns the shell commands that export the variables, one a line: the content of `credentials.env`. */
export function exportsOf(variables: Variables): string {
    return Object.entries(variables)
        .map(([name, value]: [string, string]) => `export ${name}='${value.replaceAll("'", "'\\''")}'\n`)
        .join("");
}
