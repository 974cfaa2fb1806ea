import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { unzipSync } from "fflate";
import { addresses } from "../../tools/addresses";
import { mavenRepository, root, testedRelease } from "../../tools/paths";
import { mustRun } from "../../tools/processes";
import { pythonWithSdk } from "../../tools/python";
import { version } from "../../tools/release/part";
import type { Stack } from "../../tools/stack";
import { scratchFolder } from "./harness";

/** How a project in a language gets its SDK from the files of the tested release. */
export interface InstalledSdk {
    readonly runtime: string;
    /**
     * Installs the SDK into the folder of a stack's project, which holds the program.
     *
     * @returns variables for `pulumi`
     */
    readonly install: (project: string, stack: Stack) => Promise<Record<string, string>>;
}

/** The languages, by the names of the folders in tests/engine/programs. YAML programs have no SDK, so they need the plugin. */
export const installedSdks: Readonly<Record<string, InstalledSdk>> = {
    typescript: { runtime: "nodejs", install: installNpmPackage },
    python: { runtime: "python", install: activatePython },
    go: { runtime: "go", install: installGoModule },
    java: { runtime: "java", install: serveMavenRepository },
    yaml: { runtime: "yaml", install: installPlugin },
};

/** @throws Error if there is no such language */
export function sdkIn(language: string): InstalledSdk {
    const sdk = installedSdks[language];
    if (sdk === undefined) {
        throw new Error(`there is no SDK in ${language}`);
    }
    return sdk;
}

async function installNpmPackage(project: string): Promise<Record<string, string>> {
    const { devDependencies, dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Record<
        "dependencies" | "devDependencies",
        Record<string, string>
    >;
    const pinned = { ...devDependencies, ...dependencies };
    const others = ["@pulumi/pulumi", "@types/node", "typescript"].map((name) => `${name}@${pinned[name]}`);
    const manifest = join(project, "package.json");
    if (!existsSync(manifest)) {
        writeFileSync(manifest, JSON.stringify({ name: "tests", private: true, main: "index.ts" }));
    }
    const quiet = ["--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];
    const tarball = join(testedRelease, `pulumi-kalshi-${version}.tgz`);
    await mustRun("npm", ["install", ...quiet, tarball, ...others], { cwd: project });
    return {};
}

/** Puts a virtual environment with the wheel first on PATH, as activating it does, and where the project's settings may expect one. */
async function activatePython(project: string, { env }: Stack): Promise<Record<string, string>> {
    const environment = dirname(dirname(pythonWithSdk()));
    symlinkSync(environment, join(project, "venv"));
    return { PATH: `${join(environment, "bin")}${delimiter}${env["PATH"]}` };
}

/** Serves the module as a proxy does, into an empty module cache. Modules that this machine's cache has need no network. */
export async function installGoModule(project: string): Promise<Record<string, string>> {
    const proxy = await scratchFolder();
    const versions = join(proxy, addresses.goModule, "@v");
    mkdirSync(versions, { recursive: true });
    const zip = readFileSync(join(testedRelease, `pulumi-kalshi-go-${version}.zip`));
    const goMod = unzipSync(zip)[`${addresses.goModule}@v${version}/go.mod`];
    writeFileSync(join(versions, `v${version}.zip`), zip);
    writeFileSync(join(versions, `v${version}.mod`), goMod ?? "");
    writeFileSync(join(versions, `v${version}.info`), JSON.stringify({ Version: `v${version}` }));
    const [GOMODCACHE = "", GOPROXY = ""] = (await mustRun("go", ["env", "GOMODCACHE", "GOPROXY"])).split("\n");
    const env = {
        GOMODCACHE: join(proxy, "cache"),
        GOPROXY: [`file://${proxy}`, `file://${join(GOMODCACHE, "cache", "download")}`, GOPROXY].join(","),
        GONOSUMDB: addresses.goModule,
        // Only then can the files be removed after the test. `-trimpath` lets Go reuse what it compiled for the engine.
        GOFLAGS: "-modcacherw -trimpath",
        CGO_ENABLED: "0",
    };
    await mustRun("go", ["get", `${addresses.goModule}@v${version}`], {
        cwd: project,
        env: { ...process.env, ...env },
    });
    return env;
}

/** Extracts the Maven repository of the release, and lets Maven use it in a project. */
export async function serveMavenRepository(project: string): Promise<Record<string, string>> {
    const repository = await scratchFolder();
    for (const [name, content] of Object.entries(unzipSync(readFileSync(bundle)))) {
        mkdirSync(dirname(join(repository, name)), { recursive: true });
        writeFileSync(join(repository, name), content);
    }
    const settings = join(repository, "settings.xml");
    writeFileSync(
        settings,
        `<settings>
           <profiles>
             <profile>
               <id>release</id>
               <repositories><repository><id>release</id><url>file://${repository}</url></repository></repositories>
             </profile>
           </profiles>
           <activeProfiles><activeProfile>release</activeProfile></activeProfiles>
         </settings>`,
    );
    mkdirSync(join(project, ".mvn"));
    writeFileSync(join(project, ".mvn", "maven.config"), `--settings=${settings}\n`);
    return { MAVEN_OPTS: `-Dmaven.repo.local=${mavenRepository}` };
}

async function installPlugin(_project: string, stack: Stack): Promise<Record<string, string>> {
    await stack.must("plugin", "install", "resource", "kalshi", `v${version}`, "--server", addresses.pluginDownloadURL);
    return {};
}

const bundle = join(testedRelease, `pulumi-kalshi-java-${version}-bundle.zip`);
