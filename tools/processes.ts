import { spawn, type SpawnOptionsWithoutStdio } from "node:child_process";
import { createInterface } from "node:readline";

/** What a process that ended left. */
export interface Ended {
    /** Its exit code; null where a signal ended it. */
    readonly code: number | null;
    readonly stdout: string;
    readonly stderr: string;
}

export interface RunOptions extends SpawnOptionsWithoutStdio {
    /** What the program reads from its standard input. Default: nothing. */
    readonly input?: string;
}

/**
 * Runs a program to its end.
 *
 * @param onLine is told every line of its output as it comes
 * @throws Error where it cannot be started
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
    // A program that does not read its input to the end breaks the pipe; how it ends says whether that is an error.
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

/** As {@link run}, for a program that must succeed; its output. */
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
