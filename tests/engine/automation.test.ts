import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { text } from "node:stream/consumers";
import which from "which";
import type { Emulator } from "../../emulator/index";
import { root } from "../../tools/paths";
import { run } from "../../tools/processes";
import { Stack } from "../../tools/stack";
import { testInFull } from "../support/full";
import {
    accountKeys,
    cleanUp,
    clientOf,
    emulatorWith,
    environmentOf,
    inject,
    onCleanUp,
    release,
    scratchFolder,
    untilStruck,
} from "../support/harness";
import { leaks } from "../support/leaks";
import { age, withoutTypeChecks } from "../support/project";
import { allOf, generationsIn } from "../support/rotatingKeys";

afterEach(cleanUp);

const project = join(root, "examples", "automation");

interface Key {
    readonly apiKeyId: string;
}

interface Report {
    readonly status: string;
    readonly errors: readonly string[];
    readonly created: readonly string[];
    readonly revoked: readonly string[];
    readonly revokedOutside: readonly string[];
    readonly keys: readonly { resource: string; current?: Key; previous?: Key; rotateAt?: string; revokeAt?: string }[];
    readonly next: { readonly what: string; readonly at: string };
}

const currentOf = ({ keys }: Report) => keys.map(({ current }) => String(current?.apiKeyId)).sort();

const program = ["--require", "ts-node/register/transpile-only", join(project, "rotate.ts")];

/** Opens the stack that the example itself creates. */
async function openStack(emulator: Emulator): Promise<Stack> {
    const env = { ...environmentOf(emulator), ...withoutTypeChecks };
    const stack = await Stack.open({ project, scratch: await scratchFolder(), name: `test-${process.pid}`, env });
    onCleanUp(() => stack.dispose());
    return stack;
}

