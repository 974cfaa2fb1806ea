import { cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import which from "which";
import { addresses } from "../../tools/addresses";
import { root } from "../../tools/paths";
import { mustRun, run } from "../../tools/processes";
import { sdkFolder } from "../../tools/sdks";
import { accountKeys, cleanUp, emulatorWith, scratchFolder } from "../support/harness";
import { schemaExample } from "../support/schemaExamples";
import { hasLanguageHost, languageProject } from "./languageProject";

afterEach(cleanUp);

const example = join(root, "examples", "go");
const sdk = addresses.goModule;
// The same flags as in ../../tools/engine/build.ts let Go reuse its build cache.
const env = { ...process.env, CGO_ENABLED: "0" };
const ready = existsSync(sdkFolder("go")) && which.sync("go", { nothrow: true }) !== null;

/** Copies the generated SDK into a program's folder and adds it to go.mod, as `pulumi package add` does. */
async function addSdk(folder: string): Promise<void> {
    cpSync(sdkFolder("go"), join(folder, "sdks", "kalshi"), { recursive: true });
    const edits = [`-require=${sdk}@v0.0.0`, `-replace=${sdk}=./sdks/kalshi`];
    await mustRun("go", ["mod", "edit", ...edits], { cwd: folder, env });
}

/** Creates a copy of the example's module with the SDK, and with other programs in subfolders. */
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

// In CI `npm test` fails earlier if Go is not installed.
(ready ? describe : describe.skip)("Go", () => {
    test("compiles the example and the schema's examples against the generated SDK", async () => {
        const cwd = await moduleWith({ schema: schemaExample("go"), rotating: schemaExample("go", "RotatingApiKey") });
        await mustRun("go", ["build", "-trimpath", "./..."], { cwd, env });
        expect(await mustRun("gofmt", ["-l", "main.go", "schema", "rotating"], { cwd })).toBe("");
    });

    test("rejects an input that is not in the schema", async () => {
        const program = schemaExample("go").replace("Scopes:", "Scope:");
        const cwd = await moduleWith({ typo: program });
        const { code, stderr } = await run("go", ["build", "-trimpath", "./..."], { cwd, env });
        expect(stderr).toMatch(/unknown field Scope in struct literal of type kalshi\.ApiKeyArgs/);
        expect(code).not.toBe(0);
    });
});

// Official installations of Pulumi contain the language host. It cannot be built from the Go module proxy.
(ready && hasLanguageHost("go") ? test : test.skip)(
    "examples/go creates a key for each bot and revokes them (needs Pulumi's language host for Go)",
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
