#!/usr/bin/env node
import { Command, InvalidArgumentError, Option } from "commander";
import {
    bucketNames,
    defaultPort,
    emptyScopesChoices,
    listOrders,
    regionExpirationPlaces,
    startEmulator,
    usageLevels,
    type EmulatorOptions,
} from "./index";
import { onEndOfNpx } from "./npx";

const { version } = require("kalshi-emulator/package.json") as { version: string };

function wholeNumber(text: string): number {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < 0) {
        throw new InvalidArgumentError("It must be a whole number, 0 or more.");
    }
    return value;
}

function positiveNumber(text: string): number {
    const value = wholeNumber(text);
    if (value === 0) {
        throw new InvalidArgumentError("It must be a whole number, 1 or more.");
    }
    return value;
}

function clockWindow(text: string): [number, number] {
    const [past, future, ...rest] = text.split(",").map(wholeNumber);
    if (past === undefined || future === undefined || rest.length > 0) {
        throw new InvalidArgumentError("It must be two numbers of seconds: PAST,FUTURE.");
    }
    return [past, future];
}

const program = new Command("kalshi-emulator")
    .description("Kalshi's API key endpoints on this machine, with real signature checks. Loopback only.")
    .version(version)
    .option("--port <n>", "TCP port on 127.0.0.1; 0 picks a free one", wholeNumber, defaultPort)
    .requiredOption("--data-dir <dir>", "the folder of the account's keys and of credentials.env; survives restarts")
    .addOption(
        new Option("--root-key-type <type>", "the type of a new account's root key")
            .choices(["rsa", "ed25519"])
            .default("rsa"),
    )
    .addOption(
        new Option("--usage-level <level>", "the account's API usage level")
            .choices(Object.keys(usageLevels))
            .default("premier"),
    )
    .option("--no-rate-limits", "do not enforce the level's rate limit")
    .addOption(
        new Option("--key-writes-bucket <bucket>", "the bucket that POST and DELETE of keys are charged to")
            .choices(bucketNames)
            .default("read"),
    )
    .option("--clock-window <past,future>", "seconds of clock skew that are accepted (default: 15,30)", clockWindow)
    .option("--list-lag <ms>", "milliseconds by which the list lags behind", wholeNumber)
    .addOption(new Option("--list-order <order>", "the order of the list").choices(listOrders).default("created"))
    .option("--page-size <n>", "the number of keys on a page of the list, with a cursor (default: all)", positiveNumber)
    .option("--ignore-cursor", "always list the first page, with a cursor that is not empty")
    .option("--expand-scopes", "list the children of the scopes read and write instead of them")
    .option("--region-expiration-ts <seconds>", "Unix time when the location attestation expires", wholeNumber)
    .addOption(
        new Option("--region-expiration-in <place>", "list it beside the keys, or in each of them")
            .choices(regionExpirationPlaces)
            .default("list"),
    )
    .option("--attestation-missing", "refuse new keys because the location attestation is missing (403)")
    .option("--warning <text>", "add a warning to the responses of both POSTs")
    .option("--unique-names", "refuse a second key of the same name")
    .option("--max-keys <n>", "the largest number of keys on the account", wholeNumber)
    .option("--no-self-delete", "do not let a key delete itself")
    .addOption(
        new Option("--empty-scopes <choice>", "the meaning of an empty list of scopes")
            .choices(emptyScopesChoices)
            .default("default"),
    )
    .option("--narrow-keys-manage", "let keys with narrow scopes manage keys")
    .option("--no-scope-escalation", "refuse keys with scopes that the signing key lacks")
    .option("--fcm-member", "let keys be bound to FCM subtraders")
    .option("--fcm-subtrader-pending", "refuse keys for FCM subtraders as not visible yet (409)")
    .option("--retired-host", "respond to every API call like trading-api.kalshi.com: the API has moved (401)");

async function main(): Promise<void> {
    const options = program.parse().opts<Omit<EmulatorOptions, "now">>();
    const starting = startEmulator({ ...options, onFolderLost: fail });
    // If the start fails, `main` reports it.
    const stop = () => void starting.then((emulator) => emulator.close()).catch(() => undefined);
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
        process.on(signal, stop);
    }
    onEndOfNpx(stop);
    const { origin, baseUrl, credentialsPath } = await starting;
    console.log(`kalshi-emulator ${version} (not Kalshi) is ready: ${baseUrl}`);
    console.log(`In another terminal: source ${credentialsPath}`);
    console.log(`Keys, requests and faults in a browser: ${origin}/`);
}

function fail(error: unknown): void {
    console.error(`kalshi-emulator: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
}

main().catch(fail);
