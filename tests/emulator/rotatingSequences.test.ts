import fc from "fast-check";
import { ApiKeyResource } from "../../provider/src/apiKey/resource";
import { ApiKeyError } from "../../provider/src/apiKey/errors";
import { verifyKey } from "../../provider/src/kalshi/verifyKey";
import { check } from "../../provider/src/rotatingApiKey/check";
import type { RotatingApiKeyInputs } from "../../provider/src/rotatingApiKey/inputs";
import { generationsOf, type Generation, type RotatingApiKeyState } from "../../provider/src/rotatingApiKey/outputs";
import { inputsOf, PartialRotationError, RotatingApiKeyResource } from "../../provider/src/rotatingApiKey/resource";
import { isFull } from "../support/full";
import { accountKeys, cleanUp, clientOf, emulatorWith, inject, noJournal, platformOn } from "../support/harness";

afterAll(cleanUp);

const sequences = isFull ? 400 : 60;
const seed = Number(process.env["SEED"] ?? 20_261_123);
const hour = 60 * 60 * 1000;
const day = 24 * hour;

/** The arguments that a program may set. All keys are Ed25519, because such keys are generated fast. */
const argsOf = fc.record({
    days: fc.constantFrom<{ readonly rotationDays: number; readonly overlapDays?: number }>(
        { rotationDays: 1, overlapDays: 0.5 },
        { rotationDays: 1, overlapDays: 0.95 },
        { rotationDays: 3 },
        { rotationDays: 3, overlapDays: 0 },
        { rotationDays: 8, overlapDays: 7.5 },
    ),
    scopes: fc.constantFrom<readonly string[]>(["read"], ["read", "write"]),
    rotationTriggers: fc.constantFrom<Record<string, number> | undefined>(undefined, { incident: 1 }, { incident: 2 }),
    revokeNow: fc.constantFrom(undefined, { leak: 1 }),
});
type Args = typeof argsOf extends fc.Arbitrary<infer T> ? T : never;

/** A failure of the next API call of an operation. */
const fault = fc.constantFrom(
    { operation: "generate", when: "before", kind: "status", status: 400 } as const,
    { operation: "generate", when: "after", kind: "garbage" } as const,
    { operation: "delete", when: "before", kind: "status", status: 403 } as const,
);

