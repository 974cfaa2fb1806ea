import { join } from "node:path";
import { archive, filesOf, version, type Part } from "./part";
import { inSdkStage } from "./sdkStage";

const file = `pulumi-kalshi-dotnet-${version}.tar.gz`;

/** The C# package's sources with their project file. Nothing here compiles them, because that needs the .NET SDK. */
export const dotnetPart: Part = {
    title: "C# sources",
    files: [file],
    pack: (folder, say) =>
        inSdkStage("dotnet", say, async (stage) => archive(join(folder, file), stage, await filesOf(stage))),
};
