import { copyFile, cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../paths";
import { ensureSdks, sdkFolder } from "../sdks";
import { archive, filesOf, fromTemplate, inTemporaryFolder, version, type Part } from "./part";

const file = `pulumi-kalshi-dotnet-${version}.tar.gz`;

/** The C# package's sources with their project file. Nothing here compiles them, because that needs the .NET SDK. */
export const dotnetPart: Part = {
    title: "C# sources",
    files: [file],
    pack: async (folder, say) => {
        await ensureSdks(say);
        await inTemporaryFolder(async (stage) => {
            await cp(sdkFolder("dotnet"), stage, { recursive: true });
            await copyFile(join(root, "LICENSE"), join(stage, "LICENSE"));
            await writeFile(join(stage, "README.md"), await fromTemplate(join(root, "tools", "release", "sdk.md")));
            await archive(join(folder, file), stage, await filesOf(stage));
        });
    },
};
