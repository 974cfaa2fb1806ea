import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../tools/paths";

/** A package in package-lock.json. */
export interface Locked {
    readonly version?: string;
    readonly integrity?: string;
    readonly hasInstallScript?: boolean;
    readonly link?: boolean;
    readonly dependencies?: Readonly<Record<string, string>>;
    readonly peerDependencies?: Readonly<Record<string, string>>;
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

/** Returns all packages that are installed with a package, by their folders, except its peer dependencies. */
export function installedWith(folder: string): Map<string, Locked> {
    const found = new Map<string, Locked>();
    const peers = Object.keys(packages[folder]?.peerDependencies ?? {});
    const add = (place: string): void => {
        const names = Object.keys(packages[place]?.dependencies ?? {});
        for (const name of names.filter((name) => !peers.includes(name))) {
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
