import { spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Postgres } from "../../tools/postgres";
import { mustRun } from "../../tools/processes";
import { onCleanUp, scratchFolder } from "../support/harness";

/**
 * Starts a PostgreSQL server with an empty database, on a free loopback port. It is stopped after the test.
 *
 * @returns the URL of the server as a Pulumi backend
 */
export async function startPostgres({ bin, user }: Postgres): Promise<string> {
    const folder = await scratchFolder();
    if (user !== undefined) {
        chownSync(folder, user.uid, user.gid);
    }
    const data = join(folder, "data");
    const options = { cwd: folder, ...user };
    const init = ["--pgdata", data, "--username", "postgres", "--auth", "trust", "--encoding", "UTF8", "--no-sync"];
    await mustRun(join(bin, "initdb"), [...init, "--locale", "C"], options);

    const port = await freePort();
    const settings = { listen_addresses: "127.0.0.1", port, unix_socket_directories: "", fsync: "off" };
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
