import type { Emulator } from "../../emulator/index";
import { accountKeys, cleanUp, emulatorWith, forgetRequests, requests } from "../support/harness";
import { testIf } from "../support/full";
import { dynamicProvider, providers, resourcePlugin, type TestProject } from "../support/project";
import { extent } from "./extent";
import { basicBuckets, commands, programOf, reportStatistics, statisticsOf } from "./rateStatistics";

afterEach(cleanUp);

/** The largest accepted fractions of refused calls, for one run and for two. */
const settings = [
    { bucket: basicBuckets.read, refused: 0.05, refusedOfTwo: 0.05 },
    // The first calls of two runs exceed the bucket's capacity.
    { bucket: basicBuckets.write, refused: 0.05, refusedOfTwo: 0.1 },
];
const minutes = 60_000;

const testAtLength = testIf(extent.full);

// The rate limiter is the same in both providers. `npm test` tests one of them alone, and the other one in two parallel runs.
const cases = settings.flatMap((setting) =>
    providers.map((provider) => ({
        setting,
        provider,
        charged: setting.bucket.charged,
        name: provider.name,
        testAlone: setting.bucket.charged === "read" && provider === dynamicProvider ? test : testAtLength,
        testInParallel: setting.bucket.charged === "write" && provider === resourcePlugin ? test : testAtLength,
    })),
);

describe.each(cases)("at the usage level Basic, charged to $charged, with the $name:", (tested) => {
    const { setting, provider, testAlone, testInParallel } = tested;
    const { bucket } = setting;
    const { charged, perSecond } = bucket;
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
            const project = await provider.createProject(emulator, programOf(keys));
            const upOutput = await run(project, emulator, commands.up);
            const upRequests = await requests(emulator);
            const up = statisticsOf(upRequests, bucket);
            reportStatistics(`up of ${keys} keys, ${through}`, up);
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
            const destroy = statisticsOf(records, bucket, [...upRequests, ...lists]);
            reportStatistics(`destroy of ${keys} keys, ${through}`, destroy);
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
                await provider.createProject(emulator, programOf(keys / 2)),
                await provider.createProject(emulator, programOf(keys / 2)),
            ];
            for (const command of ["up", "destroy"] as const) {
                await forgetRequests(emulator);
                await Promise.all(projects.map(({ stack }) => stack.must(...commands[command])));
                const both = statisticsOf(await requests(emulator), bucket);
                reportStatistics(`two times ${command} of ${keys / 2} keys in parallel, ${through}`, both);
                expect(both.refused).toBeLessThan(most.refusedOfTwo);
                expect(await accountKeys(emulator)).toHaveLength(command === "up" ? keys : 0);
            }
        },
        10 * minutes,
    );
});
