import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../tools/paths";
import { installedWith } from "../support/lockedPackages";

describe.each(["provider", "emulator", "policies"])("the dependencies of the package in %s", (folder) => {
    const manifest = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as {
        dependencies: Record<string, string>;
        publishConfig: object;
    };

    test("have exact versions, and are locked by hash", () => {
        expect(Object.values(manifest.dependencies).filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
        const installed = installedWith(folder);
        expect(installed.size).toBeGreaterThanOrEqual(Object.keys(manifest.dependencies).length);
        expect([...installed].filter(([, { integrity }]) => integrity === undefined)).toEqual([]);
    });

    test("run no install scripts beyond those of Pulumi's SDK, which each program has", () => {
        const ofSdk = installedWith("node_modules/@pulumi/pulumi");
        const scripts = [...installedWith(folder)].filter(([, { hasInstallScript }]) => hasInstallScript === true);
        expect(scripts.map(([place]) => place).filter((place) => !ofSdk.has(place))).toEqual([]);
    });

    test("belong to a package that is published with provenance", () => {
        expect(manifest.publishConfig).toEqual({ access: "public", provenance: true });
    });
});
