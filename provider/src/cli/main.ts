#!/usr/bin/env node
// The first import, because it must run before code that an old Node cannot run.
import "../nodeVersion";
import { Command } from "commander";
import { importVariables } from "../importKeys";
import { printable } from "../kalshi/text";
import { version } from "../package";
import { doctor, type DoctorOptions } from "./doctor";
import { importFile, type ImportFileOptions } from "./importFile";
import { rotateCredentials, type RotateCredentialsOptions } from "./rotateCredentials";

const program = new Command("pulumi-kalshi")
    .description("What the Kalshi provider for Pulumi offers beside its resources.")
    .version(version);

program
    .command("doctor")
    .description(
        "Reports what keeps the Kalshi provider from working, and which API keys an interrupted run has orphaned.",
    )
    .option("--fix", "revoke proven orphans and clear their entries, after asking")
    .option("--yes", "do what --fix would do without asking")
    .option("--json", "print one JSON object and nothing else; with --fix it takes --yes too")
    .option("-s, --stack <name>", "the stack to look at (default: the selected one)")
    .option("-C, --cwd <dir>", "the folder to look from", ".")
    .action(async (options: DoctorOptions & { readonly cwd: string }) => {
        process.chdir(options.cwd);
        process.exitCode = await doctor(options);
    });

program
    .command("rotate-credentials")
    .description(
        "Replaces the provider's own credentials by those of a new key, and revokes the old key last, after asking.",
    )
    .option("--yes", "revoke the old key without asking")
    .option("-s, --stack <name>", "the stack whose credentials to rotate (default: the selected one)")
    .option("-C, --cwd <dir>", "the folder to look from", ".")
    .action(async (options: RotateCredentialsOptions & { readonly cwd: string }) => {
        process.chdir(options.cwd);
        process.exitCode = await rotateCredentials(options);
    });

program
    .command("import-file")
    .description(
        "Prints the file for `pulumi import --file`: the account's API keys that no given stack holds. Use it as `pulumi-kalshi " +
            "import-file > import.json`. It changes nothing.",
    )
    .option(
        "--keys <path>",
        "a folder of private keys, each named <id>.pem, or a JSON map from ids to files; each is verified by one request " +
            `(default: the variable ${importVariables.keys})`,
    )
    .option("--filter <prefix>", "only keys whose name begins with this")
    .option(
        "-s, --stack <name>",
        "a stack whose keys are left out, besides the selected one; may be given several times",
        (name: string, names: readonly string[] | undefined) => [...(names ?? []), name],
    )
    .option("-C, --cwd <dir>", "the folder to look from", ".")
    .action(async (options: ImportFileOptions & { readonly cwd: string }) => {
        process.chdir(options.cwd);
        process.exitCode = await importFile(options);
    });

program.parseAsync().catch((error: unknown) => {
    console.error(`pulumi-kalshi: ${printable(error instanceof Error ? error.message : String(error))}`);
    process.exitCode = 1;
});
