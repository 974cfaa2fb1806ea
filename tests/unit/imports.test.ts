import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { root } from "../../tools/paths";

/** Prints the modules that the package loads in a program, beyond those of the SDK. */
const script = `
    require("@pulumi/pulumi");
    const before = new Set(Object.keys(require.cache));
    require("pulumi-kalshi");
    console.log(JSON.stringify(Object.keys(require.cache).filter((file) => !before.has(file))));`;

test("a program that imports the package loads neither the HTTP client, the validation, nor the journal", () => {
    const stdout = execFileSync(process.execPath, ["-e", script], { cwd: root, encoding: "utf8" });
    const folders = [join(root, "provider", "dist"), join(root, "provider"), join(root, "node_modules")];
    const loaded = (JSON.parse(stdout) as string[]).map((file) =>
        folders.reduce((path, folder) => path.replace(`${folder}/`, ""), file),
    );
    expect(loaded.sort()).toEqual([
        "apiKey/properties.js",
        "apiKey/scopes.js",
        "config.js",
        "dynamic/shim.js",
        "fastest-levenshtein/mod.js",
        "index.js",
        "kalshi/auth.js",
        "kalshi/endpoint.js",
        "kalshi/text.js",
        "kalshi/types.js",
        "package.js",
        "package.json",
        "pulumi.js",
        "sdk/ApiKey.js",
        "sdk/KalshiApiKey.js",
        "sdk/Provider.js",
        "sdk/RotatingApiKey.js",
        "sdk/RotatingKalshiApiKey.js",
        "sdk/args.js",
        "sdk/dynamicResource.js",
        "sdk/enums.js",
        "sdk/functions.js",
        "sdk/maskedLog.js",
        "sdk/runChecks.js",
        "userError.js",
    ]);
});
