import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { addressesOf, placeholderForms, placeholderOwner } from "../../tools/addresses";
import { generatedFiles } from "../../tools/generate/files";
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

test.each(["http://github.com/a/b", "https://github.com/a/b.git/c", "https://github.com/a", "https://example.com/a/b"])(
    "refuses %s, which is no repository on GitHub",
    (repository) => {
        expect(() => addressesOf(repository, "Acme Corp")).toThrow("tools/publisher.json");
    },
);

test("finds each form of the placeholder", () => {
    const forms = Object.values<string>({ ...addressesOf(`https://github.com/${placeholderOwner}/a`, "a") });
    const found = forms.filter((address) => placeholderForms.test(address));
    expect(found).toEqual(forms.filter((address) => address !== "a"));
    expect(placeholderForms.test(Object.values(acme).join())).toBe(false);
});

test("no file keeps the placeholder once tools/publisher.json has another owner", async () => {
    const generated = await generatedFiles(acme);
    const settings = ["tools/publisher.json", "tools/addresses.ts"];
    const tracked = execFileSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8" }).split("\0");
    const paths = new Set([...tracked, ...generated.keys()]);
    const kept = [...paths].filter(
        (path) =>
            path !== "" &&
            !settings.includes(path) &&
            !path.startsWith("tests/") &&
            placeholderForms.test(generated.get(path) ?? readFileSync(join(root, path), "utf8")),
    );
    expect(kept).toEqual([]);
});
