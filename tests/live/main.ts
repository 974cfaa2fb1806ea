import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { root } from "../../tools/paths";
import { markdown, type LiveReport } from "./report";
import { runSuite } from "./suite";
import { readTarget } from "./target";

const program = new Command("npm run test:live --")
    .description(
        "Tests the provider in Kalshi's demo environment, and records how Kalshi answers where its documentation is silent. Writes " +
            "live-report.json and live-report.md.",
    )
    .option("--out <folder>", "the folder of both files", root)
    .option("--cap <n>", "also find the largest number of keys: create up to n more until Kalshi refuses", number, 0);

function number(text: string): number {
    if (!/^\d+$/.test(text)) {
        throw new InvalidArgumentError("It must be a whole number, 0 or more.");
    }
    return Number(text);
}

/** The exit codes by the report's status. A difference from the emulator is no failure. The last one is the shell's for Ctrl-C. */
const exitCodes: Readonly<Record<LiveReport["status"], number>> = { complete: 0, failed: 1, interrupted: 130 };

async function main(): Promise<void> {
    const { cap, out } = program.parse().opts<{ cap: number; out: string }>();
    const target = readTarget(process.env);
    await mkdir(out, { recursive: true });
    const [json, page] = [join(out, "live-report.json"), join(out, "live-report.md")];
    // If this run fails before it can report, nobody takes an earlier report for its own.
    await Promise.all([json, page].map((file) => rm(file, { force: true })));
    // The suite must revoke its keys even if nobody reads its output any longer, for example after the terminal was closed.
    for (const stream of [process.stdout, process.stderr]) {
        stream.on("error", () => undefined);
    }
    const interruption = new AbortController();
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
        process.on(signal, () => {
            console.error("Interrupted. The suite revokes its keys, then ends.");
            interruption.abort(new Error("interrupted"));
        });
    }
    const report = await runSuite({ target, cap, interruption: interruption.signal });
    await writeFile(json, `${JSON.stringify(report, undefined, 4)}\n`);
    await writeFile(page, markdown(report));
    const { probes, keys, status } = report;
    const differences = probes.filter(({ same }) => !same).length;
    console.log(`\n${probes.length} answers, ${differences} of them differ from the emulator's: ${page}`);
    if (keys.left.length > 0) {
        console.error(
            `Keys that could not be revoked, at ${report.environment}: ${keys.left.join(", ")}. Revoke them by hand.`,
        );
    }
    process.exitCode = exitCodes[status];
}

main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
});
