import { join } from "node:path";
import { addresses } from "../addresses";
import { engineVersion } from "../engine/versions";
import { mustRun } from "../processes";
import { languagesProgram } from "../sdks";
import { version, type Part } from "./part";
import { inSdkStage } from "./sdkStage";

const zip = `pulumi-kalshi-go-${version}.zip`;

/** The Go module sdk/go, as the file that a Go module proxy serves. */
export const goPart: Part = {
    title: "Go module",
    files: [zip],
    pack: (folder, say) =>
        inSdkStage("go", say, async (stage) => {
            // The generator requires an SDK that is too old to compile with.
            const sdk = `github.com/pulumi/pulumi/sdk/v3@v${engineVersion}`;
            await mustRun("go", ["mod", "edit", `-require=${sdk}`], { cwd: stage });
            say("completing go.mod");
            await mustRun("go", ["mod", "tidy"], { cwd: stage });
            await mustRun(languagesProgram(), ["zip", addresses.goModule, `v${version}`, stage, join(folder, zip)]);
        }),
};
