import { spawnSync } from "node:child_process";
import { delimiter, join } from "node:path";
import { Command } from "commander";
import { Listr } from "listr2";
import { demo } from "./demo";
import { runJest, selectedTests } from "./jest";
import { root } from "./paths";
import { drawPicture } from "./picture";
import { enginePreparation, preparationsFor } from "./preparations";
import { mustRun } from "./processes";
import { checkRelease } from "./release/check";
import { allParts, releaseFiles, writeRelease } from "./release/release";

const check = {
    title: "Types, lint and formatting",
    task: async () => {
        await mustRun("npm", ["run", "--silent", "check"], { cwd: root });
    },
};

const program = new Command("tools").description("Runs the scripts of package.json.");

program
    .command("demo")
    .description("the lifecycle of a key, on the real engine and the emulator")
    .action(async () => {
        const path = process.env["PATH"] ?? "";
        // Puts the engine's folder at the front of PATH.
        await new Listr([enginePreparation]).run();
        const [engine = ""] = (process.env["PATH"] ?? "").split(delimiter);
        await demo(path.split(delimiter).includes(engine) ? undefined : engine);
    });

program
    .command("picture")
    .description(
        "docs/up.svg: a terminal with a real `pulumi up`; docs/emulator.png: the emulator's page with a key from it",
    )
    .action(async () => {
        const test = "tests/browser/page.test.ts";
        await new Listr([...preparationsFor([test])]).run();
        await drawPicture();
        runJest([test, "-t", "shows a key from pulumi up"], { RECORD_PICTURE: "true" });
    });

program
    .command("test")
    .description("the tests, or those that the arguments select")
    .argument("[jest...]", "passed on to jest")
    .allowUnknownOption()
    .action(test);

program
    .command("full")
    .description("all tests, also those that take long")
    .argument("[jest...]", "passed on to jest")
    .allowUnknownOption()
    .action(async (jestArguments: string[]) => {
        process.env["TEST_FULL"] = "true";
        await test(jestArguments);
    });

program
    .command("chaos")
    .description("faults, crashes, random inputs, fleets and a soak, each at length (about an hour)")
    .argument("[parts...]", "faults, crashes, postgres, machines, inputs, bytes, fleet, soak; by default all")
    .option("--seed <n>", "the seed of all random values", "20261123")
    .option("--rounds <n>", "crashes for each provider, of creates and of rotations", "60")
    .option("--machines <n>", "machines that crash on a shared backend, for each provider", "20")
    .option("--inputs <n>", "random inputs for each target", "100000")
    .option("--pairs <n>", "creates and deletes in the soak test, after the same number to warm up", "10000")
    .option("--fleet <n>", "keys of the fleet", "500")
    .option("--each <n>", "keys of each of the four stacks that share an account", "250")
    .action(async (parts: string[], options: Record<string, string>) => {
        const extent = Object.fromEntries(
            Object.entries(options).map(([name, value]) => [`CHAOS_${name.toUpperCase()}`, value]),
        );
        const files = (parts.length > 0 ? parts : [""]).map((part) => join("tests", "chaos", part));
        await new Listr([...preparationsFor(selectedTests(files))]).run();
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
        await new Listr([enginePreparation]).run();
        runScript("benchmarks", options);
    });

program
    .command("live")
    .description("the life of the keys and open questions about the API, in Kalshi's demo environment")
    .argument("[options...]", "passed on to tests/live/main.ts")
    .allowUnknownOption()
    .helpOption(false)
    .action(async (options: string[]) => {
        await new Listr([enginePreparation]).run();
        // Ctrl-C reaches the script, too, which then revokes its keys. Without a handler, this process would not wait for it.
        process.on("SIGINT", () => undefined);
        runScript(join("tests", "live"), options);
    });

program
    .command("package")
    .description("the files of a release, in release/")
    .option("--check", "also check them, as the Pulumi Registry does")
    .action(async ({ check }: { check?: true }) => {
        const folder = join(root, "release");
        for (const file of await writeRelease(folder, allParts, console.error)) {
            console.log(join("release", file));
        }
        if (check === true) {
            await new Listr([enginePreparation]).run();
            const problems = await checkRelease({ release: folder, files: releaseFiles(allParts), source: root });
            console.log(`Open points: ${problems.length}`);
            process.exitCode = problems.length === 0 ? 0 : 1;
        }
    });

/** Runs the `main.ts` of a folder, and sets this process's exit code to that of the script. */
function runScript(folder: string, options: readonly string[]): void {
    const args = ["--require", "ts-node/register/transpile-only", join(root, folder, "main.ts"), ...options];
    process.exitCode = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" }).status ?? 1;
}

async function test(jestArguments: readonly string[]): Promise<void> {
    const all = selectedTests([]);
    const selected = jestArguments.length === 0 ? all : selectedTests(jestArguments);
    const steps = new Listr([...preparationsFor(selected)]);
    if (selected.length === all.length) {
        steps.add(check);
    }
    await steps.run();
    runJest(jestArguments);
}

program.parseAsync().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
});