const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ up: argsOf }) },
    { weight: 4, arbitrary: fc.constant("up again" as const) },
    { weight: 1, arbitrary: fc.record({ failingUp: fc.option(argsOf, { nil: undefined }), fault }) },
    { weight: 1, arbitrary: fc.constant("refresh" as const) },
    { weight: 1, arbitrary: fc.record({ revokeOutside: fc.constantFrom("current", "previous") }) },
    { weight: 6, arbitrary: fc.record({ hours: fc.constantFrom(1, 11, 12, 22.8, 23, 24, 49, 181) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** A program that read the current key at some time, and signs with it from then on. */
interface Consumer {
    readonly key: Generation;
    /** Unix time in milliseconds. */
    readonly readAt: number;
    /** The shortest overlap since then. */
    overlapDays: number;
}

/** Calls the resource in the engine's order, and keeps the state as the engine does. */
class Stack {
    inputs: RotatingApiKeyInputs | undefined;
    state: RotatingApiKeyState | undefined;
    #args: Args = { days: { rotationDays: 3 }, scopes: ["read"], rotationTriggers: undefined, revokeNow: undefined };

    constructor(
        /** The engine starts a provider process for each command, so each command has a new object. */
        private readonly process: () => RotatingApiKeyResource,
        private readonly now: () => number,
    ) {}

    /** Returns whether the command succeeded. */
    async up(args = this.#args): Promise<boolean> {
        this.#args = args;
        const { days, ...rest } = args;
        const { inputs: checked, failures } = check(
            "bot",
            { ...this.inputs },
            { keyType: "ed25519", ...days, ...rest },
            this.now(),
        );
        expect(failures).toEqual([]);
        const inputs = checked as unknown as RotatingApiKeyInputs;
        try {
            this.state = await this.#applied(inputs);
            this.inputs = inputs;
            return true;
        } catch (error) {
            if (!(error instanceof ApiKeyError)) {
                throw error;
            }
            if (error instanceof PartialRotationError) {
                this.state = error.state;
                this.inputs = inputs;
            }
            return false;
        }
    }

    async #applied(inputs: RotatingApiKeyInputs): Promise<RotatingApiKeyState> {
        const [keys, { state }] = [this.process(), this];
        if (state === undefined) {
            return keys.create(inputs, origin);
        }
        return keys.diff(state, inputs).updates.length > 0 ? keys.update(state, inputs, origin) : state;
    }

    async refresh(): Promise<void> {
        if (this.state !== undefined) {
            this.state = await this.process().read(this.state);
            this.inputs = inputsOf(this.state);
        }
    }

    async destroy(): Promise<void> {
        if (this.state !== undefined) {
            await this.process().delete(this.state);
        }
    }
}

const origin = { project: "tests", stack: "test", resource: "bot" };

test(`in ${sequences} random sequences of commands every consumer's key signs for overlapDays after it was read`, async () => {
    process.stdout.write(`random rotations with seed ${seed}\n`);
    let shift = 0;
    const now = () => Date.now() + shift;
    const emulator = await emulatorWith({ now, usageLevel: "prestige", rateLimits: false });
    const client = clientOf(emulator, { now });
    const provider = () => {
        const clock = { now, sleep: (milliseconds: number) => (shift += milliseconds) };
        const platform = platformOn(emulator, clock, { client });
        return new RotatingApiKeyResource(platform, new ApiKeyResource(platform));
    };
    const others = async () => accountKeys(emulator, { now });
    const signs = async ({ apiKeyId, privateKey = "" }: Generation) =>
        (await verifyKey(clientOf(emulator, { now }, { apiKeyId, privateKey }))) === "accepted";
    /** How often each of these happened, so that the sequences are known to reach them. */
    const seen = { rotationsByTime: 0, rotationsByInput: 0, emergencies: 0, partialFailures: 0, servedAsPrevious: 0 };

    const live = async (steps: Step[]) => {
        // The keys that a failed sequence left must not fail the shorter ones that shrinking tries.
        await Promise.all((await others()).map((id) => client.deleteApiKey(id)));
        const stack = new Stack(provider, now);
        let consumers: Consumer[] = [];
        /** Keys that were revoked outside Pulumi. */
        const revoked = new Set<string>();

        /** Runs an update, and releases the consumers from which the program itself took the key. */
        const update = async (args: Args | undefined): Promise<boolean> => {
            const before = stack.state;
            const isDone = await stack.up(args);
            const after = stack.state;
            if (before === undefined || after === undefined) {
                return isDone;
            }
            const changed = (name: "revokeNow" | "rotationTriggers" | "scopes") =>
                JSON.stringify(before[name]) !== JSON.stringify(after[name]);
            const taken: (Generation | undefined)[] = [];
            if (changed("revokeNow")) {
                seen.emergencies++;
                taken.push(before.current, before.previous);
            } else if (changed("rotationTriggers") || changed("scopes")) {
                // A second rotation within the overlap, for which a changed input asked: only one previous key is kept.
                seen.rotationsByInput++;
                taken.push(before.previous);
            } else if (before.current !== undefined && after.current?.apiKeyId !== before.current.apiKeyId) {
                // Time alone takes no key from anybody.
                seen.rotationsByTime++;
            }
            seen.partialFailures += after.__outdated === undefined ? 0 : 1;
            consumers = consumers.filter(({ key }) => !taken.some((one) => one?.apiKeyId === key.apiKeyId));
            consumers.forEach((one) => (one.overlapDays = Math.min(one.overlapDays, after.overlapDays)));
            return isDone;
        };

        for (const one of [...steps, "refresh" as const, { hours: 1 }, "up again" as const]) {
            if (one === "up again") {
                expect(await update(undefined)).toBe(true);
            } else if (one === "refresh") {
                await stack.refresh();
            } else if ("up" in one) {
                expect(await update(one.up)).toBe(true);
            } else if ("fault" in one) {
                await inject(emulator, one.fault);
                await update(one.failingUp);
                await fetch(`${emulator.origin}/_emulator/faults`, { method: "DELETE" });
            } else if ("hours" in one) {
                shift += one.hours * hour;
            } else {
                const victim = stack.state?.[one.revokeOutside];
                if (victim !== undefined && !revoked.has(victim.apiKeyId)) {
                    revoked.add(victim.apiKeyId);
                    await client.deleteApiKey(victim.apiKeyId);
                }
            }

            const { state } = stack;
            const alive =
                state === undefined ? [] : generationsOf(state).filter(({ apiKeyId }) => !revoked.has(apiKeyId));
            expect(new Set(await others())).toEqual(new Set(alive.map(({ apiKeyId }) => apiKeyId)));
            for (const key of alive) {
                expect(await signs(key)).toBe(true);
            }
            consumers = consumers.filter(
                ({ key, readAt, overlapDays }) => readAt + overlapDays * day >= now() && !revoked.has(key.apiKeyId),
            );
            for (const { key } of consumers) {
                expect(await signs(key)).toBe(true);
                seen.servedAsPrevious += key.apiKeyId === state?.previous?.apiKeyId ? 1 : 0;
            }
            // A program reads the key after every step, so at every time at which something changes.
            if (state?.current !== undefined) {
                consumers.push({ key: state.current, readAt: now(), overlapDays: state.overlapDays });
            }
        }
        expect(stack.state).toMatchObject({ current: { apiKeyId: expect.any(String) as unknown } });
        expect(stack.state?.__outdated).toBeUndefined();
        await stack.destroy();
        expect(await others()).toEqual([]);
    };

    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 16 }), live), {
        numRuns: sequences,
        seed,
    });
    for (const count of Object.values(seen)) {
        expect(count).toBeGreaterThan(sequences / 20);
    }
    process.stdout.write(`${JSON.stringify(seen)}\n`);
});

