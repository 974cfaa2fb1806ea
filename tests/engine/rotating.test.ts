import { setTimeout as sleep } from "node:timers/promises";
import type { Emulator } from "../../emulator/index";
import { accountKeys, cleanUp, clientOf, emulatorWith, inject, onCleanUp } from "../support/harness";
import { age, providers } from "../support/project";
import { signs, type Generation } from "../support/rotatingKeys";
import { followTableOfStates, outputsOf, revocation, rotateBy, rotatingArgs, rotation } from "../support/tableOfStates";

afterEach(cleanUp);

const up = ["up", "--yes", "--skip-preview"];

const program = (args: object) => `
    const key = new RotatingKey("bot", ${JSON.stringify({ ...rotatingArgs, ...args })});
    module.exports = { privateKey: key.current.privateKey };`;

describe.each(providers)("with the $name:", ({ createProject }) => {
    // docs/rotation.md has the table.
    test("follows the table of states", async () => {
        const emulator = await emulatorWith();
        const project = await createProject(emulator, "");
        await followTableOfStates(emulator, project, (args) => project.write(program(args)));
    });

    test("replaces a current key that was revoked outside Pulumi, and drops such a previous key", async () => {
        const emulator = await emulatorWith();
        const project = await createProject(emulator, program({}));
        const { stack } = project;
        await stack.must(...up);
        project.write(program({ rotationTriggers: { incident: 1 } }));
        const { current, previous } = await rotateBy(emulator, project, [rotation]);
        const revokedOutside = async (key: Generation | undefined) => {
            await clientOf(emulator).deleteApiKey(String(key?.apiKeyId));
            return stack.must("refresh", "--yes", "--skip-preview");
        };
        expect(await revokedOutside(current)).toMatch(/current API key "bot-\w+" \(\S+\) was revoked outside Pulumi/);
        expect(await outputsOf(project)).not.toHaveProperty("current");
        const replaced = await rotateBy(emulator, project, [rotation]);
        expect(replaced.previous).toEqual(previous);
        await revokedOutside(previous);
        expect(await outputsOf(project)).not.toHaveProperty("previous");
        expect(await rotateBy(emulator, project, [])).toMatchObject({ current: replaced.current });
    });

    test("keeps the new key in the state if the revocation of the old one fails, and the next run revokes it", async () => {
        const emulator = await emulatorWith();
        const project = await createProject(emulator, program({}));
        const { stack } = project;
        await stack.must(...up);
        const first = await outputsOf(project);
        await inject(emulator, { operation: "delete", when: "before", kind: "status", status: 403 });
        project.write(program({ revokeNow: { leak: 1 } }));
        const failed = await stack.pulumi(up);
        expect(failed.code).not.toBe(0);
        expect(failed.stdout).toMatch(
            /Could not revoke the API key "bot-.*403.*The state holds the current key.*KALSHI_ROTATION_INCOMPLETE/s,
        );
        expect(await accountKeys(emulator)).toHaveLength(2);
        const exported = await stack.must("stack", "export");
        for (const id of await accountKeys(emulator)) {
            expect(exported).toContain(id);
        }
        expect(exported).not.toContain(first.current?.privateKey.split("\n")[1]);
        expect(await stack.must("preview")).toMatch(/is revoked, because an earlier update did not revoke it/);
        const finished = await rotateBy(emulator, project, [revocation]);
        expect(finished.current?.apiKeyId).not.toBe(first.current?.apiKeyId);
    });

    test("a consumer that caches the key signs through three rotations without a refusal", async () => {
        const emulator = await emulatorWith();
        const project = await createProject(emulator, program({}));
        const { stack } = project;
        await stack.must(...up);
        const consumer = new Consumer(emulator);
        consumer.read(await outputsOf(project));
        const signing = consumer.signUntilStopped();
        onCleanUp(async () => consumer.stop());
        const used = new Set<string>();
        for (let round = 0; round < 3; round++) {
            used.add(consumer.apiKeyId);
            // Each run is later than the one before it.
            await age(project, 31 + 10 * round);
            const { current } = await rotateBy(emulator, project, [rotation]);
            expect(consumer.apiKeyId).not.toBe(current?.apiKeyId);
            await age(project, 1.9);
            await rotateBy(emulator, project, []);
            consumer.read(await outputsOf(project));
            await age(project, 0.2);
            await rotateBy(emulator, project, [revocation]);
        }
        consumer.stop();
        const { accepted, refused } = await signing;
        expect(refused).toBe(0);
        expect(accepted).toBeGreaterThan(30);
        expect(used.size).toBe(3);
    });
});

/** Signs requests with a key that it caches. */
class Consumer {
    #key: Generation | undefined;
    #stopped = false;

    constructor(private readonly emulator: Emulator) {}

    get apiKeyId(): string {
        return String(this.#key?.apiKeyId);
    }

    read({ current }: { readonly current?: Generation }): void {
        this.#key = current;
    }

    stop(): void {
        this.#stopped = true;
    }

    /** Signs one request after the other, and counts Kalshi's responses. */
    async signUntilStopped(): Promise<{ readonly accepted: number; readonly refused: number }> {
        let [accepted, refused] = [0, 0];
        while (!this.#stopped) {
            if (this.#key !== undefined && (await signs(this.emulator, this.#key, { retries: 8 }))) {
                accepted++;
            } else {
                refused++;
            }
            await sleep(20);
        }
        return { accepted, refused };
    }
}
