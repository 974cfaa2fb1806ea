import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import type { Emulator } from "../../emulator/index";
import { root } from "../../tools/paths";
import { pythonWithClient } from "../../tools/python";
import { Stack } from "../../tools/stack";
import { testInFull } from "../support/full";
import {
    accountKeys,
    cleanUp,
    clientOf,
    emulatorWith,
    environmentOf,
    forgetRequests,
    onCleanUp,
    requests,
    scratchFolder,
    until,
} from "../support/harness";
import { leaks } from "../support/leaks";
import { age, withoutTypeChecks } from "../support/project";

afterEach(cleanUp);

const project = join(root, "examples", "trading-bot");
const up = ["up", "--yes", "--skip-preview"];

/** A bot of the example, in its own process. */
class Bot {
    readonly lines: string[] = [];
    #hasEnded = false;

    /**
     * Starts a bot. It is stopped after the test.
     *
     * @param secondsBetweenReads the seconds after which it reads the stack's outputs again
     */
    static start(language: "TypeScript" | "Python", stack: Stack, secondsBetweenReads: number): Bot {
        const bot = new Bot();
        const [command, args] =
            language === "Python"
                ? [join(project, "bots", "run.sh"), []]
                : [process.execPath, ["--require", "ts-node/register/transpile-only", join(project, "bots", "bot.ts")]];
        const child = spawn(command, args, {
            cwd: project,
            env: {
                ...stack.env,
                PATH: `${dirname(pythonWithClient())}${delimiter}${process.env["PATH"]}`,
                BOT_SECONDS_BETWEEN_READS: String(secondsBetweenReads),
            },
            stdio: ["ignore", "pipe", "pipe"],
        });
        for (const stream of [child.stdout, child.stderr]) {
            createInterface({ input: stream }).on("line", (line) => bot.lines.push(line));
        }
        const closed = once(child, "close").then(() => (bot.#hasEnded = true));
        onCleanUp(async () => {
            child.kill();
            await closed;
        });
        return bot;
    }

    /** Waits until Kalshi has accepted one more call that a key signed. */
    async untilSignedWith(keyId: string): Promise<void> {
        const from = this.lines.length;
        await until(async () => {
            if (this.#hasEnded) {
                throw new Error(`The bot has ended:\n${this.lines.join("\n")}`);
            }
            return this.lines.slice(from).some((line) => line.startsWith(`signed with ${keyId}: the account has`));
        });
    }
}

/** Creates the example's stack and its key. */
async function exampleStack(emulator: Emulator): Promise<{ readonly stack: Stack; readonly scratch: string }> {
    const scratch = await scratchFolder();
    const name = `test-${process.pid}`;
    const env = { ...environmentOf(emulator), ...withoutTypeChecks };
    const stack = await Stack.create({ project, scratch, name, env });
    onCleanUp(() => stack.dispose());
    await stack.must(...up);
    return { stack, scratch };
}

async function currentKey(stack: Stack): Promise<{ readonly id: string; readonly privateKey: string }> {
    const { BOT_API_KEY_ID, BOT_PRIVATE_KEY } = await stack.outputs();
    return { id: String(BOT_API_KEY_ID), privateKey: String(BOT_PRIVATE_KEY) };
}

// In CI `npm test` fails earlier if there is no Python.
(existsSync(pythonWithClient()) ? describe : describe.skip)("the example trading-bot", () => {
    test("signs through a rotation without a refused call, in TypeScript and in Python", async () => {
        const emulator = await emulatorWith();
        const { stack, scratch } = await exampleStack(emulator);
        const first = await currentKey(stack);
        await forgetRequests(emulator);
        const bots = [Bot.start("TypeScript", stack, 2), Bot.start("Python", stack, 2)];
        const allSignWith = (keyId: string) => Promise.all(bots.map((bot) => bot.untilSignedWith(keyId)));
        await allSignWith(first.id);

        await stack.must(...up, "--config", "incident=2026-11-28");
        const second = await currentKey(stack);
        expect(await accountKeys(emulator)).toEqual([first.id, second.id]);
        await allSignWith(second.id);

        await age({ stack, scratch }, 2.1);
        const printed = await stack.must(...up);
        expect(await accountKeys(emulator)).toEqual([second.id]);
        await allSignWith(second.id);

        const recorded = await requests(emulator);
        // A status of null is that of a call in flight.
        expect(recorded.filter(({ status }) => status !== null && status >= 400)).toEqual([]);
        const ofBots = recorded.map(({ keyId }) => keyId).filter((keyId) => keyId !== emulator.rootKeyId);
        expect(new Set(ofBots)).toEqual(new Set([first.id, second.id]));
        const output = new Map([
            ["up", printed],
            ...bots.map(({ lines }, index) => [`bot ${index}`, lines.join("\n")] as const),
        ]);
        expect(leaks([first.privateKey, second.privateKey], scratch, output)).toEqual([]);
    });

    testInFull("reads the outputs at once if the key in use is refused", async () => {
        const emulator = await emulatorWith();
        const { stack } = await exampleStack(emulator);
        const first = await currentKey(stack);
        const bots = [Bot.start("TypeScript", stack, 3600), Bot.start("Python", stack, 3600)];
        await Promise.all(bots.map((bot) => bot.untilSignedWith(first.id)));
        await clientOf(emulator).deleteApiKey(first.id);
        await stack.must("refresh", "--yes", "--skip-preview");
        await stack.must(...up);
        const second = await currentKey(stack);
        await Promise.all(bots.map((bot) => bot.untilSignedWith(second.id)));
        // The errors of the refused calls have no request, with its signature.
        expect(bots.flatMap(({ lines }) => lines).join()).not.toMatch(/KALSHI-ACCESS/i);
    });
});
