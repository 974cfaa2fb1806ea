import { delimiter, join } from "node:path";
import { Command } from "commander";
import { Listr } from "listr2";
import { demo } from "./demo";
import { ensureEngine, type Engine } from "./engine/engine";
import { root } from "./paths";
import { mustRun } from "./processes";
import { ensurePostgres } from "./postgres";
import { ensurePythonWithClient, ensurePythonWithSdk } from "./python";
import { ensureSdks } from "./sdks";
import { writeRelease } from "./release/release";
import { spawnSync } from "node:child_process";

interface Prepared {
    engine?: Engine;
}

/** Long steps report progress often. The log gets at most one line in this time. */
const secondsBetweenLines = 10;

function throttled(say: (line: string) => void): (line: string) => void {
    let last = -Infinity;
    return (line) => {
        if (performance.now() - last > secondsBetweenLines * 1000) {
            last = performance.now();
            say(line);
        }
    };
}

const enginePreparation = {
    title: "A Pulumi engine",
    task: async (context: Prepared, task: { output: string; title: string }) => {
        context.engine = await ensureEngine(throttled((line) => (task.output = line)));
        task.title = `The Pulumi engine: ${context.engine.why}`;
        process.env["PATH"] = `${context.engine.bin}${delimiter}${process.env["PATH"]}`;
    },
};

/** Prepares a program that only some tests need. If that fails, those tests are skipped, except in CI, where it is an error. */
function optionalPreparation(what: string, prepare: (say: (line: string) => void) => Promise<string>) {
    return {
        title: what,
        task: async (_context: Prepared, task: { output: string; title: string; skip(message: string): void }) => {
            try {
                const folder = await prepare(throttled((line) => (task.output = line)));
                task.title = `${what}: ${folder}`;
            } catch (error) {
                if (process.env["CI"] !== undefined) {
                    throw new Error(`In CI no test may be skipped: ${(error as Error).message}`);
                }
                task.skip(`${what}: its tests are skipped: ${(error as Error).message}`);
            }
        },
    };
}

const postgresPreparation = optionalPreparation("PostgreSQL, for shared backends", ensurePostgres);

const optionalPreparations = [
    postgresPreparation,
    optionalPreparation("Kalshi's own Python client", ensurePythonWithClient),
    optionalPreparation("SDKs of other languages, generated from schema.json", ensureSdks),
    optionalPreparation("Python programs on the Pulumi engine", ensurePythonWithSdk),
];

const lint = {
    title: "Types, lint and formatting",
    task: async () => {
        await mustRun("npm", ["run", "--silent", "lint"], { cwd: root });
    },
};

const program = new Command("tools").description("Runs the scripts of package.json.");

function runJest(jestArguments: readonly string[], env: Readonly<Record<string, string>> = {}): void {
    const jest = join(root, "node_modules", "jest", "bin", "jest.js");
    // Some packages are ES modules only. Jest needs this Node option to load them.
    const args = ["--experimental-vm-modules", "--no-warnings", jest, ...jestArguments];
    const options = { cwd: root, stdio: "inherit", env: { ...process.env, ...env } } as const;
    process.exitCode = spawnSync(process.execPath, args, options).status ?? 1;
}

program
    .command("demo")
    .description("the lifecycle of a key, on the real engine and the emulator")
    .action(async () => {
        await new Listr<Prepared>([enginePreparation]).run();
        await demo();
    });

program
    .command("test")
    .description("all tests")
    .argument("[jest...]", "passed on to jest")
    .allowUnknownOption()
    .action(async (jestArguments: string[]) => {
        await new Listr<Prepared>([enginePreparation, ...optionalPreparations, lint]).run();
        runJest(jestArguments);
    });

program
    .command("chaos")
    .description("faults, crashes, random inputs, fleets and a soak, each at length (about an hour)")
    .argument("[parts...]", "faults, crashes, postgres, inputs, bytes, fleet, soak; by default all")
    .option("--seed <n>", "the seed of all random values", "20261123")
    .option("--rounds <n>", "crashes for each provider", "60")
    .option("--machines <n>", "machines that crash on a shared backend, for each provider", "20")
    .option("--inputs <n>", "random inputs for each target", "100000")
    .option("--pairs <n>", "creates and deletes in the soak test, after the same number to warm up", "10000")
    .option("--fleet <n>", "keys of the fleet", "500")
    .action(async (parts: string[], options: Record<string, string>) => {
        await new Listr<Prepared>([enginePreparation, postgresPreparation]).run();
        const extent = Object.fromEntries(
            Object.entries(options).map(([name, value]) => [`CHAOS_${name.toUpperCase()}`, value]),
        );
        const files = (parts.length > 0 ? parts : [""]).map((part) => join("tests", "chaos", part));
        runJest(["--runInBand", ...files], { ...extent, CHAOS_FULL: "true" });
    });

program
    .command("mutation")
    .description("mutation tests: changes the core in small ways and runs the unit tests, which should fail (hours)")
    .argument("[options...]", "passed on to stryker")
    .allowUnknownOption()
    .helpOption(false)
    .action((options: string[]) => {
        const stryker = join(root, "node_modules", "@stryker-mutator", "core", "bin", "stryker.js");
        process.exitCode =
            spawnSync(process.execPath, [stryker, "run", ...options], { cwd: root, stdio: "inherit" }).status ?? 1;
    });

program
    .command("bench")
    .description("how fast the plugin starts, and what a key costs")
    .argument("[options...]", "passed on to benchmarks/main.ts")
    .allowUnknownOption()
    .helpOption(false)
    .action(async (options: string[]) => {
        await new Listr<Prepared>([enginePreparation]).run();
        const args = ["--require", "ts-node/register/transpile-only", join(root, "benchmarks", "main.ts"), ...options];
        process.exitCode = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" }).status ?? 1;
    });

program
    .command("package")
    .description("the files of a release, in release/")
    .action(async () => {
        const folder = join(root, "release");
        for (const file of await writeRelease(folder)) {
            console.log(join("release", file));
        }
    });

program.parseAsync().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
});
