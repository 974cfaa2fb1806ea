import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { addressesOf, placeholderForms, placeholderOwner, type Addresses } from "../../tools/addresses";
import { generatedFiles } from "../../tools/generate/files";
import { withAddresses } from "../../tools/generate/replaceAddresses";
import { root } from "../../tools/paths";

const acme = addressesOf("https://github.com/acme-corp/pulumi-kalshi", "Acme Corp");

test("derives each address from the repository's", () => {
    expect(acme).toEqual({
        repository: "https://github.com/acme-corp/pulumi-kalshi",
        publisher: "Acme Corp",
        namespace: "acme-corp",
        logoUrl: "https://raw.githubusercontent.com/acme-corp/pulumi-kalshi/main/docs/logo.svg",
        pluginDownloadURL: "github://api.github.com/acme-corp/pulumi-kalshi",
        goModule: "github.com/acme-corp/pulumi-kalshi/sdk/go",
        mavenGroup: "io.github.acme-corp",
        javaPackage: "io.github.acmecorp",
        csharpNamespace: "AcmeCorp",
    });
});

test.each([
    "http://github.com/a/b",
    "https://github.com/a/b.git",
    "https://github.com/a/b/",
    "https://github.com/a/b.git/c",
    "https://github.com/a",
    "https://example.com/a/b",
])("refuses %s, which is no repository on GitHub", (repository) => {
    expect(() => addressesOf(repository, "Acme Corp")).toThrow("tools/publisher.json");
});

test("finds each form of the placeholder", () => {
    const forms = Object.values<string>({ ...addressesOf(`https://github.com/${placeholderOwner}/a`, "a") });
    const found = forms.filter((address) => placeholderForms.test(address));
    expect(found).toEqual(forms.filter((address) => address !== "a"));
    expect(placeholderForms.test(Object.values(acme).join())).toBe(false);
});

test("no file keeps the placeholder once tools/publisher.json has another owner", async () => {
    const generated = await generatedFiles(acme);
    const settings = ["tools/publisher.json", "tools/addresses.ts", "tests/unit/addresses.test.ts"];
    const tracked = execFileSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8" }).split("\0");
    const paths = new Set([...tracked, ...generated.keys()]);
    const kept = [...paths].filter(
        (path) =>
            path !== "" &&
            !settings.includes(path) &&
            path !== "tests/engine/packageCheck.test.ts" &&
            placeholderForms.test(generated.get(path) ?? readFileSync(join(root, path), "utf8")),
    );
    expect(kept).toEqual([]);
});

test("replaces the addresses of an owner by those of another one whose name begins with it, and back", () => {
    const owners = ["acme", "acme-corp", "o", placeholderOwner].map((owner) =>
        addressesOf(`https://github.com/${owner}/pulumi-kalshi`, owner),
    );
    const textOf = ({ goModule, javaPackage, mavenGroup, csharpNamespace }: Addresses) =>
        `${goModule}/kalshi ${mavenGroup}:pulumi-kalshi ${javaPackage}.kalshi.ApiKey ${csharpNamespace}.Kalshi`;
    for (const one of owners) {
        for (const other of owners) {
            expect(withAddresses(textOf(one), one, other)).toBe(textOf(other));
        }
    }
});

test("the placeholder's Maven group is not below that of a GitHub account", () => {
    const { mavenGroup } = addressesOf(`https://github.com/${placeholderOwner}/a`, "a");
    expect(mavenGroup).toBe("io.github.owner--example");
});
