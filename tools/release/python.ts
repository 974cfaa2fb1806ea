import { cp, copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse, stringify } from "smol-toml";
import { root } from "../paths";
import { mustRun } from "../processes";
import { ensurePythonWithBuild } from "../python";
import { ensureSdks, sdkFolder } from "../sdks";
import { fromTemplate, inTemporaryFolder, time, version, type Part } from "./part";

/** The Python package `pulumi_kalshi`: a wheel and a source distribution. */
export const pythonPart: Part = {
    title: "Python package",
    files: [`pulumi_kalshi-${version}-py3-none-any.whl`, `pulumi_kalshi-${version}.tar.gz`],
    pack: async (folder, say) => {
        await ensureSdks(say);
        const python = await ensurePythonWithBuild(say);
        await inTemporaryFolder(async (stage) => {
            await cp(sdkFolder("python"), stage, { recursive: true });
            await copyFile(join(root, "LICENSE"), join(stage, "LICENSE"));
            await writeFile(join(stage, "README.md"), await fromTemplate(join(root, "tools", "release", "sdk.md")));
            const project = join(stage, "pyproject.toml");
            await writeFile(project, withHatchling(await readFile(project, "utf8")));
            const env = { ...process.env, SOURCE_DATE_EPOCH: String(time.getTime() / 1000) };
            say("building the wheel and the source distribution");
            await mustRun(python, ["-m", "build", "--no-isolation", "--outdir", folder, stage], { env });
        });
    },
};

/** Replaces the generated build system, setuptools, because its source distributions contain the time of their build. */
function withHatchling(generated: string): string {
    return stringify({
        ...parse(generated),
        "build-system": { requires: ["hatchling"], "build-backend": "hatchling.build" },
        tool: { hatch: { build: { include: ["pulumi_kalshi"] } } },
    });
}
