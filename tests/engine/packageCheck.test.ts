import { cpSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zipSync } from "fflate";
import { create } from "tar";
import { addresses, placeholderForms } from "../../tools/addresses";
import { root } from "../../tools/paths";
import { mustRun } from "../../tools/processes";
import { checkRelease, checks } from "../../tools/release/check";
import type { Subject } from "../../tools/release/checks/check";
import { version } from "../../tools/release/part";
import { archiveName } from "../../tools/release/plugin";
import { pageOf, referenceFile } from "../../tools/release/reference";
import { nodeParts, releaseFiles, writeRelease } from "../../tools/release/release";
import { cleanUp, scratchFolder } from "../support/harness";

const files = releaseFiles(nodeParts);

let release: string;
beforeAll(async () => {
    release = await mkdtemp(join(tmpdir(), "kalshi-check-"));
    await writeRelease(release, nodeParts);
});
afterAll(() => rm(release, { recursive: true, force: true }));
afterEach(cleanUp);

test("a release has no problems, except that a person has to set its owner in one file", async () => {
    const isUnset = placeholderForms.test(`${addresses.repository} ${addresses.publisher}`);
    const expected = expect.stringMatching(/owner\.example.*tools\/publisher\.json.*npm run generate/) as unknown;
    expect(await checkRelease({ release, files, source: root }, "silent")).toEqual(isUnset ? [expected] : []);
});

/** The files of the repository that the checks read. */
const manifests = ["provider", "emulator", "policies"].map((folder) => `${folder}/package.json`);
const sources = ["docs", "schema.json", "CHANGELOG.md", ...manifests];

/** Creates a copy of the release and of what the checks read of the repository, as a repository with one commit. */
async function copied(): Promise<Subject> {
    const folder = await scratchFolder();
    const subject = { release: join(folder, "release"), files, source: join(folder, "source") };
    mkdirSync(subject.release);
    // A copy of the executable would take long. So whoever changes a file has to remove it first.
    files.forEach((file) => linkSync(join(release, file), join(subject.release, file)));
    for (const path of sources) {
        cpSync(join(root, path), join(subject.source, path), { recursive: true });
    }
    await git(subject, "init", "--quiet");
    await git(subject, "commit", "--quiet", "--allow-empty", "--message", "empty");
    return subject;
}

async function git({ source }: Subject, ...args: string[]): Promise<void> {
    await mustRun("git", ["-c", "user.name=tests", "-c", "user.email=tests@localhost", ...args], { cwd: source });
}

type Break = (subject: Subject) => Promise<void> | void;

/** Replaces a text in a file of the repository. */
const change =
    (path: string, from: string | RegExp, to: string): Break =>
    ({ source }) => {
        const text = readFileSync(join(source, path), "utf8");
        expect(text).toMatch(from);
        writeFileSync(join(source, path), text.replace(from, to));
    };

const removeSource =
    (path: string): Break =>
    ({ source }) =>
        rmSync(join(source, path));

const removeFile =
    (name: string): Break =>
    (subject) =>
        rmSync(join(subject.release, name));

/** Replaces an archive by one with a single file. */
const repack =
    (name: string, path: string): Break =>
    async (subject) => {
        const stage = await scratchFolder();
        mkdirSync(join(stage, path, ".."), { recursive: true });
        writeFileSync(join(stage, path), "a file", { mode: 0o755 });
        await removeFile(name)(subject);
        await create({ file: join(subject.release, name), cwd: stage, gzip: true }, [path]);
    };

const overview = "docs/_index.md";
const installation = "docs/installation-configuration.md";
const archives = `pulumi-resource-kalshi-v${version}`;
const host = archiveName(
    process.platform === "win32" ? "windows" : process.platform,
    process.arch === "x64" ? "amd64" : process.arch,
);

const pages = "The Registry's pages";
const versions = "The packages, the schema and the tag have the same version";
const fields = "schema.json has all fields";

