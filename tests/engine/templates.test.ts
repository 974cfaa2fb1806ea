import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { root } from "../../tools/paths";
import { Stack } from "../../tools/stack";
import { accountKeys, cleanUp, clientOf, emulatorWith, rootKeyPem, scratchFolder } from "../support/harness";
import { installedSdks, sdkIn } from "../support/installedSdks";
import { pathWithoutPlugin } from "../support/pathWithoutPlugin";
import { hasRelease, serveRelease } from "../support/release";
import { hasLanguageHost } from "./languageProject";

afterEach(cleanUp);

const templates = join(root, "templates");
const languages = Object.keys(installedSdks);

test("each language has a template", () => {
    expect(readdirSync(templates).sort()).toEqual(languages.toSorted());
});

describe.each(languages)("the template in %s", (language) => {
    test("prompts for the environment and the credentials, the private key as a secret", () => {
        const { template } = parse(readFileSync(join(templates, language, "Pulumi.yaml"), "utf8")) as {
            template: { config: Record<string, { description: string; default?: string; secret?: boolean }> };
        };
        const description = expect.stringMatching(/./) as unknown;
        expect(template.config).toEqual({
            "kalshi:environment": { description, default: "demo" },
            "kalshi:apiKeyId": { description },
            "kalshi:privateKey": { description, secret: true },
        });
    });

    const { runtime, install } = sdkIn(language);
    // In CI `npm test` fails earlier if something is missing.
    (hasRelease && hasLanguageHost(runtime) ? test : test.skip)(
        "results in a project that creates a key, has no changes and revokes the key",
        async () => {
            const emulator = await emulatorWith();
            const scratch = await scratchFolder();
            const project = join(scratch, "project");
            mkdirSync(project);
            const stack = await Stack.open({
                project,
                scratch: join(scratch, "pulumi"),
                name: "dev",
                env: { ...(await serveRelease()), PATH: pathWithoutPlugin },
            });
            await stack.must("new", join(templates, language), "--generate-only", "--yes", "--name", "my-keys");
            expect(parse(readFileSync(join(project, "Pulumi.yaml"), "utf8"))).not.toHaveProperty("template");
            if (language !== "yaml") {
                Object.assign(stack.env, await install(project, stack));
            }
            if (language === "go") {
                // Completes go.mod, as `pulumi new` does without `--generate-only`.
                await stack.must("install");
            }

            await stack.must("stack", "init", "dev");
            await stack.must("config", "set", "kalshi:baseUrl", emulator.baseUrl);
            await stack.must("config", "set", "kalshi:apiKeyId", emulator.rootKeyId);
            // The prompt takes one line, so a pasted key loses its line breaks.
            await stack.setSecret("kalshi:privateKey", rootKeyPem(emulator).trim().replaceAll("\n", " "));
            await stack.must("up", "--yes");
            const { apiKeyId, privateKey } = await stack.outputs();
            expect(await accountKeys(emulator)).toEqual([apiKeyId]);
            const key = { apiKeyId: String(apiKeyId), privateKey: String(privateKey) };
            expect(await clientOf(emulator, {}, key).listApiKeys()).toHaveLength(2);
            const line = /^[\w+/=]{40,}$/m.exec(key.privateKey)?.[0];
            expect(line).toBeDefined();
            expect(await stack.must("stack", "export")).not.toContain(line);

            await stack.must("preview", "--expect-no-changes");
            await stack.must("destroy", "--yes", "--skip-preview");
            expect(await accountKeys(emulator)).toEqual([]);
        },
    );
});
