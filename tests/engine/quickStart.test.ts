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
    const sourced = async (command: string) =>
        mustRun("bash", ["-c", `source "$0" && ${command}`, emulator.credentialsPath], { cwd: root, env: stack.env });
    await sourced("pulumi up --yes --non-interactive");
    expect(await accountKeys(emulator)).toEqual([(await stack.outputs())["apiKeyId"]]);
    await sourced("pulumi destroy --yes --non-interactive");
    expect(await accountKeys(emulator)).toEqual([]);
});