test("the example automation creates, rotates, replaces and reports, with an exit code for CI", async () => {
    const emulator = await emulatorWith();
    const stack = await openStack(emulator);
    const { scratch } = stack.options;
    const secrets = new Set<string>();
    const printed = new Map<string, string>();

    /** Runs the example, which must end with an exit code, and returns its report. */
    async function rotate(code: number, variables: Readonly<Record<string, string>> = {}): Promise<Report> {
        const ended = await run(process.execPath, program, { cwd: project, env: { ...stack.env, ...variables } });
        expect([ended.code, ended.stdout, ended.stderr]).toEqual([code, ended.stdout, ended.stderr]);
        printed.set(`run ${printed.size}`, ended.stdout + ended.stderr);
        allOf((await generationsIn(stack)).values()).forEach(({ privateKey }) => secrets.add(privateKey));
        return JSON.parse(ended.stdout) as Report;
    }
    const first = await rotate(0);
    const ids = currentOf(first);
    expect(first).toMatchObject({ status: "changed", errors: [], revoked: [], revokedOutside: [] });
    expect(first.keys.map(({ resource }) => resource).sort()).toEqual(["dashboard", "market-maker"]);
    expect(first.created.toSorted()).toEqual(ids);
    expect((await accountKeys(emulator)).sort()).toEqual(ids);
    const rotateAt = first.keys.map((key) => key.rotateAt).sort();
    expect(first.next).toMatchObject({ what: "rotate the current key", at: rotateAt[0] });

    // A run with other credentials, which are then revoked. The next refresh signs with the ones that are configured then.
    const { apiKeyId, privateKey } = await clientOf(emulator).generateApiKey({ name: "former", keyType: "ed25519" });
    secrets.add(privateKey);
    await stack.must("config", "set", "kalshi:apiKeyId", apiKeyId);
    await stack.setSecret("kalshi:privateKey", privateKey);
    expect(await rotate(0)).toEqual({ ...first, status: "unchanged", created: [] });
    await stack.must("config", "rm", "kalshi:apiKeyId");
    await stack.must("config", "rm", "kalshi:privateKey");
    await clientOf(emulator).deleteApiKey(apiKeyId);

    await age({ stack, scratch }, 31);
    const rotated = await rotate(0);
    expect(rotated).toMatchObject({ status: "changed", errors: [], revoked: [], revokedOutside: [] });
    expect(rotated.created.toSorted()).toEqual(currentOf(rotated));
    expect(rotated.keys.map(({ previous }) => previous?.apiKeyId).sort()).toEqual(ids);
    const revokeAt = rotated.keys.map((key) => key.revokeAt).sort();
    expect(rotated.next).toMatchObject({ what: "revoke the previous key", at: revokeAt[0] });

    // The overlaps end, and somebody revokes a current key.
    await age({ stack, scratch }, 2.1);
    const [lost = "", kept = ""] = currentOf(rotated);
    await clientOf(emulator).deleteApiKey(lost);
    const replaced = await rotate(2);
    expect(replaced).toMatchObject({ status: "drift", errors: [], revokedOutside: [lost] });
    expect(currentOf(replaced)).toEqual([...replaced.created, kept].sort());
    // If the current key was lost, the previous one stays, because a consumer may still sign with it.
    const [revoked] = replaced.revoked;
    expect(replaced.revoked).toEqual([
        rotated.keys.find(({ current }) => current?.apiKeyId === kept)?.previous?.apiKeyId,
    ]);
    const others = ids.filter((id) => id !== revoked);
    expect((await accountKeys(emulator)).sort()).toEqual([...currentOf(replaced), ...others].sort());

    // A month without a run: a rotation is due and a revocation, which fails. The next run revokes the key.
    await age({ stack, scratch }, 31);
    await inject(emulator, { operation: "delete", when: "before", kind: "status", status: 403 });
    const incomplete = await rotate(1);
    expect(incomplete).toMatchObject({ status: "failed", created: { length: 2 } });
    expect(incomplete.created.toSorted()).toEqual(currentOf(incomplete));
    const completed = await rotate(0);
    expect(completed).toEqual({
        ...incomplete,
        status: "changed",
        errors: [],
        created: [],
        revoked: [expect.anything()],
    });
    expect(await accountKeys(emulator)).not.toContain(completed.revoked[0]);

    await inject(emulator, { operation: "list", when: "before", kind: "status", status: 403 });
    const failed = await rotate(1);
    expect(failed).toMatchObject({ status: "failed", keys: completed.keys, created: [], revoked: [] });
    expect(failed.errors.join()).toMatch(/403.*KALSHI_/);
    const undecryptable = await rotate(1, { PULUMI_CONFIG_PASSPHRASE: "another" });
    expect(undecryptable.errors.join()).toContain("incorrect passphrase");

    // The report shows the error of a failed export, but no private key.
    const stub = join(scratch, "stub");
    mkdirSync(stub);
    const script = `#!/bin/sh\n${await which("pulumi")} "$@" && [ "$2" != export ]\n`;
    writeFileSync(join(stub, "pulumi"), script, { mode: 0o755 });
    const unreadable = await rotate(1, { PATH: `${stub}${delimiter}${process.env["PATH"]}` });
    expect(unreadable.errors.join()).toContain("stack export");

    expect(secrets.size).toBe(8);
    expect(leaks([...secrets], scratch, printed)).toEqual([]);
});

testInFull("the example automation reports what it did before Ctrl-C, and unlocks the stack", async () => {
    const emulator = await emulatorWith();
    const stack = await openStack(emulator);
    await inject(emulator, { operation: "generate", when: "after", kind: "hold", times: 2 });
    // A process group of its own, because a terminal sends the signal to the whole group.
    const options = { cwd: project, env: stack.env, detached: true };
    const child = spawn(process.execPath, program, { ...options, stdio: ["ignore", "pipe", "ignore"] });
    const closed = once(child, "close");
    const printed = text(child.stdout);
    await untilStruck(emulator, "after hold", 2);
    process.kill(-Number(child.pid), "SIGINT");
    await release(emulator);
    expect(await closed).toEqual([1, null]);
    const report = JSON.parse(await printed) as Report;
    expect(report).toMatchObject({ status: "failed", created: { length: 2 } });
    expect((await accountKeys(emulator)).sort()).toEqual(report.created.toSorted());
    await stack.must("up", "--yes", "--skip-preview", "--expect-no-changes");
});
