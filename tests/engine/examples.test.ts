import { writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { version as randomVersion } from "@pulumi/random/package.json";
import { version as tlsVersion } from "@pulumi/tls/package.json";
import which from "which";
import type { Emulator } from "../../emulator/index";
import { root } from "../../tools/paths";
import { Stack } from "../../tools/stack";
import {
    accountKeys,
    cleanUp,
    emulatorWith,
    environmentOf,
    onCleanUp,
    ownKeyPair,
    scratchFolder,
} from "../support/harness";
import { isFull } from "../support/full";
import { leaks } from "../support/leaks";
import { callsOf } from "../support/project";
import { signs } from "../support/rotatingKeys";
import { writeStubPlugins } from "../support/stubPlugins";

afterEach(cleanUp);

/** Creates a stack of an example on the emulator's account. It is removed after the test. */
async function stackOf(
    example: string,
    emulator: Emulator,
    env: Readonly<Record<string, string>> = {},
): Promise<Stack> {
    const stack = await Stack.create({
        project: join(root, "examples", example),
        scratch: await scratchFolder(),
        name: `test-${process.pid}`,
        env: { ...environmentOf(emulator), ...env },
    });
    onCleanUp(() => stack.dispose());
    return stack;
}

test.each([
    ["bring-your-own-key", 1],
    ["key-per-bot", 3],
])("the example %s creates %d keys and revokes them", async (example, keys) => {
    const emulator = await emulatorWith();
    const stack = await stackOf(example, emulator);
    const publicKeyPath = join(stack.options.scratch, "public.pem");
    writeFileSync(publicKeyPath, ownKeyPair("ed25519").publicKey);
    await stack.must("config", "set", "publicKeyPath", publicKeyPath);
    await stack.must("up", "--yes", "--skip-preview");
    expect(await accountKeys(emulator)).toHaveLength(keys);
    if (isFull) {
        await stack.must("preview", "--expect-no-changes");
    }
    await stack.must("destroy", "--yes", "--skip-preview");
    expect(await accountKeys(emulator)).toEqual([]);
});

/** Returns the folder of a package's plugin, from PATH or installed by `pulumi plugin install`. */
function findPlugin(name: string, version: string): string | undefined {
    const pulumiHome = process.env["PULUMI_HOME"] || join(homedir(), ".pulumi");
    const installed = join(pulumiHome, "plugins", `resource-${name}-v${version}`);
    const path = `${process.env["PATH"]}${delimiter}${installed}`;
    const plugin = which.sync(`pulumi-resource-${name}`, { path, nothrow: true });
    return plugin === null ? undefined : dirname(plugin);
}

const up = ["up", "--yes", "--skip-preview"];

// The engine downloads the plugins from github.com or get.pulumi.com. No preparation of the tests installs them.
const randomPlugin = findPlugin("random", randomVersion);
const tlsPlugin = findPlugin("tls", tlsVersion);

(randomPlugin === undefined ? test.skip : test)(
    "the example with-random rotates its key when the incident changes (needs the plugin pulumi-resource-random)",
    async () => {
        const emulator = await emulatorWith();
        // A temporary stack has its own Pulumi home, without installed plugins.
        const PATH = `${randomPlugin}${delimiter}${process.env["PATH"]}`;
        const stack = await stackOf("with-random", emulator, { PATH });
        await stack.must("config", "set", "incident", "2026-11-24");
        expect(await callsOf(emulator, { stack }, "preview")).toEqual([]);
        expect(await callsOf(emulator, { stack }, ...up)).toEqual(["POST generate"]);
        const first = await stack.outputs();
        expect(await accountKeys(emulator)).toEqual([first["apiKeyId"]]);

        expect(await callsOf(emulator, { stack }, "preview", "--expect-no-changes")).toEqual([]);
        expect(await callsOf(emulator, { stack }, ...up)).toEqual([]);
        expect(await stack.outputs()).toEqual(first);

        await stack.must("config", "set", "incident", "2026-12-01");
        // The preview does not know the new UUID yet. An unknown value counts as changed.
        expect(await stack.must("preview")).toMatch(/kalshi:ApiKey bot replace/);
        expect(await callsOf(emulator, { stack }, ...up)).toEqual(["POST generate", "DELETE id"]);
        const second = await stack.outputs();
        expect(second["apiKeyId"]).not.toBe(first["apiKeyId"]);
        expect(await accountKeys(emulator)).toEqual([second["apiKeyId"]]);
        // The prefix is still the pet's name. Only the 7 random digits differ.
        const prefixOf = (outputs: Readonly<Record<string, unknown>>) => String(outputs["name"]).replace(/[^-]*$/, "");
        expect(prefixOf(second)).toBe(prefixOf(first));

        expect(await callsOf(emulator, { stack }, "destroy", "--yes", "--skip-preview")).toEqual(["DELETE id"]);
    },
);

const tls = tlsPlugin === undefined ? "a stub of the plugin" : "the plugin";

test(`the example with-tls replaces its key when the incident changes (with ${tls} pulumi-resource-tls)`, async () => {
    const emulator = await emulatorWith();
    const stubs = join(await scratchFolder(), "stubs");
    writeStubPlugins(stubs, ["tls"]);
    const stack = await stackOf("with-tls", emulator, {
        PATH: `${tlsPlugin ?? stubs}${delimiter}${process.env["PATH"]}`,
    });
    const upWithKey = async () => {
        await stack.must(...up);
        const { apiKeyId, privateKey } = await stack.outputs();
        return { apiKeyId: String(apiKeyId), privateKey: String(privateKey) };
    };
    await stack.must("config", "set", "incident", "2026-11-24");
    const first = await upWithKey();
    expect(await signs(emulator, first)).toBe(true);
    expect(leaks([first.privateKey], stack.options.scratch, new Map())).toEqual([]);
    if (isFull) {
        await stack.must("preview", "--expect-no-changes");
    }

    await stack.must("config", "set", "incident", "2026-12-01");
    const second = await upWithKey();
    expect([await signs(emulator, first), await signs(emulator, second)]).toEqual([false, true]);
    expect(await accountKeys(emulator)).toEqual([second.apiKeyId]);

    expect(await callsOf(emulator, { stack }, "destroy", "--yes", "--skip-preview")).toEqual(["DELETE id"]);
});
