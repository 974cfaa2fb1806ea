import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { root } from "../../tools/paths";

interface Manifest {
    readonly version: string;
    readonly engines: { readonly node: string };
    readonly dependencies: Readonly<Record<string, string>>;
    readonly devDependencies: Readonly<Record<string, string>>;
}

/** The Node versions of a job in a workflow, as its matrix lists them. */
interface Strategy {
    readonly matrix: { readonly node?: readonly string[]; readonly include?: readonly { readonly node: string }[] };
}

const read = (path: string) => readFileSync(join(root, path), "utf8");
const manifestOf = (folder: string) => JSON.parse(read(join(folder, "package.json"))) as Manifest;
/** All documents of the current version, so without the changelogs. */
const documents = globSync(["*.md", "{provider,emulator}/README.md", "{docs,tools/*}/*.md"], { cwd: root }).filter(
    (path) => path !== "CHANGELOG.md",
);

const { engines, devDependencies } = manifestOf(".");
const { version } = manifestOf("provider");

describe("Node", () => {
    const needed = engines.node.replace(">=", "");

    test("both packages and the repository support the same versions", () => {
        expect([manifestOf("provider").engines, manifestOf("emulator").engines]).toEqual([engines, engines]);
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
    test("has the same version in both packages, and a section in CHANGELOG.md", () => {
        expect(manifestOf("emulator").version).toBe(version);
        expect(read("CHANGELOG.md")).toContain(`\n## ${version}\n`);
    });

    test("has its version in the examples and in the commands of docs/installing.md", () => {
        const examples = globSync("examples/*/package.json", { cwd: root }).map((path) => manifestOf(dirname(path)));
        expect(examples.length).toBeGreaterThan(0);
        expect(examples.map(({ dependencies }) => dependencies["pulumi-kalshi"])).toEqual(examples.map(() => version));
        const named = [...read("docs/installing.md").matchAll(/\bkalshi[ @-]v?(\d+\.\d+\.\d+)/g)];
        expect(named.length).toBeGreaterThan(0);
        expect(named.map(([, which]) => which).filter((which) => which !== version)).toEqual([]);
    });
});
