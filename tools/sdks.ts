import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import which from "which";
import { cache, root } from "./paths";
import { mustRun } from "./processes";

const generator = join(root, "tools", "sdk");
const schema = join(root, "schema.json");
const sources = [schema, ...["main.go", "go.mod", "go.sum"].map((name) => join(generator, name))];

/** The languages of the generated SDKs. Each SDK has its own folder. */
export type SdkLanguage = "python" | "go";

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

/** Returns whether {@link ensureSdks} has generated the SDKs of the current schema. */
export function hasSdks(): boolean {
    return existsSync(stampIn(sdksFolder()));
}

const stampIn = (folder: string) => join(folder, "complete");

/**
 * Generates the SDKs of other languages from schema.json. They depend on the schema only, so they are not committed.
 *
 * @returns the folder that holds them
 * @throws Error if Go is missing or the schema is invalid
 */
export async function ensureSdks(say: (progress: string) => void): Promise<string> {
    if ((await which("go", { nothrow: true })) === null) {
        throw new Error("there is no go on PATH: install Go 1.25 or newer (https://go.dev/dl/)");
    }
    const folder = sdksFolder();
    if (hasSdks()) {
        return folder;
    }
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    const program = join(folder, "generator");
    // The same flags as in ../tools/engine/build.ts let Go reuse the packages that it compiled for the engine.
    const options = { cwd: generator, env: { ...process.env, CGO_ENABLED: "0" } };
    say("sdk: downloading Go modules");
    const packages = (await mustRun("go", ["list", "-deps", "."], options)).split("\n").length;
    let compiled = 0;
    say(`sdk: compiling ${packages} packages, 3 minutes on 2 cores if none was compiled before`);
    await mustRun("go", ["build", "-v", "-trimpath", "-o", program, "."], options, () => {
        say(`sdk: compiled ${++compiled} of ${packages} packages`);
    });
    await mustRun(program, [schema, folder]);
    await rm(program);
    writeFileSync(stampIn(folder), "");
    return folder;
}
