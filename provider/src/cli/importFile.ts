import { label } from "../apiKey/errors";
import type { ApiKey } from "../apiKey/inputs";
import { findPrivateKeyFiles, importVariables, type PrivateKeyFiles } from "../importKeys";
import { journalFolder, readJournal } from "../journal/journal";
import { describeEndpoint } from "../kalshi/endpoint";
import { printable } from "../kalshi/text";
import { pluginType } from "../package";
import { UserError, withCode } from "../userError";
import { Account } from "./account";
import type { AccountKeys } from "./accountScope";
import { examineConfiguration } from "./examine";
import { selectKeys, type HoldingStack, type KeySelection } from "./importKeySelection";
import { exposedFiles, filesOfNoKey, verifyPrivateKeys, type KeyWithFile } from "./privateKeyCheck";
import { resourceNames } from "./resourceNames";
import { exportStack, findStack, type Stack } from "./stack";
import { parseState } from "./stackState";

/** The options of the command. */
export interface ImportFileOptions {
    /** A folder with `<id>.pem` files, or a JSON map from ids to files. Default: the variable of the plugin. */
    readonly keys?: string;
    /** Only keys whose name begins with this. */
    readonly filter?: string;
    /** Stacks that hold keys of the account, besides the selected one. */
    readonly stack?: readonly string[];
}

/** Why no file is written: one or more problems, each for the user. */
class Refusal extends Error {
    constructor(readonly problems: readonly string[]) {
        super(problems.join("\n"));
    }
}

/**
 * Writes the file for `pulumi import --file` to standard output: the account's keys that no given stack holds. Everything for a person
 * goes to standard error. Nothing is written unless everything was read, and each private key was verified by a request that it signs.
 *
 * The file has the format of `importFile` in pulumi/pulumi v3.250.0, pkg/cmd/pulumi/operations/import.go. Without `version`, the engine
 * uses the plugin that the project uses. Without `nameTable`, the default provider reads the keys.
 *
 * @returns the exit code: 0 if the file was written, 1 if not
 */
export async function importFile(options: ImportFileOptions): Promise<number> {
    try {
        await write(options);
        return 0;
    } catch (error) {
        if (error instanceof Refusal || error instanceof UserError) {
            const problems = error instanceof Refusal ? error.problems : [error.message];
            say(...problems.map((problem) => `✗ ${problem}`));
            say("No file was written, and nothing was changed.");
            return 1;
        }
        throw error;
    }
}

async function write({ keys, filter = "", stack = [] }: ImportFileOptions): Promise<void> {
    // Relative paths are relative to the working directory, which findStack changes to the project's folder.
    const privateKeys = privateKeyFiles(keys);
    const target = await findTarget(stack);
    const account = accountOf(target);
    // In this order: a key that a run creates meanwhile is in the journal until the state holds it.
    const listed = await listKeys(account);
    const entries = (await readJournal(journalFolder(process.env))).flatMap(({ entry }) => entry ?? []);
    const stacks = await readStacks(target === undefined ? stack : [target.fullName, ...stack]);
    const selection = selectKeys(listed, stacks, entries, filter);
    const withFile = await verified(selection.selected, privateKeys, account, listed);

    const names = resourceNames(selection.selected, target?.state.keys.map(({ resource }) => resource) ?? []);
    const resources = selection.selected.map(({ apiKeyId }, index) => ({
        type: pluginType,
        name: names[index],
        id: apiKeyId,
    }));
    if (target === undefined && stacks.length === 0) {
        say(
            "Warning: this folder is in no Pulumi project, so keys that stacks hold are in the file. Name the stacks with --stack.",
        );
    }
    describe(selection, account, listed, filter);
    if (privateKeys !== undefined) {
        describePrivateKeys(selection.selected, withFile, privateKeys);
    }
    await output(`${JSON.stringify({ resources }, undefined, 4)}\n`);
    describeNext(resources.length, target, privateKeys);
}

/**
 * Writes the file to standard output.
 *
 * @throws Refusal if that fails, for example because the disk is full. `console.log` would not report it
 */
