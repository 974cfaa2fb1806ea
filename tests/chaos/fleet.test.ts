import type { Emulator, RequestRecord } from "../../emulator/index";
import { accountKeys, cleanUp, emulatorWith, forgetRequests, requests } from "../support/harness";
import { testInFull } from "../support/full";
import { dynamicProvider, providers, resourcePlugin, type TestProject } from "../support/project";
import { extent, report } from "./extent";

afterEach(cleanUp);

/** The limits of a Basic account in calls, for each bucket that POST and DELETE may be charged to. */
const settings = [
    // `refused` and `refusedOfTwo`: the largest accepted fractions of refused calls, for one run and for two.
    { charged: "read", saved: 60, perSecond: 20, refused: 0.05, refusedOfTwo: 0.05 },
    // The first calls of two runs exceed the bucket's capacity.
    { charged: "write", saved: 10, perSecond: 10, refused: 0.05, refusedOfTwo: 0.1 },
] as const;
type Setting = (typeof settings)[number];
const minutes = 60_000;

const program = (count: number) => `for (let i = 0; i < ${count}; i++) new Key("bot-" + i, { keyType: "ed25519" });`;
const commands = {
    up: ["up", "--yes", "--skip-preview"],
    refresh: ["refresh", "--yes", "--skip-preview"],
    destroy: ["destroy", "--yes", "--skip-preview"],
};

/** Statistics of a command's requests. */
interface Seen {
    readonly calls: number;
    /** The fraction that received 429, 0 to 1. */
    readonly refused: number;
    /** The time from the first request to the last, divided by the least time that the bucket allows. */
    readonly ratio: number;
    readonly first: number;
    readonly last: number;
}

/**
 * Returns the statistics of requests.
 *
 * @param savedUp the number of calls that the bucket holds at the first one
 */
function seen(all: readonly RequestRecord[], { charged, perSecond }: Setting, savedUp: number): Seen {
    const records = all.filter(({ method }) => charged === "read" || method !== "GET");
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

function reportSeen(what: string, { calls, refused, ratio }: Seen): void {
    const share = `${(100 * refused).toFixed(1)} % of ${calls} calls received 429`;
    report(`${what}: ${ratio.toFixed(3)} times what the bucket allows, ${share}`);
}

const testAtLength = extent.full ? test : testInFull;

// The rate limiter is the same in both providers. `npm test` tests one of them alone, and the other one in two parallel runs.
const cases = settings.flatMap((setting) =>
    providers.map((provider) => ({
        setting,
        provider,
        charged: setting.charged,
        name: provider.name,
        testAlone: setting.charged === "read" && provider === dynamicProvider ? test : testAtLength,
        testInParallel: setting.charged === "write" && provider === resourcePlugin ? test : testAtLength,
    })),
);

describe.each(cases)("at the usage level Basic, charged to $charged, with the $name:", (tested) => {
    const { setting, provider, testAlone, testInParallel } = tested;
    const { charged, saved, perSecond } = setting;
    const keys = charged === "read" || extent.full ? extent.fleet : 40;
    // A small fleet hardly exceeds the bucket's capacity, so that the engine's own time and a few refusals weigh more.
    const most = keys >= 500 ? { ratio: 1.15, ...setting } : { ratio: Infinity, refused: 0.25, refusedOfTwo: 0.4 };
    const through = `charged to ${charged}, ${provider.name}`;
    const basic = { usageLevel: "basic", keyWritesBucket: charged } as const;

    async function run({ stack }: TestProject, emulator: Emulator, args: readonly string[]): Promise<string> {
        await forgetRequests(emulator);
        return stack.must(...args);
    }

    testAlone(
        "up, refresh and destroy",
        async () => {
            const emulator = await emulatorWith(basic);
            const project = await provider.createProject(emulator, program(keys));
            const upOutput = await run(project, emulator, commands.up);
            const upRequests = await requests(emulator);
            const up = seen(upRequests, setting, saved);
            reportSeen(`up of ${keys} keys, ${through}`, up);
            expect(up.ratio).toBeLessThan(most.ratio);
            expect(up.refused).toBeLessThan(most.refused);
            expect(upRequests.filter(({ path }) => path.endsWith("/account/limits")).length).toBeLessThanOrEqual(1);
            const report = `Rate limited: the account's ${charged} bucket allows ${perSecond} calls/s`;
            expect(keys < 500 || upOutput.includes(report)).toBe(true);

            await run(project, emulator, commands.refresh);
            const lists = await requests(emulator);
            expect(lists.map(({ method, path, status }) => `${method} ${path} ${status}`)).toEqual([
                "GET /trade-api/v2/api_keys 200",
            ]);

            await run(project, emulator, commands.destroy);
            const records = await requests(emulator);
            const since = Math.min(...records.map(({ at }) => Date.parse(at))) - up.last;
            const listed = charged === "read" ? lists.length : 0;
            const destroy = seen(records, setting, Math.min(saved, (since / 1000) * perSecond - listed));
            reportSeen(`destroy of ${keys} keys, ${through}`, destroy);
            expect(destroy.ratio).toBeLessThan(most.ratio);
            expect(destroy.refused).toBeLessThan(most.refused);
            expect(await accountKeys(emulator)).toEqual([]);
        },
        10 * minutes,
    );

    testInParallel(
        "two parallel runs, of half as many keys each",
        async () => {
            const emulator = await emulatorWith(basic);
            const projects = [
                await provider.createProject(emulator, program(keys / 2)),
                await provider.createProject(emulator, program(keys / 2)),
            ];
            for (const command of ["up", "destroy"] as const) {
                await forgetRequests(emulator);
                await Promise.all(projects.map(({ stack }) => stack.must(...commands[command])));
                const both = seen(await requests(emulator), setting, saved);
                reportSeen(`two times ${command} of ${keys / 2} keys in parallel, ${through}`, both);
                expect(both.refused).toBeLessThan(most.refusedOfTwo);
                expect(await accountKeys(emulator)).toHaveLength(command === "up" ? keys : 0);
            }
        },
        10 * minutes,
    );
});
