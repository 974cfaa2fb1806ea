import { accountKeys, calls, cleanUp, emulatorWith } from "../support/harness";
import { testIf } from "../support/full";
import { callsOf, providers, resourcePlugin } from "../support/project";

afterEach(cleanUp);

describe.each(providers)("with the $name:", ({ name, createProject }) => {
    const keys = 50;
    // The dynamic provider does so in tests/chaos/fleet.test.ts, within the limits of the lowest usage level.
    const testOfPlugin = testIf(name === resourcePlugin.name);

    testOfPlugin(`creates ${keys} keys in one up, refreshes them by one list, and destroys them`, async () => {
        const emulator = await emulatorWith();
        const project = await createProject(
            emulator,
            `for (let i = 0; i < ${keys}; i++) new Key("bot-" + i, { keyType: i % 10 ? "ed25519" : "rsa" });`,
        );
        const { stack } = project;
        await stack.must("up", "--yes", "--skip-preview");
        const made = await accountKeys(emulator);
        expect(made).toHaveLength(keys);
        const held = (await stack.resources()).map((resource) => resource.id);
        expect(new Set(held)).toEqual(new Set(made));

        expect(await callsOf(emulator, project, "preview", "--expect-no-changes")).toEqual([]);
        const refresh = ["refresh", "--yes", "--skip-preview", "--expect-no-changes"];
        expect(await callsOf(emulator, project, ...refresh)).toEqual(["GET api_keys"]);

        await callsOf(emulator, project, "destroy", "--yes", "--skip-preview");
        const deletions = (await calls(emulator)).filter((call) => call !== "GET limits");
        expect(deletions).toEqual(Array.from({ length: keys }, () => "DELETE id"));
        expect(await accountKeys(emulator)).toEqual([]);
    });
});
