import fc from "fast-check";
import type { Emulator } from "kalshi-emulator";
import { ApiKeyResource, inputsOf } from "../../provider/src/apiKey/resource";
import { check } from "../../provider/src/apiKey/check";
import type { ApiKeyInputs } from "../../provider/src/apiKey/inputs";
import type { ApiKeyState } from "../../provider/src/apiKey/outputs";
import { youngForMilliseconds } from "../../provider/src/apiKey/existence";
import { verifyKey } from "../../provider/src/kalshi/verifyKey";
import { isFull } from "../support/full";
import { cleanUp, clientOf, emulatorWith, ownKeyPair, platformOn } from "../support/harness";

afterAll(cleanUp);

const sequences = isFull ? 300 : 60;
const seed = Number(process.env["SEED"] ?? 20_261_123);
const day = 24 * 60 * 60 * 1000;

const own = [ownKeyPair("ed25519"), ownKeyPair("ed25519")] as const;
const pairOf = (publicKey: string | undefined) => own.find((pair) => pair.publicKey === publicKey);

/** The arguments that a program may set. All keys are Ed25519, because such keys are generated fast. */
const argsOf = fc.record(
    {
        scopes: fc.constantFrom(["read"], ["read", "write"], ["write::trade", "read"]),
        pair: fc.constantFrom({ keyType: "ed25519" }, ...own.map(({ publicKey }) => ({ publicKey }))),
        subaccount: fc.constantFrom(undefined, 0, 7),
        namePrefix: fc.constantFrom(undefined, "desk"),
        rotationTriggers: fc.constantFrom(undefined, { incident: 1 }, { incident: 2 }),
        rotationDays: fc.constantFrom(undefined, 1, 30),
    },
    { requiredKeys: ["pair"] },
);
type Args = typeof argsOf extends fc.Arbitrary<infer T> ? T : never;
type Program = Record<string, Args>;

const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ up: fc.dictionary(fc.constantFrom("a", "b", "c"), argsOf, { maxKeys: 3 }) }) },
    { weight: 2, arbitrary: fc.constant("up again" as const) },
    { weight: 2, arbitrary: fc.constant("refresh" as const) },
    { weight: 2, arbitrary: fc.record({ revokeOutside: fc.nat(2) }) },
    { weight: 1, arbitrary: fc.record({ days: fc.constantFrom(0.5, 2, 40) }) },
    { weight: 1, arbitrary: fc.constant("destroy" as const) },
);

/** Calls the resource in the engine's order, and keeps the state as the engine does. */
class Stack {
    readonly held = new Map<string, { inputs: ApiKeyInputs; state: ApiKeyState }>();
    #program: Program = {};
    #keys: ApiKeyResource;

    constructor(
        /** The engine starts a provider process for each command, so each command has a new object. */
        private readonly process: () => ApiKeyResource,
        private readonly now: () => number,
    ) {
        this.#keys = process();
    }

    async up(program = this.#program): Promise<void> {
        this.#keys = this.process();
        this.#program = program;
        for (const [name, { pair, ...args }] of Object.entries(program)) {
            await this.#register(name, { ...args, ...pair });
        }
        for (const [name, { state }] of [...this.held]) {
            if (!(name in program)) {
                await this.#keys.delete(state);
                this.held.delete(name);
            }
        }
    }

    async #register(name: string, args: object): Promise<void> {
        const old = this.held.get(name);
        const checked = (olds: object) => {
            const { inputs, failures } = check({ resourceName: name }, { ...olds }, { ...args }, this.now());
            expect(failures).toEqual([]);
            return inputs as unknown as ApiKeyInputs;
        };
        const inputs = checked(old?.inputs ?? {});
        if (old === undefined) {
            this.held.set(name, { inputs, state: await this.#keys.create(inputs) });
            return;
        }
        const { replaces, updates } = this.#keys.diff({ ...old.state }, { ...inputs });
        if (replaces.length > 0) {
            const anew = checked({});
            this.held.set(name, { inputs: anew, state: await this.#keys.create(anew) });
            await this.#keys.delete(old.state);
        } else {
            const state = updates.length > 0 ? this.#keys.update(old.state, inputs) : old.state;
            this.held.set(name, { inputs, state });
        }
    }

    async refresh(): Promise<void> {
        this.#keys = this.process();
        const names = [...this.held.keys()];
        const read = await Promise.all([...this.held.values()].map(({ state }) => this.#keys.read(state)));
        names.forEach((name, index) => {
            const state = read[index];
            if (state === undefined) {
                this.held.delete(name);
            } else {
                this.held.set(name, { inputs: inputsOf(state), state });
            }
        });
    }

    async destroy(): Promise<void> {
        await this.up({});
    }
}

test(`after ${sequences} random sequences of commands the account holds the state's keys, and every private key signs`, async () => {
    process.stdout.write(`random lives with seed ${seed}\n`);
    let shift = 0;
    const now = () => Date.now() + shift;
    const emulator: Emulator = await emulatorWith({ now, usageLevel: "prestige", rateLimits: false });
    const client = clientOf(emulator, { now });
    const others = async () =>
        (await client.listApiKeys()).map((key) => key.apiKeyId).filter((id) => id !== emulator.rootKeyId);
    const signs = (apiKeyId: string, privateKey: string) =>
        verifyKey(clientOf(emulator, { now }, { apiKeyId, privateKey }));
    let keysMade = 0;

    const provider = () =>
        new ApiKeyResource(platformOn(emulator, { now, sleep: (milliseconds) => (shift += milliseconds) }, { client }));

    const live = async (steps: (typeof step extends fc.Arbitrary<infer T> ? T : never)[]) => {
        const stack = new Stack(provider, now);
        // The keys that a failed sequence left must not fail the shorter ones that shrinking tries.
        await Promise.all((await others()).map((id) => client.deleteApiKey(id)));
        /** Keys that were revoked outside Pulumi, and not noticed yet. */
        const revoked = new Set<string>();
        for (const one of [...steps, "refresh" as const, "up again" as const, "destroy" as const]) {
            if (one === "up again") {
                await stack.up();
            } else if (one === "refresh") {
                await stack.refresh();
            } else if (one === "destroy") {
                await stack.destroy();
            } else if ("up" in one) {
                await stack.up(one.up);
            } else if ("days" in one) {
                shift += one.days * day;
            } else {
                const victim = [...stack.held.values()][one.revokeOutside]?.state.apiKeyId;
                if (victim !== undefined && !revoked.has(victim)) {
                    revoked.add(victim);
                    await client.deleteApiKey(victim);
                    // A lagging list does not prove that a young key is gone, so a refresh would fail.
                    shift += youngForMilliseconds;
                }
            }
            const held = [...stack.held.values()].map(({ state }) => state);
            const alive = held.filter(({ apiKeyId }) => !revoked.has(apiKeyId));
            expect(new Set(await others())).toEqual(new Set(alive.map(({ apiKeyId }) => apiKeyId)));
            for (const { apiKeyId, privateKey, publicKey } of alive) {
                expect(await signs(apiKeyId, privateKey ?? pairOf(publicKey)?.privateKey ?? "")).toBe("accepted");
                keysMade++;
            }
            if (one === "refresh") {
                expect(held).toEqual(alive);
            }
        }
        expect(await others()).toEqual([]);
    };

    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), live), {
        numRuns: sequences,
        seed,
    });
    expect(keysMade).toBeGreaterThan(sequences);
});
