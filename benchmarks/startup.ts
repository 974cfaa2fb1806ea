import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { build } from "esbuild";
import { root } from "../tools/paths";
import { buildPluginExecutable } from "../tools/release/plugin";
import { peer } from "./peer";
import { peakMemory } from "./usage";

/** A program whose start is measured: the plugin or a baseline. The start ends when it prints its first line. */
export interface Baseline {
    readonly name: string;
    /** The executable file with its arguments. */
    readonly command: readonly [string, ...string[]];
}

/** One start of one program. */
export interface Start {
    /** Milliseconds from just before the process is created until its first line arrives. */
    readonly ms: number;
    /** The peak memory until then, in bytes; undefined if the system does not report it. */
    readonly peak: number | undefined;
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
export const executable = "pulumi-resource-kalshi, executable";

/**
 * Returns the plugin and its baselines. A bundle starts faster than the files of a package. So the bare server that is bundled with the
 * plugin's options is the stricter baseline. `provider.main` is used as its documentation shows.
 *
 * @param scratch a folder for bundles
 * @param peerFile the file of the Go plugin, which is a baseline if it is there
 */
export async function baselines(scratch: string, peerFile?: string): Promise<Baseline[]> {
    const folder = join(root, "benchmarks", "baselines");
    const bundled = join(scratch, "grpc.cjs");
    await build({
        entryPoints: [join(folder, "grpc.cjs")],
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
    const onNode = (name: string, file: string): Baseline => ({ name, command: [process.execPath, file] });
    const programs = [
        onNode(node, join(folder, "node.cjs")),
        onNode("bare @grpc/grpc-js server", join(folder, "grpc.cjs")),
        onNode(bareServer, bundled),
        onNode(providerMain, join(folder, "providerMain.cjs")),
        onNode(plugin, join(root, "provider", "dist", "bin", "pulumi-resource-kalshi")),
    ];
    if (process.platform === "linux") {
        const [built, file] = [join(scratch, "built"), join(scratch, "pulumi-resource-kalshi")];
        await buildPluginExecutable(built);
        // Linux maps more of a file that was just written at once than of an installed one. A copy is like an installed one.
        await copyFile(built, file);
        programs.push({ name: executable, command: [file] });
    }
    if (peerFile !== undefined) {
        programs.push({ name: peer, command: [peerFile] });
    }
    return programs;
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
        for (const [index, { command }] of programs.entries()) {
            const start = await startOnce(command);
            if (round > 0) {
                starts[index]?.starts.push(start);
            }
        }
    }
    return starts;
}

async function startOnce([file, ...args]: Baseline["command"]): Promise<Start> {
    const before = performance.now();
    const child = spawn(file, args, { stdio: ["ignore", "pipe", "inherit"] });
    const ended = once(child, "close");
    try {
        const line = once(createInterface({ input: child.stdout }), "line");
        const printed = await Promise.race([line.then(() => true), ended.then(() => false)]);
        const ms = performance.now() - before;
        if (!printed || child.pid === undefined) {
            throw new Error(`${[file, ...args].join(" ")} ended before it printed a line.`);
        }
        return { ms, peak: await peakMemory(child.pid) };
    } finally {
        child.kill("SIGKILL");
        await ended;
    }
}
