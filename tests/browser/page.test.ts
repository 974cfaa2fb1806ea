import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { source as axeSource } from "axe-core";
import type * as Axe from "axe-core";
import type { Emulator, State } from "kalshi-emulator";
import type { Page } from "puppeteer-core";
import { root } from "../../tools/paths";
import { accountKeys, cleanUp, clientOf, emulatorWith, inject, onCleanUp, ownKeyPair } from "../support/harness";
import { dynamicProvider } from "../support/project";
import { installed, openPage, startBrowser, textOf, waitForText } from "./openPage";

afterEach(cleanUp);

// In CI `npm test` fails earlier if there is no browser.
const describeIfInstalled = installed === undefined ? describe.skip : describe;

/** Set by `npm run picture`: the test writes docs/emulator.png. */
const recordsPicture = process.env["RECORD_PICTURE"] === "true";

/** Makes an account with keys, requests of several kinds and faults. */
async function fill(emulator: Emulator): Promise<void> {
    const client = clientOf(emulator, { retries: 0 });
    const { publicKey } = ownKeyPair("ed25519");
    await client.createApiKey({ name: "risk-report", publicKey, scopes: ["read::portfolio_balance"] });
    const old = await client.generateApiKey({ name: "market-maker-2f6a01c", scopes: ["read", "write::trade"] });
    await clientOf(emulator, {}, old).listApiKeys();
    await client.deleteApiKey(old.apiKeyId);
    await clientOf(emulator, { retries: 0 }, old)
        .listApiKeys()
        .catch(() => undefined);
    await inject(emulator, { operation: "list", when: "before", kind: "status", status: 503 });
    await client.listApiKeys().catch(() => undefined);
    await inject(emulator, { operation: "generate", when: "after", kind: "reset" });
    await inject(emulator, { operation: "delete", when: "before", kind: "slow", delayMs: 2_000, times: 3 });
    await fetch(`${emulator.baseUrl}/api_keys`);
}

