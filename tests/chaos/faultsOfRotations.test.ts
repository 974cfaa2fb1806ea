import { cleanUp } from "../support/harness";
import { providers } from "../support/project";
import { allOf, assertAccountHolds, generationsIn, type Generation, type Generations } from "../support/rotatingKeys";
import { extent } from "./extent";
import { rows, type Row } from "./faultTable";
import { FaultyProject, reportTable } from "./faultyProject";

afterAll(cleanUp);

/** The API calls of a rotation: it creates the new key, then revokes an older one. */
const operations = ["generate", "delete"] as const;
type Operation = (typeof operations)[number];

/**
 * The outcome of a rotation:
 * - done: success, as without the fault;
 * - refused: an error, and nothing has changed;
 * - incomplete: an error, and the state holds the new key and the one that is still to be revoked.
 */
type Outcome = "done" | "refused" | "incomplete";

/** A rotation does to a key what `up` and `destroy` do to one with an auto-generated name. If only its DELETE fails, it has created a key. */
function expectedOutcome(row: Row, operation: Operation): Outcome {
    const isDone = row.outcome(operation, "auto-generated") === "done";
    return isDone ? "done" : operation === "generate" ? "refused" : "incomplete";
}

const up = ["up", "--yes", "--skip-preview"];
const program = (emergency: number) =>
    `new RotatingKey("bot", { keyType: "ed25519", rotationDays: 30, revokeNow: { emergency: ${emergency} } });`;

const cells = rows.flatMap((row) => operations.map((operation) => ({ row, operation })));

describe.each(providers.map((provider, index) => ({ ...provider, index })))("with the $name:", (provider) => {
    let faulty: FaultyProject;
    const seen = new Map<string, Outcome>();

    beforeAll(async () => {
        faulty = await FaultyProject.create(provider);
    });

    afterAll(() => reportTable(seen, operations, `faults of rotations with the ${provider.name}`));

    // The small part has a delete with one provider and a create with the other.
    const chosen = cells.filter((_cell, at) => extent.full || at % extent.faultStep === 1 + provider.index * 3);

    test.each(chosen.map((cell) => ({ ...cell, what: cell.row.what })))(
        "$what: $operation of a rotation",
        async ({ row, operation }) => {
            seen.set(`${row.what} ${operation}`, await strike(row, operation));
        },
    );

    async function strike(row: Row, operation: Operation): Promise<Outcome> {
        const { stack, write } = faulty.project;
        write(program(1));
        await stack.must(...up);
        const before = await keys();
        write(program(2));
        const { code, stdout, stderr } = await faulty.runWithFaults(up, row, operation);

        const expected = expectedOutcome(row, operation);
        const output = stdout + stderr;
        expect(code === 0 ? "" : output).toMatch(expected === "done" ? /^$/ : (row.said ?? /never/));
        const after = await keys();
        await assertOnAccount(after);
        switch (expected) {
            case "done":
                assertReplaced(after, before.current, []);
                break;
            case "refused":
                expect(output).toMatch(/"bot-[0-9a-f]{7}".*\(KALSHI_[A-Z_]+\)/);
                expect(output).toContain(row.code ?? "KALSHI_");
                expect(after).toEqual(before);
                break;
            case "incomplete":
                expect(output).toMatch(/"bot-[0-9a-f]{7}".*\(KALSHI_ROTATION_INCOMPLETE\)/);
                assertReplaced(after, before.current, [before.current]);
        }

        const isLate = row.isLate === true && operation === "generate";
        if (isLate) {
            await faulty.assertDoctorSettles(true);
        }
        await faulty.assertJournal(operation === "generate" && row.mayComeLate === true && !isLate);
        if (expected !== "done") {
            await stack.must(...up);
            const finished = await keys();
            assertReplaced(finished, before.current, []);
            // The next run goes on with the key that the state holds already.
            expect(expected === "refused" ? undefined : finished.current).toEqual(
                expected === "refused" ? undefined : after.current,
            );
            await assertOnAccount(finished);
        }
        await faulty.clear(false);
        return expected;
    }

    async function keys(): Promise<Generations> {
        return (await generationsIn(faulty.project.stack)).get("bot") ?? { outdated: [] };
    }

    async function assertOnAccount(keys: Generations): Promise<void> {
        await assertAccountHolds(faulty.emulator, allOf([keys]), faulty.clock);
    }
});

/** Expects that another key became the current one, that these keys are still to be revoked, and that there is no other one. */
function assertReplaced(
    keys: Generations,
    old: Generation | undefined,
    outdated: readonly (Generation | undefined)[],
): void {
    expect(keys).toEqual({ current: expect.anything() as unknown, outdated });
    expect(keys.current?.apiKeyId).not.toBe(old?.apiKeyId);
}