test.each<[title: string, what: string, makeBroken: Break, problem: RegExp]>([
    [`${pages} have their front matter`, "a missing page", removeSource(overview), /_index\.md is missing/],
    [`${pages} have their front matter`, "no front matter", change(overview, /^---/, ""), /does not begin with/],
    [
        `${pages} have their front matter`,
        "no description",
        change(installation, /^meta_desc.*\n/m, ""),
        /: meta_desc: /,
    ],
    [
        `${pages} have their front matter`,
        "another layout",
        change(overview, "layout: package", "layout: blog"),
        /: layout: /,
    ],
    [
        `${pages} have only`,
        "a relative image",
        change(overview, "## More", "![x](./up.svg)\n\n## More"),
        /: \.\/up\.svg is/,
    ],
    [
        `${pages} have only`,
        "a relative link",
        change(overview, "## More", "[x](inputs.md)\n\n## More"),
        /: inputs\.md is/,
    ],
    [
        `${pages} have only`,
        "HTML",
        change(installation, "## Options", '<img src="x.png">\n\n## Options'),
        /contains HTML/,
    ],
    [`${pages} have only`, "a broken shortcode", change(overview, "{{< /chooser", "{{ < /chooser"), /a space/],
    [`${pages} have an example`, "a missing language", change(overview, /```java\n/g, "```\n"), /no example in java/],
    [
        `${pages} have an example`,
        "a missing command",
        change(installation, /pulumi config set/g, ""),
        /`pulumi config set`/,
    ],
    [fields, "a missing publisher", change("schema.json", /"publisher".*\n/, ""), /: publisher: /],
    [
        fields,
        "an unknown category",
        change("schema.json", "category/infrastructure", "category/x"),
        /: keywords: .*category/,
    ],
    [fields, "a missing language", change("schema.json", '"csharp"', '"fsharp"'), /: language\.csharp: /],
    ["The logo is an SVG", "a missing logo", removeSource("docs/logo.svg"), /there is no file docs\/logo\.svg/],
    ["The logo is an SVG", "another file", change("docs/logo.svg", /^[^]*$/, "PNG"), /docs\/logo\.svg is no SVG/],
    [
        versions,
        "another version",
        change("emulator/package.json", `"${version}"`, '"9.9.9"'),
        /emulator\/package\.json/,
    ],
    [versions, "another tag", (subject) => git(subject, "tag", "v9.9.9"), /the tag v9\.9\.9 instead of v/],
    ["CHANGELOG.md has", "no section", change("CHANGELOG.md", `## ${version}`, "## Next"), /no section/],
    [
        "The release has all files",
        "a missing archive",
        removeFile(`${archives}-darwin-arm64.tar.gz`),
        /-darwin-arm64\.tar\.gz is missing/,
    ],
    ["The release has all files", "a missing SBOM", removeFile(`${archives}.cdx.json`), /\.cdx\.json is missing/],
    [
        "SHA256SUMS has",
        "a changed byte",
        async (subject) => {
            await removeFile(`${archives}.cdx.json`)(subject);
            writeFileSync(join(subject.release, `${archives}.cdx.json`), "{}\n");
        },
        /lacks the line "[0-9a-f]{64} {2}pulumi/,
    ],
    ["SHA256SUMS has", "a removed file", removeFile(`pulumi-kalshi-${version}.tgz`), /wrong line/],
    ["Each plugin archive", "a folder around the program", repack(host, "bin/pulumi-resource-kalshi"), /no executable/],
    ["Each plugin archive", "a missing archive", removeFile(host), /no executable/],
    ["Each npm package", "no license", repack(`kalshi-emulator-${version}.tgz`, "package/README.md"), /has no LICENSE/],
    [
        "The reference has a page",
        "only the page of another export",
        repack(referenceFile, `classes${pageOf("pulumi-kalshi", "ApiKey")}`),
        /no page for KalshiApiKey of pulumi-kalshi/,
    ],
    [
        "The reference has a page",
        "a missing reference",
        removeFile(referenceFile),
        /no page for startEmulator of kalshi-emul/,
    ],
    ["The engine installs", "a missing archive", removeFile(host), /`pulumi plugin install .*` failed/],
    [
        "The engine installs",
        "a program that does not start",
        repack(host, "pulumi-resource-kalshi"),
        /returned no schema/,
    ],
])("the check “%s…” finds %s", async (title, _what, makeBroken, problem) => {
    const found = checks.filter((check) => check.title.startsWith(title));
    expect(found).toHaveLength(1);
    const subject = await copied();
    await makeBroken(subject);
    expect(await found[0]?.findProblems(subject)).toContainEqual(expect.stringMatching(problem));
});

test("accepts the version's tag on the commit", async () => {
    const subject = await copied();
    await git(subject, "tag", `v${version}`);
    expect(await checks.find(({ title }) => title === versions)?.findProblems(subject)).toEqual([]);
});

test("finds the placeholder in nested archives, and in each of its forms", async () => {
    const subject = await copied();
    rmSync(subject.release, { recursive: true });
    mkdirSync(subject.release);
    const jar = zipSync({ "io/github/ownerexample/Key.class": Buffer.from("class") });
    writeFileSync(join(subject.release, "bundle.zip"), zipSync({ "a/key.jar": jar }));
    writeFileSync(
        join(subject.release, "key.whl"),
        zipSync({ "key.py": Buffer.from("https://github.com/owner.example") }),
    );
    writeFileSync(join(subject.release, "other.whl"), zipSync({ "key.py": Buffer.from("https://github.com/acme") }));
    writeFileSync(join(subject.release, "key.json"), '"OwnerExample.Kalshi"');
    const check = checks.find(({ title }) => title.includes("publisher"));
    expect(await check?.findProblems(subject)).toEqual([expect.stringContaining("owner.example: 3.")]);
});
