import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { Listr, PRESET_TIMER } from "listr2";
import { cache } from "../tools/paths";
import { startEmulatorProcess } from "./emulatorProcess";
import { costsTable, startsTable, verdictsTable } from "./report";
import { measureCosts, type CommandCost } from "./shares";
import { baselines, measureStarts, type Starts } from "./startup";
import { judgeCosts, judgeStarts } from "./targets";

interface Options {
    readonly keys: readonly number[];
    readonly starts: number;
    readonly rounds: number;
    readonly checkpoints: boolean;
    readonly check: boolean;
    readonly out: string;
}

interface Measured {
    starts?: Starts[];
    costs?: CommandCost[];
}

const program = new Command("npm run bench --")
    .description("Measures how fast the plugin starts and what a key costs. Prints tables and writes them as JSON.")
    .option("--keys <numbers>", "the numbers of keys, separated by commas; 0 skips this part", numbers, [100, 1000])
    .option("--starts <n>", "the number of starts of each program", number, 21)
    .option("--rounds <n>", "the number of runs of each command", number, 3)
    .option("--checkpoints", "let the engine write its state after every step, as it does for users", false)
    .option("--check", "exit with code 1 if a target is missed", false)
    .option("--out <file>", "the JSON file to write", join(cache, "benchmarks.json"));

function number(text: string): number {
    if (!/^\d+$/.test(text)) {
        throw new InvalidArgumentError("It must be a whole number, 0 or more.");
    }
    return Number(text);
}

function numbers(text: string): number[] {
    return text.split(",").map(number);
}

async function measure(options: Options): Promise<Measured> {
    const sizes = options.keys.filter((keys) => keys > 0);
    const tasks = new Listr<Measured>(
        [
            {
                title: "Starts",
                task: (measured, task) =>
                    withScratch(async (scratch) => {
                        const say = (progress: string) => (task.output = progress);
                        measured.starts = await measureStarts(await baselines(scratch), options.starts, say);
                    }),
            },
            {
                title: "Costs of up, preview and refresh",
                skip: () => sizes.length === 0,
                task: async (measured, task) => {
                    const emulator = await startEmulatorProcess();
                    try {
                        const say = (progress: string) => (task.output = progress);
                        const { rounds, checkpoints } = options;
                        measured.costs = await measureCosts(sizes, rounds, checkpoints, emulator, say);
                    } finally {
                        await emulator.close();
                    }
                },
            },
        ],
        { rendererOptions: { timer: PRESET_TIMER }, fallbackRendererOptions: { timer: PRESET_TIMER } },
    );
    return tasks.run({});
}

async function withScratch(use: (scratch: string) => Promise<void>): Promise<void> {
    const scratch = await mkdtemp(join(tmpdir(), "kalshi-bench-"));
    try {
        await use(scratch);
    } finally {
        await rm(scratch, { recursive: true, force: true });
    }
}

async function main(): Promise<void> {
    const options = program.parse().opts<Options>();
    const { starts = [], costs = [] } = await measure(options);
    const verdicts = [...judgeStarts(starts), ...judgeCosts(costs)];
    console.log(startsTable(starts));
    if (costs.length > 0) {
        console.log(costsTable(costs));
    }
    console.log(verdictsTable(verdicts));

    const machine = { node: process.version, platform: process.platform, arch: process.arch, cores: cpus().length };
    const out = resolve(options.out);
    await mkdir(dirname(out), { recursive: true });
    const { checkpoints, rounds } = options;
    const shares = costs.map(({ provider, ...cost }) => ({ door: provider, ...cost })); // prose-ok: fields of the JSON file
    const report = { at: new Date().toISOString(), machine, checkpoints, rounds, starts, shares, verdicts };
    await writeFile(out, `${JSON.stringify(report, null, 2)}\n`);
    console.log(`As JSON: ${out}`);
    if (options.check && verdicts.some(({ reached }) => !reached)) {
        process.exitCode = 1;
    }
}

main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
});
