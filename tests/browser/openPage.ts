import type { Emulator } from "kalshi-emulator";
import { launch, type Browser, type Page } from "puppeteer-core";
import { findBrowser, type InstalledBrowser } from "../../tools/browser";
import { onCleanUp, scratchFolder } from "../support/harness";

/** The browser, unless its preparation has failed. */
export const installed = findBrowser();

const args = [
    // The sandbox does not run as root, as tests in containers do. The browser opens only pages of this machine.
    "--no-sandbox",
    "--disable-gpu",
    // Text without coloured edges makes the picture smaller.
    "--disable-lcd-text",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/**
 * Starts a browser. It is closed after the test.
 *
 * @param more more arguments
 */
export async function startBrowser(more: readonly string[] = []): Promise<Browser> {
    const { program, env } = installed as InstalledBrowser;
    const browser = await launch({
        executablePath: program,
        env: { ...process.env, ...env },
        headless: "shell",
        userDataDir: await scratchFolder(),
        args: [...args, ...more],
    });
    onCleanUp(() => browser.close());
    return browser;
}

/** The emulator's page in a browser. */
export interface OpenPage {
    readonly page: Page;
    /** What the browser reports: errors of the script, and violations of the Content-Security-Policy. */
    readonly problems: readonly string[];
}

export async function openPage(emulator: Emulator, browser?: Browser): Promise<OpenPage> {
    const page = await (browser ?? (await startBrowser())).newPage();
    const problems: string[] = [];
    page.on("console", (message) => {
        if (["error", "warn"].includes(message.type())) {
            problems.push(message.text());
        }
    });
    page.on("pageerror", (error) => problems.push(String(error)));
    page.on("dialog", (dialog) => {
        problems.push(`dialog: ${dialog.message()}`);
        void dialog.dismiss();
    });
    await page.setViewport({ width: 1280, height: 900 });
    await page.goto(`${emulator.origin}/`);
    await waitForText(page, "#connection", "Live");
    return { page, problems };
}

/** Waits until an element's text contains a text. */
export async function waitForText(page: Page, selector: string, text: string): Promise<void> {
    await page.waitForFunction(
        (selector, text) => document.querySelector(selector)?.textContent.includes(text) === true,
        { timeout: 20_000 },
        selector,
        text,
    );
}

export async function textOf(page: Page, selector: string): Promise<string> {
    return page.$eval(selector, (element) => element.textContent);
}
