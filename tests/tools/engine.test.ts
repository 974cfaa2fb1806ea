import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ensureEngine, type Maker, type Sources } from "../../tools/engine/engine";
import { engineVersion, goHostVersion, hostsVersion, languagesVersion } from "../../tools/engine/versions";
import { root } from "../../tools/paths";
import { cleanUp, scratchFolder } from "../support/harness";

afterEach(cleanUp);

/** Creates programs that print a version, as the engine's do. The search for an engine checks nothing else. */
function putEngine(bin: string, version: string, programs = ["pulumi", "pulumi-language-nodejs"]): string {
    mkdirSync(bin, { recursive: true });
    for (const program of programs) {
        writeFileSync(join(bin, program), `#!/bin/sh\necho v${version}\n`);
        chmodSync(join(bin, program), 0o755);
    }
    return bin;
}

const never: Maker = { what: "nothing", make: () => Promise.reject(new Error("must not be asked")) };
const failing: Maker = { what: "the official download", make: () => Promise.reject(new Error("no such host")) };
const building: Maker = {
    what: "a build",
    make: async (folder) => void putEngine(join(folder, "bin"), engineVersion),
};

interface Machine {
    readonly sources: Sources;
    readonly versions: string;
    readonly said: string[];
    readonly say: (line: string) => void;
}

async function machine(makers: readonly Maker[], path: readonly string[] = []): Promise<Machine> {
    const pulumiHome = await scratchFolder();
    const said: string[] = [];
    return {
        sources: { pulumiHome, env: { PATH: path.join(":") }, makers },
        versions: join(pulumiHome, "versions"),
        said,
        say: (line) => said.push(line),
    };
}

const newer = "3.999.0";

test("uses the pulumi on PATH if it is new enough, and prints that", async () => {
    const bin = putEngine(await scratchFolder(), newer);
    const { sources, say } = await machine([never], [bin]);
    const engine = await ensureEngine(say, sources);
    expect(engine).toMatchObject({ bin, version: newer, why: expect.stringMatching(/on PATH.*new enough/) as unknown });
});

test.each([
    ["older", "3.100.0", undefined, /is 3\.100\.0, and .* or newer is needed/],
    ["without a language host", newer, ["pulumi"], /has no pulumi-language-nodejs/],
])("builds an engine if the pulumi on PATH is %s, and says why", async (_what, version, programs, reason) => {
    const bin = putEngine(await scratchFolder(), version, programs);
    const { sources, say, versions } = await machine([failing, building], [bin]);
    const engine = await ensureEngine(say, sources);
    expect(engine.bin).toBe(join(versions, engineVersion, "bin"));
    expect(engine.why).toMatch(reason);
    expect(engine.why).toMatch(/the official download failed: no such host/);
});

test("uses the newest working engine under PULUMI_HOME that is new enough", async () => {
    const { sources, say, versions } = await machine([never]);
    putEngine(join(versions, "3.100.0", "bin"), "3.100.0");
    putEngine(join(versions, "3.998.0", "bin"), "3.998.0");
    putEngine(join(versions, newer, "bin"), newer, ["pulumi"]);
    expect(await ensureEngine(say, sources)).toMatchObject({ version: "3.998.0" });
});

test("reuses the engine that it built, with the SDK's launcher of dynamic providers", async () => {
    const { sources, say } = await machine([building]);
    const made = await ensureEngine(say, sources);
    expect(existsSync(join(made.bin, "pulumi-resource-pulumi-nodejs"))).toBe(true);
    const again = await ensureEngine(say, { ...sources, makers: [never] });
    expect(again).toMatchObject({ bin: made.bin, why: expect.stringContaining("from an earlier time") as unknown });
});

test("builds one engine if two processes start in parallel", async () => {
    let made = 0;
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const slow: Maker = {
        what: "a build",
        make: async (folder, say) => {
            made++;
            await gate;
            await building.make(folder, say);
        },
    };
    const { sources, say } = await machine([slow]);
    const both = [ensureEngine(say, sources), ensureEngine(say, sources)];
    setImmediate(open);
    const [one, other] = await Promise.all(both);
    expect(one?.bin).toBe(other?.bin);
    expect(made).toBe(1);
});

test("does not use the remains of an aborted build, and removes them", async () => {
    const { sources, say, versions } = await machine([building]);
    putEngine(join(versions, ".making-3.250.0-dead", "bin"), engineVersion);
    const engine = await ensureEngine(say, sources);
    expect(engine.why).toMatch(/a build/);
    expect(readdirSync(versions)).toEqual([engineVersion]);
});

test("does not keep an incomplete build", async () => {
    const half: Maker = {
        what: "a build",
        make: async (folder) => void putEngine(join(folder, "bin"), engineVersion, ["pulumi"]),
    };
    const { sources, say, versions } = await machine([half]);
    await expect(ensureEngine(say, sources)).rejects.toThrow(/a build failed: the resulting programs do not run/);
    expect(readdirSync(versions)).toEqual([]);
});

test("keeps an engine of that version that does not run, and does not build another one", async () => {
    const { sources, say, versions } = await machine([never]);
    putEngine(join(versions, engineVersion, "bin"), engineVersion, ["pulumi"]);
    await expect(ensureEngine(say, sources)).rejects.toThrow(/is there, but .* do not run in it: move it away/);
    expect(existsSync(join(versions, engineVersion, "bin", "pulumi"))).toBe(true);
});

test("reports what it tried and what to install if nothing works", async () => {
    const { sources, say } = await machine([failing, { ...failing, what: "a build" }]);
    await expect(ensureEngine(say, sources)).rejects.toThrow(
        /no pulumi on PATH[^]*official download failed: no such host[^]*a build failed[^]*Install Pulumi .*or Go/,
    );
});

test("builds the versions in the go.mod files", () => {
    const goMod = (name: string) => readFileSync(join(root, "tools", name, "go.mod"), "utf8");
    expect(goMod("engine/pulumi")).toContain(`github.com/pulumi/pulumi/pkg/v3 v${engineVersion}`);
    expect(goMod("engine/hosts")).toContain(`github.com/pulumi/pulumi/sdk/v3 v${hostsVersion}`);
    expect(goMod("engine/go")).toContain(`github.com/pulumi/pulumi/sdk/v3 v${goHostVersion}`);
    expect(goMod("languages")).toContain(`github.com/pulumi/pulumi/pkg/v3 v${languagesVersion}`);
});
