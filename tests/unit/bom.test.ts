import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Version } from "@cyclonedx/cyclonedx-library/Spec";
import { JsonStrictValidator } from "@cyclonedx/cyclonedx-library/Validation";
import packageJson from "../../package.json";
import { root } from "../../tools/paths";
import { mustRun } from "../../tools/processes";
import { writeBoms } from "../../tools/release/bom";
import { isExecutable } from "../../tools/release/executable";
import { version } from "../../tools/release/part";
import { platforms } from "../../tools/release/plugin";
import { cleanUp, scratchFolder } from "../support/harness";
import { installedWith } from "../support/lockedPackages";

/** The parts of an SBOM that the tests read. */
interface Bom {
    readonly metadata: { readonly component: Component };
    readonly components: readonly Component[];
    readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}

interface Component {
    readonly "bom-ref": string;
    readonly name: string;
    readonly group?: string;
    readonly version: string;
    readonly purl?: string;
    readonly licenses?: readonly object[];
    readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
}

let texts: Record<string, string>;
beforeAll(async () => (texts = await writtenBoms()));
afterAll(cleanUp);

/** Returns the text of each SBOM, by its file's name. */
async function writtenBoms(): Promise<Record<string, string>> {
    const folder = await scratchFolder();
    await writeBoms(folder);
    return Object.fromEntries(readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), "utf8")]));
}

const bomOf = (name: string) => JSON.parse(texts[`${name}.cdx.json`] ?? "{}") as Bom;
const nameOf = ({ group, name, version }: Component) => `${group === undefined ? "" : `${group}/`}${name} ${version}`;
const plugin = `pulumi-resource-kalshi-v${version}`;
const executables = platforms
    .filter(({ os, arch }) => isExecutable(os, arch))
    .map(({ os, arch }) => `${plugin}-${os}-${arch}`);
const boms = [
    plugin,
    ...executables,
    `pulumi-kalshi-${version}`,
    `kalshi-emulator-${version}`,
    `kalshi-policies-${version}`,
];

test("writes an SBOM for the plugin, its executable and each npm package", () => {
    expect(Object.keys(texts).sort()).toEqual(boms.map((name) => `${name}.cdx.json`).sort());
});

test.each(boms)("%s is valid by CycloneDX's schema, and describes each package", async (name) => {
    expect(await new JsonStrictValidator(Version.v1dot6).validate(texts[`${name}.cdx.json`] ?? "")).toBeNull();
    const { metadata, components, dependencies } = bomOf(name);
    // Node is no npm package.
    for (const { purl, licenses, hashes, ...component } of components.filter(({ name }) => name !== "node")) {
        const url = `pkg:npm/${nameOf(component).replace("@", "%40").replace(" ", "@")}`;
        expect([purl, licenses?.length]).toEqual([url, 1]);
        expect(hashes).toEqual([{ alg: "SHA-512", content: expect.stringMatching(/^[0-9a-f]{128}$/) as unknown }]);
    }
    // Something depends on each package.
    const used = new Set(dependencies.flatMap(({ dependsOn = [] }) => dependsOn));
    expect(components.filter((component) => !used.has(component["bom-ref"])).map(nameOf)).toEqual([]);
    expect(dependencies.map(({ ref }) => ref)).toContain(metadata.component["bom-ref"]);
});

test("the plugin's SBOM lists the packages of THIRD_PARTY_LICENSES", () => {
    const file = join(root, "provider", "dist", "bin", "THIRD_PARTY_LICENSES");
    const licensed = [...readFileSync(file, "utf8").matchAll(/^(\S+ \d\S*) \(.+\)$/gm)].map(([, name]) => name);
    expect(licensed.length).toBeGreaterThan(30);
    expect(bomOf(plugin).components.map(nameOf).sort()).toEqual(licensed.sort());
    for (const executable of executables) {
        const node = `node ${packageJson.devDependencies.node}`;
        expect(bomOf(executable).components.map(nameOf).sort()).toEqual([...licensed, node].sort());
    }
});

test.each(["pulumi-kalshi", "kalshi-emulator"])(
    "the SBOM of %s lists the packages that npm installs with it",
    async (name) => {
        const args = ["ls", "--all", "--omit=dev", "--package-lock-only", "--parseable", "--long", "--workspace", name];
        const printed = await mustRun("npm", args, { cwd: root });
        // Each line is of the form FOLDER:NAME@VERSION.
        const ids = [...printed.matchAll(/:(@?[^@:\n]+)@(\d[^:\n]*)/g)].map(([, one, its]) => `${one} ${its}`);
        const installed = ids.filter((id) => id !== `${name} ${version}`);
        expect(bomOf(`${name}-${version}`).components.map(nameOf).sort()).toEqual(installed.sort());
    },
);

// `npm ls` also lists the SDK, which is a peer of this package and a dependency of a dependency.
test("the SBOM of kalshi-policies lists the packages that npm installs with it, without its peers", () => {
    const installed = [...installedWith("policies")].map(
        ([folder, { version = "" }]) => `${folder.replace(/^.*node_modules\//, "")} ${version}`,
    );
    expect(installed.length).toBeGreaterThan(10);
    expect(bomOf(`kalshi-policies-${version}`).components.map(nameOf).sort()).toEqual(installed.sort());
});

test("writes the same bytes from the same source", async () => {
    expect(await writtenBoms()).toEqual(texts);
});
