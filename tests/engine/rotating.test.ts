import type { Emulator } from "../../emulator/index";
import { accountKeys, calls, cleanUp, clientOf, emulatorWith, forgetRequests, inject } from "../support/harness";
import { age, callsOf, providers, type TestProject } from "../support/project";

afterEach(cleanUp);

const up = ["up", "--yes", "--skip-preview"];
const rotation = "POST generate";
const revocation = "DELETE id";

/** A key as the stack's outputs have it. */
interface Generation {
    readonly apiKeyId: string;
    readonly name: string;
    readonly privateKey: string;
    readonly createdAt: string;
}

interface Outputs {
    readonly id: string;
    readonly current?: Generation;
    readonly previous?: Generation;
    readonly rotateAt?: string;
    readonly revokeAt?: string;
}

const program = (args: object) => `
    const key = new RotatingKey("bot", ${JSON.stringify({ keyType: "ed25519", rotationDays: 30, overlapDays: 2, ...args })});
    const { id, current, previous, rotateAt, revokeAt } = key;
    module.exports = { id, current, previous, rotateAt, revokeAt };`;

const outputsOf = async ({ stack }: TestProject) => (await stack.outputs()) as unknown as Outputs;

async function signs(emulator: Emulator, { apiKeyId, privateKey }: Generation): Promise<boolean> {
    return clientOf(emulator, {}, { apiKeyId, privateKey })
        .listApiKeys()
        .then(
            () => true,
            () => false,
        );
}

/** Expects that the stack and the account hold the same keys, that each signs, and that the dates follow from the current one. */
async function assertConsistent(emulator: Emulator, project: TestProject): Promise<Outputs> {
    const outputs = await outputsOf(project);
    const { current, previous, rotateAt, revokeAt } = outputs;
    const held = [current, previous].filter((one) => one !== undefined);
    expect((await accountKeys(emulator)).sort()).toEqual(held.map(({ apiKeyId }) => apiKeyId).sort());
    for (const one of held) {
        expect(await signs(emulator, one)).toBe(true);
    }
    const daysAfter = (date = "") => (Date.parse(date) - Date.parse(current?.createdAt ?? "")) / (24 * 60 * 60 * 1000);
    expect(daysAfter(rotateAt)).toBe(30);
    expect(revokeAt === undefined ? undefined : daysAfter(revokeAt)).toBe(previous && 2);
    return outputs;
}

/** Runs `pulumi up`, which must make these API calls, and returns the consistent outputs. */
async function rotateBy(emulator: Emulator, project: TestProject, expected: readonly string[]): Promise<Outputs> {
    expect(await callsOf(emulator, project, ...up)).toEqual(expected);
    return assertConsistent(emulator, project);
}

describe.each(providers)("with the $name:", ({ name, createProject }) => {
    // docs/rotation.md has the table.
    test("follows the table of states", async () => {
        const emulator = await emulatorWith();
        const project = await createProject(emulator, program({}));
        const { stack } = project;
        // With its preview, which makes no API calls.
        expect(await callsOf(emulator, project, "up", "--yes")).toEqual([rotation]);
        const first = await assertConsistent(emulator, project);
        const { id } = first;
        expect(first).toMatchObject({
            id: first.current?.apiKeyId,
            current: { name: expect.stringMatching(/^bot-[0-9a-f]{7}$/) as unknown },
        });
        expect(await callsOf(emulator, project, "preview", "--expect-no-changes")).toEqual([]);

        // current | due: the run is five days late. The overlap counts from the rotation that happens.
        await age(project, 35);
        const refresh = ["refresh", "--yes", "--skip-preview", "--expect-no-changes"];
        expect(await callsOf(emulator, project, ...refresh)).toEqual(["GET api_keys"]);
        await forgetRequests(emulator);
        const preview = await stack.must("preview");
        expect(preview).toMatch(/rotation due since 20\d\d-.*; the previous key is revoked on 20\d\d-/);
        expect(preview).toMatch(/~ 1 to update/);
        expect(await calls(emulator)).toEqual([]);
        const second = await rotateBy(emulator, project, [rotation]);
        expect(second).toMatchObject({ id, previous: { apiKeyId: id } });

        // current, previous | nothing due
        expect(await rotateBy(emulator, project, [])).toEqual(second);

        // current, previous | overlap over
        await age(project, 2.01);
        expect(await stack.must("preview")).toMatch(/The key .* is revoked, because its overlap ended on 20\d\d-/);
        const third = await rotateBy(emulator, project, [revocation]);
        expect(third).not.toHaveProperty("previous");
        expect(third.current?.apiKeyId).toBe(second.current?.apiKeyId);

        // current | changed input, then | trigger before the overlap is over
        project.write(program({ scopes: ["read"] }));
        const fourth = await rotateBy(emulator, project, [rotation]);
        expect(fourth.previous?.apiKeyId).toBe(third.current?.apiKeyId);
        project.write(program({ scopes: ["read"], rotationTriggers: { incident: 1 } }));
        expect(await stack.must("preview")).toMatch(
            new RegExp(
                `${name === "resource plugin" ? "warning: " : ""}The key .*only one previous key is kept. Its overlap would have lasted`,
            ),
        );
        const fifth = await rotateBy(emulator, project, [rotation, revocation]);
        expect(fifth.previous?.apiKeyId).toBe(fourth.current?.apiKeyId);

        // any | revokeNow
        const scopes = { scopes: ["read"], rotationTriggers: { incident: 1 } };
        project.write(program({ ...scopes, revokeNow: { leak: 1 } }));
        const sixth = await rotateBy(emulator, project, [rotation, revocation, revocation]);
        expect(sixth).not.toHaveProperty("previous");

        // any | destroy
        project.write(program({ ...scopes, revokeNow: { leak: 1 }, rotationTriggers: { incident: 2 } }));
        expect(await rotateBy(emulator, project, [rotation])).toMatchObject({ id, previous: sixth.current });
        const [resource] = await stack.resources();
        expect(resource?.id).toBe(id);
        expect(await callsOf(emulator, project, "destroy", "--yes", "--skip-preview")).toEqual([
            revocation,
            revocation,
        ]);
        expect(await accountKeys(emulator)).toEqual([]);
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
        expect((await stack.resources())[0]?.outputs).not.toHaveProperty("current");
        const replaced = await rotateBy(emulator, project, [rotation]);
        expect(replaced.previous).toEqual(previous);
        await revokedOutside(previous);
        expect((await stack.resources())[0]?.outputs).not.toHaveProperty("previous");
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
});
