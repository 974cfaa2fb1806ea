import { copyFile, cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { addresses } from "../addresses";
import { root } from "../paths";
import { ensureSdks, sdkFolder, type SdkLanguage } from "../sdks";
import { fillTemplate } from "../template";
import { inTemporaryFolder } from "./part";

/** Does the work in a copy of a generated SDK with the license and a README. The copy is removed afterwards. */
export async function inSdkStage(
    language: SdkLanguage,
    say: (progress: string) => void,
    work: (stage: string) => Promise<void>,
): Promise<void> {
    await ensureSdks(say);
    await inTemporaryFolder(async (stage) => {
        await cp(sdkFolder(language), stage, { recursive: true });
        await copyFile(join(root, "LICENSE"), join(stage, "LICENSE"));
        const readme = await readFile(join(root, "tools", "release", "sdk.md"), "utf8");
        await writeFile(join(stage, "README.md"), fillTemplate(readme, { ...addresses }));
        await work(stage);
    });
}
