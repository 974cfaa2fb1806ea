// Bundles the plugin into three files that need Node and nothing else, and puts beside them what an installation needs. It
// runs before the tests and before the package is packed, when no other tool of this tree need be there.
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(dirname(here));
const out = join(here, "bin");
const name = "pulumi-resource-kalshi";
const program = join(out, name);

rmSync(out, { recursive: true, force: true });
mkdirSync(out);

/**
 * What stands in a file of its own: V8 reads through all of a file before it runs the first line, so what answers the
 * engine's calls is not in the file that prints the port; and the transport, which both use, exists once.
 */
const parts = { grpc: "@grpc/grpc-js", answer: "./answer.js" };

/** Leaves the parts out of whatever refers to them. */
const apart = {
    name: "apart",
    setup({ onResolve }) {
        for (const [part, reference] of Object.entries(parts)) {
            onResolve({ filter: new RegExp(`^${reference.replaceAll(".", "\\.")}$`) }, ({ kind }) =>
                kind === "entry-point" ? undefined : { path: `./${part}.js`, external: true },
            );
        }
    },
};

const { metafile } = await build({
    // The bundle names its modules by their paths from here, which are the same wherever it is made from.
    absWorkingDir: root,
    entryPoints: { [name]: join(here, "main.ts"), answer: join(here, "answer.ts"), grpc: parts.grpc },
    outdir: out,
    plugins: [apart],
    bundle: true,
    platform: "node",
    // Syntax that a Node which is too old can read as well, so that it gets as far as nodeVersion.ts, which says so.
    target: "node18",
    format: "cjs",
    minifySyntax: true,
    minifyWhitespace: true,
    // Frames of a stack are all that is ever told of an error that nobody foresaw.
    keepNames: true,
    // `require` where `import()` is written: it need not look for a module's exports before it runs it.
    supported: { "dynamic-import": false },
    legalComments: "none",
    metafile: true,
    logLevel: "warning",
});
// The engine looks for the program by a name without an ending.
writeFileSync(program, `#!/usr/bin/env node\n${readFileSync(`${program}.js`, "utf8")}`);
chmodSync(program, 0o755);
rmSync(`${program}.js`);

// What Windows starts.
writeFileSync(join(out, "pulumi-resource-kalshi.cmd"), '@node "%~dp0pulumi-resource-kalshi" %*\r\n');
// An official Pulumi can also run the folder, by `pulumi package add`.
writeFileSync(join(out, "PulumiPlugin.yaml"), "runtime: nodejs\n");
writeFileSync(join(out, "package.json"), `${JSON.stringify({ name, private: true, main: name }, null, 2)}\n`);
writeFileSync(join(out, "THIRD_PARTY_LICENSES"), licenses());

/** The licenses of all packages that the bundle holds. */
function licenses() {
    const folders = new Set(Object.keys(metafile.inputs).flatMap((file) => packageOf(join(root, file)) ?? []));
    return [...folders].sort().map(license).join("\n");
}

/** The folder of the package in node_modules that a file belongs to. */
function packageOf(file) {
    const [, folder] = /^(.*[/\\]node_modules[/\\](?:@[^/\\]+[/\\])?[^/\\]+)[/\\]/.exec(file) ?? [];
    return folder;
}

function license(folder) {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file === undefined ? "" : readFileSync(join(folder, file), "utf8");
    return `${name} ${version} (${license})\n\n${text}\n${"-".repeat(80)}\n`;
}
