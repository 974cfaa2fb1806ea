import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import which from "which";
import { root } from "../../tools/paths";
import { mustRun, run } from "../../tools/processes";
import { hasSdks, sdkFolder } from "../../tools/sdks";
import { accountKeys, cleanUp, emulatorWith, scratchFolder } from "../harness";
import { schemaExample } from "../schemaExamples";
import { hasLanguageHost, languageProject } from "./languageProject";

afterEach(cleanUp);

const example = join(root, "examples", "go");
const sdk = "example.com/pulumi-kalshi/sdk/go";
// With the flags of ../../tools/engine/build.ts, Go takes what it compiled before from its cache.
const env = { ...process.env, CGO_ENABLED: "0" };
const ready = hasSdks() && which.sync("go", { nothrow: true }) !== null;

/** Puts the generated SDK beside a program, and into its go.mod, as `pulumi package add` does. */
async function addSdk(folder: string): Promise<void> {
    cpSync(sdkFolder("go"), join(folder, "sdks", "kalshi"), { recursive: true });
    const edits = [`-require=${sdk}@v0.0.0`, `-replace=${sdk}=./sdks/kalshi`];
    await mustRun("go", ["mod", "edit", ...edits], { cwd: folder, env });
}

/** The example's module, with the SDK, and with other programs in folders of their own. */
async function moduleWith(programs: Readonly<Record<string, string>>): Promise<string> {
    const folder = await scratchFolder();
    cpSync(example, folder, { recursive: true });
    await addSdk(folder);
    for (const [name, program] of Object.entries(programs)) {
        mkdirSync(join(folder, name));
        writeFileSync(join(folder, name, "main.go"), program);
    }
    return folder;
}

// In CI `npm test` fails before it comes to this where there is no Go.
(ready ? describe : describe.skip)("Go", () => {
    test("the example and the schema's own compile against the generated SDK", async () => {
        const cwd = await moduleWith({ schema: schemaExample("go") });
        await mustRun("go", ["build", "-trimpath", "./..."], { cwd, env });
        expect(await mustRun("gofmt", ["-l", "main.go", "schema"], { cwd })).toBe("");
    });

    test("an input that the schema does not have is found", async () => {
        const program = schemaExample("go").replace("Scopes:", "Scope:");
        const cwd = await moduleWith({ slip: program });
        const { code, stderr } = await run("go", ["build", "-trimpath", "./..."], { cwd, env });
        expect(stderr).toMatch(/unknown field Scope in struct literal of type kalshi\.ApiKeyArgs/);
        expect(code).not.toBe(0);
    });
});

// Official installations of Pulumi have the host; it cannot be built from the Go module proxy.
(ready && hasLanguageHost("go") ? test : test.skip)(
    "examples/go makes a key for each bot, and takes them away again (where Pulumi's own host of Go is installed)",
    async () => {
        const emulator = await emulatorWith();
        const { stack } = await languageProject(emulator, { runtime: "go" });
        for (const name of ["main.go", "go.mod", "go.sum"]) {
            cpSync(join(example, name), join(stack.options.project, name));
        }
        await addSdk(stack.options.project);
        await stack.must("up", "--yes", "--skip-preview");
        expect(await accountKeys(emulator)).toHaveLength(3);
        await stack.must("preview", "--expect-no-changes");
        await stack.must("destroy", "--yes", "--skip-preview");
        expect(await accountKeys(emulator)).toEqual([]);
    },
);
