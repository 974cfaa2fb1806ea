import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../tools/paths";

interface Locked {
    readonly version?: string;
    readonly integrity?: string;
    readonly hasInstallScript?: boolean;
    readonly link?: boolean;
    readonly dependencies?: Readonly<Record<string, string>>;
}

const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
    packages: Readonly<Record<string, Locked>>;
};

/** Returns the path at which npm installs a dependency of a package. */
function placeOf(name: string, from: string): string {
    for (let folder = from; ; folder = folder.slice(0, Math.max(folder.lastIndexOf("/node_modules/"), 0))) {
        const place = folder === "" ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
        if (place in packages || folder === "") {
            return place;
        }
    }
}

/** Returns all packages that are installed with a package of this tree, except peer dependencies. */
function installedWith(folder: string): Map<string, Locked> {
    const found = new Map<string, Locked>();
    const add = (place: string): void => {
        for (const name of Object.keys(packages[place]?.dependencies ?? {})) {
            const at = placeOf(name, place);
            const locked = packages[at];
            if (locked !== undefined && !found.has(at)) {
                found.set(at, locked);
                add(at);
            }
        }
    };
    add(folder);
    return found;
}

describe.each(["provider", "emulator"])("the dependencies of the package in %s", (folder) => {
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

    test("run no install scripts", () => {
        const scripts = [...installedWith(folder)].filter(([, { hasInstallScript }]) => hasInstallScript === true);
        expect(scripts.map(([place]) => place)).toEqual([]);
    });

    test("belong to a package that is published with provenance", () => {
        expect(manifest.publishConfig).toEqual({ access: "public", provenance: true });
    });
});
