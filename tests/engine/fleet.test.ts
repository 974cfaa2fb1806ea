import { accountKeys, calls, cleanUp, emulatorWith, forgetRequests } from "../harness";
import { doors } from "./project";

afterEach(cleanUp);

describe.each(doors)("through the $name door:", ({ projectOn }) => {
    const keys = 100;

    test(`${keys} keys: one up, no changes, a refresh that lists once or twice, a destroy`, async () => {
        const emulator = await emulatorWith();
        const { stack } = await projectOn(
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

        // With its preview, as people run it: two processes, so one list each.
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