/** Returns the violations that axe finds, of all its rules. */
async function violations(page: Page): Promise<string[]> {
    await page.evaluate(axeSource);
    const { violations } = await page.evaluate(async () =>
        (globalThis as unknown as { axe: typeof Axe }).axe.run(document, { resultTypes: ["violations"] }),
    );
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

/** Presses Tab until the element has the focus, as a user without a mouse does. */
async function tabTo(page: Page, selector: string): Promise<void> {
    for (let presses = 0; presses < 60; presses++) {
        await page.keyboard.press("Tab");
        if (await page.evaluate((selector) => document.activeElement?.matches(selector) === true, selector)) {
            return;
        }
    }
    throw new Error(`Tab does not reach ${selector}`);
}

const stateOf = async (emulator: Emulator) =>
    (await (await fetch(`${emulator.origin}/_emulator/state`)).json()) as State;

describeIfInstalled("the emulator's page in Chromium", () => {
    test("shows a key from pulumi up until pulumi destroy, and the requests with their signatures", async () => {
        const emulator = await emulatorWith({ rootKeyType: "rsa" });
        await fill(emulator);
        const { page, problems } = await openPage(emulator);
        const { stack } = await dynamicProvider.createProject(
            emulator,
            `new Key("market-maker", { scopes: ["read", "write::trade"] });`,
        );
        await fetch(`${emulator.origin}/_emulator/faults`, { method: "DELETE" });
        await stack.must("up", "--yes", "--skip-preview");
        const id = (await accountKeys(emulator)).at(-1) ?? "";
        await waitForText(page, "#keys", id);
        const row = `#keys tr[data-id="${id}"]`;
        expect(await textOf(page, row)).toMatch(/^market-maker-[0-9a-f]{7}[0-9a-f-]{36}read write::trade/);
        await waitForText(page, "#requests", "POST …/api_keys/generate");
        expect(await textOf(page, "#requests")).toMatch(/api_keys\/generate201validroot/);
        expect(await textOf(page, "#requests")).toContain("revoked key");
        if (recordsPicture) {
            await page.setViewport({ width: 1200, height: 800 });
            await page.emulateMediaFeatures([{ name: "prefers-reduced-motion", value: "reduce" }]);
            await inject(emulator, { operation: "delete", when: "before", kind: "hang", times: 2 });
            await waitForText(page, "#faults", "hang");
            await page.screenshot({ path: join(root, "docs", "emulator.png"), fullPage: true });
            await fetch(`${emulator.origin}/_emulator/faults`, { method: "DELETE" });
        }
        await stack.must("destroy", "--yes", "--skip-preview");
        await page.waitForSelector(`${row}.revoked`);
        expect(problems).toEqual([]);
    });

    test("injects a fault by a click, which strikes the next call", async () => {
        const emulator = await emulatorWith();
        const { page, problems } = await openPage(emulator);
        await page.select("select[name=operation]", "list");
        await page.locator("::-p-aria(Status)").fill("503");
        await page.locator("::-p-aria(Inject fault)").click();
        await waitForText(page, "#fault-result", "Injected.");
        await waitForText(page, "#faults", "status before list, status 503");
        await expect(clientOf(emulator, { retries: 0 }).listApiKeys()).rejects.toMatchObject({ status: 503 });
        await waitForText(page, "#requests", "503validrootbefore status");
        await page.waitForSelector("#no-faults:not([hidden])");
        await clientOf(emulator).listApiKeys();
        expect(problems).toEqual([]);
    });

    test("offers only the fields of the chosen fault, and shows why a fault is refused", async () => {
        const emulator = await emulatorWith();
        const { page } = await openPage(emulator);
        const fields = async (kind: string) => {
            await page.select("select[name=kind]", kind);
            return page.$$eval("#fault-form label:not([hidden])", (labels) =>
                labels.map((label) => label.querySelector("input, select")?.getAttribute("name")),
            );
        };
        expect(await fields("reset")).toEqual(["operation", "kind", "when", "times"]);
        expect(await fields("slow")).toEqual(["operation", "kind", "when", "times", "delayMs"]);
        expect(await fields("late")).toEqual(["operation", "kind", "when", "times", "status", "delayMs"]);
        await page.$eval("#fault-form", (form) => form.setAttribute("novalidate", ""));
        await page.locator("::-p-aria(Number of requests)").fill("0");
        await page.locator("::-p-aria(Inject fault)").click();
        await waitForText(page, "#fault-result", "Failed: status 400");
        expect((await stateOf(emulator)).faults).toEqual([]);
    });

    test("works by the keyboard alone", async () => {
        const emulator = await emulatorWith();
        const { page, problems } = await openPage(emulator);
        await page.browserContext().setPermission(
            emulator.origin,
            ...["clipboard-read", "clipboard-write"].map((name) => ({
                permission: { name },
                state: "granted" as const,
            })),
        );
        await tabTo(page, "#copy");
        await page.keyboard.press("Enter");
        await waitForText(page, "#copied", "Copied.");
        const copied = await page.evaluate(async () => navigator.clipboard.readText());
        expect(copied).toBe(readFileSync(emulator.credentialsPath, "utf8"));
        await tabTo(page, "select[name=operation]");
        await page.keyboard.type("list");
        await tabTo(page, "select[name=kind]");
        await page.keyboard.type("reset");
        await tabTo(page, "#fault-form button");
        const outline = await page.evaluate(() => getComputedStyle(document.activeElement as Element).outlineStyle);
        expect(outline).toBe("solid");
        await page.keyboard.press("Space");
        await waitForText(page, "#faults", "reset before list");
        await tabTo(page, "#faults button");
        await page.keyboard.press("Enter");
        await waitForText(page, "#fault-result", "Removed.");
        expect(await page.evaluate(() => document.activeElement?.id)).toBe("pending-heading");
        expect((await stateOf(emulator)).faults).toEqual([]);
        expect(problems).toEqual([]);
    });

    test("keeps the focus and the rows while the state is loaded again", async () => {
        const emulator = await emulatorWith();
        const client = clientOf(emulator);
        const { apiKeyId } = await client.generateApiKey({ name: "unused", keyType: "ed25519" });
        await inject(emulator, { operation: "list", when: "before", kind: "slow", times: 2 });
        const { page } = await openPage(emulator);
        await page.$eval(`#keys tr[data-id="${apiKeyId}"]`, (row) => row.setAttribute("data-kept", ""));
        await page.focus("#faults button");
        await client.listApiKeys();
        await page.waitForFunction(
            () => document.querySelector("#faults li")?.textContent.includes("2 times") === false,
        );
        expect(await page.evaluate(() => document.activeElement?.matches("#faults button"))).toBe(true);
        await client.generateApiKey({ name: "another", keyType: "ed25519" });
        await waitForText(page, "#keys", "another");
        expect(await page.$$eval("#keys tr", (rows) => rows.map((row) => row.hasAttribute("data-kept")))).toEqual([
            false,
            true,
            false,
        ]);
        expect(await page.evaluate(() => document.activeElement?.matches("#faults button"))).toBe(true);
    });

    describe.each(["light", "dark"])("in %s colours", (scheme) => {
        test.each([1280, 320])("has no violation that axe finds, at a width of %d pixels", async (width) => {
            const emulator = await emulatorWith();
            await fill(emulator);
            const { page, problems } = await openPage(emulator);
            await page.setViewport({ width, height: 800 });
            await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
            await waitForText(page, "#requests", "revoked key");
            expect(await violations(page)).toEqual([]);
            expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
            const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
            expect(background).toBe(scheme === "light" ? "rgb(244, 246, 248)" : "rgb(13, 17, 23)");
            expect(problems).toEqual([]);
        });
    });

    test("moves nothing if the user wants reduced motion", async () => {
        const emulator = await emulatorWith();
        const { page } = await openPage(emulator);
        const animations = async (value: string) => {
            await page.emulateMediaFeatures([{ name: "prefers-reduced-motion", value }]);
            const { apiKeyId } = await clientOf(emulator).generateApiKey({ name: "bot", keyType: "ed25519" });
            await page.waitForSelector(`tr.new[data-id="${apiKeyId}"]`);
            return page.evaluate(() => document.getAnimations().length);
        };
        expect(await animations("reduce")).toBe(0);
        expect(await animations("no-preference")).toBeGreaterThan(0);
    });

    test("shows HTML, control characters and changes of direction in texts of clients as text", async () => {
        const emulator = await emulatorWith();
        const attack = `<img src=x onerror="alert(1)"><script>alert(2)</script>`;
        const client = clientOf(emulator);
        await client.generateApiKey({ name: attack, keyType: "ed25519" });
        await client.generateApiKey({ name: "safe\u202Eevil\u0007\u200B", keyType: "ed25519" });
        await fetch(`${emulator.origin}/trade-api/v2/%3Cimg%20src=x%3E/<b>`, {
            headers: { "kalshi-access-key": "<img src=x onerror=alert(3)>" },
        });
        const { page, problems } = await openPage(emulator);
        await waitForText(page, "#keys", attack);
        await waitForText(page, "#keys", "safe\\u{202e}evil\\u{7}\\u{200b}");
        expect(await page.$$eval("img, b, body script", (elements) => elements.length)).toBe(0);
        expect(problems).toEqual([]);
    });

    test("refuses to parse text as HTML", async () => {
        const { page } = await openPage(await emulatorWith());
        const parse = page.$eval("#keys", (element) => {
            element.innerHTML = "<b>text</b>";
        });
        await expect(parse).rejects.toThrow(/TrustedHTML/);
    });

    test("says that the connection is lost, and recovers", async () => {
        const emulator = await emulatorWith();
        const { page } = await openPage(emulator);
        await page.setOfflineMode(true);
        await waitForText(page, "#connection", "No connection");
        await page.setOfflineMode(false);
        await waitForText(page, "#connection", "Live");
    });

    test("does not load the state while it is hidden", async () => {
        const emulator = await emulatorWith();
        const { page } = await openPage(emulator);
        const loads: string[] = [];
        page.on("request", (request) => loads.push(request.url()));
        const setHidden = (hidden: boolean) =>
            page.evaluate((hidden) => {
                Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
                document.dispatchEvent(new Event("visibilitychange"));
            }, hidden);
        await setHidden(true);
        await new Promise((resolve) => setTimeout(resolve, 1_500));
        loads.length = 0;
        await new Promise((resolve) => setTimeout(resolve, 2_500));
        expect(loads).toEqual([]);
        await setHidden(false);
        await page.waitForRequest(`${emulator.origin}/_emulator/state`);
    });
});

describeIfInstalled("pages of other origins in Chromium", () => {
    test("cannot inject a fault, read the state or show the page in a frame", async () => {
        const emulator = await emulatorWith();
        const fault = JSON.stringify({ operation: "list", when: "before", kind: "reset" });
        const control = `${emulator.origin}/_emulator`;
        const server = createServer((_request, response) => {
            // A form with the encoding text/plain sends `name=value`, which can be JSON.
            const [name = "", value = ""] = fault.replace("list", "=list").split("=");
            const escaped = (text: string) => text.replaceAll('"', "&quot;");
            response
                .writeHead(200, { "content-type": "text/html" })
                .end(
                    `<iframe name="frame" src="${emulator.origin}/"></iframe>` +
                        `<form method="post" enctype="text/plain" target="frame" action="${control}/faults">` +
                        `<input name="${escaped(name)}" value="${escaped(value)}"></form>`,
                );
        });
        server.listen(0, "127.0.0.1");
        onCleanUp(async () => {
            server.closeAllConnections();
            server.close();
        });
        await new Promise((resolve) => server.once("listening", resolve));
        const page = await (await startBrowser()).newPage();
        await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
        const results = await page.evaluate(
            async (control, body) => {
                const attempts = [
                    fetch(`${control}/state`).then((response) => response.text()),
                    fetch(`${control}/faults`, {
                        method: "POST",
                        body,
                        headers: { "content-type": "application/json" },
                    }),
                    fetch(`${control}/faults`, { method: "POST", body, mode: "no-cors" }).then(({ type }) => type),
                    fetch(`${control}/requests`, { method: "DELETE" }),
                ];
                const settled = await Promise.allSettled<unknown>(attempts);
                document.querySelector("form")?.submit();
                return settled.map((result) => (result.status === "fulfilled" ? result.value : "refused"));
            },
            control,
            fault,
        );
        expect(results).toEqual(["refused", "refused", "refused", "refused"]);
        await page.waitForNetworkIdle();
        const framed = await Promise.all(
            page
                .frames()
                .slice(1)
                .map((frame) => frame.content()),
        );
        expect(framed.join("")).not.toContain("API keys");
        expect((await stateOf(emulator)).faults).toEqual([]);
    });

    test("cannot reach the page by a name that resolves to this machine", async () => {
        const emulator = await emulatorWith();
        const browser = await startBrowser(["--host-resolver-rules=MAP rebinding.example 127.0.0.1"]);
        const page = await browser.newPage();
        const origin = emulator.origin.replace("127.0.0.1", "rebinding.example");
        for (const path of ["/", "/_emulator/state", "/_emulator/faults"]) {
            const response = await page.goto(origin + path);
            expect(response?.status()).toBe(403);
            expect(await response?.text()).toContain("foreign_host");
        }
    });
});
