import { rm } from "node:fs/promises";
import { join } from "node:path";
import Table from "cli-table3";
import type { Emulator } from "../../emulator/index";
import { journalFolder } from "../../provider/src/journal/journal";
import type { Ended } from "../../tools/processes";
import { doctorIn } from "../support/doctor";
import {
    accountKeys,
    clientOf,
    emulatorWith,
    environmentOf,
    inject,
    release,
    type ClientOptions,
} from "../support/harness";
import { openEntriesIn } from "../support/killing";
import type { ProviderUnderTest, TestProject } from "../support/project";
import { report, writeReport } from "./extent";
import { rows, type Operation, type Row } from "./faultTable";

/**
 * A project whose commands meet the faults of the table. Timers in the processes of its provider and of the doctor run 25 times as fast.
 * The emulator has no rate limits, so that only injected faults refuse a call.
 */
export class FaultyProject {
    private constructor(
        readonly emulator: Emulator,
        readonly project: TestProject,
        /** The milliseconds by which the emulator's clock is ahead. */
        private readonly skew: { milliseconds: number },
    ) {}

    static async create({
        createProjectWithEnvironment,
    }: Pick<ProviderUnderTest, "createProjectWithEnvironment">): Promise<FaultyProject> {
        const skew = { milliseconds: 0 };
        const now = () => Date.now() + skew.milliseconds;
        const emulator = await emulatorWith({ now, usageLevel: "prestige", rateLimits: false });
        const project = await createProjectWithEnvironment("", {
            ...environmentOf(emulator),
            NODE_OPTIONS: `--require=${join(__dirname, "..", "support", "fastTime.cjs")}`,
        });
        return new FaultyProject(emulator, project, skew);
    }

    /** Options of a client with the emulator's clock. */
    get clock(): ClientOptions {
        return { now: () => Date.now() + this.skew.milliseconds };
    }

    /** Runs `pulumi` while the operation meets the faults of a row. */
    async runWithFaults(args: readonly string[], row: Row, operation: Operation): Promise<Ended> {
        this.skew.milliseconds = row.skew ?? 0;
        for (const fault of row.faults(operation)) {
            await inject(this.emulator, { operation, when: "before", kind: "status", ...fault });
        }
        const ended = await this.project.stack.pulumi(args);
        await fetch(`${this.emulator.origin}/_emulator/faults`, { method: "DELETE" });
        if (row.skew !== undefined) {
            // The engine prints the warning also during the command, so count it only in the final diagnostics.
            const summary = ended.stdout.slice(ended.stdout.indexOf("Diagnostics:"));
            expect(summary.match(/This machine's clock is \d+ s behind Kalshi's/g)).toHaveLength(1);
        }
        return ended;
    }

    /** Completes the late request. Expects the doctor to revoke its key, or to list it if the name is explicit. */
    async assertDoctorSettles(isUnique: boolean): Promise<void> {
        const { emulator, project } = this;
        const before = await accountKeys(emulator);
        await release(emulator);
        const late = (await accountKeys(emulator)).filter((id) => !before.includes(id));
        expect(late).toHaveLength(1);
        const { options, env } = project.stack;
        const { stdout } = await doctorIn(options.project, env, "--fix", "--yes");
        expect(stdout).toContain(late[0]);
        expect(await accountKeys(emulator)).toEqual(isUnique ? before : [...before, ...late]);
        if (!isUnique) {
            await clientOf(emulator).deleteApiKey(late[0] ?? "");
        }
    }

    /** Expects an entry in the journal exactly if a lost response may have created a key that was not found. Empties the journal. */
    async assertJournal(isOpen: boolean): Promise<void> {
        const folder = journalFolder(this.project.stack.env);
        expect(await openEntriesIn(folder)).toHaveLength(isOpen ? 1 : 0);
        await rm(folder, { recursive: true, force: true });
    }

    /** Sets the emulator's clock right, and removes what the command left. */
    async clear(isDestroyed: boolean, candidates: readonly string[] = []): Promise<void> {
        if (!isDestroyed) {
            await this.project.stack.must("destroy", "--yes", "--skip-preview");
        }
        this.skew.milliseconds = 0;
        for (const id of candidates) {
            await clientOf(this.emulator).deleteApiKey(id);
        }
        expect(await accountKeys(this.emulator)).toEqual([]);
    }
}

/**
 * Prints the outcomes of all cells that were tested, and writes a table of them.
 *
 * @param seen the outcomes, by row and column
 */
export function reportTable(seen: ReadonlyMap<string, string>, columns: readonly string[], title: string): void {
    const table = new Table({
        style: { head: [], border: [] },
        head: ["", ...columns.map((column) => column.replace(" ", "\n"))],
    });
    rows.forEach(({ what }) => table.push([what, ...columns.map((column) => seen.get(`${what} ${column}`) ?? "")]));
    const file = writeReport(`${title}.txt`, table.toString());
    report(`${seen.size} cells: ${title}; their table is in ${file}`);
}