async function output(text: string): Promise<void> {
    const error = await new Promise<Error | null | undefined>((resolve) => {
        process.stdout.once("error", resolve);
        process.stdout.write(text, resolve);
    });
    if (error != null) {
        throw new Refusal([
            `The file could not be written to standard output: ${error.message}. Remove what is there of it.`,
        ]);
    }
}

/** Finds the private key files, by the option or by the variable that the import itself reads. */
function privateKeyFiles(option: string | undefined): PrivateKeyFiles | undefined {
    const variable = process.env[importVariables.keys]?.trim() ?? "";
    const path = option ?? (variable === "" ? undefined : variable);
    try {
        return path === undefined ? undefined : findPrivateKeyFiles(path);
    } catch (error) {
        const where = option === undefined ? `The variable ${importVariables.keys}` : "The option --keys";
        throw new UserError("KALSHI_IMPORT_FILE_INVALID", `${where} ${(error as Error).message}`);
    }
}

/**
 * Finds the stack that the keys are imported into: the selected one, or else the first named one of this project.
 *
 * @returns undefined outside of a project
 * @throws Refusal if it cannot be read
 */
async function findTarget(names: readonly string[]): Promise<Stack | undefined> {
    const selected = await findStack(undefined);
    // A name of three parts may be one of another project, and this project's configuration would be read for it.
    const named = names.find((name) => name.split("/").length < 3);
    const isProject = !("reason" in selected && selected.noProject);
    const found = "reason" in selected && isProject && named !== undefined ? await findStack(named) : selected;
    if (!("reason" in found)) {
        return found;
    }
    if (isProject) {
        throw new Refusal([unreadable(named ?? "of this project", found.reason)]);
    }
    return undefined;
}

/**
 * Reads the states of the stacks whose keys are left out.
 *
 * @throws Refusal if one cannot be read, because its keys would be imported a second time
 */
async function readStacks(names: readonly string[]): Promise<HoldingStack[]> {
    const problems: string[] = [];
    const stacks = await Promise.all(
        names.map(async (name): Promise<HoldingStack[]> => {
            try {
                return [{ name, state: parseState(await exportStack(name)) }];
            } catch (error) {
                problems.push(unreadable(name, (error as Error).message));
                return [];
            }
        }),
    );
    if (problems.length > 0) {
        throw new Refusal(problems);
    }
    return stacks.flat();
}

function unreadable(name: string, reason: string): string {
    const text = `The stack ${name} cannot be read, so its keys are unknown: ${printable(reason)}.`;
    return withCode(text, "KALSHI_STACK_UNREADABLE");
}

/** Returns the account that the provider in the stack would use. */
function accountOf(target: Stack | undefined): Account {
    const { check, config } = examineConfiguration(target?.configuration ?? {}, process.env, target?.project ?? "");
    if (config === undefined) {
        throw new Refusal(["The configuration cannot be used:", ...(check.details ?? [])]);
    }
    return new Account(config, { retries: 8, log: (message) => say(message) });
}

async function listKeys(account: Account): Promise<AccountKeys> {
    const { check, listed } = await account.list();
    if (listed === undefined) {
        throw new Refusal([check.text]);
    }
    return listed;
}

/** Verifies the private keys of the selected keys, and returns these keys. */
async function verified(
    selected: readonly ApiKey[],
    privateKeys: PrivateKeyFiles | undefined,
    account: Account,
    listed: AccountKeys,
): Promise<KeyWithFile[]> {
    if (privateKeys === undefined) {
        return [];
    }
    const unknown = filesOfNoKey(privateKeys, listed);
    const withFile: KeyWithFile[] = [];
    for (const key of selected) {
        const file = privateKeys.files.get(key.apiKeyId.toLowerCase());
        if (file !== undefined) {
            withFile.push({ key, file });
        }
    }
    // A file for an unknown id stops everything, so no request is made then.
    const problems = unknown.length > 0 ? unknown : await verifyWithProgress(withFile, account);
    if (problems.length > 0) {
        throw new Refusal(problems.map(({ message }) => message));
    }
    return withFile;
}

