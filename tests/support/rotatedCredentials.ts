import { existsSync, readdirSync, readFileSync } from "node:fs";
import { chmod, copyFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Emulator } from "kalshi-emulator";
import type { ApiKey } from "../../provider/src/apiKey/inputs";
import { rotationsFolder } from "../../provider/src/cli/rotationRecord";
import { journalFolder } from "../../provider/src/journal/journal";
import { run, type Ended } from "../../tools/processes";
import { cliProgram } from "./doctor";
import { clientOf, rootKeyPem } from "./harness";
import { openEntriesIn } from "./killing";
import { resourcePlugin, type TestProject } from "./project";

/** A place of the provider's credentials. */
export const sources = ["stack configuration", "privateKeyPath", "variables", "variable with a path"] as const;
export type Source = (typeof sources)[number];

/** A project whose credentials are to be rotated. */
export interface RotationProject extends TestProject {
    readonly emulator: Emulator;
    /** The environment of its commands. */
    readonly env: NodeJS.ProcessEnv;
}

/** A key and its private key in PEM. */
export interface Pair {
    readonly apiKeyId: string;
    readonly privateKey: string;
}

/** The mode of the file that `kalshi:privateKeyPath` names. */
export const keyFileMode = 0o640;

/**
 * Creates a project whose credentials are in the given place.
 *
 * @param pair the credentials; by default the emulator's root key
 */
export async function projectWith(
    emulator: Emulator,
    source: Source,
    pair: Pair = { apiKeyId: emulator.rootKeyId, privateKey: rootKeyPem(emulator) },
): Promise<RotationProject> {
    const { apiKeyId: KALSHI_API_KEY_ID, privateKey: KALSHI_PRIVATE_KEY } = pair;
    const variables: Readonly<Record<string, string>> = {
        "stack configuration": {},
        privateKeyPath: {},
        variables: { KALSHI_API_KEY_ID, KALSHI_PRIVATE_KEY },
        "variable with a path": { KALSHI_API_KEY_ID, KALSHI_PRIVATE_KEY_PATH: emulator.rootKeyPath },
    }[source];
    const env = { KALSHI_BASE_URL: emulator.baseUrl, ...variables };
    const project = await resourcePlugin.createProjectWithEnvironment("", env);
    const { stack } = project;
    if (source === "stack configuration") {
        await stack.must("config", "set", "kalshi:apiKeyId", pair.apiKeyId);
        await stack.setSecret("kalshi:privateKey", pair.privateKey);
    } else if (source === "privateKeyPath") {
        await copyFile(emulator.rootKeyPath, keyFileOf(project));
        await chmod(keyFileOf(project), keyFileMode);
        await stack.must("config", "set", "kalshi:apiKeyId", pair.apiKeyId);
        await stack.must("config", "set", "kalshi:privateKeyPath", "key.pem");
    }
    return { ...project, emulator, env: stack.env };
}

/** Returns the file that `kalshi:privateKeyPath` names at first. */
export function keyFileOf({ stack }: TestProject): string {
    return join(stack.options.project, "key.pem");
}

/** Runs `rotate-credentials` without a terminal. */
export async function rotate({ stack, env }: RotationProject, ...args: string[]): Promise<Ended> {
    return run(process.execPath, [cliProgram, "rotate-credentials", ...args], { cwd: stack.options.project, env });
}

/** Returns the project with further variables, such as new credentials. */
export function withVariables(project: RotationProject, env: NodeJS.ProcessEnv): RotationProject {
    return { ...project, env: { ...project.env, ...env } };
}

/** Returns the credentials that the provider uses. */
export async function configuredPair({ stack, env }: RotationProject): Promise<Pair> {
    const printed = await stack.must("config", "--json", "--show-secrets");
    const options = JSON.parse(printed) as Record<string, { value: string }>;
    const path = options["kalshi:privateKeyPath"]?.value ?? env["KALSHI_PRIVATE_KEY_PATH"] ?? "";
    return {
        apiKeyId: options["kalshi:apiKeyId"]?.value ?? env["KALSHI_API_KEY_ID"] ?? "",
        privateKey:
            options["kalshi:privateKey"]?.value ??
            env["KALSHI_PRIVATE_KEY"] ??
            readFileSync(resolve(stack.options.project, path), "utf8"),
    };
}

/** Returns the account's keys, listed by the configured credentials. Fails if Kalshi does not accept those. */
export async function listedByConfigured(project: RotationProject): Promise<readonly ApiKey[]> {
    return clientOf(project.emulator, { retries: 0 }, await configuredPair(project)).listApiKeys();
}

/** Returns the files of new private keys that the user is to store. */
export function savedKeyFiles({ env }: RotationProject): string[] {
    const folder = join(dirname(rotationsFolder(env)), "credentials");
    return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
}

/** Returns the variables that the user is asked to set. */
export function newVariables(project: RotationProject): NodeJS.ProcessEnv {
    const [file = ""] = savedKeyFiles(project);
    const KALSHI_API_KEY_ID = /([\w-]+)\.pem$/.exec(file)?.[1];
    return "KALSHI_PRIVATE_KEY" in project.env
        ? { KALSHI_API_KEY_ID, KALSHI_PRIVATE_KEY: readFileSync(file, "utf8") }
        : { KALSHI_API_KEY_ID, KALSHI_PRIVATE_KEY_PATH: file };
}

/** Returns what rotations have left: records, backups, drafts, and open entries of the journal. */
export async function leftovers({ stack, env }: RotationProject): Promise<string[]> {
    const names = (folder: string) => (existsSync(folder) ? readdirSync(folder).sort() : []);
    const known = ["Pulumi.yaml", "Pulumi.test.yaml", "index.js", "key.pem", "node_modules", "package.json"];
    return [
        ...names(stack.options.project).filter((name) => !known.includes(name)),
        ...names(rotationsFolder(env)),
        ...(await openEntriesIn(journalFolder(env))).map(({ file }) => file),
    ];
}
