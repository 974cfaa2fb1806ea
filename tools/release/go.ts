import { copyFile, cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { addresses } from "../addresses";
import { engineVersion } from "../engine/versions";
import { root } from "../paths";
import { mustRun } from "../processes";
import { ensureSdks, languagesProgram, sdkFolder } from "../sdks";
import { fromTemplate, inTemporaryFolder, version, type Part } from "./part";

const zip = `pulumi-kalshi-go-${version}.zip`;

/** The Go module sdk/go, as the file that a Go module proxy serves. */
export const goPart: Part = {
    title: "Go module",
    files: [zip],
    pack: async (folder, say) => {
        await ensureSdks(say);
        await inTemporaryFolder(async (stage) => {
            await cp(sdkFolder("go"), stage, { recursive: true });
            await copyFile(join(root, "LICENSE"), join(stage, "LICENSE"));
            await writeFile(join(stage, "README.md"), await fromTemplate(join(root, "tools", "release", "sdk.md")));
            // The generator requires an SDK that is too old to compile with.
            const sdk = `github.com/pulumi/pulumi/sdk/v3@v${engineVersion}`;
            await mustRun("go", ["mod", "edit", `-require=${sdk}`], { cwd: stage });
            say("completing go.mod");
            await mustRun("go", ["mod", "tidy"], { cwd: stage });
            await mustRun(languagesProgram(), ["zip", addresses.goModule, `v${version}`, stage, join(folder, zip)]);
        });
    },
};
