// Bundles the plugin into three files that need only Node, and writes the other files of an installation beside them. It runs
// before the tests and before the package is packed, so it must not depend on other tools of this repository.
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const out = join(here, "dist", "bin");
const name = "pulumi-resource-kalshi";
const program = join(out, name);

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

/**
 * The parts with their own files. V8 parses a whole file before it runs the first line, so the code that handles calls is not in
 * the file that prints the port. Both use the transport, so it has its own file, too.
 */
const parts = { grpc: "@grpc/grpc-js", callHandler: "./callHandler.js" };

/** Keeps each part external to the files that import it. */
const externalParts = {
    name: "externalParts",
    setup({ onResolve }) {
        for (const [part, reference] of Object.entries(parts)) {
            onResolve({ filter: new RegExp(`^${reference.replaceAll(".", "\\.")}$`) }, ({ kind }) =>
                kind === "entry-point" ? undefined : { path: `./${part}.js`, external: true },
            );
        }
    },
};

/** Leaves out zod's messages in other languages than English, which are a fifth of the bundle. zod loads English by itself. */
const withoutLocales = {
    name: "withoutLocales",
    setup({ onLoad }) {
        onLoad({ filter: /[/\\]zod[/\\]v4[/\\]locales[/\\]index\.js$/ }, () => ({ contents: "export {};" }));
    },
};

const { metafile } = await build({
    // The bundle contains module paths relative to this folder, so it does not depend on the current folder.
    absWorkingDir: root,
    entryPoints: {
        [name]: join(here, "src", "plugin", "main.ts"),
        callHandler: join(here, "src", "plugin", "callHandler.ts"),
        grpc: parts.grpc,
    },
    outdir: out,
    plugins: [externalParts, withoutLocales],
    bundle: true,
    platform: "node",
    // An older Node must be able to parse the file, so that nodeVersion.ts can report that it is too old.
    target: "node18",
    format: "cjs",
    minifySyntax: true,
    minifyWhitespace: true,
    // The provider reports an internal error only by its name and stack frames, so they need the original names.
    keepNames: true,
    // Turns `import()` into `require`, which is faster because it does not analyze a module's exports first.
    supported: { "dynamic-import": false },
    legalComments: "none",
    metafile: true,
    logLevel: "warning",
});
// The engine looks for the program by a name without an extension.
writeFileSync(program, `#!/usr/bin/env node\n${readFileSync(`${program}.js`, "utf8")}`);
chmodSync(program, 0o755);
rmSync(`${program}.js`);

// Windows starts this file.
writeFileSync(join(out, "pulumi-resource-kalshi.cmd"), '@node "%~dp0pulumi-resource-kalshi" %*\r\n');
// An official Pulumi can also run the folder, by `pulumi package add`.
writeFileSync(join(out, "PulumiPlugin.yaml"), "runtime: nodejs\n");
writeFileSync(join(out, "package.json"), `${JSON.stringify({ name, private: true, main: name }, null, 2)}\n`);

/** The folders in node_modules of all packages in the bundle, relative to the root, with slashes. */
const packages = [...new Set(Object.keys(metafile.inputs).flatMap((file) => packageOf(file) ?? []))].sort();
writeFileSync(join(out, "THIRD_PARTY_LICENSES"), packages.map(license).join("\n"));
// The SBOM of a release lists these packages. An installation does not need the file.
writeFileSync(join(here, "dist", "bundledPackages.json"), JSON.stringify(packages));

/** Returns the folder of the package that contains the file. */
function packageOf(file) {
    const [, folder] = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file) ?? [];
    return folder;
}

function license(path) {
    const folder = join(root, path);
    const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file === undefined ? "" : readFileSync(join(folder, file), "utf8");
    return `${name} ${version} (${license})\n\n${text}\n${"-".repeat(80)}\n`;
}
