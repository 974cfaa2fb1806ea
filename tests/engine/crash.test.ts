import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { journalFolder, readJournal } from "../../provider/journal/journal";
import { accountKeys, calls, cleanUp, emulatorWith, environmentOf, inject, scratchFolder } from "../harness";
import { leaks } from "./leaks";
import { creatingUp, entriesOf, killEngineAlone, openEntriesIn, untilGone } from "./killing";
import { doors, pluginDoor } from "./project";

afterEach(cleanUp);

/** Has a Node process keep each private key that an answer brings in a file, and die of an error that quotes it. */
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

test("a plugin that dies of an error with a private key in it tells nobody the private key", async () => {
    const emulator = await emulatorWith();
    // Out of the reach of the search for leaks.
    const folder = await scratchFolder();
    const [crash, kept] = [join(folder, "crash.cjs"), join(folder, "private.pem")];
    writeFileSync(crash, crasher(kept));
    const { stack, scratch } = await pluginDoor.projectWith(
        `new Key("bot", { keyType: "ed25519" });`,
        environmentOf(emulator),
    );
    const secrets: string[] = [];
    const printed = new Map<string, string>();
    for (const how of [[], ["--debug"], ["--json"]]) {
        const { code, stdout, stderr } = await stack.pulumi(["up", "--yes", "--skip-preview", ...how], {
            NODE_OPTIONS: `--require=${crash}`,
        });
        expect(code).not.toBe(0);
        secrets.push(readFileSync(kept, "utf8"));
        expect(stdout).toMatch(/pulumi-resource-kalshi: internal error: Error/);
        printed.set(`pulumi up ${how.join(" ")}`, stdout + stderr);
    }
    expect(await accountKeys(emulator)).toHaveLength(3);
    expect(leaks(secrets, scratch, printed)).toEqual([]);
});

test("a plugin whose engine is killed revokes what nobody waits for any more, and ends", async () => {
    const emulator = await emulatorWith();
    const project = await pluginDoor.projectOn(emulator, `new Key("bot", { keyType: "ed25519" });`);
    // Kalshi answers long after the engine was missed.
    await inject(emulator, { operation: "generate", when: "before", kind: "slow", delayMs: 12_000 });
    const run = await creatingUp(project);
    await killEngineAlone(run);
    await untilGone(run);
    expect(await calls(emulator)).toEqual(["POST generate", "DELETE id"]);
    expect(await accountKeys(emulator)).toEqual([]);
    expect(await entriesOf(project)).toEqual([]);
});

describe.each(doors)("through the $name door:", ({ projectOn }) => {
    test("what a run could not be sure of, the next one is: no entry of a key that the state holds stays", async () => {
        const emulator = await emulatorWith();
        const { stack, scratch } = await projectOn(emulator, `new Key("bot", { keyType: "ed25519" });`);
        const folder = journalFolder({ PULUMI_HOME: join(scratch, "pulumi", "home") });
        await stack.must("up", "--yes", "--skip-preview");
        expect(await openEntriesIn(folder)).toEqual([]);
        await stack.must("preview", "--expect-no-changes");
        expect(await readJournal(folder)).toEqual([]);
    });

    test("a provider that dies as it forgets a creation has handed the key over already", async () => {
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
        const { stack, scratch } = await projectOn(emulator, `new Key("bot", { keyType: "ed25519" });`);
        await stack.pulumi(["up", "--yes", "--skip-preview"], { NODE_OPTIONS: `--require=${crash}` });
        const found = await readJournal(journalFolder({ PULUMI_HOME: join(scratch, "pulumi", "home") }));
        expect(found.map(({ entry }) => entry?.resource)).toEqual(["bot"]);
        expect((await stack.resources()).map(({ id }) => id)).toEqual(await accountKeys(emulator));
        expect(await accountKeys(emulator)).toHaveLength(1);
    });
});
