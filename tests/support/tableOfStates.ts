import { accountKeys, callOf, calls, forgetRequests, requests } from "./harness";
import type { Emulator } from "kalshi-emulator";
import { age, callsOf, type TestProject } from "./project";
import { allOf, assertAccountHolds, generationsOf, type Generations } from "./rotatingKeys";

/** The call of a rotation. */
export const rotation = "POST generate";
/** The call of a revocation. */
export const revocation = "DELETE id";

const up = ["up", "--yes", "--skip-preview"];

/** A rotating key as the stack's state has it. */
export interface RotatingKey extends Generations {
    readonly id: string;
    readonly rotateAt?: string;
    readonly revokeAt?: string;
}

/** A project whose program declares a rotating key "bot" and exports the current `privateKey`. */
export type RotatingProject = Pick<TestProject, "stack" | "scratch">;

/** The inputs of the key in all programs, besides those of a test. */
export const rotatingArgs = { keyType: "ed25519", rotationDays: 30, overlapDays: 2 };

export async function outputsOf({ stack }: RotatingProject): Promise<RotatingKey> {
    const [resource] = await stack.resources("--show-secrets");
    return { id: resource?.id, ...resource?.outputs, ...(resource && generationsOf(resource)) } as RotatingKey;
}

/** Expects that the stack and the account hold the same keys, that each signs, and that the dates follow from the current one. */
async function assertConsistent(emulator: Emulator, project: RotatingProject): Promise<RotatingKey> {
    const outputs = await outputsOf(project);
    const { current, previous, rotateAt, revokeAt } = outputs;
    await assertAccountHolds(emulator, allOf([outputs]), { retries: 8 });
    const daysAfter = (date = "") => (Date.parse(date) - Date.parse(current?.createdAt ?? "")) / (24 * 60 * 60 * 1000);
    expect(daysAfter(rotateAt)).toBe(rotatingArgs.rotationDays);
    expect(revokeAt === undefined ? undefined : daysAfter(revokeAt)).toBe(previous && rotatingArgs.overlapDays);
    return outputs;
}

/** Runs `pulumi up`, which must make these API calls besides those of consumers, and returns the consistent outputs. */
export async function rotateBy(
    emulator: Emulator,
    project: RotatingProject,
    expected: readonly string[],
): Promise<RotatingKey> {
    await forgetRequests(emulator);
    await project.stack.must(...up);
    const own = (await requests(emulator)).filter(({ keyId }) => keyId === emulator.rootKeyId);
    expect(own.map(callOf)).toEqual(expected);
    return assertConsistent(emulator, project);
}

/**
 * Runs a program through the table of states in docs/rotation.md.
 *
 * @param write replaces the program by one with these inputs besides {@link rotatingArgs}
 */
export async function followTableOfStates(
    emulator: Emulator,
    project: RotatingProject,
    write: (args: object) => void,
): Promise<void> {
    const { stack } = project;
    const exported = async () => (await stack.outputs())["privateKey"];
    write({});
    // With its preview, which makes no API calls.
    expect(await callsOf(emulator, project, "up", "--yes")).toEqual([rotation]);
    const first = await assertConsistent(emulator, project);
    const { id } = first;
    expect(first).toMatchObject({
        id: first.current?.apiKeyId,
        current: { name: expect.stringMatching(/^bot-[0-9a-f]{7}$/) as unknown },
    });
    expect(await exported()).toBe(first.current?.privateKey);
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
    expect(await exported()).toBe(second.current?.privateKey);

    // current, previous | nothing due
    expect(await rotateBy(emulator, project, [])).toEqual(second);

    // current, previous | overlap over
    await age(project, 2.01);
    expect(await stack.must("preview")).toMatch(/The key .* is revoked, because its overlap ended on 20\d\d-/);
    const third = await rotateBy(emulator, project, [revocation]);
    expect(third).not.toHaveProperty("previous");
    expect(third.current?.apiKeyId).toBe(second.current?.apiKeyId);

    // current | changed input, then | trigger before the overlap is over
    write({ scopes: ["read"] });
    const fourth = await rotateBy(emulator, project, [rotation]);
    expect(fourth.previous?.apiKeyId).toBe(third.current?.apiKeyId);
    write({ scopes: ["read"], rotationTriggers: { incident: 1 } });
    expect(await stack.must("preview")).toMatch(
        /The key .*only one previous key is kept\. Its overlap would have lasted/,
    );
    const fifth = await rotateBy(emulator, project, [rotation, revocation]);
    expect(fifth.previous?.apiKeyId).toBe(fourth.current?.apiKeyId);

    // any | revokeNow
    const scopes = { scopes: ["read"], rotationTriggers: { incident: 1 } };
    write({ ...scopes, revokeNow: { leak: 1 } });
    const sixth = await rotateBy(emulator, project, [rotation, revocation, revocation]);
    expect(sixth).not.toHaveProperty("previous");

    // any | destroy
    write({ ...scopes, revokeNow: { leak: 1 }, rotationTriggers: { incident: 2 } });
    expect(await rotateBy(emulator, project, [rotation])).toMatchObject({ id, previous: sixth.current });
    expect(await callsOf(emulator, project, "destroy", "--yes", "--skip-preview")).toEqual([revocation, revocation]);
    expect(await accountKeys(emulator)).toEqual([]);
}
