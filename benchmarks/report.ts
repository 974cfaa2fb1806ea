import Table from "cli-table3";
import type { Share } from "./shares";
import type { Starts } from "./startup";
import { median, quantile } from "./statistics";
import type { Verdict } from "./targets";

/** The programs' starts, as a table. */
export function startsTable(measured: readonly Starts[]): string {
    const rows = measured.map(({ name, starts }) => {
        const times = starts.map(({ ms }) => ms);
        const peaks = starts.flatMap(({ peakMiB }) => peakMiB ?? []);
        return [name, median(times), quantile(times, 0.9), median(peaks)];
    });
    return table(["until the first line", "median ms", "p90 ms", "peak MiB"], rows);
}

/** What the commands cost, as a table. */
export function sharesTable(shares: readonly Share[]): string {
    const head = ["command", "keys", "door", "total s", "empty s", "emulator s", "idle s"];
    const perKey = [
        "all/key",
        "ours/key",
        "provider/key",
        "idle provider",
        "program/key",
        "idle program",
        "engine/key",
    ];
    const rows = shares.map((share) => [
        share.command,
        String(share.keys),
        share.door,
        share.total / 1000,
        share.empty / 1000,
        share.emulator / 1000,
        share.idle / 1000,
        share.perKey,
        share.oursPerKey,
        share.providerPerKey,
        share.idleProviderPerKey,
        share.programPerKey,
        share.idleProgramPerKey,
        share.enginePerKey,
    ]);
    return table([...head, ...perKey], rows);
}

/** Which targets are reached, as a table. */
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
    const drawn = new Table({ head, colAligns, style: { head: [], border: [] } });
    drawn.push(...rows.map((row) => row.map((cell) => (typeof cell === "number" ? shown(cell) : cell))));
    return drawn.toString();
}

function shown(value: number): string {
    return Number.isNaN(value) ? "–" : value.toFixed(Math.abs(value) < 10 ? 2 : 1);
}
