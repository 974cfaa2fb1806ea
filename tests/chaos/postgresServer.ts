import { spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { findPostgres, type Postgres } from "../../tools/postgres";
import { mustRun } from "../../tools/processes";
import { onCleanUp, scratchFolder } from "../support/harness";
import { report } from "./extent";

/** Returns undefined if PostgreSQL is not installed. In CI the command fails earlier. */
function installedPostgres(): Postgres | undefined {
    try {
        return findPostgres();
    } catch (error) {
        report(`The tests on a shared backend are skipped: ${(error as Error).message}`);
        return undefined;
    }
}

const postgres = process.platform === "linux" ? installedPostgres() : undefined;

/** Like `describe`, for tests that need PostgreSQL. They are skipped if it is not installed. */
export const describeOnPostgres = postgres === undefined ? describe.skip : describe;

/**
 * Starts a PostgreSQL server with an empty database, on a free loopback port. It is stopped after the test.
 *
 * @returns the URL of the server as a Pulumi backend
 */
export async function startPostgres(): Promise<string> {
    const { bin, user } = postgres ?? findPostgres();
    const folder = await scratchFolder();
    if (user !== undefined) {
        chownSync(folder, user.uid, user.gid);
    }
    const data = join(folder, "data");
    const options = { cwd: folder, ...user };
    const init = ["--pgdata", data, "--username", "postgres", "--auth", "trust", "--encoding", "UTF8", "--no-sync"];
    await mustRun(join(bin, "initdb"), [...init, "--locale", "C"], options);

    const port = await freePort();
    const settings = {
        listen_addresses: "127.0.0.1",
        port,
        unix_socket_directories: "",
        // The server shares the processors with all machines of a test. The engine writes the whole state after every step, and the
        // default compression of these values takes as much processor time as the engine. Needs PostgreSQL 14.
        default_toast_compression: "lz4",
        fsync: "off",
        full_page_writes: "off",
    };
    const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    const server = spawn(join(bin, "postgres"), ["-D", data, ...args], {
        ...options,
        stdio: ["ignore", "ignore", "pipe"],
    });
    const log: string[] = [];
    const ended = once(server, "close");
    onCleanUp(async () => {
        // SIGINT closes the sessions instead of waiting for them.
        server.kill("SIGINT");
        await ended;
    });
    const ready = new Promise<void>((resolve) => {
        createInterface({ input: server.stderr }).on("line", (line) => {
            log.push(line);
            if (line.endsWith("database system is ready to accept connections")) {
                resolve();
            }
        });
    });
    const failed = ended.then(() => {
        throw new Error(`PostgreSQL did not start:\n${log.join("\n")}`);
    });
    failed.catch(() => undefined);
    await Promise.race([ready, failed]);
    return `postgres://postgres@127.0.0.1:${port}/postgres?sslmode=disable`;
}

async function freePort(): Promise<number> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, "close");
    return port;
}
