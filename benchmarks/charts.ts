import type { Config, TopLevelSpec } from "vega-lite";
import type { CommandCost } from "./costs";
import { programs, type ProgramName } from "./programs";
import { commands } from "./runs";
import { plugin, type Starts } from "./startup";
import { median, quantile } from "./statistics";

/** The look of each program: this project's are solid, the baselines are dashed. The colors are those of Okabe and Ito. */
const looks: Readonly<Record<ProgramName, { readonly color: string; readonly dash: readonly number[] }>> = {
    dynamic: { color: "#d55e00", dash: [1, 0] },
    plugin: { color: "#0072b2", dash: [1, 0] },
    idleDynamic: { color: "#e69f00", dash: [5, 4] },
    idlePlugin: { color: "#56b4e9", dash: [5, 4] },
    peer: { color: "#666666", dash: [2, 3] },
};
const [ours, baseline] = ["#0072b2", "#999999"];

const config: Config = {
    background: "white",
    font: "sans-serif",
    padding: 12,
    axis: { labelFontSize: 12, labelLimit: 400, titleFontSize: 12, titleFontWeight: "normal" },
    header: { labelFontSize: 13, labelFontWeight: "bold" },
    legend: { labelFontSize: 12, symbolType: "stroke", symbolStrokeWidth: 2, symbolSize: 400, labelLimit: 400 },
    view: { stroke: null },
    title: { fontSize: 14, anchor: "start", offset: 12 },
};

/**
 * Draws the cost of a key by the number of keys, a panel for each command. Both axes are logarithmic, so a cost that is not above zero
 * is missing: other load on the machine made the empty program slower than the one with keys.
 */
export async function costsChart(costs: readonly CommandCost[]): Promise<string> {
    const shown = costs.filter(({ perKey }) => perKey > 0);
    const values = shown.map(({ command, keys, program, perKey }) => ({
        panel: `pulumi ${command}`,
        keys,
        program: programs[program],
        perKey,
    }));
    const names = (Object.keys(programs) as ProgramName[]).filter((name) => shown.some((one) => one.program === name));
    const byProgram = <T>(range: (name: ProgramName) => T) => ({
        field: "program",
        type: "nominal" as const,
        scale: { domain: names.map((name) => programs[name]), range: names.map(range) },
        legend: { title: null, orient: "bottom" as const, columns: 3 },
    });
    const logarithmic = { type: "quantitative", scale: { type: "log", nice: false } } as const;
    const ticks = [0.1, 1, 10, 100, 1000].flatMap((power) => [power, 2 * power, 5 * power]);
    const sizes = [...new Set(values.map(({ keys }) => keys))];
    return draw({
        title: "Cost of a key",
        data: { values },
        facet: {
            field: "panel",
            type: "nominal",
            sort: commands.map((command) => `pulumi ${command}`),
            header: { title: null },
        },
        columns: 2,
        spacing: { row: 20, column: 40 },
        spec: {
            width: 300,
            height: 200,
            mark: { type: "line", point: { size: 40, filled: true }, strokeWidth: 2 },
            encoding: {
                x: {
                    field: "keys",
                    ...logarithmic,
                    axis: { title: "number of keys", values: sizes, format: ",", labelFlush: false },
                },
                y: { field: "perKey", ...logarithmic, axis: { title: "ms per key", values: ticks } },
                color: byProgram((name) => looks[name].color),
                strokeDash: byProgram((name) => [...looks[name].dash]),
            },
        },
    });
}

/** Draws the median time of each program's start, with a line from the 10th to the 90th percentile. */
export async function startsChart(measured: readonly Starts[]): Promise<string> {
    const values = measured.map(({ name, starts }) => {
        const times = starts.map(({ ms }) => ms);
        const [low, high] = [quantile(times, 0.1), quantile(times, 0.9)];
        return { name, ms: median(times), low, high, label: `${median(times).toFixed(0)} ms` };
    });
    const y = { field: "name", type: "nominal", sort: null, axis: { title: null } } as const;
    return draw({
        title: "Time until the first line of output",
        data: { values },
        width: 420,
        height: { step: 30 },
        encoding: { y },
        layer: [
            {
                mark: { type: "bar", height: 16 },
                encoding: {
                    x: { field: "ms", type: "quantitative", axis: { title: "ms", tickCount: 6 } },
                    color: {
                        condition: { test: `datum.name === '${plugin}'`, value: ours },
                        value: baseline,
                    },
                },
            },
            {
                mark: { type: "rule", strokeWidth: 1.5 },
                encoding: { x: { field: "low", type: "quantitative" }, x2: { field: "high" } },
            },
            {
                mark: { type: "text", align: "left", dx: 6, fontSize: 12 },
                encoding: { x: { field: "high", type: "quantitative" }, text: { field: "label" } },
            },
        ],
    });
}

/** Returns a chart as SVG. The same values give the same text. */
async function draw(spec: TopLevelSpec): Promise<string> {
    // vega awaits at its top level, so require cannot load it.
    const { parse, resetSVGDefIds, View } = await import("vega");
    const { compile } = await import("vega-lite");
    resetSVGDefIds();
    const view = new View(parse(compile(spec, { config }).spec), { renderer: "none" });
    try {
        return `${await view.toSVG()}\n`;
    } finally {
        view.finalize();
    }
}
