import { createInterface } from "node:readline/promises";

/**
 * Asks the user whether to continue.
 *
 * @param silent whether only the report may be printed
 */
export async function isAgreed(silent: boolean): Promise<boolean> {
    if (silent || !process.stdin.isTTY) {
        console.error("Nothing was touched, because there is no terminal to ask on. Add --yes to skip the question.");
        return false;
    }
    const terminal = createInterface({ input: process.stdin, output: process.stdout });
    const closed = new AbortController();
    terminal.once("close", () => closed.abort());
    const answer = await terminal.question("Do it? [y/N] ", { signal: closed.signal }).catch(() => "");
    terminal.close();
    return /^y(es)?$/i.test(answer.trim());
}
