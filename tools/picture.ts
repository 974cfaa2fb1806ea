import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { SerializeAddon } from "@xterm/addon-serialize";
import { Terminal } from "@xterm/headless";
import { onQuickStart } from "./demo";
import { root } from "./paths";

const columns = 120;
/** The terminal is taller than the output, so that nothing scrolls away. */
const rows = 60;

/** Runs the quick start's `pulumi up` in a terminal, and writes what the terminal shows at the end to an SVG. */
export async function drawPicture(): Promise<void> {
    const file = join(root, "docs", "up.svg");
    await writeFile(file, svgOf(await screenOf(await onQuickStart(({ stack }) => terminalOutput(stack.env)))));
    console.log(file);
}

/** Returns all bytes that `pulumi up` writes to a terminal. util-linux's `script` runs a program in one. */
async function terminalOutput(env: NodeJS.ProcessEnv): Promise<string> {
    const command = "pulumi up --yes --skip-preview";
    const shown = `printf '\\033[1m$ ${command}\\033[0m\\n'`;
    const { stdout } = await promisify(execFile)(
        "script",
        [
            "--quiet",
            "--return",
            "--command",
            `stty cols ${columns} rows ${rows}; ${shown}; exec ${command}`,
            "/dev/null",
        ],
        { cwd: root, env: { ...env, TERM: "xterm-256color" } },
    );
    return stdout;
}

/** Returns what a terminal shows after some output, as the HTML of a `pre` element. */
async function screenOf(output: string): Promise<{ readonly html: string; readonly rows: number }> {
    const terminal = new Terminal({ cols: columns, rows, allowProposedApi: true });
    const serializer = new SerializeAddon();
    terminal.loadAddon(serializer);
    await new Promise<void>((resolve) => terminal.write(output, resolve));
    const used = terminal.buffer.active.cursorY;
    terminal.resize(columns, used);
    const [, html = ""] =
        /<!--StartFragment-->(.*)<!--EndFragment-->/s.exec(
            serializer.serializeAsHTML({ includeGlobalBackground: true }),
        ) ?? [];
    return { html, rows: used };
}

function svgOf({ html, rows }: { readonly html: string; readonly rows: number }): string {
    const [width, height] = [columns * 9.05 + 24, rows * 18 + 24];
    return (
        `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">\n` +
        `<title>A terminal in which \`pulumi up\` creates an API key</title>\n` +
        `<rect width="100%" height="100%" rx="8" fill="#000"/>\n` +
        `<foreignObject x="12" y="12" width="100%" height="100%"><div xmlns="http://www.w3.org/1999/xhtml" ` +
        `style="white-space: pre; line-height: 18px;">${html.replace("<pre>", '<pre style="margin: 0">')}</div></foreignObject>\n</svg>\n`
    );
}
