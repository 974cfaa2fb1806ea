import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { parse } from "yaml";
import type { Emulator } from "../../emulator/index";
import { root } from "../../tools/paths";
import { accountKeys, cleanUp, clientOf, emulatorWith, rootKeyPem, scratchFolder } from "../support/harness";
import { installedSdks, sdkIn } from "../support/installedSdks";
import { pathWithoutPlugin } from "../support/pathWithoutPlugin";
import { hasRelease, serveRelease } from "../support/release";
import { hasLanguageHost, languageProject, type LanguageProject } from "./languageProject";

afterEach(cleanUp);

const programs = join(root, "tests", "engine", "programs");

/** Creates an empty project, and installs the language's SDK into it. The engine downloads the plugin by the SDK's URL. */
async function projectIn(language: string, emulator: Emulator, importId: string): Promise<LanguageProject> {
    const { runtime, install } = sdkIn(language);
    const program = join(programs, language);
    const values = {
        ROOT_URL: emulator.baseUrl,
        ROOT_ID: emulator.rootKeyId,
        ROOT_KEY: rootKeyPem(emulator),
        IMPORT_ID: importId,
    };
    const yaml = language === "yaml" ? readFileSync(join(program, "program.yaml"), "utf8") : "{}";
    const settings = { runtime, ...(parse(yaml.replace("IMPORT_ID", importId)) as object) };
    const env = {
        ...values,
        ...(await serveRelease()),
        PATH: language === "typescript" ? pathWithoutPlugin : await pathWithoutNode(),
    };
    const project = await languageProject(emulator, settings, {}, env, []);
    const { stack } = project;
    cpSync(program, stack.options.project, { recursive: true });
    Object.assign(stack.env, await install(stack.options.project, stack));
    if (language === "yaml") {
        await stack.must("config", "set", "rootUrl", values.ROOT_URL);
        await stack.must("config", "set", "rootId", values.ROOT_ID);
        await stack.setSecret("rootKey", values.ROOT_KEY);
    }
    return project;
}

/** Returns a PATH on which Node fails, if the plugin is an executable that contains Node. */
async function pathWithoutNode(): Promise<string> {
    if (process.platform !== "linux") {
        return pathWithoutPlugin;
    }
    const folder = await scratchFolder();
    writeFileSync(join(folder, "node"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    return `${folder}${delimiter}${pathWithoutPlugin}`;
}

const languages = Object.keys(installedSdks);

test("each language has a program", () => {
    languages.forEach((language) => expect(existsSync(join(programs, language))).toBe(true));
});

describe.each(languages)("an installed SDK, in %s", (language) => {
    const canRun = hasRelease && hasLanguageHost(sdkIn(language).runtime);
    // In CI `npm test` fails earlier if something is missing.
    (canRun ? test : test.skip)(
        "creates, imports, finds and revokes keys with a plugin that the engine downloads",
        async () => {
            const emulator = await emulatorWith();
            const { apiKeyId: importId } = await clientOf(emulator).generateApiKey({
                name: "by hand",
                scopes: ["read"],
            });
            const { stack } = await projectIn(language, emulator, importId);
            await stack.must("up", "--yes");
            const outputs = await stack.outputs();
            expect(outputs).toMatchObject({ importedId: importId, foundName: outputs["name"] });
            // YAML cannot map a list, so its program exports whole keys.
            const listed = outputs["listedIds"] as readonly (string | { apiKeyId: string })[];
            const listedIds = listed.map((one) => (typeof one === "string" ? one : one.apiKeyId));
            expect(listedIds).toEqual([outputs["apiKeyId"]]);
            const [rotating] = (await stack.resources()).filter(({ type }) => type === "kalshi:index:RotatingApiKey");
            const current = rotating?.outputs?.["current"] as Record<string, string> | undefined;
            expect(new Set(await accountKeys(emulator))).toEqual(
                new Set([outputs["apiKeyId"], importId, current?.["apiKeyId"]]),
            );
            const key = { apiKeyId: String(outputs["apiKeyId"]), privateKey: String(outputs["privateKey"]) };
            expect(await clientOf(emulator, {}, key).listApiKeys()).toHaveLength(4);
            const exported = await stack.must("stack", "export");
            for (const name of ["privateKey", "currentPrivateKey"]) {
                const line = String(outputs[name]).split("\n")[1] ?? "";
                expect(line).toMatch(/^[\w+/=]{40,}$/);
                expect(exported).not.toContain(line);
            }

            await stack.must("preview", "--expect-no-changes");
            await stack.must("destroy", "--yes", "--skip-preview");
            expect(await accountKeys(emulator)).toEqual([]);
        },
    );
});
