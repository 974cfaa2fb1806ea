import { createHash } from "node:crypto";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { credentials, type ServiceError } from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { GetSchemaRequest, type GetSchemaResponse } from "@pulumi/pulumi/proto/provider_pb";
import type { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import which from "which";
import type { Emulator } from "../../emulator/index";
import { root } from "../../tools/paths";
import { mustRun, run } from "../../tools/processes";
import { npmPackages } from "../../tools/release/npm";
import { version } from "../../tools/release/part";
import { archiveName } from "../../tools/release/plugin";
import { referenceFile } from "../../tools/release/reference";
import { nodeParts, writeRelease } from "../../tools/release/release";
import { accountKeys, cleanUp, emulatorWith, environmentOf, onCleanUp, scratchFolder } from "../support/harness";
import { sample } from "../support/full";
import { filesIn, installedFrom, pulumiAlone, refuseToRunPlugin } from "./packaging";
import { resourcePlugin, type TestProject } from "../support/project";

const os = process.platform === "win32" ? "windows" : process.platform;
const archive = archiveName(os, process.arch === "x64" ? "amd64" : process.arch);
/** Whether the archive for this machine contains an executable with Node in it. */
const hasExecutable = process.platform === "linux";
const npmPackage = `pulumi-kalshi-${version}.tgz`;

let release: string;
let files: string[];
beforeAll(async () => {
    release = await mkdtemp(join(tmpdir(), "kalshi-packaging-"));
    files = await writeRelease(release, nodeParts);
});
afterAll(() => rm(release, { recursive: true, force: true }));
afterEach(cleanUp);

const sha256 = (file: string) => createHash("sha256").update(readFileSync(file)).digest("hex");

describe("npm run package", () => {
    test("writes an archive for each of Pulumi's platforms, the npm packages, SBOMs, a reference and checksums", () => {
        const archives = ["linux", "darwin", "windows"].flatMap((on) => [
            archiveName(on, "amd64"),
            archiveName(on, "arm64"),
        ]);
        const packages = npmPackages.map((name) => `${name}-${version}`);
        const plugins = [
            `pulumi-resource-kalshi-v${version}`,
            ...(hasExecutable ? [archive.replace(".tar.gz", "")] : []),
        ];
        const boms = [...packages, ...plugins].map((name) => `${name}.cdx.json`);
        expect(new Set(files)).toEqual(
            new Set([...archives, ...packages.map((name) => `${name}.tgz`), ...boms, referenceFile, "SHA256SUMS"]),
        );
        const sums = readFileSync(join(release, "SHA256SUMS"), "utf8").trimEnd().split("\n");
        const summed = files.filter((file) => file !== "SHA256SUMS");
        expect(sums).toEqual(summed.map((file) => `${sha256(join(release, file))}  ${file}`));
    });

    test("builds the same bytes from the same source", async () => {
        const again = await scratchFolder();
        await writeRelease(again, nodeParts);
        expect(files.map((file) => sha256(join(again, file)))).toEqual(
            files.map((file) => sha256(join(release, file))),
        );
    });

    const systems = ["linux", "darwin", "windows"];
    test.each(systems.flatMap((on) => ["amd64", "arm64"].map((arch) => [on, arch] as const)))(
        "puts into the archive for %s on %s what the engine looks for, at its root",
        async (on, arch) => {
            const name = archiveName(on, arch);
            const isOwnExecutable = name === archive && hasExecutable;
            expect(await filesIn(join(release, name))).toEqual({
                "pulumi-resource-kalshi": true,
                ...(isOwnExecutable ? {} : { "grpc.js": false, "callHandler.js": false }),
                // On Windows the engine looks for an .exe and a .cmd.
                ...(on === "windows" ? { "pulumi-resource-kalshi.cmd": true } : {}),
                LICENSE: false,
                THIRD_PARTY_LICENSES: false,
                "README.md": false,
            });
        },
    );

    test("puts the build output into the npm packages, and neither sources nor tests", async () => {
        for (const [folder, name] of [
            ["provider", npmPackage],
            ["emulator", `kalshi-emulator-${version}.tgz`],
            ["policies", `kalshi-policies-${version}.tgz`],
        ] as const) {
            const held = Object.keys(await filesIn(join(release, name))).map((file) => file.replace("package/", ""));
            const { main } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as { main: string };
            expect(held).toEqual(expect.arrayContaining(["package.json", "README.md", "LICENSE", main]));
            const rest = held.filter((file) => !/^dist\/(?!bin\/)(\w+\/)*\w+\.(js|d\.ts)$/.test(file));
            const plugin = ["", ".cmd"].map((ending) => `dist/bin/pulumi-resource-kalshi${ending}`);
            const described = [
                "grpc.js",
                "callHandler.js",
                "PulumiPlugin.yaml",
                "package.json",
                "THIRD_PARTY_LICENSES",
            ].map((file) => `dist/bin/${file}`);
            const page = ["icon.svg", "index.html", "page.css", "page.js"].map((file) => `page/${file}`);
            expect(new Set(rest)).toEqual(
                new Set([
                    "package.json",
                    "README.md",
                    "LICENSE",
                    ...(folder === "provider" ? [...plugin, ...described] : []),
                    ...(folder === "policies" ? ["PulumiPolicy.yaml"] : []),
                    ...(folder === "emulator" ? page : []),
                ]),
            );
            expect(held.filter((file) => file.startsWith("dist/plugin/"))).toEqual([]);
            expect(readFileSync(join(root, folder, "LICENSE"))).toEqual(readFileSync(join(root, "LICENSE")));
            expect(statSync(join(release, name)).size).toBeLessThan(600_000);
        }
    });
});

const program = `
    const { ApiKey } = require("pulumi-kalshi");
    module.exports = { apiKeyId: new ApiKey("bot", { keyType: "ed25519" }).apiKeyId };`;

/** Creates a project with the program above. Its `pulumi` finds no plugin on PATH unless `path` contains one. */
async function project(emulator: Emulator, packages?: string, path?: string): Promise<TestProject> {
    const env = {
        ...environmentOf(emulator),
        PATH: path ?? (await pulumiAlone()),
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    };
    const made = await resourcePlugin.createProjectWithEnvironment(program, env, { packages });
    configure(made, "");
    return made;
}

/** Writes the project file with additional settings. */
function configure({ stack }: TestProject, more: string): void {
    writeFileSync(join(stack.options.project, "Pulumi.yaml"), `name: tests\nruntime: nodejs\n${more}`);
}

const up = ["up", "--yes", "--skip-preview"];
const destroy = ["destroy", "--yes", "--skip-preview"];
const inNodeModules = "plugins:\n  providers:\n    - name: kalshi\n      path: node_modules/.bin\n";

test("the engine and `pulumi package` find only the plugin of the npm package's version, once it is installed", async () => {
    const emulator = await emulatorWith();
    const path = await pulumiAlone();
    if (hasExecutable) {
        await refuseToRunPlugin(join(path, "node"));
    }
    const { stack } = await project(emulator, undefined, path);
    const install = async (pluginVersion: string) =>
        stack.must("plugin", "install", "resource", "kalshi", pluginVersion, "--file", join(release, archive));
    const missing = await stack.pulumi(["preview"]);
    expect(missing.code).not.toBe(0);
    expect(missing.stdout).toContain(
        `no resource plugin 'pulumi-resource-kalshi' found in the workspace at version v${version} or on your $PATH`,
    );

    await install("v9.9.9");
    const other = await stack.pulumi(["preview"]);
    expect(other.code).not.toBe(0);
    expect(other.stdout).toContain(`found in the workspace at version v${version}`);

    await install(`v${version}`);
    expect(await stack.must(...up)).not.toContain("warning");
    expect(await accountKeys(emulator)).toHaveLength(1);
    await stack.must(...destroy);
    expect(await accountKeys(emulator)).toEqual([]);

    // The first step of `pulumi package add`. In the second one a language host generates the package, for which the
    // one of a built engine is too old. Node ends at an option that it does not know.
    const options = hasExecutable ? { NODE_OPTIONS: "--unknown-option" } : {};
    const schema = await stack.pulumi(["package", "get-schema", `kalshi@${version}`], options);
    expect(schema).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(schema.stdout)).toMatchObject({ name: "kalshi", version });

    const installed = join(stack.options.scratch, "home", "plugins", `resource-kalshi-v${version}`);
    const licenses = readFileSync(join(installed, "THIRD_PARTY_LICENSES"), "utf8");
    const named = [...licenses.matchAll(/^(\S+) \d[\d.]* \(/gm)].map(([, name]) => name);
    expect(named).toContain("@grpc/grpc-js");
    expect(named.includes("Node.js")).toBe(hasExecutable);
});

test("the engine finds the plugin in the npm package, by Pulumi.yaml or by the PATH of an npm script", async () => {
    const emulator = await emulatorWith();
    const made = await project(emulator, await installedFrom(join(release, npmPackage)));
    const { stack } = made;
    configure(made, inNodeModules);
    expect(await stack.must(...up)).not.toContain("warning");
    expect(await accountKeys(emulator)).toHaveLength(1);

    configure(made, "packages:\n  kalshi: ./node_modules/pulumi-kalshi/dist/bin\n");
    expect(await stack.must("preview", "--expect-no-changes")).not.toContain("warning");

    configure(made, "");
    const cwd = stack.options.project;
    writeFileSync(
        join(cwd, "package.json"),
        JSON.stringify({ name: "tests", private: true, main: "index.js", scripts: { pulumi: "pulumi" } }),
    );
    const script = ["run", "--silent", "pulumi", "--", "preview", "--expect-no-changes", "--non-interactive"];
    const said = await mustRun(await which("npm"), script, { cwd, env: stack.env });
    expect(said).toContain("using pulumi-resource-kalshi from $PATH");
});

test("the engine uses a plugin in a configured path despite its version, and warns of an old one", async () => {
    const made = await project(await emulatorWith(), await installedFrom(join(release, npmPackage)));
    configure(made, inNodeModules);
    made.write(`const { ApiKey } = require("pulumi-kalshi"); new ApiKey("bot", {}, { version: "9.9.9" });`);
    expect(await made.stack.must("preview")).toContain(
        `resource plugin kalshi is expected to have version >=9.9.9, but has ${version}`,
    );
});

describe("other programs get the plugin's schema", () => {
    test("from its executable, and the engine's check accepts it", async () => {
        const { stack, scratch } = await project(await emulatorWith());
        const packages = await installedFrom(join(release, npmPackage));
        const executable = join(packages, "pulumi-kalshi", "dist", "bin", "pulumi-resource-kalshi");
        const schema = await stack.must("package", "get-schema", executable);
        expect(JSON.parse(schema)).toMatchObject({ name: "kalshi", version });
        writeFileSync(join(scratch, "schema.json"), schema);
        await stack.must("schema", "check", join(scratch, "schema.json"));
    });

    // The language host of a built engine is older than PulumiPlugin.yaml, so this test does what an official one does.
    // Source: pulumi/pulumi, sdk/nodejs/cmd/pulumi-language-nodejs/main.go, RunPlugin.
    test("from its folder, which an official Pulumi runs because of PulumiPlugin.yaml", async () => {
        const folder = join(await installedFrom(join(release, npmPackage)), "pulumi-kalshi", "dist", "bin");
        expect(readFileSync(join(folder, "PulumiPlugin.yaml"), "utf8")).toBe("runtime: nodejs\n");
        const runner = createRequire(join(folder, "package.json")).resolve("@pulumi/pulumi/cmd/run-plugin");
        const plugin = spawn(process.execPath, [runner, folder, "127.0.0.1:9"], {
            cwd: await scratchFolder(),
            env: { ...process.env, PULUMI_NODEJS_TYPESCRIPT: "true" },
            stdio: ["ignore", "pipe", "inherit"],
        });
        onCleanUp(async () => void plugin.kill());
        const [port] = (await once(createInterface({ input: plugin.stdout }), "line")) as [string];
        expect(port).toMatch(/^\d+$/);
        const client = new ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure());
        onCleanUp(async () => client.close());
        type Call<Q, A> = (request: Q, done: (error: ServiceError | null, answer: A) => void) => void;
        const info = promisify(client.getPluginInfo.bind(client) as Call<Empty, PluginInfo>);
        expect((await info(new Empty())).getVersion()).toBe(version);
        const schema = promisify(client.getSchema.bind(client) as Call<GetSchemaRequest, GetSchemaResponse>);
        const answer = await schema(new GetSchemaRequest());
        expect(JSON.parse(answer.getSchema())).toMatchObject({ name: "kalshi", version });
    });
});

