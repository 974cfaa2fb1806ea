import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { root } from "../../tools/paths";

interface Manifest {
    readonly version: string;
    readonly engines: { readonly node: string };
    readonly dependencies: Readonly<Record<string, string>>;
    readonly devDependencies: Readonly<Record<string, string>>;
    readonly workspaces?: readonly string[];
}

/** The Node versions of a job in a workflow, as its matrix lists them. */
interface Strategy {
    readonly matrix: { readonly node?: readonly string[]; readonly include?: readonly { readonly node: string }[] };
}

const read = (path: string) => readFileSync(join(root, path), "utf8");
const manifestOf = (folder: string) => JSON.parse(read(join(folder, "package.json"))) as Manifest;
/** All documents of the current version, so without the changelogs. */
const documents = globSync(["*.md", "{provider,emulator,policies}/README.md", "{docs,tools/*}/*.md"], {
    cwd: root,
}).filter((path) => path !== "CHANGELOG.md");

const { engines, devDependencies, workspaces = [] } = manifestOf(".");
const { version } = manifestOf("provider");

describe("Node", () => {
    const needed = engines.node.replace(">=", "");

    test("all packages and the repository support the same versions", () => {
        expect(workspaces.map((folder) => manifestOf(folder).engines)).toEqual(workspaces.map(() => engines));
    });

    test("each document that names the oldest supported version names the same one", () => {
        const named = documents.flatMap((path) =>
            [...read(path).matchAll(/\bNode \(?(\d[\d.]*\d) or newer/g)].map(([, which]) => `${path}: ${which}`),
        );
        expect(named).toContain(`README.md: ${needed}`);
        expect(named.filter((line) => !line.endsWith(`: ${needed}`))).toEqual([]);
        expect(read("tools/run.mjs")).toContain(`install Node ${needed} or newer`);
    });

    test("the version of development is the same everywhere", () => {
        const developed = devDependencies["node"] ?? "";
        expect(read(".node-version").trim()).toBe(developed);
        expect(devDependencies["@types/node"]?.split(".")[0]).toBe(developed.split(".")[0]);
        expect(read("tools/run.mjs")).toContain(`Node ${developed.split(".")[0]} among them`);
    });

    test("CI tests the oldest supported major version and that of development on each operating system", () => {
        const { jobs } = parse(read(".github/workflows/ci.yml")) as { jobs: Record<string, { strategy: Strategy }> };
        const majors = [needed, devDependencies["node"]].map((version) => version?.split(".")[0]).sort();
        const tested = Object.entries(jobs).map(([job, { strategy }]) => {
            const { node, include } = strategy.matrix;
            return [job, (node ?? include?.map((row) => row.node))?.toSorted()];
        });
        expect(Object.fromEntries(tested)).toEqual({ linux: majors, macos: majors, windows: majors });
    });
});

describe("a release", () => {
    test("has the same version in all packages, and a section in CHANGELOG.md", () => {
        expect(workspaces.map((folder) => manifestOf(folder).version)).toEqual(workspaces.map(() => version));
        expect(read("CHANGELOG.md")).toContain(`\n## ${version}\n`);
    });

    test("has its version in the examples, the templates and the commands of docs/installing.md", () => {
        // How each file that names a version of the package, or of the SDK in a language, does so.
        const forms: Readonly<Record<string, RegExp>> = {
            "{examples,templates}/*/package.json": /"pulumi-kalshi": "(.*)"/g,
            "{examples,templates}/*/requirements.txt": /^pulumi_kalshi==(.*)$/gm,
            "{examples,templates}/*/go.mod": /\/pulumi-kalshi\/sdk\/go v(\S+)/g,
            "{examples,templates}/*/pom.xml": /<artifactId>pulumi-kalshi<\/artifactId>\s*<version>(.*)<\/version>/g,
            "templates/*/sdks/*/*.yaml": /^version: (.*)$/gm,
            "docs/installing.md": /\bv?(\d+\.\d+\.\d+)\b/g,
        };
        for (const [pattern, form] of Object.entries(forms)) {
            const paths = globSync(pattern, { cwd: root });
            expect(paths).not.toEqual([]);
            for (const path of paths) {
                const named = [...read(path).matchAll(form)].map(([, which]) => which);
                expect([path, new Set(named)]).toEqual([path, new Set([version])]);
            }
        }
    });
});
