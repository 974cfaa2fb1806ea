import { randomUUID } from "node:crypto";
import { copyFileSync, existsSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import type { Setting } from "../config";
import { projectFileOf } from "../pulumi";
import { parseYaml } from "./yaml";
import { backUp, replaceFile } from "./files";
import { readConfiguration, readProject, setOption, type OptionValue, type Stack } from "./stack";

/**
 * Returns the file of a stack's configuration, if there is one.
 *
 * Source: pulumi/pulumi, sdk/go/common/workspace/paths.go, DetectProjectStackPath.
 */
export function configurationFileOf({ folder, stack }: Stack): string | undefined {
    const projectFile = projectFileOf(folder);
    if (projectFile === undefined) {
        return undefined;
    }
    const { stackConfigDir, config } = readProject(folder);
    const subfolder = stackConfigDir ?? (typeof config === "string" ? config : "");
    const file = join(folder, subfolder, `Pulumi.${stack}${extname(projectFile)}`);
    return existsSync(file) ? realpathSync(file) : undefined;
}

const stackFileSchema = z.looseObject({ config: z.record(z.string(), z.unknown()).nullish() });

/**
 * Returns whether a setting is an option in a stack's own configuration file. An option can also come from the project's file or from an
 * environment of Pulumi ESC, which other stacks share.
 */
export function isIn(file: string, { configuration }: Stack, setting: Setting | undefined): boolean {
    if (setting?.source !== "option") {
        return false;
    }
    const name = `kalshi:${setting.option}`;
    const value = stackFileSchema.safeParse(parseYaml(readFileSync(file, "utf8"), file)).data?.config?.[name];
    return typeof value === "string" ? value === configuration[name]?.value : value !== undefined;
}

/** Returns whether a stack's configuration file still has everything of an older text but the given options. */
function keepsAllBut(file: string, names: readonly string[], before: string, after: string): boolean {
    const [old, current] = [before, after].map((text) => stackFileSchema.parse(parseYaml(text, file) ?? {}));
    const has = (whole: object | null | undefined, part: object | null | undefined, except: readonly string[]) => {
        const values = new Map<string, unknown>(Object.entries(whole ?? {}));
        return Object.entries(part ?? {}).every(
            ([name, value]) => except.includes(name) || isDeepStrictEqual(values.get(name), value),
        );
    };
    return has(current, old, ["config"]) && has(current?.config, old?.config, names);
}

/** A stack's configuration file. All options change at once, because the complete new file replaces the old one. */
export class ConfigurationFile {
    /** What the names of new files begin with while they are written. */
    readonly #prefix: string;
    /**
     * The new file while it is written. Its name is unique, because a `pulumi` that outlives an earlier run may still write to the file
     * of that run. `pulumi` reads the format from the ending.
     */
    readonly #draft: string;

    constructor(
        private readonly stack: Stack,
        readonly file: string,
    ) {
        const ending = extname(file);
        this.#prefix = `.${basename(file, ending)}.rotation-`;
        this.#draft = join(dirname(file), `${this.#prefix}${randomUUID()}${ending}`);
    }

    /** Returns whether an option is a secret of the stack. */
    isSecret(name: string): boolean {
        return this.stack.configuration[name]?.secret === true;
    }

    /** Tries whether the stack's secrets provider encrypts, and whether the folder can be written. */
    async test(): Promise<void> {
        const value = this.stack.configuration["kalshi:apiKeyId"]?.value ?? "";
        await this.#prepare([{ name: "kalshi:apiKeyId", value, secret: true }]);
        this.#discardDraft();
    }

    /**
     * Sets options.
     *
     * @param backup a file for the old configuration
     * @throws Error if the file was changed meanwhile
     */
    async set(options: readonly OptionValue[], backup?: string): Promise<void> {
        const before = await this.#prepare(options);
        if (backup !== undefined) {
            backUp(this.file, backup);
        }
        if (!readFileSync(this.file).equals(before)) {
            this.#discardDraft();
            throw new Error(`${this.file} was changed by another process`);
        }
        replaceFile(this.#draft, this.file);
    }

    /** Removes the new files that this run and earlier ones have not completed. No other run may be active: it would lose its file. */
    discard(): void {
        const folder = dirname(this.file);
        for (const name of readdirSync(folder).filter((one) => one.startsWith(this.#prefix))) {
            rmSync(join(folder, name), { force: true });
        }
    }

    #discardDraft(): void {
        rmSync(this.#draft, { force: true });
    }

    /** Writes the draft and checks that it has the options. Returns the file's content before. */
    async #prepare(options: readonly OptionValue[]): Promise<Buffer> {
        const { fullName } = this.stack;
        const before = readFileSync(this.file);
        copyFileSync(this.file, this.#draft);
        try {
            for (const option of options) {
                await setOption(fullName, this.#draft, option);
            }
            const written = await readConfiguration(fullName, this.#draft);
            if (options.some(({ name, value }) => written[name]?.value?.trim() !== value.trim())) {
                throw new Error("`pulumi config set` wrote other values than it was given");
            }
            const names = options.map(({ name }) => name);
            // `pulumi config set` creates a file that is gone.
            if (!keepsAllBut(this.file, names, before.toString(), readFileSync(this.#draft, "utf8"))) {
                throw new Error(
                    `the new file for ${this.file} lacks other options; another process may have removed it`,
                );
            }
        } catch (error) {
            this.#discardDraft();
            throw error;
        }
        return before;
    }
}
