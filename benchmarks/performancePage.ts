import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import { root } from "../tools/paths";
import type { Report } from "./report";
import {
    costsPerKeyTable,
    importsTable,
    markdownTable,
    signedCallsTable,
    startsTable,
    verdictsTable,
    type TableContent,
} from "./tables";
import { judge, worst } from "./targets";

/** The page in docs that holds the results of one run. Its text is written by hand, the results are generated. */
export const pagePath = join(root, "docs", "performance.md");

const generated = /(<!-- results: `npm run bench -- --docs` -->\n).*(<!-- end of the results -->)/s;

/**
 * Returns the page with the results of a run.
 *
 * @param page the page with older results, or with none
 * @throws Error if the page does not say where the results belong
 */
export async function withResults(page: string, report: Report): Promise<string> {
    if (!generated.test(page)) {
        throw new Error(`${pagePath} has no comments that enclose the results.`);
    }
    const filled = page.replace(generated, (_, start: string, end: string) => `${start}\n${results(report)}\n\n${end}`);
    return format(filled, { ...(await resolveConfig(pagePath)), filepath: pagePath });
}

function results(report: Report): string {
    const { at, command, machine, rounds, checkpoints } = report;
    const facts = {
        head: ["", ""],
        rows: [
            ["date", at.slice(0, 10)],
            ["command", `\`${command}\``],
            ["machine", `${machine.cores} cores, ${machine.processor}, ${machine.platform}`],
            ["versions", `Node ${machine.node}, Pulumi ${machine.engine}`],
            [
                "values",
                `medians of ${rounds} ${rounds === 1 ? "round" : "rounds"}${checkpoints ? ", with the engine's checkpoints" : ""}`,
            ],
        ],
    };
    const parts = [markdownTable(facts)];
    const add = (title: string, table: TableContent) => {
        if (table.rows.length > 0) {
            parts.push(`### ${title}`, markdownTable(table));
        }
    };
    add("Cost of a key", costsPerKeyTable(report));
    add("Starts", startsTable(report.starts));
    add("Imports", importsTable(report.imports));
    add("Signed calls", signedCallsTable(report.signedCalls));
    add("Targets, each with its worst value", verdictsTable(worst(judge(report))));
    return parts.join("\n\n");
}
