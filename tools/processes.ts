import { spawn, type SpawnOptionsWithoutStdio } from "node:child_process";
import { createInterface } from "node:readline";

/** The result of a process. */
export interface Ended {
    /** Its exit code; null if a signal ended it. */
    readonly code: number | null;
    readonly stdout: string;
    readonly stderr: string;
}

export interface RunOptions extends SpawnOptionsWithoutStdio {
    /** The standard input. Default: none. */
    readonly input?: string;
}

/**
 * Runs a program and waits until it ends.
 *
 * @param onLine is called for every line of output
 * @throws Error if the program cannot be started
 */
export async function run(
    command: string,
    args: readonly string[],
    { input, ...options }: RunOptions = {},
    onLine: (line: string) => void = () => undefined,
): Promise<Ended> {
    const child = spawn(command, args, {
        ...options,
        stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    });
    // Writing fails if the program does not read all input. Its exit code says whether that is an error.
    child.stdin?.on("error", () => undefined).end(input);
    const collect = (stream: NodeJS.ReadableStream | null): string[] => {
        const lines: string[] = [];
        if (stream !== null) {
            createInterface({ input: stream }).on("line", (line) => {
                lines.push(line, "\n");
                onLine(line);
            });
        }
        return lines;
    };
    const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
    const code = await new Promise<number | null>((resolve, reject) => {
        child.once("error", reject);
        child.once("close", resolve);
    });
    return { code, stdout: stdout.join(""), stderr: stderr.join("") };
}

/**
 * Runs a program that must succeed, and returns its standard output.
 *
 * @throws Error if the exit code is not 0
 */
export async function mustRun(
    command: string,
    args: readonly string[],
    options: RunOptions = {},
    onLine?: (line: string) => void,
): Promise<string> {
    const { code, stdout, stderr } = await run(command, args, options, onLine);
    if (code !== 0) {
        const lastLines = `${stdout}${stderr}`.trimEnd().split("\n").slice(-30).join("\n");
        throw new Error(`${command} ${args.join(" ")} ended with exit code ${code}:\n${lastLines}`);
    }
    return stdout;
}
