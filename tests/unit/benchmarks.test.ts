import { costsChart, startsChart } from "../../benchmarks/charts";
import type { CommandCost } from "../../benchmarks/costs";
import { withResults } from "../../benchmarks/performancePage";
import { nothingMeasured, type Report } from "../../benchmarks/report";
import { judge, worst } from "../../benchmarks/targets";

const cost = (values: Partial<CommandCost>): CommandCost => ({
    program: "plugin",
    keys: 100,
    command: "up",
    total: 3000,
    empty: 1000,
    emulator: 0,
    perKey: 20,
    providerPerKey: 5,
    programPerKey: 5,
    enginePerKey: 5,
    providerPeak: 100e6,
    connections: 8,
    atOnce: 8,
    ...values,
});

const measuredOf = (costs: readonly CommandCost[], target: RegExp) =>
    judge({ costs })
        .filter((verdict) => target.test(verdict.target))
        .map(({ of, measured, result }) => [of, measured, result]);

describe("the targets", () => {
    test("compare the plugin with the Go plugin only if that was measured", () => {
        const ours = [cost({ perKey: 20 }), cost({ perKey: 20, command: "refresh" })];
        const peers = [
            cost({ program: "peer", perKey: 16 }),
            cost({ program: "peer", perKey: 16, command: "refresh" }),
        ];
        expect(measuredOf(ours, /pulumi-resource-random/)).toEqual([]);
        expect(measuredOf([...ours, ...peers], /pulumi-resource-random/)).toEqual([
            ["refresh of 100 keys, ApiKey (plugin)", 1.25, "missed"],
            ["up of 100 keys, ApiKey (plugin)", 1.25, "reached"],
        ]);
    });

    test("compare the dynamic provider with the plugin for the same command and number of keys", () => {
        const costs = [10, 100, 1000].flatMap((keys) => [
            cost({ keys, perKey: 1000 / keys }),
            cost({ program: "dynamic", keys, perKey: 1400 / keys }),
        ]);
        expect(measuredOf(costs, /multiple of the plugin's/)).toEqual([
            ["up of 100 keys, KalshiApiKey (dynamic)", 1.4, "missed"],
            ["up of 1000 keys, KalshiApiKey (dynamic)", 1.4, "missed"],
        ]);
    });

    test("limit the time and the memory of 1,000 keys", () => {
        const costs = [
            cost({ perKey: 99 }),
            cost({ keys: 1000, perKey: 12, providerPerKey: 12.1, providerPeak: 111e6 }),
        ];
        expect(measuredOf(costs, /cost per key, ms|processor time|MB/)).toEqual([
            ["up of 1000 keys, ApiKey (plugin)", 12, "reached"],
            ["up of 1000 keys, ApiKey (plugin)", 12.1, "missed"],
            ["up of 1000 keys, ApiKey (plugin)", 111, "missed"],
        ]);
    });

    test("compare signed calls with those of the same key type and concurrency, and report the worst", () => {
        const call = { keyType: "rsa", processorMs: 1, connections: 1 } as const;
        const verdicts = judge({
            signedCalls: [1, 8].flatMap((atOnce) => [
                { ...call, atOnce, client: "pulumi-kalshi" as const, callsPerSecond: 900 },
                { ...call, atOnce, client: "bare node:http" as const, callsPerSecond: 1000 * atOnce },
            ]),
        }).filter(({ bound }) => bound === "at least");
        expect(verdicts.map(({ of, result }) => [of, result])).toEqual([
            ["rsa, 1 at once", "reached"],
            ["rsa, 8 at once", "missed"],
        ]);
        expect(worst(verdicts)).toEqual([verdicts[1]]);
    });

    test.each([
        [900, 800, "reached"],
        [700, 850, "missed"],
        [700, 790, "out of reach"],
        [590, 790, "missed"],
    ])("judge %d calls/s of the client by %d of got and 1000 of bare HTTP as %s", (ours, got, expected) => {
        const call = { keyType: "rsa", processorMs: 1, connections: 1, atOnce: 1 } as const;
        const [verdict] = judge({
            signedCalls: [
                { ...call, client: "pulumi-kalshi", callsPerSecond: ours },
                { ...call, client: "bare got", callsPerSecond: got },
                { ...call, client: "bare node:http", callsPerSecond: 1000 },
            ],
        });
        expect(verdict).toMatchObject({ result: expected, basis: { name: "bare got", measured: got / 1000 } });
    });

    test("accept that the dynamic provider costs more by what a dynamic provider that does nothing costs more", () => {
        const costs = [
            cost({ perKey: 10 }),
            cost({ program: "dynamic", perKey: 20 }),
            cost({ program: "idlePlugin", perKey: 5 }),
        ];
        const target = /multiple of the plugin's/;
        const resultWith = (idleDynamic: number) =>
            measuredOf([...costs, cost({ program: "idleDynamic", perKey: idleDynamic })], target)[0]?.[2];
        expect([resultWith(6), resultWith(9), resultWith(10)]).toEqual(["missed", "missed", "out of reach"]);
    });
});

describe("the charts", () => {
    test("show each program in each panel, without costs that are not above zero", async () => {
        const svg = await costsChart([
            cost({ perKey: 20 }),
            cost({ keys: 1000, perKey: 10 }),
            cost({ program: "idlePlugin", perKey: 5 }),
            cost({ program: "idleDynamic", perKey: -1 }),
        ]);
        const texts = [...svg.matchAll(/<text[^>]*>([^<]+)<\/text>/g)].map(([, text]) => text);
        expect(texts).toEqual(
            expect.arrayContaining(["pulumi up", "ms per key", "1,000", "ApiKey (plugin)", "idle plugin"]),
        );
        expect(texts).not.toContain("idle dynamic provider");
        expect(svg).not.toMatch(/NaN|Infinity/);
    });

    test("are the same for the same values", async () => {
        const starts = [{ name: "pulumi-resource-kalshi", starts: [{ ms: 90, peak: undefined }] }];
        const svg = await startsChart(starts);
        expect(svg).toContain("90 ms");
        expect(await startsChart(starts)).toBe(svg);
    });
});

describe("the page of results", () => {
    const report: Report = {
        ...nothingMeasured,
        at: "2026-11-28T01:02:03.000Z",
        command: "npm run bench -- --docs",
        machine: { processor: "A processor", cores: 2, platform: "linux x64", node: "v24.0.0", engine: "v3.250.0" },
        rounds: 3,
        checkpoints: false,
        costs: [cost({ keys: 1000, perKey: 13 })],
        states: [{ program: "plugin", keys: 1000, bytesPerKey: 1880.4 }],
    };
    const start = "<!-- results: `npm run bench -- --docs` -->";
    const end = "<!-- end of the results -->";

    test("keeps its text, and replaces older results", async () => {
        const page = await withResults(`# Title\n\n${start}\n\nold $1\n\n${end}\n\nMore.\n`, report);
        expect(page).toMatch(/^# Title\n/);
        expect(page).toMatch(/\nMore\.\n$/);
        expect(page).not.toContain("old");
        expect(page).toMatch(/\| date +\| 2026-11-28 +\|/);
        expect(page).toMatch(/\| ApiKey \(plugin\) \| 1000 \| +13\.0 \| .* \| +1880 \|/);
        expect(page).toMatch(/cost per key, ms +\| at most 12 +\| +13\.0 \|.* MISSED +\|/);
        expect(await withResults(page, report)).toBe(page);
    });

    test("needs the comments around the results", async () => {
        await expect(withResults(`# Title\n\n${start}\n`, report)).rejects.toThrow("no comments");
    });
});
