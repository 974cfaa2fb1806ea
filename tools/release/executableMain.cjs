// The main script of the executable that contains Node. It loads the plugin's files from the executable instead of a folder, each when it
// is first required. So the plugin starts as fast as from files: Node compiles the code that handles calls at the first call.
const { dirname, join } = require("node:path");
const { getAsset } = require("node:sea");
const { compileFunction } = require("node:vm");

const folder = dirname(process.execPath);
const loaded = new Map();

/** Returns the exports of a module of Node, or of one of the plugin's files, which is named by a relative path. */
function load(id) {
    if (!id.startsWith("./")) {
        return require(id);
    }
    const module = loaded.get(id) ?? { exports: {} };
    if (!loaded.has(id)) {
        loaded.set(id, module);
        // The names that Node defines in each module. The packages in the bundle use them.
        const names = ["exports", "require", "module", "__filename", "__dirname"];
        const filename = join(folder, id);
        const run = compileFunction(getAsset(id.slice(2), "utf8"), names, { filename });
        run.call(module.exports, module.exports, load, module, filename, folder);
    }
    return module.exports;
}

load("./pulumi-resource-kalshi");
