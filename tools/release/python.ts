import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse, stringify } from "smol-toml";
import { mustRun } from "../processes";
import { ensurePythonWithBuild } from "../python";
import { time, version, type Part } from "./part";
import { inSdkStage } from "./sdkStage";

/** The Python package `pulumi_kalshi`: a wheel and a source distribution. */
export const pythonPart: Part = {
    title: "Python package",
    files: [`pulumi_kalshi-${version}-py3-none-any.whl`, `pulumi_kalshi-${version}.tar.gz`],
    pack: async (folder, say) => {
        const python = await ensurePythonWithBuild(say);
        await inSdkStage("python", say, async (stage) => {
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
