import fc from "fast-check";
import { accountKeys, cleanUp } from "../support/harness";
import { age, providers } from "../support/project";
import { allOf, assertAccountHolds, generationsIn, type Generations } from "../support/rotatingKeys";
import { crashRounds, CrashingProject } from "./crashingProject";
import { extent } from "./extent";

afterAll(cleanUp);

const keys = 10;

/** What the interrupted `pulumi up` does with every key. */
const causes = {
    /** The rotation is due, and so is the revocation of the previous key. */
    due: { days: 31 },
    /** Only the revocation of the previous key is due. */
    "overlap over": { days: 2.01 },
    /** A changed input rotates. A previous key is revoked before its overlap is over. */
    trigger: { days: 0.5, triggers: 1 },
    /** An emergency: both older keys are revoked. */
    revokeNow: { days: 0.5, emergencies: 1 },
} as const satisfies Record<string, { days: number; triggers?: number; emergencies?: number }>;
type Cause = keyof typeof causes;

const cause: fc.Arbitrary<{ cause: Cause }> = fc.record({
    cause: fc.oneof(
        { weight: 4, arbitrary: fc.constant("due" as const) },
        { weight: 2, arbitrary: fc.constant("trigger" as const) },
        { weight: 2, arbitrary: fc.constant("revokeNow" as const) },
        { weight: 1, arbitrary: fc.constant("overlap over" as const) },
    ),
});

const program = (triggers: number, emergencies: number) => `for (let i = 0; i < ${keys}; i++) {
    new RotatingKey("bot-" + i, { keyType: "ed25519", rotationDays: 30, overlapDays: 2,
        rotationTriggers: { version: ${triggers} }, revokeNow: { incident: ${emergencies} } });
}`;

const cases = providers.map((provider, index) => ({ ...provider, index }));
const tests = process.platform === "linux" ? describe.each(cases) : describe.skip.each(cases);

tests(`${extent.rounds} crashes of rotations with seed ${extent.seed}, with the $name (on Linux only):`, (provider) => {
    let crashing: CrashingProject;
    let [triggers, emergencies] = [0, 0];
    /** The keys at the end of the last round; undefined if there are none. */
    let held: ReadonlyMap<string, Generations> | undefined;

    beforeAll(async () => {
        crashing = await CrashingProject.create(provider, program(triggers, emergencies));
    });

    afterAll(() => crashing.report(`of rotations, ${provider.name}`));

    async function firstKeys(): Promise<ReadonlyMap<string, Generations>> {
        await crashing.upAfterFix();
        return generationsIn(crashing.project.stack);
    }

    // A rotation makes at most one create and two deletes.
    test.each(crashRounds(3 * keys, cause, provider.index))(
        "$cause: $victim, $later ms after $writes creates and deletes",
        async ({ cause, ...crash }) => {
            const { emulator, project } = crashing;
            const { stack } = project;
            const { days, ...changes } = { triggers: 0, emergencies: 0, ...causes[cause] };
            const before = held ?? (await firstKeys());
            await age(project, days);
            [triggers, emergencies] = [triggers + changes.triggers, emergencies + changes.emergencies];
            project.write(program(triggers, emergencies));

            await crashing.interruptUp(crash, keys);
            const interrupted = await generationsIn(stack);
            await crashing.fix(allOf(interrupted.values()).map(({ apiKeyId }) => apiKeyId));
            /** The keys that consumers may hold: all that were current since before the crash. */
            const consumed = [...before.values(), ...interrupted.values()].map(({ current }) => current);
            const isEmergency = changes.emergencies > 0;
            // No consumer loses a valid key, not even between the crash and the next run.
            const left = await accountKeys(emulator);
            const lost = consumed.filter((key) => key === undefined || !left.includes(key.apiKeyId));
            expect(isEmergency ? [] : lost).toEqual([]);

            await crashing.upAfterFix();
            const after = await generationsIn(stack);
            expect([...after.keys()].sort()).toEqual([...before.keys()].sort());
            await assertAccountHolds(emulator, allOf(after.values()));
            for (const [name, { current, previous, outdated }] of after) {
                const old = before.get(name)?.current;
                expect(outdated).toEqual([]);
                expect(current?.apiKeyId === old?.apiKeyId).toBe(cause === "overlap over");
                // Every key that the state holds signs, so consumers of the old one are served, unless it was to be revoked.
                expect(previous?.apiKeyId).toBe(isEmergency || cause === "overlap over" ? undefined : old?.apiKeyId);
            }
            await crashing.settleByTime();
            held = after;
            crashing.isConsistent = true;
        },
    );

    test("the stack can be destroyed after them", async () => crashing.destroy());

    afterEach(async () => {
        if (!crashing.isConsistent) {
            held = undefined;
            await crashing.clear();
        }
    });
});