async function verifyWithProgress(keys: readonly KeyWithFile[], account: Account) {
    const { isTTY } = process.stderr;
    let done = 0;
    return verifyPrivateKeys(keys, account, () => {
        done++;
        if (isTTY) {
            process.stderr.write(`${clearLine}Verified ${done} of ${keys.length} private keys`);
        }
    });
}

function describe(
    { selected, suspects, leftOut }: KeySelection,
    account: Account,
    listed: AccountKeys,
    filter: string,
) {
    const { endpoint } = account.config;
    say(
        `Kalshi ${describeEndpoint(endpoint)}: ${count(listed.keys.length)} on the account, ${selected.length} in the file.`,
    );
    for (const { stack, keys } of leftOut.held.filter(({ keys }) => keys.length > 0)) {
        say(`Left out: ${count(keys.length)} that the stack ${stack} holds`);
    }
    for (const key of leftOut.signing) {
        say(`Left out: the provider's signing key ${label(key)}, which no stack should manage`);
    }
    if (leftOut.interrupted.length > 0) {
        say(
            `Left out: ${count(leftOut.interrupted.length)} of creates that are in flight or were interrupted. See \`pulumi-kalshi doctor\`.`,
            ...some(leftOut.interrupted.map(label)),
        );
    }
    if (leftOut.filtered.length > 0) {
        say(`Left out: ${count(leftOut.filtered.length)} whose name does not begin with "${filter}"`);
    }
    if (suspects.length > 0) {
        say(
            `Warning: another stack may hold ${count(suspects.length)} in the file, because Pulumi may have created them. If two stacks ` +
                "hold a key, the destruction of one revokes it. Name that stack with --stack.",
            ...some(suspects.map(label)),
        );
    }
}

function describePrivateKeys(selected: readonly ApiKey[], withFile: readonly KeyWithFile[], keys: PrivateKeyFiles) {
    say(`Private keys: ${withFile.length} verified, each by one request that it signed.`);
    const without = selected.filter((key) => !withFile.some((one) => one.key === key));
    if (without.length > 0) {
        say(
            `Without a private key: ${count(without.length)}. The state cannot get it later without another import.`,
            ...some(without.map(label)),
        );
    }
    if (keys.others.length > 0) {
        say(`Ignored in ${keys.path}, because they are not named *.pem:`, ...some(keys.others));
    }
    const exposed = exposedFiles(withFile.map(({ file }) => file));
    if (exposed.length > 0) {
        say(
            "Warning: other users of this machine may read these private keys (`chmod go= FILE` prevents it):",
            ...some(exposed),
        );
    }
}

/** Prints the command that imports the file. */
function describeNext(keys: number, target: Stack | undefined, privateKeys: PrivateKeyFiles | undefined): void {
    if (keys === 0) {
        say("There is no key to import.");
        return;
    }
    const variable = privateKeys === undefined ? "" : `${importVariables.keys}=${quoted(privateKeys.path)} `;
    const stack = target === undefined ? "" : ` --stack ${quoted(target.fullName)}`;
    say("Next, if the file is import.json:", `    ${variable}pulumi import${stack} --file import.json`);
}

/** Quotes a word for a POSIX shell if that is necessary. */
function quoted(word: string): string {
    return /^[\w/.:@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function count(keys: number): string {
    return `${keys} ${keys === 1 ? "key" : "keys"}`;
}

/** The most lines of a list for a person. */
const mostLines = 10;

/** Returns the first lines of a list, indented, and how many more there are. */
function some(lines: readonly string[]): string[] {
    const more = lines.length - mostLines;
    const shown = lines.slice(0, mostLines).map((line) => `    ${line}`);
    return more > 0 ? [...shown, `    and ${more} more`] : shown;
}

/** Removes the progress of the verification from the terminal's line. */
const clearLine = "\r\u001b[K";

/** Prints lines to standard error. Names are untrusted, so every line is made printable. */
function say(...lines: readonly string[]): void {
    lines.forEach((line) => print(printable(line)));
}

function print(line: string): void {
    console.error(process.stderr.isTTY ? clearLine + line : line);
}
