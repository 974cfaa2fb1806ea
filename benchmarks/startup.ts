import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { build } from "esbuild";
import { root } from "../tools/paths";
import { peakMemory } from "./usage";

/** A program whose start is measured: the plugin or a baseline. The start ends when it prints its first line. */
export interface Baseline {
    readonly name: string;
    /** The file that Node runs. */
    readonly file: string;
}

/** One start of one program. */
export interface Start {
    /** Milliseconds from just before the process is created until its first line arrives. */
    readonly ms: number;
    /** The peak memory until then, in MiB; undefined if the system does not report it. */
    readonly peakMiB: number | undefined;
}

/** The starts of one program. */
export interface Starts {
    readonly name: string;
    readonly starts: readonly Start[];
}

/** The names of the programs in the table. */
export const node = "bare Node";
export const bareServer = "bare @grpc/grpc-js server, bundled";
export const providerMain = "pulumi.provider.main";
export const plugin = "pulumi-resource-kalshi";

/**
 * Returns the plugin and its baselines. A bundle starts faster than the files of a package. So the bare server that is bundled with the
 * plugin's options is the stricter baseline. `provider.main` is used as its documentation shows.
 *
 * @param scratch a folder for bundles
 */
export async function baselines(scratch: string): Promise<Baseline[]> {
    const programs = join(root, "benchmarks", "baselines");
    const bundled = join(scratch, "grpc.cjs");
    await build({
        entryPoints: [join(programs, "grpc.cjs")],
        outfile: bundled,
        bundle: true,
        platform: "node",
        target: "node22.12",
        format: "cjs",
        minifySyntax: true,
        minifyWhitespace: true,
        keepNames: true,
        legalComments: "none",
        logLevel: "warning",
    });
    return [
        { name: node, file: join(programs, "node.cjs") },
        { name: "bare @grpc/grpc-js server", file: join(programs, "grpc.cjs") },
        { name: bareServer, file: bundled },
        { name: providerMain, file: join(programs, "providerMain.cjs") },
        { name: plugin, file: join(root, "provider", "dist", "bin", "pulumi-resource-kalshi") },
    ];
}

/**
 * Starts all programs in turn, so that other load on the machine affects all results equally. The first round is not counted, because
 * the files are not in the system's cache yet.
 */
export async function measureStarts(
    programs: readonly Baseline[],
    rounds: number,
    say: (progress: string) => void = () => undefined,
): Promise<Starts[]> {
    const starts = programs.map(({ name }) => ({ name, starts: [] as Start[] }));
    for (let round = 0; round <= rounds; round++) {
        say(`round ${round} of ${rounds}`);
        for (const [index, { file }] of programs.entries()) {
            const start = await startOnce(file);
            if (round > 0) {
                starts[index]?.starts.push(start);
            }
        }
    }
    return starts;
}

async function startOnce(file: string): Promise<Start> {
    const before = performance.now();
    const child = spawn(process.execPath, [file], { stdio: ["ignore", "pipe", "inherit"] });
    const ended = once(child, "close");
    try {
        const line = once(createInterface({ input: child.stdout }), "line");
        const printed = await Promise.race([line.then(() => true), ended.then(() => false)]);
        const ms = performance.now() - before;
        if (!printed || child.pid === undefined) {
            throw new Error(`${file} ended before it printed a line.`);
        }
        return { ms, peakMiB: await peakMemory(child.pid) };
    } finally {
        child.kill("SIGKILL");
        await ended;
    }
}
