import { accountKeys, calls, cleanUp, emulatorWith, forgetRequests } from "../support/harness";
import { providers } from "../support/project";

afterEach(cleanUp);

describe.each(providers)("with the $name:", ({ createProject }) => {
    const keys = 100;

    test(`creates ${keys} keys in one up, refreshes them by one or two lists, and destroys them`, async () => {
        const emulator = await emulatorWith();
        const { stack } = await createProject(
            emulator,
            `for (let i = 0; i < ${keys}; i++) new Key("bot-" + i, { keyType: i % 2 ? "ed25519" : "rsa" });`,
        );
        await stack.must("up", "--yes");
        const made = await accountKeys(emulator);
        expect(made).toHaveLength(keys);
        const held = (await stack.resources()).map((resource) => resource.id);
        expect(new Set(held)).toEqual(new Set(made));

        await forgetRequests(emulator);
        await stack.must("preview", "--expect-no-changes");
        expect(await calls(emulator)).toEqual([]);

        // The refresh includes a preview: two processes, and each lists once.
        await stack.must("refresh", "--yes", "--expect-no-changes");
        const listings = await calls(emulator);
        expect(new Set(listings)).toEqual(new Set(["GET api_keys"]));
        expect(listings.length).toBeLessThanOrEqual(2);

        await forgetRequests(emulator);
        await stack.must("destroy", "--yes");
        const deletions = (await calls(emulator)).filter((call) => call !== "GET limits");
        expect(deletions).toEqual(Array.from({ length: keys }, () => "DELETE id"));
        expect(await accountKeys(emulator)).toEqual([]);
    });
});
