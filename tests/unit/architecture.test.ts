import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { preProcessFile } from "typescript";
import { root } from "../../tools/paths";

const source = join(root, "provider", "src");
const text = readFileSync(join(root, "ARCHITECTURE.md"), "utf8");

/** Returns the paths that a Markdown text names: links, and code that has the form of a path. Commands contain spaces. */
function pathsIn(markdown: string): string[] {
    const prose = markdown.replace(/^```.*?^```/gms, "");
    const links = [...prose.matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(([, target = ""]) => target);
    const code = [...prose.matchAll(/`([^`]+)`/g)].map(([, quoted = ""]) => quoted);
    const isPath = (quoted: string) => /^[\w.-]+(\/[\w.-]+)*(\/|\.(ts|md|mjs|cjs|json|yaml))$/.test(quoted);
    return [...links.filter((target) => !target.includes("://")), ...code.filter(isPath)];
}

describe("ARCHITECTURE.md", () => {
    test("names only paths that exist, from the root or from provider/src", () => {
        const paths = pathsIn(text);
        expect(paths.length).toBeGreaterThan(80);
        const exists = (path: string) => [root, source].some((folder) => existsSync(join(folder, path)));
        expect(paths.filter((path) => !exists(path))).toEqual([]);
    });

    test("names every folder of provider/src", () => {
        const folders = readdirSync(source, { withFileTypes: true }).filter((entry) => entry.isDirectory());
        expect(folders.map(({ name }) => `${name}/`).filter((folder) => !pathsIn(text).includes(folder))).toEqual([]);
    });

    test.each([
        ["`apiKey/diff.ts`", ["apiKey/diff.ts"]],
        ["`schema.json`", ["schema.json"]],
        ["`tests/unit/`", ["tests/unit/"]],
        ["[text](docs/doctor.md#fix)", ["docs/doctor.md"]],
        ["[text](https://example.com/a.md), `npm test -- a/b.ts`, `kalshi:index:ApiKey`", []],
        ["```ts\n`a/b.ts`\n```\n", []],
    ])("is searched for paths: %j", (markdown, expected) => {
        expect(pathsIn(markdown)).toEqual(expected);
    });
});

/** Returns the modules that a file imports, also its types and what it loads late: packages by name, files by their path. */
function importsOf(file: string): string[] {
    const { importedFiles } = preProcessFile(readFileSync(file, "utf8"), true, true);
    return importedFiles.map(({ fileName }) => (fileName.startsWith(".") ? join(dirname(file), fileName) : fileName));
}

/** Returns the layer of a file: its folder in provider/src, or its own name. */
function layerOf(path: string): string {
    const [first = ""] = relative(source, path).split(sep);
    return first.replace(/\.(ts|js)$/, "");
}

/**
 * The layers of provider/src. A file imports only from its own layer and from earlier lines. Layers of one line do not import from each
 * other.
 */
const layers = [
    ["kalshi", "package", "nodeVersion", "pulumi"],
    ["userError"],
    ["apiKey", "config"],
    ["journal", "rotatingApiKey", "endSignals", "importKeys"],
    ["createPlatform"],
    ["cli", "dynamic", "plugin"],
    ["sdk"],
    ["index"],
];

const sourceFiles = readdirSync(source, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(source, name));

describe("the imports of provider/src", () => {
    const filesOf = (layer: string) => sourceFiles.filter((file) => layerOf(file) === layer);

    test("are of listed layers, which all exist", () => {
        expect([...new Set(sourceFiles.map(layerOf))].sort()).toEqual(layers.flat().sort());
    });

    test.each(layers.flatMap((line, index) => line.map((layer) => [layer, layers.slice(0, index).flat()] as const)))(
        "point one way from %s",
        (layer, inner) => {
            const files = filesOf(layer).flatMap(importsOf);
            const inside = files.filter((file) => file.startsWith(source + sep)).map(layerOf);
            expect(inside.filter((imported) => ![layer, ...inner].includes(imported))).toEqual([]);
            const outside = files.filter((file) => file.startsWith(sep) && !file.startsWith(source + sep));
            expect(outside.filter((file) => file !== join(root, "schema.json"))).toEqual([]);
        },
    );
});

test.each<[string, RegExp, readonly string[]]>([
    ["the HTTP client", /^got$/, ["kalshi"]],
    ["gRPC", /^(@grpc\/|google-protobuf|@pulumi\/pulumi\/proto\/)/, ["plugin"]],
    ["the Pulumi SDK", /^@pulumi\/pulumi$/, ["dynamic", "index", "sdk"]],
])("%s is used by the layers that need it only", (_what, name, expected) => {
    const users = sourceFiles.filter((file) => importsOf(file).some((imported) => name.test(imported)));
    expect([...new Set(users.map(layerOf))].sort()).toEqual(expected);
});

test.each<[string, RegExp]>([
    ["emulator", /pulumi/],
    ["policies", /pulumi(?!\/policy$)/],
])("%s imports nothing of the provider, and the provider nothing of it", (name, foreignPackage) => {
    const folder = join(root, name);
    const files = readdirSync(folder)
        .filter((file) => file.endsWith(".ts"))
        .map((file) => join(folder, file));
    expect(files.length).toBeGreaterThan(2);
    const foreign = (imported: string) =>
        foreignPackage.test(imported.replace(root, "")) ||
        (imported.startsWith(sep) && !imported.startsWith(folder + sep));
    expect(files.flatMap(importsOf).filter(foreign)).toEqual([]);
    expect(sourceFiles.flatMap(importsOf).filter((imported) => imported.startsWith(`kalshi-${name}`))).toEqual([]);
});
