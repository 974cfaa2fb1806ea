import type { Emulator, RequestRecord } from "../../emulator/index";
import { accountKeys, cleanUp, emulatorWith, forgetRequests, requests } from "../harness";
import { doors, type TestProject } from "../engine/project";
import { extent, report } from "./extent";

afterEach(cleanUp);

/** What the usage level Basic grants, in calls: those that are saved up, and those of a second. */
const [saved, perSecond] = [60, 20];
const keys = extent.fleet;
const told = /Kalshi's rate limit sets the pace: this account is granted 20 calls a second/;
const minutes = 60_000;

const program = (count: number) => `for (let i = 0; i < ${count}; i++) new Key("bot-" + i, { keyType: "ed25519" });`;
const commands = {
    up: ["up", "--yes", "--skip-preview"],
    refresh: ["refresh", "--yes", "--skip-preview"],
    destroy: ["destroy", "--yes", "--skip-preview"],
};

/** What the emulator saw of a command. */
interface Seen {
    readonly calls: number;
    /** The part that was answered 429. */
    readonly refused: number;
    /** From the first request to the last, against what the bucket allows. */
    readonly ratio: number;
    readonly first: number;
    readonly last: number;
}

/** @param savedUp the calls that the bucket holds at the first one */
function seen(records: readonly RequestRecord[], savedUp: number): Seen {
    const times = records.map(({ at }) => Date.parse(at));
    const [first, last] = [Math.min(...times), Math.max(...times)];
    const refused = records.filter(({ status }) => status === 429).length;
    const needed = (records.length - refused - savedUp) / perSecond;
    return {
        calls: records.length,
        refused: refused / records.length,
        ratio: (last - first) / 1000 / needed,
        first,
        last,
    };
}

function tell(what: string, { calls, refused, ratio }: Seen): void {
    const share = `${(100 * refused).toFixed(1)} % of ${calls} calls answered 429`;
    report(`${what}: ${ratio.toFixed(3)} times what the bucket allows, ${share}`);
}

describe.each(doors)("at the usage level Basic, through the $name door:", ({ name, projectOn }) => {
    // A small fleet hardly outgrows what is saved up, so that the engine's time and a few refusals count for much.
    const most =
        keys >= 500
            ? { ratio: 1.15, refused: 0.05, refusedOfTwo: 0.05 }
            : { ratio: Infinity, refused: 0.15, refusedOfTwo: 0.3 };

    async function run({ stack }: TestProject, emulator: Emulator, args: readonly string[]): Promise<string> {
        await forgetRequests(emulator);
        return stack.must(...args);
    }

    test(
        `${keys} keys: up, refresh and destroy`,
        async () => {
            const emulator = await emulatorWith({ usageLevel: "basic" });
            const project = await projectOn(emulator, program(keys));
            const upOutput = await run(project, emulator, commands.up);
            const up = seen(await requests(emulator), saved);
            tell(`up of ${keys} keys, ${name}`, up);
            expect(up.ratio).toBeLessThan(most.ratio);
            expect(up.refused).toBeLessThan(most.refused);
            expect(keys < 500 || told.test(upOutput)).toBe(true);

            await run(project, emulator, commands.refresh);
            const lists = await requests(emulator);
            expect(lists.filter(({ status }) => status === 429)).toEqual([]);

            await run(project, emulator, commands.destroy);
            const records = await requests(emulator);
            const since = Math.min(...records.map(({ at }) => Date.parse(at))) - up.last;
            const destroy = seen(records, Math.min(saved, (since / 1000) * perSecond - lists.length));
            tell(`destroy of ${keys} keys, ${name}`, destroy);
            expect(destroy.ratio).toBeLessThan(most.ratio);
            expect(destroy.refused).toBeLessThan(most.refused);
            expect(await accountKeys(emulator)).toEqual([]);
        },
        10 * minutes,
    );

    test(
        `two runs at once, of ${keys / 2} keys each`,
        async () => {
            const emulator = await emulatorWith({ usageLevel: "basic" });
            const projects = [
                await projectOn(emulator, program(keys / 2)),
                await projectOn(emulator, program(keys / 2)),
            ];
            for (const command of ["up", "destroy"] as const) {
                await forgetRequests(emulator);
                await Promise.all(projects.map(({ stack }) => stack.must(...commands[command])));
                const both = seen(await requests(emulator), saved);
                tell(`two times ${command} of ${keys / 2} keys at once, ${name}`, both);
                expect(both.refused).toBeLessThan(most.refusedOfTwo);
                expect(await accountKeys(emulator)).toHaveLength(command === "up" ? keys : 0);
            }
        },
        10 * minutes,
    );
});
