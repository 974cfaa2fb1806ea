import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Emulator } from "../../emulator/index";
import { run, type Ended } from "../../tools/processes";
import { cliProgram } from "./doctor";
import { clientOf, scratchFolder } from "./harness";

/** A resource in the file of `pulumi-kalshi import-file`. */
export interface ImportedResource {
    readonly type: string;
    readonly name: string;
    readonly id: string;
}

/** Runs `pulumi-kalshi import-file` in a folder. */
export async function importFileIn(cwd: string, env: NodeJS.ProcessEnv, ...args: string[]): Promise<Ended> {
    return run(process.execPath, [cliProgram, "import-file", ...args], { cwd, env });
}

/** Returns the resources in the file that a run printed. */
export function resourcesIn({ stdout }: Ended): readonly ImportedResource[] {
    return (JSON.parse(stdout) as { resources: ImportedResource[] }).resources;
}

/** A key that a test created at the emulator. */
export interface CreatedKey {
    readonly name: string;
    readonly apiKeyId: string;
    readonly privateKey: string;
}

/** Creates keys on the emulator's account. */
export async function createKeys(emulator: Emulator, names: readonly string[]): Promise<CreatedKey[]> {
    const account = clientOf(emulator);
    const keys: CreatedKey[] = [];
    for (const name of names) {
        const { apiKeyId, privateKey } = await account.generateApiKey({ name, scopes: ["read"], keyType: "ed25519" });
        keys.push({ name, apiKeyId, privateKey });
    }
    return keys;
}

/** Writes private keys to a new folder, which only this user can read, and returns its path. */
export async function keysFolder(keys: readonly CreatedKey[]): Promise<string> {
    const folder = join(await scratchFolder(), "private keys");
    mkdirSync(folder, { mode: 0o700 });
    for (const { apiKeyId, privateKey } of keys) {
        writeFileSync(join(folder, `${apiKeyId}.pem`), privateKey, { mode: 0o600 });
    }
    return folder;
}
