import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { journalFolder, readJournal } from "../../provider/src/journal/journal";
import { accountKeys, calls, cleanUp, emulatorWith, environmentOf, inject, scratchFolder } from "../support/harness";
import { leaks } from "../support/leaks";
import { creatingUp, entriesOf, killEngineAlone, untilGone } from "../support/killing";
import { sample } from "../support/full";
import { resourcePlugin } from "../support/project";

afterEach(cleanUp);

/** Makes a Node process write each private key that it receives to a file, then crash with an error that quotes it. */
const crasher = (file: string) => `
    const { parse } = JSON;
    JSON.parse = (text, ...rest) => {
        const value = parse(text, ...rest);
        if (value?.private_key) {
            require("node:fs").writeFileSync(${JSON.stringify(file)}, value.private_key);
            setImmediate(() => { throw Object.assign(new Error(value.private_key), value); });
        }
        return value;
    };`;

test("a plugin that crashes with an error that contains a private key does not print it", async () => {
    const emulator = await emulatorWith();
    // Outside the folder that `leaks` searches.
    const folder = await scratchFolder();
    const [crash, kept] = [join(folder, "crash.cjs"), join(folder, "private.pem")];
    writeFileSync(crash, crasher(kept));
    const { stack, scratch } = await resourcePlugin.createProjectWithEnvironment(
        `new Key("bot", { keyType: "ed25519" });`,
        environmentOf(emulator),
    );
    const secrets: string[] = [];
    const printed = new Map<string, string>();
    const hows = sample([["--debug"], [], ["--json"]]);
    for (const how of hows) {
        const { code, stdout, stderr } = await stack.pulumi(["up", "--yes", "--skip-preview", ...how], {
            NODE_OPTIONS: `--require=${crash}`,
        });
        expect(code).not.toBe(0);
        secrets.push(readFileSync(kept, "utf8"));
        expect(stdout).toMatch(/pulumi-resource-kalshi: internal error: Error/);
        printed.set(`pulumi up ${how.join(" ")}`, stdout + stderr);
    }
    expect(await accountKeys(emulator)).toHaveLength(hows.length);
    expect(leaks(secrets, scratch, printed)).toEqual([]);
});

test("a plugin whose engine is killed revokes the key of its in-flight create, and exits", async () => {
    const emulator = await emulatorWith();
    const project = await resourcePlugin.createProjectWithEnvironment(`new Key("bot", { keyType: "ed25519" });`, {
        ...environmentOf(emulator),
        NODE_OPTIONS: `--require=${join(__dirname, "..", "support", "fastTime.cjs")}`,
    });
    // Kalshi responds long after the plugin noticed, in 10 s of its fast time, that the engine is gone.
    await inject(emulator, { operation: "generate", when: "before", kind: "slow", delayMs: 1_500 });
    const run = await creatingUp(project);
    await killEngineAlone(run);
    await untilGone(run);
    expect(await calls(emulator)).toEqual(["POST generate", "DELETE id"]);
    expect(await accountKeys(emulator)).toEqual([]);
    expect(await entriesOf(project)).toEqual([]);
});

test("a plugin that crashes while it removes a journal entry has delivered the key", async () => {
    const emulator = await emulatorWith();
    const crash = join(await scratchFolder(), "crash.cjs");
    writeFileSync(
        crash,
        `const fs = require("node:fs");
        const { unlinkSync } = fs;
        fs.unlinkSync = (file) => file.includes("creations")
            ? process.kill(process.pid, "SIGKILL")
            : unlinkSync(file);`,
    );
    const { stack, scratch } = await resourcePlugin.createProject(emulator, `new Key("bot", { keyType: "ed25519" });`);
    await stack.pulumi(["up", "--yes", "--skip-preview"], { NODE_OPTIONS: `--require=${crash}` });
    const found = await readJournal(journalFolder({ PULUMI_HOME: join(scratch, "pulumi", "home") }));
    expect(found.map(({ entry }) => entry?.resource)).toEqual(["bot"]);
    expect((await stack.resources()).map(({ id }) => id)).toEqual(await accountKeys(emulator));
    expect(await accountKeys(emulator)).toHaveLength(1);
});