test("an update that is too early by Kalshi's clock changes nothing, so its state holds exactly the account's keys", async () => {
    let ahead = 0;
    const emulator = await emulatorWith();
    const now = () => Date.now() + ahead;
    const platform = platformOn(emulator, { now, sleep: () => undefined });
    const stack = new Stack(() => new RotatingApiKeyResource(platform, new ApiKeyResource(platform)), now);
    const days = { rotationDays: 3, overlapDays: 2 };
    // The third update makes the first DELETE.
    await inject(emulator, { operation: "delete", when: "before", kind: "status", status: 403 });
    for (const incident of [1, 2, 3]) {
        await stack.up({ days, scopes: ["read"], rotationTriggers: { incident }, revokeNow: undefined });
    }
    expect(stack.state).toMatchObject({ previous: {}, __outdated: [{}] });
    ahead = 2.5 * day;
    expect(await stack.up()).toBe(true);
    expect((await accountKeys(emulator)).sort()).toEqual([...(stack.state?.__ids ?? [])].sort());
});

test("the journal records the new key until the older ones are revoked, because no state holds it before", async () => {
    const emulator = await emulatorWith();
    const client = clientOf(emulator);
    const close = jest.fn();
    const journal = { ...noJournal, begin: async () => ({ close }) };
    const platform = platformOn(emulator, { now: Date.now, sleep: () => undefined }, { client, journal });
    const stack = new Stack(() => new RotatingApiKeyResource(platform, new ApiKeyResource(platform)), Date.now);
    const args = { days: { rotationDays: 3 }, scopes: ["read"], rotationTriggers: undefined };
    await stack.up({ ...args, revokeNow: undefined });
    close.mockClear();
    const revoke = jest.spyOn(client, "deleteApiKey");
    await stack.up({ ...args, revokeNow: { leak: 1 } });
    const order = [revoke, close].map(({ mock }) => mock.invocationCallOrder);
    expect(order.map((calls) => calls.length)).toEqual([1, 1]);
    expect(order.flat()).toEqual(order.flat().sort((one, other) => one - other));
});
