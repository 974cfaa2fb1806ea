import { access, constants, copyFile, readdir } from "node:fs/promises";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import semver from "semver";
import which from "which";
import { run } from "../processes";
import { buildEngine } from "./build";
import { makeAtOnce, removeLeftovers, withLock } from "./once";
import { engineVersion } from "./versions";

/** A Pulumi engine that can run this repository's programs. */
export interface Engine {
    /** The folder that has to be on PATH. */
    readonly bin: string;
    readonly version: string;
    /** A description of the engine and of the reason why it was chosen. */
    readonly why: string;
}

/** The sources of engines. Tests replace them. */
export interface Sources {
    /** `$PULUMI_HOME`. The official tools store downloaded engines there, too, under `versions/X.Y.Z`. */
    readonly pulumiHome: string;
    readonly env: NodeJS.ProcessEnv;
    /** The ways to get an engine, in the order in which they are tried. Each writes the programs to the folder's `bin`. */
    readonly makers: readonly Maker[];
}

export interface Maker {
    readonly what: string;
    readonly make: (folder: string, say: (progress: string) => void) => Promise<void>;
}

export function defaultSources(env: NodeJS.ProcessEnv = process.env): Sources {
    return {
        pulumiHome: env["PULUMI_HOME"] || join(homedir(), ".pulumi"),
        env,
        makers: [
            { what: "the official download", make: download },
            { what: "a build from the Go module proxy", make: buildEngine },
        ],
    };
}

/** The programs that an installation needs to run a Node program. The SDK is in node_modules. */
const programs = ["pulumi", "pulumi-language-nodejs"];

/**
 * Finds a Pulumi engine on PATH or in `$PULUMI_HOME/versions`. Otherwise gets one by the official download or by a build.
 *
 * @param say reports progress
 * @throws Error that says what to install if there is no engine and none can be downloaded or built
 */
export async function ensureEngine(say: (progress: string) => void, sources = defaultSources()): Promise<Engine> {
    const refusals: string[] = [];
    return (
        (await fromPath(sources, refusals)) ??
        (await fromHome(sources)) ??
        (await withLock(
            homeOf(sources),
            say,
            async () => (await fromHome(sources)) ?? (await make(sources, refusals, say)),
        ))
    );
}

async function fromPath({ env }: Sources, refusals: string[]): Promise<Engine | undefined> {
    const path = env["PATH"] ?? "";
    const pulumi = await which("pulumi", { path, nothrow: true });
    if (pulumi === null) {
        refusals.push("there is no pulumi on PATH");
        return undefined;
    }
    const version = await versionOf(pulumi);
    if (version === undefined || semver.lt(version, engineVersion)) {
        refusals.push(`${pulumi} is ${version ?? "not runnable"}, and ${engineVersion} or newer is needed`);
        return undefined;
    }
    const languageHost = await which("pulumi-language-nodejs", { path, nothrow: true });
    if (languageHost === null) {
        refusals.push(`${pulumi} has no pulumi-language-nodejs beside it`);
        return undefined;
    }
    return { bin: dirname(pulumi), version, why: `${pulumi} on PATH, version ${version}: new enough` };
}

async function fromHome({ pulumiHome }: Sources): Promise<Engine | undefined> {
    const versions = await readdir(join(pulumiHome, "versions")).catch(() => []);
    const fitting = semver.rsort(versions.filter((name) => semver.valid(name) && semver.gte(name, engineVersion)));
    for (const version of fitting) {
        const bin = join(pulumiHome, "versions", version, "bin");
        if (await isComplete(bin)) {
            return { bin, version, why: `${bin}, version ${version}: kept there from an earlier time` };
        }
    }
    return undefined;
}

const homeOf = ({ pulumiHome }: Sources) => join(pulumiHome, "versions", engineVersion);

async function make(sources: Sources, refusals: string[], say: (progress: string) => void): Promise<Engine> {
    const home = homeOf(sources);
    if (existsSync(home)) {
        throw new Error(
            `${home} is there, but ${programs.join(" and ")} do not run in it: move it away and run this again.`,
        );
    }
    await removeLeftovers(home);
    for (const { what, make: makeIn } of sources.makers) {
        try {
            say(`trying ${what} of version ${engineVersion}`);
            await makeAtOnce(home, async (folder) => {
                await makeIn(folder, say);
                await complete(join(folder, "bin"));
            });
            const why = `${what}, version ${engineVersion}, kept in ${home} (${refusals.join("; ")})`;
            return { bin: join(home, "bin"), version: engineVersion, why };
        } catch (error) {
            // If this process lost the lock, another one may have finished an engine.
            const others = await fromHome(sources);
            if (others !== undefined) {
                return others;
            }
            refusals.push(`${what} failed: ${(error as Error).message}`);
        }
    }
    throw new Error(
        `No Pulumi engine ${engineVersion} or newer:\n${refusals.map((refusal) => `- ${refusal}`).join("\n")}\n` +
            "Install Pulumi (https://www.pulumi.com/docs/install/) so that `pulumi` is on PATH, or Go 1.25 or newer " +
            "(https://go.dev/dl/) so that it can be built here, and run this again.",
    );
}

/** @throws Error if the engine in the folder does not run */
async function complete(bin: string): Promise<void> {
    await addDynamicHost(bin);
    if (!(await isComplete(bin))) {
        throw new Error("the resulting programs do not run");
    }
}

/** Adds the SDK's launcher of dynamic providers, as in an official installation. If it is only on PATH, the engine warns. */
async function addDynamicHost(bin: string): Promise<void> {
    const sdk = dirname(require.resolve("@pulumi/pulumi/package.json"));
    const name = `pulumi-resource-pulumi-nodejs${process.platform === "win32" ? ".cmd" : ""}`;
    await copyFile(join(sdk, name), join(bin, name));
}

async function isComplete(bin: string): Promise<boolean> {
    const extension = process.platform === "win32" ? ".exe" : "";
    const there = programs.map((name) => access(join(bin, name + extension), constants.X_OK));
    return Promise.all(there).then(
        async () => (await versionOf(join(bin, `pulumi${extension}`))) !== undefined,
        () => false,
    );
}

async function versionOf(pulumi: string): Promise<string | undefined> {
    const env = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" };
    const ended = await run(pulumi, ["version"], { env }).catch(() => undefined);
    return semver.valid(ended?.stdout.trim() ?? null) ?? undefined;
}

async function download(folder: string, say: (progress: string) => void): Promise<void> {
    // Loaded here because it is slow to load and rarely needed.
    const { PulumiCommand } = await import("@pulumi/pulumi/automation/index.js");
    say("downloading from get.pulumi.com");
    await PulumiCommand.install({ root: folder, version: new semver.SemVer(engineVersion) });
}
