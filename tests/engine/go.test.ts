import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import which from "which";
import { root } from "../../tools/paths";
import { mustRun, run } from "../../tools/processes";
import { cleanUp, emulatorWith, scratchFolder } from "../support/harness";
import { installGoModule } from "../support/installedSdks";
import { hasRelease } from "../support/release";
import { schemaExample } from "../support/schemaExamples";
import { createAndRevoke, hasLanguageHost, languageProject } from "./languageProject";

afterEach(cleanUp);

const example = join(root, "examples", "go");
const ready = hasRelease && which.sync("go", { nothrow: true }) !== null;

/** A copy of the example's module, into which the module of the tested release is installed. */
interface Module {
    readonly cwd: string;
    readonly env: NodeJS.ProcessEnv;
}

/** @param programs more programs, in subfolders */
async function moduleWith(programs: Readonly<Record<string, string>>): Promise<Module> {
    const cwd = await scratchFolder();
    cpSync(example, cwd, { recursive: true });
    const env = { ...process.env, ...(await installGoModule(cwd)) };
    for (const [name, program] of Object.entries(programs)) {
        mkdirSync(join(cwd, name));
        writeFileSync(join(cwd, name, "main.go"), program);
    }
    return { cwd, env };
}

// In CI `npm test` fails earlier if Go is not installed.
(ready ? describe : describe.skip)("Go", () => {
    test("compiles the example and the schema's examples against the released module", async () => {
        const { cwd, env } = await moduleWith({
            schema: schemaExample("go"),
            rotating: schemaExample("go", "RotatingApiKey"),
        });
        await mustRun("go", ["build", "./..."], { cwd, env });
        expect(await mustRun("gofmt", ["-l", "main.go", "schema", "rotating"], { cwd })).toBe("");
    });

    test("rejects an input that is not in the schema", async () => {
        const program = schemaExample("go").replace("Scopes:", "Scope:");
        const { cwd, env } = await moduleWith({ typo: program });
        const { code, stderr } = await run("go", ["build", "./..."], { cwd, env });
        expect(stderr).toMatch(/unknown field Scope in struct literal of type kalshi\.ApiKeyArgs/);
        expect(code).not.toBe(0);
    });
});

(ready && hasLanguageHost("go") ? test : test.skip)(
    "examples/go creates a key for each bot and revokes them",
    async () => {
        const emulator = await emulatorWith();
        const { stack } = await languageProject(emulator, { runtime: "go" });
        for (const name of ["main.go", "go.mod", "go.sum"]) {
            cpSync(join(example, name), join(stack.options.project, name));
        }
        Object.assign(stack.env, await installGoModule(stack.options.project));
        await createAndRevoke(emulator, stack, 3);
    },
);
