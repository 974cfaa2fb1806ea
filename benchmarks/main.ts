import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { Listr, PRESET_TIMER, type ListrTask } from "listr2";
import { cache } from "../tools/paths";
import { mustRun } from "../tools/processes";
import { costsChart, startsChart } from "./charts";
import { measureCosts } from "./costs";
import { startEmulatorProcess } from "./emulatorProcess";
import { measureImports } from "./imports";
import { findPeer, peer } from "./peer";
import { pagePath, withResults } from "./performancePage";
import { programNames, programs } from "./programs";
import { nothingMeasured, type Measurements, type Report } from "./report";
import { measureSignedCalls } from "./signedCalls/signedCalls";
import { baselines, measureStarts } from "./startup";
import {
    costsPerKeyTable,
    costsTable,
    importsTable,
    signedCallsTable,
    startsTable,
    terminalTable,
    verdictsTable,
} from "./tables";
import { judge } from "./targets";

interface Options {
    readonly keys: readonly number[];
    readonly starts: number;
    readonly calls: number;
    readonly rounds: number;
    readonly checkpoints: boolean;
    readonly check: boolean;
    readonly out: string;
    readonly docs: boolean;
    readonly from?: string;
}

const program = new Command("npm run bench --")
    .description(
        "Measures how fast the plugin and the client are and what a key costs. Prints tables; writes JSON and charts.",
    )
    .option("--keys <numbers>", "the numbers of keys, separated by commas; 0 skips this part", numbers, [10, 100, 1000])
    .option("--starts <n>", "the number of starts of each program and of imports; 0 skips this part", number, 21)
    .option("--calls <n>", "the number of signed calls of each client in a round; 0 skips this part", number, 1000)
    .option("--rounds <n>", "the number of runs of each command and of each client", number, 3)
    .option("--checkpoints", "let the engine write its state after every step, as it does for users", false)
    .option("--check", "exit with code 1 if a target is missed", false)
    .option("--out <file>", "the JSON file to write; the charts are written beside it", join(cache, "benchmarks.json"))
    .option("--docs", "also write the results to docs/performance.md and its charts", false)
    .option("--from <file>", "measure nothing, and use the JSON file of an earlier run");

function number(text: string): number {
    if (!/^\d+$/.test(text)) {
        throw new InvalidArgumentError("It must be a whole number, 0 or more.");
    }
    return Number(text);
}

function numbers(text: string): number[] {
    return text.split(",").map(number);
}

type Mutable<T> = { -readonly [Field in keyof T]: T[Field] };
type Measured = Mutable<Measurements>;

async function measure(options: Options): Promise<Measurements> {
    const { starts, calls, rounds, checkpoints } = options;
    const sizes = options.keys.filter((keys) => keys > 0);
    const peerFile = await findPeer();
    const tasks: ListrTask<Measured>[] = [
        {
            title: "Starts",
            skip: () => starts === 0,
            task: (measured, task) =>
                withScratch(async (scratch) => {
                    const say = (progress: string) => (task.output = progress);
                    measured.starts = await measureStarts(await baselines(scratch, peerFile), starts, say);
                }),
        },
        {
            title: "Imports",
            skip: () => starts === 0,
            task: async (measured, task) => {
                measured.imports = await measureImports(starts, (progress) => (task.output = progress));
            },
        },
        {
            title: "Signed calls",
            skip: () => calls === 0,
            task: async (measured, task) => {
                const say = (progress: string) => (task.output = progress);
                measured.signedCalls = await measureSignedCalls(calls, rounds, say);
            },
        },
        {
            title: "Costs of up, preview, refresh and destroy",
            skip: () => sizes.length === 0,
            task: async (measured, task) => {
                const emulator = await startEmulatorProcess();
                try {
                    const names = programNames(peerFile !== undefined);
                    const say = (progress: string) => (task.output = progress);
                    Object.assign(
                        measured,
                        await measureCosts({ programs: names, sizes, rounds, checkpoints, emulator }, say),
                    );
                } finally {
                    await emulator.close();
                }
            },
        },
    ];
    const rendererOptions = { timer: PRESET_TIMER };
    return new Listr(tasks, { rendererOptions, fallbackRendererOptions: rendererOptions }).run({ ...nothingMeasured });
}

async function withScratch(use: (scratch: string) => Promise<void>): Promise<void> {
    const scratch = await mkdtemp(join(tmpdir(), "kalshi-bench-"));
    try {
        await use(scratch);
    } finally {
        await rm(scratch, { recursive: true, force: true });
    }
}

async function newReport(options: Options): Promise<Report> {
    const { rounds, checkpoints } = options;
    const measured = await measure(options);
    const machine = {
        processor: cpus()[0]?.model ?? "an unknown processor",
        cores: cpus().length,
        platform: `${process.platform} ${process.arch}`,
        node: process.version,
        engine: (await mustRun("pulumi", ["version"])).trim(),
    };
    const command = ["npm run bench --", ...process.argv.slice(2)].join(" ");
    return { at: new Date().toISOString(), command, machine, rounds, checkpoints, ...measured };
}

/** Writes the charts of the parts that were measured. */
async function writeCharts(folder: string, { costs, starts }: Measurements): Promise<void> {
    await mkdir(folder, { recursive: true });
    if (costs.length > 0) {
        await writeFile(join(folder, "cost-per-key.svg"), await costsChart(costs));
    }
    if (starts.length > 0) {
        await writeFile(join(folder, "starts.svg"), await startsChart(starts));
    }
}

function print(report: Report): void {
    const tables = [
        startsTable(report.starts),
        importsTable(report.imports),
        signedCallsTable(report.signedCalls),
        costsTable(report.costs),
        costsPerKeyTable(report),
        verdictsTable(judge(report)),
    ];
    for (const table of tables.filter(({ rows }) => rows.length > 0)) {
        console.log(terminalTable(table));
    }
    const measured = [
        ...report.starts.map(({ name }) => name),
        ...report.costs.map(({ program }) => programs[program]),
    ];
    if (measured.length > 0 && !measured.includes(peer)) {
        console.log(`${peer} was not on PATH, so the targets relative to it were not measured.`);
    }
}

async function main(): Promise<void> {
    const options = program.parse().opts<Options>();
    const report =
        options.from === undefined
            ? await newReport(options)
            : (JSON.parse(await readFile(options.from, "utf8")) as Report);
    print(report);
    const verdicts = judge(report);
    const out = resolve(options.out);
    await writeCharts(dirname(out), report);
    await writeFile(out, `${JSON.stringify({ ...report, verdicts }, null, 2)}\n`);
    console.log(`As JSON, with the charts beside it: ${out}`);
    if (options.docs) {
        await writeFile(pagePath, await withResults(await readFile(pagePath, "utf8"), report));
        await writeCharts(join(dirname(pagePath), "performance"), report);
        console.log(`For the documentation: ${pagePath}`);
    }
    if (options.check && verdicts.some(({ result }) => result === "missed")) {
        process.exitCode = 1;
    }
}

main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
});
