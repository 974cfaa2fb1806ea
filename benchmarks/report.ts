import Table from "cli-table3";
import type { CommandCost } from "./shares";
import type { Starts } from "./startup";
import { median, quantile } from "./statistics";
import type { Verdict } from "./targets";

/** Returns a table of the programs' starts. */
export function startsTable(measured: readonly Starts[]): string {
    const rows = measured.map(({ name, starts }) => {
        const times = starts.map(({ ms }) => ms);
        const peaks = starts.flatMap(({ peakMiB }) => peakMiB ?? []);
        return [name, median(times), quantile(times, 0.9), median(peaks)];
    });
    return table(["until the first line", "median ms", "p90 ms", "peak MiB"], rows);
}

/** Returns a table of the commands' costs. */
export function costsTable(costs: readonly CommandCost[]): string {
    const head = ["command", "keys", "provider", "total s", "empty s", "emulator s", "idle s"];
    const perKey = [
        "all/key",
        "added/key",
        "provider/key",
        "idle provider",
        "program/key",
        "idle program",
        "engine/key",
    ];
    const rows = costs.map((cost) => [
        cost.command,
        String(cost.keys),
        cost.provider,
        cost.total / 1000,
        cost.empty / 1000,
        cost.emulator / 1000,
        cost.idle / 1000,
        cost.perKey,
        cost.oursPerKey,
        cost.providerPerKey,
        cost.idleProviderPerKey,
        cost.programPerKey,
        cost.idleProgramPerKey,
        cost.enginePerKey,
    ]);
    return table([...head, ...perKey], rows);
}

/** Returns a table of the targets and whether they are reached. */
export function verdictsTable(verdicts: readonly Verdict[]): string {
    const rows = verdicts.map(({ target, atMost, measured, reached }) => [
        target,
        String(atMost),
        measured,
        reached ? "reached" : "MISSED",
    ]);
    return table(["target", "at most", "measured", ""], rows);
}

function table(head: string[], rows: readonly (readonly (string | number)[])[]): string {
    const colAligns = head.map((_, column) => (typeof rows[0]?.[column] === "number" ? "right" : "left"));
    const rendered = new Table({ head, colAligns, style: { head: [], border: [] } });
    rendered.push(...rows.map((row) => row.map((cell) => (typeof cell === "number" ? shown(cell) : cell))));
    return rendered.toString();
}

function shown(value: number): string {
    return Number.isNaN(value) ? "–" : value.toFixed(Math.abs(value) < 10 ? 2 : 1);
}
