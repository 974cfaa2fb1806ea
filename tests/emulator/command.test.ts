import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { defaultPort } from "../../emulator/options";
import { root } from "../../tools/paths";
import { run } from "../../tools/processes";
import { EmulatorProcess, emulatorProgram } from "../support/emulatorProcess";
import { cleanUp, onCleanUp, scratchFolder, until } from "../support/harness";

afterEach(cleanUp);

test("listens on a fixed port by default, and says when it is ready and how to use it", async () => {
    const { stdout } = await run(process.execPath, [emulatorProgram, "--help"]);
    expect(stdout).toMatch(new RegExp(`--port <n>[^-]*\\(default: ${defaultPort}\\)`));

    const dataDir = await scratchFolder();
    const emulator = start(process.execPath, [emulatorProgram, "--port", "0", "--data-dir", dataDir]);
    const lines = createInterface({ input: emulator.stdout })[Symbol.asyncIterator]();
    const ready = String((await lines.next()).value);
    expect(ready).toMatch(/^kalshi-emulator \S+ \(not Kalshi\) is ready: http:\/\/127\.0\.0\.1:\d+\/trade-api\/v2$/);
    expect((await lines.next()).value).toBe(`In another terminal: source ${join(dataDir, "credentials.env")}`);
    expect((await fetch(ready.split(" ").at(-1) ?? "")).status).toBe(404);
});

test("refuses a port that is in use, and leaves no credentials.env of an earlier run", async () => {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    onCleanUp(async () => void server.close());
    const { port } = server.address() as AddressInfo;
    const dataDir = await scratchFolder();
    writeFileSync(join(dataDir, "credentials.env"), `export KALSHI_BASE_URL='http://127.0.0.1:${port}/trade-api/v2'\n`);
    const { code, stderr } = await run(process.execPath, [emulatorProgram, "--port", `${port}`, "--data-dir", dataDir]);
    expect({ code, stderr }).toEqual({
        code: 1,
        stderr: `kalshi-emulator: port ${port} is in use; stop the program that uses it, or choose another port (--port)\n`,
    });
    expect(existsSync(join(dataDir, "credentials.env"))).toBe(false);
    expect(existsSync(join(dataDir, "lock"))).toBe(false);
});

test("refuses a folder that another emulator uses, and leaves that one's credentials.env as it is", async () => {
    const { emulator } = await EmulatorProcess.start();
    const dataDir = join(emulator.credentialsPath, "..");
    const before = readFileSync(emulator.credentialsPath, "utf8");
    const { code, stderr } = await run(process.execPath, [emulatorProgram, "--port", "0", "--data-dir", dataDir]);
    expect(stderr).toMatch(/^kalshi-emulator: the folder .* is in use by another emulator; .*\(--data-dir\)\n$/);
    expect(code).toBe(1);
    expect(readFileSync(emulator.credentialsPath, "utf8")).toBe(before);
});

test("uses the folder of an emulator that was killed", async () => {
    const process = await EmulatorProcess.start();
    const before = readFileSync(process.emulator.credentialsPath, "utf8");
    await process.kill();
    await process.restart();
    expect(readFileSync(process.emulator.credentialsPath, "utf8")).toBe(before);
});

test("ends if another emulator took its folder, and leaves that one's credentials.env", async () => {
    const process = await EmulatorProcess.start();
    const { credentialsPath } = process.emulator;
    rmSync(join(credentialsPath, "..", "lock"), { recursive: true });
    expect(await process.end()).toBe(1);
    expect(process.stderr.join()).toMatch(
        /^kalshi-emulator: the emulator stopped, because it lost the lock of its folder/,
    );
    expect(existsSync(credentialsPath)).toBe(true);
});

test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("ends on %s and removes credentials.env", async (signal) => {
    const process = await EmulatorProcess.start();
    expect(await process.stop(signal)).toBe(0);
    expect(existsSync(process.emulator.credentialsPath)).toBe(false);
    expect(process.stderr).toEqual([]);
});

test.each(["SIGTERM", "SIGKILL"] as const)("ends after its npx has ended by %s", async (signal) => {
    const dataDir = await scratchFolder();
    const npx = start("npx", ["kalshi-emulator", "--port", "0", "--data-dir", dataDir]);
    await once(npx.stdout, "data");
    expect(existsSync(join(dataDir, "credentials.env"))).toBe(true);
    npx.kill(signal);
    await until(async () => !existsSync(join(dataDir, "lock")));
    expect(existsSync(join(dataDir, "credentials.env"))).toBe(false);
});

/** Starts a program in the repository's folder. It is killed after the test. */
function start(program: string, args: readonly string[]): ChildProcessByStdio<null, Readable, null> {
    const child = spawn(program, args, { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
    onCleanUp(async () => void child.kill("SIGKILL"));
    return child;
}
