import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import { packageSchema } from "./schema";
import { sdkArgs } from "./sdkArgs";

const root = join(__dirname, "..", "..");

/** Returns the generated files of the repository: each path, relative to its root, with the file's content. */
export async function generatedFiles(): Promise<ReadonlyMap<string, string>> {
    const schema = packageSchema();
    const texts = { "schema.json": JSON.stringify(schema), "provider/src/sdk/args.ts": sdkArgs(schema) };
    const files = new Map<string, string>();
    for (const [path, text] of Object.entries(texts)) {
        const filepath = join(root, path);
        files.set(path, await format(text, { ...(await resolveConfig(filepath)), filepath }));
    }
    return files;
}
