import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { Resvg } from "@resvg/resvg-js";
import { goBuild } from "./engine/build";
import { ensureFolder } from "./engine/once";
import { cache, root } from "./paths";
import { mustRun } from "./processes";

const generator = "tools/languages";
const schema = join(root, "schema.json");
const logo = join(root, "docs", "logo.svg");
const sources = [schema, logo, ...["main.go", "go.mod", "go.sum"].map((name) => join(root, generator, name))];

/** The languages of the generated SDKs. Each SDK has its own folder. The SDK for TypeScript is provider/src/sdk. */
export type SdkLanguage = "python" | "go" | "java" | "dotnet";

/** Returns the folder of a generated SDK, which {@link ensureSdks} creates. */
export function sdkFolder(language: SdkLanguage): string {
    return join(sdksFolder(), language);
}

/** Returns the folder of all generated SDKs. Its name contains a hash of the schema and the generator. */
export function sdksFolder(): string {
    const hash = createHash("sha256");
    sources.forEach((source) => hash.update(readFileSync(source)));
    return join(cache, `sdks-${hash.digest("hex").slice(0, 12)}`);
}

/** Returns the program of tools/languages, which {@link ensureSdks} builds. */
export function languagesProgram(): string {
    return join(sdksFolder(), `languages${process.platform === "win32" ? ".exe" : ""}`);
}

/**
 * Generates the SDKs of other languages from schema.json. They depend on the schema only, so they are not committed.
 *
 * @returns the folder that holds them
 * @throws Error if Go is missing or the schema is invalid
 */
export async function ensureSdks(say: (progress: string) => void): Promise<string> {
    const folder = sdksFolder();
    await ensureFolder(folder, say, async (temporary) => generate(temporary, say));
    return folder;
}

async function generate(folder: string, say: (progress: string) => void): Promise<void> {
    const program = join(folder, basename(languagesProgram()));
    const time = "3 minutes on 2 cores if none was compiled before";
    await goBuild({ folder: generator, target: ".", output: program, time }, say);
    const icon = join(folder, "logo.png");
    await writeFile(
        icon,
        new Resvg(readFileSync(logo), { fitTo: { mode: "width", value: iconSize } }).render().asPng(),
    );
    await mustRun(program, ["generate", schema, icon, folder]);
}

/** The width of the NuGet package's icon, in pixels. Source: learn.microsoft.com, nuget/reference/nuspec, icon. */
const iconSize = 128;
