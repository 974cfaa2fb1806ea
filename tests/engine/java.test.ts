import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import which from "which";
import { root } from "../../tools/paths";
import { run } from "../../tools/processes";
import { cleanUp, emulatorWith, scratchFolder } from "../support/harness";
import { serveMavenRepository } from "../support/installedSdks";
import { hasRelease } from "../support/release";
import { schemaExample } from "../support/schemaExamples";
import { createAndRevoke, hasLanguageHost, languageProject } from "./languageProject";

afterEach(cleanUp);

const example = join(root, "examples", "java");
const ready = hasRelease && which.sync("mvn", { nothrow: true }) !== null;

/** Compiles programs, by their packages, against the Java package of the tested release. */
async function compile(programs: Readonly<Record<string, string>>) {
    const cwd = await scratchFolder();
    cpSync(join(example, "pom.xml"), join(cwd, "pom.xml"));
    for (const [name, program] of Object.entries(programs)) {
        const folder = join(cwd, "src", "main", "java", name);
        mkdirSync(folder, { recursive: true });
        writeFileSync(join(folder, "App.java"), program.replace(/^package .*;$/m, `package ${name};`));
    }
    const env = { ...process.env, ...(await serveMavenRepository(cwd)) };
    return run("mvn", ["--batch-mode", "--quiet", "compile"], { cwd, env });
}

// In CI `npm test` fails earlier if there is no Maven.
(ready ? describe : describe.skip)("Java", () => {
    test("compiles the schema's examples against the released package", async () => {
        const key = schemaExample("java");
        const rotating = schemaExample("java", "RotatingApiKey");
        expect(await compile({ key, rotating })).toMatchObject({ code: 0 });
    });

    test("rejects an input that is not in the schema", async () => {
        const { code, stdout } = await compile({ typo: schemaExample("java").replace(".scopes(", ".scope(") });
        expect(stdout).toMatch(/cannot find symbol/);
        expect(code).not.toBe(0);
    });
});

(ready && hasLanguageHost("java") ? test : test.skip)(
    "examples/java creates a key for each bot and revokes them",
    async () => {
        const emulator = await emulatorWith();
        const { stack } = await languageProject(emulator, { runtime: "java" });
        for (const name of ["pom.xml", "src"]) {
            cpSync(join(example, name), join(stack.options.project, name), { recursive: true });
        }
        Object.assign(stack.env, await serveMavenRepository(stack.options.project));
        await createAndRevoke(emulator, stack, 3);
    },
);
