// Counts the steps of the command's process: each change of a file, and each start and end of a process and of a request. Kills the
// process at the step KILL_AT, or writes the name of each step to the file KILL_STEPS.
if (/cli[/\\]main\.js$/.test(process.argv[1] ?? "")) {
    const fs = require("node:fs");
    const files = require("node:fs/promises");
    const { ChildProcess } = require("node:child_process");
    const { ClientRequest } = require("node:http");
    const killAt = Number(process.env["KILL_AT"] ?? 0);
    const log = killAt === 0 ? fs.openSync(process.env["KILL_STEPS"], "a") : undefined;
    let count = 0;

    const step = (name) => {
        count++;
        if (killAt === 0) {
            fs.writeSync(log, `${name}\n`);
        } else if (count === killAt) {
            process.kill(process.pid, "SIGKILL");
            // The signal may arrive late, and no further step may happen.
            Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
        }
    };
    const before = (object, method, name) => {
        const original = object[method];
        object[method] = function (...args) {
            step(name(args));
            return original.apply(this, args);
        };
    };

    const changes = ["chmodSync", "copyFileSync", "renameSync", "rmSync", "unlinkSync", "writeFileSync", "rename"];
    for (const method of changes) {
        before(fs, method, ([path]) => `${method} ${path}`);
    }
    before(files, "writeFile", ([path]) => `writeFile ${path}`);
    before(ChildProcess.prototype, "spawn", ([{ args }]) => `start ${args.join(" ")}`);
    before(ClientRequest.prototype, "end", () => "request");
    for (const [object, event] of [
        [ChildProcess.prototype, "close"],
        [ClientRequest.prototype, "response"],
    ]) {
        const { emit } = object;
        object.emit = function (name, ...args) {
            if (name === event) {
                step(event);
            }
            return emit.call(this, name, ...args);
        };
    }
    require("node:module").syncBuiltinESMExports();
}
