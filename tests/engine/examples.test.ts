import { writeFileSync } from "node:fs";
import { join } from "node:path";
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

afterEach(cleanUp);

test.each([
    ["bring-your-own-key", 1],
    ["key-per-bot", 3],
])("the example %s creates %d keys and revokes them", async (example, keys) => {
    const emulator = await emulatorWith();
    const scratch = await scratchFolder();
    const project = join(root, "examples", example);
    const stack = await Stack.create({ project, scratch, name: `test-${process.pid}`, env: environmentOf(emulator) });
    onCleanUp(() => stack.dispose());
    const publicKeyPath = join(scratch, "public.pem");
    writeFileSync(publicKeyPath, ownKeyPair("ed25519").publicKey);
    await stack.must("config", "set", "publicKeyPath", publicKeyPath);
    await stack.must("up", "--yes", "--skip-preview");
    expect(await accountKeys(emulator)).toHaveLength(keys);
    await stack.must("preview", "--expect-no-changes");
    await stack.must("destroy", "--yes", "--skip-preview");
    expect(await accountKeys(emulator)).toEqual([]);
});
