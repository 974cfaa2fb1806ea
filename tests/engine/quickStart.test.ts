import { demo } from "../../tools/demo";
import { root } from "../../tools/paths";
import { mustRun } from "../../tools/processes";
import { Stack } from "../../tools/stack";
import { accountKeys, cleanUp, emulatorWith, onCleanUp, scratchFolder } from "../support/harness";

afterEach(cleanUp);

test("npm run demo succeeds", async () => {
    await demo();
});

test("the quick start works with the emulator's credentials.env", async () => {
    const emulator = await emulatorWith();
    const scratch = await scratchFolder();
    const stack = await Stack.create({ project: root, scratch, name: `test-${process.pid}`, env: {} });
    onCleanUp(() => stack.dispose());
    const sourced = 'source "$0" && pulumi up --yes --skip-preview --non-interactive';
    await mustRun("bash", ["-c", sourced, emulator.credentialsPath], { cwd: root, env: stack.env });
    expect(await accountKeys(emulator)).toEqual([(await stack.outputs())["apiKeyId"]]);
});
