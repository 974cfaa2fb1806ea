import Table from "cli-table3";
import type { CommandCost, Costs } from "./costs";
import type { ImportTimes } from "./imports";
import { idleOf, programs } from "./programs";
import { commands } from "./runs";
import type { SignedCalls } from "./signedCalls/signedCalls";
import type { Starts } from "./startup";
import { median, quantile } from "./statistics";
import type { Verdict } from "./targets";
import { megabytes } from "./usage";

/** A table's content. Columns of numbers are aligned to the right; an undefined value was not measured or does not exist. */
export interface TableContent {
    readonly head: readonly string[];
    readonly rows: readonly (readonly (string | number | undefined)[])[];
}

export function startsTable(measured: readonly Starts[]): TableContent {
    const rows = measured.map(({ name, starts }) => {
        const times = starts.map(({ ms }) => ms);
        const peaks = starts.flatMap(({ peak }) => peak ?? []);
        return [name, median(times), quantile(times, 0.9), megabytes(median(peaks))];
    });
    return { head: ["until the first line", "median ms", "p90 ms", "peak MB"], rows };
}

export function importsTable(measured: readonly ImportTimes[]): TableContent {
    const rows = measured.map(({ name, ms }) => [name, median(ms), quantile(ms, 0.9)]);
    return { head: ["import after @pulumi/pulumi", "median ms", "p90 ms"], rows };
}

export function signedCallsTable(measured: readonly SignedCalls[]): TableContent {
    const rows = measured.map(({ client, keyType, atOnce, callsPerSecond, processorMs, connections }) => [
        client,
        keyType,
        String(atOnce),
        callsPerSecond,
        processorMs,
        String(connections),
    ]);
    return { head: ["client", "key", "at once", "calls/s", "processor ms/call", "connections"], rows };
}

/** Returns all values of all commands. */
export function costsTable(costs: readonly CommandCost[]): TableContent {
    const head = ["command", "keys", "program", "total s", "empty s", "emulator s", "all/key", "added/key"];
    const usage = ["provider/key", "program/key", "engine/key", "peak MB", "connections"];
    const rows = costs.map((cost) => [
        cost.command,
        String(cost.keys),
        programs[cost.program],
        cost.total / 1000,
        cost.empty / 1000,
        cost.emulator / 1000,
        cost.perKey,
        addedPerKey(cost, costs),
        cost.providerPerKey,
        cost.programPerKey,
        cost.enginePerKey,
        cost.providerPeak && megabytes(cost.providerPeak),
        String(cost.connections),
    ]);
    return { head: [...head, ...usage], rows };
}

function addedPerKey({ program, keys, command, perKey }: CommandCost, all: readonly CommandCost[]): number | undefined {
    const idle = all.find((one) => one.program === idleOf[program] && one.keys === keys && one.command === command);
    return idle && perKey - idle.perKey;
}

/** Returns the cost of a key in each command, one program and number of keys a row, with the peak memory and the size of the state. */
export function costsPerKeyTable({ costs, states }: Costs): TableContent {
    const rows = states.map(({ program, keys, bytesPerKey }) => {
        const of = costs.filter((cost) => cost.program === program && cost.keys === keys);
        const peak = of.find(({ command }) => command === "up")?.providerPeak;
        const perKey = commands.map((command) => of.find((cost) => cost.command === command)?.perKey);
        return [programs[program], String(keys), ...perKey, peak && megabytes(peak), String(Math.round(bytesPerKey))];
    });
    const head = commands.map((command) => `${command}, ms/key`);
    return { head: ["program", "keys", ...head, "peak in up, MB", "state, bytes/key"], rows };
}

/** Returns values with their targets and whether these are reached. */
export function verdictsTable(verdicts: readonly Verdict[]): TableContent {
    const rows = verdicts.map(({ target, of = "", bound, limit, measured, result, basis }) => [
        target,
        `${bound} ${limit}`,
        measured,
        of,
        result === "missed" ? "MISSED" : result,
        result === "out of reach" && basis !== undefined ? `${basis.name}: ${shown(basis.measured)}` : "",
    ]);
    return { head: ["target", "limit", "measured", "of", "result", "because"], rows };
}

/** Returns a table for a terminal. */
export function terminalTable({ head, rows }: TableContent): string {
    const colAligns = head.map((_, column) => (isNumeric(rows, column) ? "right" : "left"));
    const table = new Table({ head: [...head], colAligns, style: { head: [], border: [] } });
    table.push(...rows.map((row) => row.map(shown)));
    return table.toString();
}

/** Returns a table in Markdown. */
export function markdownTable({ head, rows }: TableContent): string {
    const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
    const rule = head.map((_, column) => (isNumeric(rows, column) ? "---:" : "---"));
    return [line(head), line(rule), ...rows.map((row) => line(row.map(shown)))].join("\n");
}

function isNumeric(rows: TableContent["rows"], column: number): boolean {
    return rows.every((row) => typeof row[column] !== "string" || /^\d+$/.test(row[column]));
}

function shown(value: string | number | undefined): string {
    return typeof value === "string"
        ? value
        : value === undefined || Number.isNaN(value)
          ? "–"
          : value.toFixed(Math.abs(value) < 10 ? 2 : Math.abs(value) < 1000 ? 1 : 0);
}
