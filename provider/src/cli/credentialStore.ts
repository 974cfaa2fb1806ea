import { copyFileSync, existsSync, realpathSync, rmSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { options as providerOptions, settingsOf, type ConfigSources, type Setting } from "../config";
import { pulumiHome, type Environment } from "../pulumi";
import { ConfigurationFile, configurationFileOf, isIn } from "./configurationFile";
import { createFile, replaceFile } from "./files";
import type { RotationRecord } from "./rotationRecord";
import type { OptionValue, Stack } from "./stack";

/** A key that Kalshi has returned. */
export interface NewCredentials {
    readonly apiKeyId: string;
    /** PEM. */
    readonly privateKey: string;
}

/** The place that holds the provider's credentials. In all of them the id and the private key change together, or not at all. */
export interface CredentialStore {
    /** The stack's configuration file; undefined if the user has to set the credentials by hand. */
    readonly target: string | undefined;
    /** The value of `kalshi:privateKeyPath`, if it names the private key's file. */
    readonly privateKeyPath: string | undefined;
    /**
     * Tries whether new credentials can be written, without changing the present ones.
     *
     * @throws Error if they cannot
     */
    test(): Promise<void>;
    /**
     * Writes the new credentials and keeps the old private key.
     *
     * @param backup a file for the old credentials
     * @returns a sentence on where the new credentials are
     */
    write(credentials: NewCredentials, backup: string): Promise<string>;
    /**
     * Removes what an interrupted `write` has left.
     *
     * @param apiKeyId the new key's id, if it is known
     */
    discard(apiKeyId: string | undefined, backup: string): void;
    /** Completes a rotation after the old key was revoked. The old private key is then of no use. */
    finish(record: RotationRecord, backup: string): Promise<void>;
}

function sourcesOf(stack: Stack | undefined, env: Environment): ConfigSources {
    return { option: (name) => stack?.configuration[`kalshi:${name}`]?.value, env };
}

/** Returns the place that the used credentials come from. */
export function credentialStoreOf(stack: Stack | undefined, env: Environment): CredentialStore {
    const used = settingsOf(sourcesOf(stack, env)).filter((setting) => setting.used);
    const id = used.find(({ option }) => option === "apiKeyId");
    const key = used.find(({ option }) => option === "privateKey" || option === "privateKeyPath");
    const file = stack && configurationFileOf(stack);
    if (stack !== undefined && file !== undefined && [id, key].every((setting) => isIn(file, stack, setting))) {
        const configurationFile = new ConfigurationFile(stack, file);
        const path = stack.configuration["kalshi:privateKeyPath"]?.value?.trim();
        return key?.option === "privateKeyPath" && path !== undefined
            ? new PrivateKeyFile(configurationFile, path)
            : new StackSecret(configurationFile);
    }
    return new ManualCredentials(
        [id, key].filter((setting) => setting !== undefined),
        env,
    );
}

/** Credentials of which both parts are in the stack's configuration file. */
class StackSecret implements CredentialStore {
    readonly privateKeyPath = undefined;
    readonly target: string;

    constructor(private readonly configuration: ConfigurationFile) {
        this.target = configuration.file;
    }

    async test(): Promise<void> {
        await this.configuration.test();
    }

    async write({ apiKeyId, privateKey }: NewCredentials, backup: string): Promise<string> {
        await this.configuration.set(
            [
                { name: "kalshi:privateKey", value: privateKey, secret: true },
                {
                    name: "kalshi:apiKeyId",
                    value: apiKeyId,
                    secret: this.configuration.isSecret("kalshi:apiKeyId"),
                },
            ],
            backup,
        );
        return `kalshi:apiKeyId and kalshi:privateKey in ${this.target}`;
    }

    discard(_apiKeyId: string | undefined, backup: string): void {
        this.configuration.discard();
        rmSync(backup, { force: true });
    }

    async finish(_record: RotationRecord, backup: string): Promise<void> {
        this.discard(undefined, backup);
        return Promise.resolve();
    }
}

/**
 * Credentials whose id is in the stack's configuration file, and whose private key is in the file that `kalshi:privateKeyPath` names. A
 * new file gets the new private key, and the configuration switches to its path and to the new id at once. After the old key was
 * revoked, the new private key replaces the old file, and the configuration gets its former path again.
 */
class PrivateKeyFile implements CredentialStore {
    readonly target: string;

    constructor(
        private readonly configuration: ConfigurationFile,
        readonly privateKeyPath: string,
    ) {
        this.target = configuration.file;
    }

    async test(): Promise<void> {
        await this.configuration.test();
        // The file may be a link. The new file is created beside the link, and in the end it replaces the file that the link names.
        for (const path of [this.privateKeyPath, realpathSync(this.privateKeyPath)]) {
            const file = fileOf(path, draftSuffix);
            createFile(file, "", this.privateKeyPath);
            rmSync(file);
        }
    }

    async write({ apiKeyId, privateKey }: NewCredentials, backup: string): Promise<string> {
        const path = fileOf(this.privateKeyPath, apiKeyId);
        createFile(path, privateKey, this.privateKeyPath);
        await this.configuration.set([this.#path(path), this.#id(apiKeyId)], backup);
        return `the private key in ${path}, kalshi:apiKeyId and kalshi:privateKeyPath in ${this.target}`;
    }

    discard(apiKeyId: string | undefined, backup: string): void {
        this.configuration.discard();
        if (apiKeyId !== undefined) {
            rmSync(fileOf(this.privateKeyPath, apiKeyId), { force: true });
        }
        rmSync(backup, { force: true });
    }

    async finish({ privateKeyPath: former, newKey }: RotationRecord, backup: string): Promise<void> {
        this.configuration.discard();
        if (former !== undefined && newKey !== undefined) {
            const path = fileOf(former, newKey.apiKeyId);
            const configured = resolve(this.privateKeyPath);
            if (configured === resolve(path)) {
                // Somebody may have removed the old file, because the configuration no longer names it.
                const file = existsSync(former) ? realpathSync(former) : former;
                const draft = fileOf(file, draftSuffix);
                rmSync(draft, { force: true });
                copyFileSync(path, draft);
                replaceFile(draft, file);
                await this.configuration.set([this.#path(former)]);
            }
            // If the user has configured a third file since, that may be a link to this one.
            if (configured === resolve(path) || configured === resolve(former)) {
                rmSync(path, { force: true });
            }
        }
        rmSync(backup, { force: true });
    }

    #path(value: string): OptionValue {
        const name = "kalshi:privateKeyPath";
        return { name, value, secret: this.configuration.isSecret(name) };
    }

    #id(value: string): OptionValue {
        const name = "kalshi:apiKeyId";
        return { name, value, secret: this.configuration.isSecret(name) };
    }
}

/** The ending of the private key's file while it is written. */
const draftSuffix = "rotation";

function fileOf(path: string, suffix: string): string {
    return `${path}.${suffix}`;
}

/** Returns the file that keeps a new private key until the user has stored it. */
function savedKeyFile(apiKeyId: string, env: Environment): string {
    return join(pulumiHome(env), "kalshi", "credentials", `${apiKeyId}.pem`);
}

/** Returns the file that keeps a new private key, if it exists and the configuration does not name it. */
export function unusedKeyFile(apiKeyId: string, stack: Stack | undefined, env: Environment): string | undefined {
    const file = savedKeyFile(apiKeyId, env);
    const path = settingsOf(sourcesOf(stack, env)).find(({ option, used }) => option === "privateKeyPath" && used);
    return existsSync(file) && resolve(path?.value ?? "") !== resolve(file) ? file : undefined;
}

/** Credentials that the user has to change: in variables, or in options that the stack's configuration file does not hold. */
export class ManualCredentials implements CredentialStore {
    readonly target = undefined;
    readonly privateKeyPath = undefined;

    constructor(
        private readonly settings: readonly Setting[],
        private readonly env: Environment,
    ) {}

    async test(): Promise<void> {
        const file = this.#fileOf("test");
        await mkdir(dirname(file), { recursive: true, mode: 0o700 });
        createFile(file, "");
        rmSync(file);
    }

    async write({ apiKeyId, privateKey }: NewCredentials): Promise<string> {
        const file = this.#fileOf(apiKeyId);
        createFile(file, privateKey);
        return `the private key in ${file}, which only you can read`;
    }

    discard(apiKeyId: string | undefined): void {
        if (apiKeyId !== undefined) {
            rmSync(this.#fileOf(apiKeyId), { force: true });
        }
    }

    async finish(): Promise<void> {
        return Promise.resolve();
    }

    #fileOf(apiKeyId: string): string {
        return savedKeyFile(apiKeyId, this.env);
    }

    /** Returns what the user has to set. */
    instructions(apiKeyId: string): string[] {
        const file = this.#fileOf(apiKeyId);
        const texts = {
            apiKeyId: [apiKeyId, `pulumi config set kalshi:apiKeyId ${apiKeyId}`],
            privateKey: [`the content of ${file}`, `pulumi config set --secret kalshi:privateKey < ${file}`],
            privateKeyPath: [file, `pulumi config set kalshi:privateKeyPath ${file}`],
            environment: undefined,
            baseUrl: undefined,
        } as const;
        return this.settings.flatMap(({ option, source }) => {
            const text = texts[option];
            if (text === undefined) {
                return [];
            }
            return source === "option"
                ? `the option kalshi:${option} to ${text[0]}; in the stack's configuration: \`${text[1]}\``
                : `the variable ${providerOptions[option].variable} to ${text[0]}`;
        });
    }
}