test("the plugin names the Node version that it needs if Node is too old, and the engine prints it", async () => {
    const { stack, scratch } = await project(await emulatorWith());
    const old = join(scratch, "old.cjs");
    writeFileSync(
        old,
        `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "22.11.0" } });`,
    );
    const executable = join(root, "provider", "dist", "bin", "pulumi-resource-kalshi");
    const alone = await run(process.execPath, ["--require", old, executable]);
    expect(alone).toEqual({ code: 1, stdout: "", stderr: expect.stringMatching(/^.*\n$/) as unknown });
    expect(alone.stderr).toMatch(/\b22\.12 .*\b22\.11\.0\. .*\(KALSHI_NODE_TOO_OLD\)/);
    const { code, stderr, stdout } = await stack.pulumi(["package", "get-schema", executable], {
        NODE_OPTIONS: `--require ${old}`,
    });
    expect(code).not.toBe(0);
    expect(`${stdout}${stderr}`).toContain(alone.stderr.trim());
});

describe("TypeScript knows the installed package's types", () => {
    // The quick start and the examples use the older way.
    test.each(
        sample([
            ["nodenext", "nodenext"],
            ["commonjs", "node10"],
        ]),
    )("with module %s and moduleResolution %s", async (module, moduleResolution) => {
        const packages = await installedFrom(join(release, npmPackage));
        const folder = join(packages, "..");
        const source = `
            import { ApiKey, getApiKeys, KalshiApiKey, Provider } from "pulumi-kalshi";
            const provider = new Provider("demo", { environment: "demo" });
            const key = new ApiKey("one", { scopes: ["read"] }, { provider });
            export const id: import("@pulumi/pulumi").Output<string> = key.apiKeyId;
            new KalshiApiKey("two", { keyType: "ed25519" });
            // @ts-expect-error This key type does not exist.
            new KalshiApiKey("three", { keyType: "dsa" });
            export const names: Promise<string[]> = getApiKeys().then(({ apiKeys }) => apiKeys.map((one) => one.name));`;
        const options = { module, moduleResolution, target: "es2022", strict: true, noEmit: true, types: [] };
        writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: options, files: ["index.ts"] }));
        writeFileSync(join(folder, "index.ts"), source);
        const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
        // Without the error that it expects, tsc fails, too.
        expect(await run(process.execPath, [tsc, "-p", folder])).toEqual({ code: 0, stdout: "", stderr: "" });
    });
});
