import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { accountKeys, calls, cleanUp, emulatorWith, forgetRequests, ownKeyPair } from "../support/harness";
import { resourcePlugin } from "../support/project";

afterEach(cleanUp);

const up = ["up", "--yes", "--skip-preview"];

test("a stack that moves from KalshiApiKey to ApiKey keeps every key and private key without API calls", async () => {
    const emulator = await emulatorWith();
    const { publicKey } = ownKeyPair("ed25519");
    const program = (keyClass: string) => `
        const Class = kalshi.${keyClass};
        const auto = new Class("auto", { keyType: "ed25519", rotationDays: 30, rotationTriggers: { incident: 1 } });
        const explicit = new Class("explicit", { name: "explicit", scopes: ["write::trade", "read"] });
        const own = new Class("own", { publicKey: ${JSON.stringify(publicKey)} });
        const rotating = new kalshi.Rotating${keyClass}("rotating", { rotationDays: 30 });
        module.exports = {
            privateKeys: [auto.privateKey, explicit.privateKey, rotating.current.privateKey],
            ids: [auto.id, explicit.id, own.id, rotating.id],
        };`;
    const project = await resourcePlugin.createProject(emulator, program("KalshiApiKey"));
    await project.stack.must(...up);
    const before = await project.stack.outputs();
    await forgetRequests(emulator);

    project.write(program("ApiKey"));
    // With its preview.
    await project.stack.must("up", "--yes", "--expect-no-changes");
    expect(await calls(emulator)).toEqual([]);
    expect(await project.stack.outputs()).toEqual(before);
    expect(new Set((await project.stack.resources()).map(({ type }) => type))).toEqual(
        new Set([resourcePlugin.type, "kalshi:index:RotatingApiKey"]),
    );

    await project.stack.must(...up, "--refresh", "--expect-no-changes");
    expect(await project.stack.outputs()).toEqual(before);
    expect(new Set(await accountKeys(emulator))).toEqual(new Set(before["ids"] as string[]));
    await project.stack.must("destroy", "--yes", "--skip-preview");
    expect(await accountKeys(emulator)).toEqual([]);
});

test("an explicit provider replaces its keys on another environment, but not on other credentials", async () => {
    const [emulator, other] = [await emulatorWith(), await emulatorWith()];
    const program = (at: typeof emulator, path: string) => `
        const provider = new kalshi.Provider("own", ${JSON.stringify({ baseUrl: at.baseUrl, apiKeyId: at.rootKeyId, privateKeyPath: path })});
        const key = new Key("bot", { keyType: "ed25519" }, { provider });
        module.exports = {
            id: key.id,
            root: kalshi.getApiKey({ name: "root" }, { provider }).then((root) => root.apiKeyId),
        };`;
    const project = await resourcePlugin.createProjectWithEnvironment(program(emulator, emulator.rootKeyPath), {});
    await project.stack.must(...up);
    expect(await project.stack.outputs()).toEqual({ id: (await accountKeys(emulator))[0], root: emulator.rootKeyId });

    const copy = join(project.scratch, "copy.pem");
    writeFileSync(copy, readFileSync(emulator.rootKeyPath));
    project.write(program(emulator, copy));
    const [id] = await accountKeys(emulator);
    await project.stack.must(...up);
    expect(await accountKeys(emulator)).toEqual([id]);

    project.write(program(other, other.rootKeyPath));
    await project.stack.must(...up);
    expect(await accountKeys(emulator)).toEqual([]);
    expect(await project.stack.outputs()).toEqual({ id: (await accountKeys(other))[0], root: other.rootKeyId });
});
