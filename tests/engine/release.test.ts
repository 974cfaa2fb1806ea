import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { strFromU8, unzipSync } from "fflate";
import { extract } from "tar";
import { addresses } from "../../tools/addresses";
import { testedRelease } from "../../tools/paths";
import { digest, version } from "../../tools/release/part";
import { allParts, nodeParts, writeRelease } from "../../tools/release/release";
import { cleanUp, scratchFolder } from "../support/harness";
import { hasRelease } from "../support/release";

afterEach(cleanUp);

const inRelease = (file: string) => join(testedRelease, file);

/** Returns the text files of a zip file, by their paths. */
function textsIn(zip: Uint8Array): Record<string, string> {
    return Object.fromEntries(Object.entries(unzipSync(zip)).map(([name, bytes]) => [name, strFromU8(bytes, true)]));
}

async function textsInTar(file: string): Promise<Record<string, string>> {
    const cwd = await scratchFolder();
    await extract({ file, cwd });
    const names = readdirSync(cwd, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    return Object.fromEntries(
        names.map((entry) => [entry.name, readFileSync(join(entry.parentPath, entry.name), "utf8")] as const),
    );
}

// In CI `npm test` fails earlier if the release cannot be built.
(hasRelease ? describe : describe.skip)("the SDKs of a release", () => {
    test("are the same bytes if they are built again", async () => {
        const again = await scratchFolder();
        const names = await writeRelease(
            again,
            allParts.filter((part) => !nodeParts.includes(part)),
        );
        const built = names.filter((name) => name !== "SHA256SUMS");
        expect(built).toHaveLength(6);
        for (const name of built) {
            expect([name, await digest("sha256", join(again, name))]).toEqual([
                name,
                await digest("sha256", inRelease(name)),
            ]);
        }
    });

    const bundle = (): Record<string, Uint8Array> =>
        unzipSync(readFileSync(inRelease(`pulumi-kalshi-java-${version}-bundle.zip`)));
    const jar = () =>
        Object.entries(bundle()).find(([name]) => name.endsWith(`pulumi-kalshi-${version}.jar`))?.[1] ??
        new Uint8Array();

    test.each([
        ["Python", async () => textsIn(readFileSync(inRelease(`pulumi_kalshi-${version}-py3-none-any.whl`)))],
        ["Go", async () => textsIn(readFileSync(inRelease(`pulumi-kalshi-go-${version}.zip`)))],
        ["Java", async () => textsIn(jar())],
        ["C#", async () => textsInTar(inRelease(`pulumi-kalshi-dotnet-${version}.tar.gz`))],
    ])("in %s contain the license and the URL from which the engine downloads the plugin", async (_language, texts) => {
        const files = await texts();
        expect(Object.keys(files).map((name) => name.split("/").at(-1))).toContain("LICENSE");
        expect(Object.values(files).some((text) => text.includes(addresses.pluginDownloadURL))).toBe(true);
    });

    test("in Java are a repository with what Maven Central requires, and right checksums", async () => {
        const place = `${addresses.mavenGroup.replaceAll(".", "/")}/pulumi-kalshi/${version}/pulumi-kalshi-${version}`;
        const files = [".jar", "-sources.jar", "-javadoc.jar", ".pom"].map((ending) => place + ending);
        const all = files.flatMap((file) => [file, `${file}.md5`, `${file}.sha1`]);
        expect(new Set(Object.keys(bundle()))).toEqual(new Set(all));
        const pom = strFromU8(bundle()[`${place}.pom`] ?? new Uint8Array());
        for (const element of ["name", "description", "url", "licenses", "developers", "scm"]) {
            expect(pom).toContain(`<${element}>`);
        }
    });

    test("name what they were built from", () => {
        const provenance = JSON.parse(readFileSync(inRelease("provenance.json"), "utf8")) as Record<string, unknown>;
        expect(provenance).toMatchObject({ externalParameters: { version } });
        expect(JSON.stringify(provenance)).toContain("package-lock.json");
    });
});
