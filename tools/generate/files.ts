import { readFileSync } from "node:fs";
import { join } from "node:path";
import { format, getFileInfo, resolveConfig } from "prettier";
import { addressesOf, type Addresses } from "../addresses";
import { registryPages } from "./registryPages";
import { filesWithAddresses } from "./replaceAddresses";
import { root } from "../paths";
import { packageSchema } from "./schema";
import { sdkArgs } from "./sdkArgs";

/** Returns the generated files of the repository: each path, relative to its root, with the file's content. */
export async function generatedFiles(addresses: Addresses): Promise<ReadonlyMap<string, string>> {
    const schema = packageSchema(addresses);
    const files = new Map([
        ...filesWithAddresses(currentAddresses(), addresses),
        ["schema.json", JSON.stringify(schema)],
        ["provider/src/sdk/args.ts", sdkArgs(schema)],
        ...registryPages(addresses),
        ["provider/package.json", manifest("provider", addresses, { pluginDownloadURL: addresses.pluginDownloadURL })],
        ["emulator/package.json", manifest("emulator", addresses)],
        ["policies/package.json", manifest("policies", addresses)],
    ]);
    for (const [path, text] of files) {
        const filepath = join(root, path);
        const options = { ...(await resolveConfig(filepath)), filepath };
        files.set(path, (await getFileInfo(filepath)).inferredParser === null ? text : await format(text, options));
    }
    return files;
}

/** Returns the addresses that schema.json and the other generated files contain now. */
function currentAddresses(): Addresses {
    const { repository, publisher } = JSON.parse(readFileSync(join(root, "schema.json"), "utf8")) as Addresses;
    return addressesOf(repository, publisher);
}

/** Returns the text of a package.json with the repository's addresses, by which npm checks the origin of a published package. */
function manifest(directory: string, { repository }: Addresses, more: object = {}): string {
    const old = JSON.parse(readFileSync(join(root, directory, "package.json"), "utf8")) as object;
    const addresses = {
        homepage: `${repository}#readme`,
        bugs: `${repository}/issues`,
        repository: { type: "git", url: `git+${repository}.git`, directory },
    };
    return JSON.stringify({ ...old, ...addresses, ...more });
}
