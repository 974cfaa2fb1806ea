import fc from "fast-check";
import { accountKeys, cleanUp } from "../support/harness";
import { assertHolds, providers } from "../support/project";
import { crashRounds, CrashingProject } from "./crashingProject";
import { extent } from "./extent";

afterAll(cleanUp);

const keys = 20;
const program = `module.exports = Object.fromEntries(Array.from({ length: ${keys} }, (_, i) => [
    "bot-" + i, new Key("bot-" + i, { keyType: "ed25519" }).privateKey]));`;

const cases = providers.map((provider, index) => ({ ...provider, index }));
const tests = process.platform === "linux" ? describe.each(cases) : describe.skip.each(cases);

tests(`${extent.rounds} crashes with seed ${extent.seed}, with the $name (on Linux only):`, (provider) => {
    let crashing: CrashingProject;

    beforeAll(async () => {
        crashing = await CrashingProject.create(provider, program);
    });

    afterAll(() => crashing.report(`of creates, ${provider.name}`));

    test.each(crashRounds(keys, fc.constant({}), provider.index))(
        "$victim, $later ms after $writes creates",
        async (crash) => {
            const { emulator, project } = crashing;
            await crashing.interruptUp(crash, keys);
            const held = (await project.stack.resources()).map(({ id = "" }) => id);
            await crashing.fix(held);
            // Every key in the state still exists.
            const after = await accountKeys(emulator);
            expect(held.filter((id) => !after.includes(id))).toEqual([]);
            await crashing.upAfterFix();
            await assertHolds(emulator, project.stack, keys);
            await crashing.destroy();
            await crashing.settleByTime();
            crashing.isConsistent = true;
        },
    );

    afterEach(async () => {
        if (!crashing.isConsistent) {
            await crashing.clear();
        }
    });
});
