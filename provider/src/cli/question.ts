import { createInterface } from "node:readline/promises";

/** Returns whether there is a terminal on which the user can answer. */
export function hasTerminal(): boolean {
    return process.stdin.isTTY;
}

/** Asks the user a question on the terminal. Every answer but "y" and "yes" is a no, and so is Ctrl-C. */
export async function isAgreed(question: string): Promise<boolean> {
    const terminal = createInterface({ input: process.stdin, output: process.stdout });
    const closed = new AbortController();
    terminal.once("close", () => closed.abort());
    const answer = await terminal.question(`${question} [y/N] `, { signal: closed.signal }).catch(() => "");
    terminal.close();
    return /^y(es)?$/i.test(answer.trim());
}
