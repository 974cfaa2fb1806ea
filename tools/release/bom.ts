import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Utils } from "@cyclonedx/cyclonedx-library/Contrib/FromNodePackageJson";
import { Factories } from "@cyclonedx/cyclonedx-library/Contrib/License";
import { ComponentType, HashAlgorithm } from "@cyclonedx/cyclonedx-library/Enums";
import { Bom, Component, HashDictionary, LicenseRepository, Metadata } from "@cyclonedx/cyclonedx-library/Models";
import { JSON as Json, JsonSerializer } from "@cyclonedx/cyclonedx-library/Serialize";
import { Spec1dot6 } from "@cyclonedx/cyclonedx-library/Spec";
import { PackageURL } from "packageurl-js";
import validateLicense from "spdx-expression-parse";
import { root } from "../paths";
import { mustRun } from "../processes";
import { isExecutable, nodeChecksum, nodeVersion } from "./executable";
import { npmFolders, npmPackages } from "./npm";
import { version, type Part } from "./part";
import { archiveName, platforms } from "./plugin";

/** A package in package-lock.json. Source: docs.npmjs.com, npm-query. */
interface LockedPackage {
    readonly name: string;
    readonly version: string;
    readonly license?: string;
    readonly integrity?: string;
    /** Its folder, relative to the root. */
    readonly location: string;
    /** The folders of the packages that it depends on, those for its development and its peers among them. */
    readonly to: readonly string[];
    readonly dependencies?: Readonly<Record<string, string>>;
    readonly optionalDependencies?: Readonly<Record<string, string>>;
    readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** Packages by their folders. */
type Packages = ReadonlyMap<string, LockedPackage>;

/** The software bills of materials (SBOM) of the plugin and the npm packages, in CycloneDX's JSON. */
export const bomPart: Part = {
    title: "SBOMs",
    files: [
        ...npmPackages.map((name) => bomName(`${name}-${version}`)),
        bomName(`pulumi-resource-kalshi-v${version}`),
        ...executables().map(bomName),
    ],
    pack: writeBoms,
};

/**
 * Writes an SBOM for the plugin and one for each npm package. The first lists the packages in the bundle, the others those that npm installs
 * with the package. An executable has its own, which also lists Node. The files contain neither times nor random numbers, so the same source
 * results in the same bytes.
 */
export async function writeBoms(folder: string): Promise<void> {
    const packages = await lockedPackages();
    const provider = get(packages, "provider");
    const bundled = await bundledPackages(packages);
    const boms = new Map([[`pulumi-resource-kalshi-v${version}`, bomOf(pluginComponent(provider), provider, bundled)]]);
    for (const [name, location] of Object.entries(npmFolders)) {
        const own = get(packages, location);
        boms.set(`${name}-${version}`, bomOf(componentOf(own), own, installedWith(own, packages)));
    }
    for (const name of executables()) {
        const [executable, node] = [pluginComponent(provider), await nodeComponent()];
        const bom = bomOf(executable, provider, bundled);
        bom.components.add(node);
        executable.dependencies.add(node.bomRef);
        boms.set(name, bom);
    }
    for (const [name, bom] of boms) {
        await writeFile(join(folder, bomName(name)), `${serialize(bom)}\n`);
    }
}

function bomName(name: string): string {
    return `${name}.cdx.json`;
}

/** Returns the names of the archives with an executable, without their extension. */
function executables(): string[] {
    const own = platforms.filter(({ os, arch }) => isExecutable(os, arch));
    return own.map(({ os, arch }) => archiveName(os, arch).replace(/\.tar\.gz$/, ""));
}

function pluginComponent(provider: LockedPackage): Component {
    const licenses = licensesOf(provider);
    return new Component(ComponentType.Application, "pulumi-resource-kalshi", { version, licenses });
}

/** Returns the Node in the executable. By its CPE, scanners find its vulnerabilities. */
async function nodeComponent(): Promise<Component> {
    const version = await nodeVersion();
    return new Component(ComponentType.Platform, "node", {
        version,
        bomRef: "node",
        cpe: `cpe:2.3:a:nodejs:node.js:${version}:*:*:*:*:*:*:*`,
        purl: new PackageURL("generic", undefined, "node", version).toString(),
        licenses: licensesOf({ license: "MIT" }),
        hashes: new HashDictionary(nodeChecksum === undefined ? [] : [[HashAlgorithm["SHA-256"], nodeChecksum]]),
    });
}

async function lockedPackages(): Promise<Packages> {
    const printed = await mustRun("npm", ["query", "*", "--package-lock-only"], { cwd: root });
    const packages = JSON.parse(printed) as LockedPackage[];
    return new Map(packages.map((one) => [one.location, one]));
}

/** Returns the packages in the plugin's bundle, which provider/bundle.mjs lists. */
async function bundledPackages(packages: Packages): Promise<LockedPackage[]> {
    const list = await readFile(join(root, "provider", "dist", "bundledPackages.json"), "utf8");
    return (JSON.parse(list) as string[]).map((location) => get(packages, location));
}

/**
 * Returns the packages that npm installs with a package: its dependencies, and theirs. A program itself chooses the peers, also if a
 * dependency needs them, too.
 */
function installedWith(top: LockedPackage, packages: Packages): LockedPackage[] {
    const found = new Set([top]);
    const peers = Object.keys(top.peerDependencies ?? {});
    // A set's iteration also visits what is added meanwhile.
    for (const { to, dependencies, optionalDependencies } of found) {
        const names = Object.keys({ ...dependencies, ...optionalDependencies }).filter((name) => !peers.includes(name));
        to.map((location) => get(packages, location))
            .filter(({ name }) => names.includes(name))
            .forEach((dependency) => found.add(dependency));
    }
    found.delete(top);
    return [...found];
}

/**
 * Creates the SBOM of something that contains packages.
 *
 * @param main what contains them
 * @param source the package of this repository whose direct dependencies are those of `main`
 */
function bomOf(main: Component, source: LockedPackage, contained: readonly LockedPackage[]): Bom {
    main.bomRef.value = `${main.name}@${main.version ?? ""}`;
    const components = new Map(contained.map((one) => [one.location, componentOf(one)]));
    const link = (component: Component, { to }: LockedPackage) => {
        for (const dependency of to.flatMap((location) => components.get(location) ?? [])) {
            component.dependencies.add(dependency.bomRef);
        }
    };
    link(main, source);
    for (const one of contained) {
        link(get(components, one.location), one);
    }
    const bom = new Bom({ metadata: new Metadata({ component: main }) });
    components.forEach((component) => bom.components.add(component));
    return bom;
}

function componentOf(source: LockedPackage): Component {
    const { name, version, integrity, location } = source;
    const [, group, own = name] = /^(@[^/]+)\/(.+)$/.exec(name) ?? [];
    return new Component(ComponentType.Library, own, {
        ...(group !== undefined && { group }),
        version,
        // A package can be there twice, in different versions.
        bomRef: location,
        purl: new PackageURL("npm", group, own, version).toString(),
        licenses: licensesOf(source),
        hashes: new HashDictionary(integrity === undefined ? [] : [Utils.parsePackageIntegrity(integrity)]),
    });
}

function licensesOf({ license }: Pick<LockedPackage, "license">): LicenseRepository {
    const factory = new Factories.LicenseFactory(validateLicense);
    return new LicenseRepository(license === undefined ? [] : [factory.makeFromString(license)]);
}

function serialize(bom: Bom): string {
    return new JsonSerializer(new Json.Normalize.Factory(Spec1dot6)).serialize(bom, { sortLists: true, space: 2 });
}

/** @throws Error if there is no such package */
function get<T>(packages: ReadonlyMap<string, T>, location: string): T {
    const one = packages.get(location);
    if (one === undefined) {
        throw new Error(`package-lock.json has no package in ${location}`);
    }
    return one;
}
