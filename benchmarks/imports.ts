import { join } from "node:path";
import { root } from "../tools/paths";
import { mustRun } from "../tools/processes";

/** The package of this project, and one that every SDK of Pulumi resembles. */
export const kalshiPackage = "pulumi-kalshi";
const packages = [kalshiPackage, "@pulumi/random"];

/** The times that the import of a package takes after the import of `@pulumi/pulumi`, in milliseconds, each in a new process. */
export interface ImportTimes {
    readonly name: string;
    readonly ms: readonly number[];
}

/** Imports all packages in turn. The first round is not counted, because the files are not in the system's cache yet. */
export async function measureImports(rounds: number, say: (progress: string) => void): Promise<ImportTimes[]> {
    const times = packages.map((name) => ({ name, ms: [] as number[] }));
    for (let round = 0; round <= rounds; round++) {
        say(`round ${round} of ${rounds}`);
        for (const { name, ms } of times) {
            const script = join(root, "benchmarks", "baselines", "importTime.cjs");
            const printed = Number(await mustRun(process.execPath, [script, name], { cwd: root }));
            if (round > 0) {
                ms.push(printed);
            }
        }
    }
    return times;
}
