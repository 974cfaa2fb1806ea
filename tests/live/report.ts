import { markdownTable } from "markdown-table";
import type { AccountLimits } from "../../provider/src/kalshi/types";

/** A step in the life of the keys through the engine. */
export interface LifeResult {
    readonly provider: string;
    readonly step: string;
    readonly seconds: number;
    /** Why it failed. */
    readonly error?: string;
}

/** What Kalshi and the emulator answered in one case of a probe. */
export interface Comparison {
    readonly probe: string;
    readonly case: string;
    readonly kalshi: string;
    readonly emulator: string;
    readonly same: boolean;
    /** What else was observed at Kalshi, for example a duration. */
    readonly note?: string;
}

/** The content of live-report.json. */
export interface LiveReport {
    /** ISO 8601, UTC. */
    readonly startedAt: string;
    readonly endedAt: string;
    /** The version of the provider. */
    readonly version: string;
    readonly environment: string;
    readonly limits: AccountLimits;
    readonly life: readonly LifeResult[];
    readonly probes: readonly Comparison[];
    /** How many keys the probes created, and the ids or names of keys that could not be revoked. */
    readonly keys: { readonly created: number; readonly left: readonly string[] };
    readonly status: "complete" | "failed" | "interrupted";
}

/** Returns the report as Markdown: the answers of Kalshi beside those of the emulator, then the life of the keys. */
export function markdown(report: LiveReport): string {
    const { environment, limits, endedAt, version, life, probes, keys, status } = report;
    const differences = probes.filter(({ same }) => !same).length;
    const parts = [
        `# Live report`,
        `Environment: ${environment}, usage level ${limits.usageLevel}. Provider ${version}. ${endedAt}. Status: ${status}.`,
        `${probes.length} answers, ${differences} of them differ from the emulator's.`,
        table(
            ["probe", "case", "Kalshi", "emulator", "note"],
            probes.map(({ probe, case: name, kalshi, emulator, same, note = "" }) => [
                probe,
                name,
                kalshi,
                same ? "the same" : `**${emulator}**`,
                note,
            ]),
        ),
        `## Life of the keys through the engine`,
        table(
            ["provider", "step", "seconds", "result"],
            life.map(({ provider, step, seconds, error = "passed" }) => [provider, step, seconds.toFixed(1), error]),
        ),
        keys.left.length === 0
            ? `All ${keys.created} keys of the probes were revoked.`
            : `Not revoked: ${keys.left.join(", ")}. Revoke these keys by hand.`,
    ];
    return `${parts.join("\n\n")}\n`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
    // A line break or a pipe would end the cell.
    const cell = (text: string) => text.replace(/\s+/g, " ").replaceAll("|", "\\|").replaceAll("<", "\\<");
    return markdownTable([head, ...rows].map((row) => row.map(cell)));
}
