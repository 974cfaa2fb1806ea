import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { accountKeys, calls, cleanUp, emulatorWith, forgetRequests, scratchFolder } from "../support/harness";
import { baseUrlMark, folderOf, record } from "../states/record";
import { dynamicProvider } from "../support/project";

const { createProject } = dynamicProvider;

afterEach(cleanUp);

/** `RECORD_STATE=0.2.0 npm test -- upgrade` records the state that this version writes. */
const { RECORD_STATE } = process.env;

if (RECORD_STATE !== undefined) {
    test(`records ${RECORD_STATE}`, () => record(RECORD_STATE));
}

/**
 * All recorded releases. In 0.1.0-dev `__provider` is the SDK's serialization; later it is this package's constant
 * text.
 */
const releases = readdirSync(folderOf(".")).filter((name) => /^\d/.test(name));

test.each(releases)(
    "the current version previews no change for a stack of %s, refreshes, replaces and destroys it",
    async (release) => {
        const dataDir = join(await scratchFolder(), "account");
        mkdirSync(dataDir);
        const { keys } = JSON.parse(readFileSync(join(folderOf(release), "keys.json"), "utf8")) as { keys: object[] };
        // The root key's private key was not recorded. The emulator generates another one, as if the credentials were
        // changed.
        writeFileSync(join(dataDir, "keys.json"), JSON.stringify({ root: "", keys }));
        const emulator = await emulatorWith({ dataDir });
        const project = await createProject(emulator, "");
        cpSync(join(folderOf(release), "index.js"), join(project.stack.options.project, "index.js"));
        const file = join(project.scratch, "state.json");
        const state = readFileSync(join(folderOf(release), "state.json"), "utf8");
        writeFileSync(file, state.replaceAll(baseUrlMark, emulator.baseUrl));
        await project.stack.must("stack", "import", "--file", file);
        const held = (await project.stack.resources()).map((resource) => resource.id);
        expect(held.length).toBeGreaterThan(0);

        await project.stack.must("preview", "--expect-no-changes");
        expect(await calls(emulator)).toEqual([]);
        await project.stack.must("up", "--yes", "--skip-preview", "--refresh", "--expect-no-changes");
        expect(new Set((await project.stack.resources()).map((resource) => resource.id))).toEqual(new Set(held));
        expect(new Set(await calls(emulator))).toEqual(new Set(["GET api_keys"]));

        // The old and the new resource may have different `__provider` texts, but are the same key.
        const adopted = (await project.stack.resources()).find(({ urn }) => urn.endsWith("::adopted"));
        Object.assign(project.stack.env, { ADOPT: adopted?.id });
        await project.stack.must("up", "--yes", "--skip-preview", "--replace", adopted?.urn ?? "");
        expect(await accountKeys(emulator)).toContain(adopted?.id);

        await forgetRequests(emulator);
        await project.stack.must("destroy", "--yes", "--skip-preview");
        expect(await calls(emulator)).toEqual(held.map(() => "DELETE id"));
        const left = await accountKeys(emulator);
        expect(held.filter((id) => left.includes(id ?? ""))).toEqual([]);
    },
);
