// Runs the npm scripts on a machine that has only Node and npm. It installs missing packages, builds changed sources and starts
// tools/main.ts. It must not import packages, because none may be installed yet.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const bin = join(root, "node_modules", ".bin");
// The npm package `node` contains the Node version that all tools use.
const node = join(root, "node_modules", "node", "bin", process.platform === "win32" ? "node.exe" : "node");
const stamp = join(root, "node_modules", ".installed");

function run(what, command, args, env = process.env) {
    const { status, signal, error } = spawnSync(command, args, { cwd: root, stdio: "inherit", env });
    if (status !== 0) {
        const why = error?.message ?? (signal === null ? `exit code ${status}` : `signal ${signal}`);
        console.error(`${what} failed: ${why}`);
        process.exit(status || 1);
    }
}

/** Returns a hash of everything that determines the installed packages. If it is unchanged, nothing has to be installed. */
function fingerprint() {
    const hash = createHash("sha256").update(`${process.platform} ${process.arch}`);
    hash.update(readFileSync(join(root, "package-lock.json")));
    for (const folder of [".", "provider", "emulator", "policies"]) {
        hash.update(readFileSync(join(root, folder, "package.json")));
    }
    return hash.digest("hex");
}

// The packages support Node 22.12 or newer. An older one, from 20.19, suffices here: it only runs this file and `npm ci`.
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
    console.error(`Node ${process.versions.node} is too old: install Node 22.12 or newer (https://nodejs.org).`);
    process.exit(1);
}

if (!existsSync(node) || !existsSync(stamp) || readFileSync(stamp, "utf8") !== fingerprint()) {
    console.log("Installing the npm packages that package-lock.json names, Node 24 among them (about a minute) …");
    const npm = process.env.npm_execpath;
    const args = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
    run("npm ci", npm === undefined ? "npm" : process.execPath, npm === undefined ? args : [npm, ...args]);
    if (!existsSync(node)) {
        console.error(
            "npm installed no Node 24: its install script did not run. Allow it (npm config get ignore-scripts).",
        );
        process.exit(1);
    }
    writeFileSync(stamp, fingerprint());
}

// npm puts the Node of the tools first on PATH. In CI, the engine runs programs and the plugin also on the other supported versions: with
// USE_INSTALLED_NODE=true the Node that runs npm is first. The tools and jest, which needs Node 24, start by their path.
const folders = [bin, process.env.PATH];
if (process.env.USE_INSTALLED_NODE === "true") {
    folders.unshift(dirname(process.env.npm_node_execpath));
}
const env = { ...process.env, PATH: folders.join(delimiter) };
if (process.argv[2] === "package") {
    // The compiler orders the members of a type by its earlier runs, and archives contain the files' modes.
    for (const workspace of ["provider", "emulator", "policies"]) {
        rmSync(join(root, workspace, "dist"), { recursive: true, force: true });
    }
    process.umask(0o022);
}
// Ctrl-C reaches all processes of the terminal. Without a handler, this one would not wait for a program that cleans up before it ends.
process.on("SIGINT", () => undefined);
run("The build", node, [join(root, "node_modules", "typescript", "bin", "tsc"), "-b", "tsconfig.build.json"], env);
run("Bundling the plugin", node, [join(root, "provider", "bundle.mjs")], env);
run("Making the programs executable", node, [join(root, "tools", "executables.mjs")], env);
run(process.argv[2], node, [join(root, "tools", "dist", "main.js"), ...process.argv.slice(2)], env);
