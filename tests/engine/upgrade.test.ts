import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { accountKeys, calls, cleanUp, emulatorWith, forgetRequests, scratchFolder } from "../harness";
import { baseUrlMark, folderOf, record } from "../states/record";
import { dynamicDoor } from "./project";

const { projectOn } = dynamicDoor;

afterEach(cleanUp);

/** `RECORD_STATE=0.2.0 npm test -- upgrade` records the state that this version writes. */
const { RECORD_STATE } = process.env;

if (RECORD_STATE !== undefined) {
    test(`records ${RECORD_STATE}`, () => record(RECORD_STATE));
}

/** All that have been recorded; 0.1.0-dev has the `__provider` that the SDK serialized, before it was a text of our own. */
const releases = readdirSync(folderOf(".")).filter((name) => /^\d/.test(name));

test.each(releases)(
    "a stack that %s left: today's code previews no change, refreshes, replaces and destroys it",
    async (release) => {
        const dataDir = join(await scratchFolder(), "account");
        mkdirSync(dataDir);
        const { keys } = JSON.parse(readFileSync(join(folderOf(release), "keys.json"), "utf8")) as { keys: object[] };
        // The root key's private half was not recorded: the emulator makes another one, as if the credentials were changed.
        writeFileSync(join(dataDir, "keys.json"), JSON.stringify({ root: "", keys }));
        const emulator = await emulatorWith({ dataDir });
        const project = await projectOn(emulator, "");
        cpSync(join(folderOf(release), "index.js"), join(project.stack.options.project, "index.js"));
        const file = join(project.scratch, "state.json");
        const state = readFileSync(join(folderOf(release), "state.json"), "utf8");
        writeFileSync(file, state.replaceAll(baseUrlMark, emulator.baseUrl));
        await project.stack.must("stack", "import", "--file", file);
        const held = (await project.stack.resources()).map((resource) => resource.id);
        expect(held.length).toBeGreaterThan(0);

        await project.stack.must("preview", "--expect-no-changes");
        expect(await calls(emulator)).toEqual([]);
        await project.stack.must("refresh", "--yes", "--skip-preview");
        expect((await project.stack.resources()).map((resource) => resource.id)).toEqual(held);
        await project.stack.must("preview", "--expect-no-changes");
        await project.stack.must("up", "--yes", "--skip-preview");
        expect(new Set(await calls(emulator))).toEqual(new Set(["GET api_keys"]));

        // The old and the new one are served by way of texts that may differ, and are one key.
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
