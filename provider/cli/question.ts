import { createInterface } from "node:readline/promises";

/**
 * Asks the user whether to go on.
 *
 * @param silent whether nothing but the report may be printed
 */
export async function isAgreed(silent: boolean): Promise<boolean> {
    if (silent || !process.stdin.isTTY) {
        console.error("Nothing was touched: there is nobody to ask. Add --yes to have it done without being asked.");
        return false;
    }
    const terminal = createInterface({ input: process.stdin, output: process.stdout });
    const closed = new AbortController();
    terminal.once("close", () => closed.abort());
    const answer = await terminal.question("Do it? [y/N] ", { signal: closed.signal }).catch(() => "");
    terminal.close();
    return /^y(es)?$/i.test(answer.trim());
}
