import { rm } from "node:fs/promises";
import { join } from "node:path";
import Table from "cli-table3";
import type { Emulator } from "../../emulator/index";
import { journalFolder } from "../../provider/src/journal/journal";
import type { Stack, StateResource } from "../../tools/stack";
import {
    accountKeys,
    cleanUp,
    clientOf,
    emulatorWith,
    environmentOf,
    inject,
    ownKeyPair,
    release,
} from "../support/harness";
import { doctorIn } from "../support/doctor";
import { openEntriesIn } from "../support/killing";
import { providers, type TestProject } from "../support/project";
import { extent, report, writeReport } from "./extent";
import { names, operations, rows, type Name, type Operation, type Outcome, type Row } from "./faultTable";

afterAll(cleanUp);

/** The milliseconds by which the emulator's clock is ahead. */
let skew = 0;
const now = () => Date.now() + skew;

const own = ownKeyPair("ed25519");
const args: Readonly<Record<Name, object>> = { "auto-generated": {}, explicit: { name: "explicit-bot" } };
const up = ["up", "--yes", "--skip-preview"];
const commands: Readonly<Record<Operation, readonly string[]>> = {
    generate: up,
    create: up,
    list: ["refresh", "--yes", "--skip-preview"],
    delete: ["destroy", "--yes", "--skip-preview"],
};

const cells = rows.flatMap((row) => operations.flatMap((operation) => names.map((name) => ({ row, operation, name }))));

describe.each(providers.map((provider, index) => ({ ...provider, index })))(
    "with the $name:",
    ({ name, index, createProjectWithEnvironment }) => {
        let emulator: Emulator;
        let project: TestProject;
        let home: string;
        const seen = new Map<string, Outcome>();

        beforeAll(async () => {
            // Without rate limits, so that only injected faults refuse a call.
            emulator = await emulatorWith({ now, usageLevel: "prestige", rateLimits: false });
            project = await createProjectWithEnvironment("", {
                ...environmentOf(emulator),
                NODE_OPTIONS: `--require=${join(__dirname, "..", "support", "fastTime.cjs")}`,
            });
            home = join(project.scratch, "pulumi", "home");
        });

        afterAll(() => {
            const columns = operations.flatMap((operation) => names.map((name) => `${operation} ${name}`));
            const table = new Table({
                style: { head: [], border: [] },
                head: ["", ...columns.map((column) => column.replace(" ", "\n"))],
            });
            rows.forEach(({ what }) =>
                table.push([what, ...columns.map((column) => seen.get(`${what} ${column}`) ?? "")]),
            );
            const file = writeReport(`faults with the ${name}.txt`, table.toString());
            report(`${seen.size} cells with the ${name}; their table is in ${file}`);
        });

        // The small part combines each fault with some operation, and with a different one for each provider.
        const chosen = cells.filter((_cell, at) => extent.full || at % extent.faultStep === index * 4);

        test.each(chosen.map((cell) => ({ ...cell, what: cell.row.what })))(
            "$what: $operation with a name that is $name",
            async ({ row, operation, name }) => {
                seen.set(`${row.what} ${operation} ${name}`, await strike(row, operation, name));
            },
        );

        async function strike(row: Row, operation: Operation, name: Name): Promise<Outcome> {
            const { stack, write } = project;
            const key = operation === "create" ? { publicKey: own.publicKey } : { keyType: "ed25519" };
            write(`new Key("bot", ${JSON.stringify({ ...args[name], ...key })});`);
            const before = operation === "list" || operation === "delete" ? await createKey(stack) : undefined;
            skew = row.skew ?? 0;
            for (const fault of row.faults(operation)) {
                await inject(emulator, { operation, when: "before", kind: "status", ...fault });
            }
            const { code, stdout, stderr } = await stack.pulumi(commands[operation]);
            await fetch(`${emulator.origin}/_emulator/faults`, { method: "DELETE" });

            const held = await keysOf(stack);
            const onAccount = await accountKeys(emulator, { now });
            const candidates = onAccount.filter((id) => !held.some((one) => one.id === id));
            const outcome = code === 0 ? "done" : candidates.length === 0 ? "refused" : "named";
            const output = stdout + stderr;
            expect(`${outcome}\n${outcome === row.outcome(operation, name) ? "" : output}`).toBe(
                `${row.outcome(operation, name)}\n`,
            );
            // The account holds exactly the state's keys and the root key, or the error lists the others.
            expect(onAccount.filter((id) => !candidates.includes(id)).sort()).toEqual(held.map(({ id }) => id).sort());
            candidates.forEach((id) => expect(output).toContain(id));
            await assertAllSign(held);
            if (outcome !== "done") {
                expect(output).toMatch(/"(bot-[0-9a-f]{7}|explicit-bot)".*\(KALSHI_[A-Z_]+\)/);
                expect(output).toMatch(row.said ?? /never/);
                expect(before === undefined ? [] : [before.id]).toEqual(held.map(({ id }) => id));
            } else {
                expect(held).toHaveLength(operation === "delete" ? 0 : 1);
            }
            if (row.skew !== undefined) {
                // The engine prints the warning also during the command, so count it only in the final diagnostics.
                const summary = stdout.slice(stdout.indexOf("Diagnostics:"));
                expect(summary.match(/This machine's clock is \d+ s behind Kalshi's/g)).toHaveLength(1);
            }
            if (row.isLate === true && isCreate(operation)) {
                await assertDoctorSettles(name);
            }
            const isSettled = row.isLate === true && name === "auto-generated";
            await assertJournal(isCreate(operation) && !isSettled && (outcome === "named" || row.mayComeLate === true));
            await clear(stack, held, candidates);
            return outcome;
        }

        /** Completes the request. Expects the doctor to revoke its key, or to list it if the name is explicit. */
        async function assertDoctorSettles(name: Name): Promise<void> {
            const { stack } = project;
            const before = await accountKeys(emulator);
            await release(emulator);
            const late = (await accountKeys(emulator)).filter((id) => !before.includes(id));
            expect(late).toHaveLength(1);
            const { stdout } = await doctorIn(stack.options.project, stack.env, "--fix", "--yes");
            expect(stdout).toContain(late[0]);
            expect(await accountKeys(emulator)).toEqual(name === "auto-generated" ? before : [...before, ...late]);
            if (name === "explicit") {
                await clientOf(emulator).deleteApiKey(late[0] ?? "");
            }
        }

        async function createKey(stack: Stack): Promise<StateResource | undefined> {
            await stack.must(...up);
            return (await stack.resources())[0];
        }

        /** Returns the state's keys, with their private keys in plaintext. */
        async function keysOf(stack: Stack): Promise<StateResource[]> {
            return stack.resources("--show-secrets");
        }

        async function assertAllSign(held: readonly StateResource[]): Promise<void> {
            for (const { id = "", outputs } of held) {
                // The state holds no private key of a user-supplied key pair.
                const privateKey = privateKeyOf(outputs) ?? own.privateKey;
                await clientOf(emulator, { now }, { apiKeyId: id, privateKey }).listApiKeys();
            }
        }

        /** Expects an entry in the journal exactly if a lost response may have created a key that was not found. */
        async function assertJournal(isOpen: boolean): Promise<void> {
            const folder = journalFolder({ PULUMI_HOME: home });
            expect(await openEntriesIn(folder)).toHaveLength(isOpen ? 1 : 0);
            await rm(folder, { recursive: true, force: true });
        }

        async function clear(
            stack: Stack,
            held: readonly StateResource[],
            candidates: readonly string[],
        ): Promise<void> {
            if (held.length > 0) {
                await stack.must(...commands.delete);
            }
            skew = 0;
            for (const id of candidates) {
                await clientOf(emulator).deleteApiKey(id);
            }
            expect(await accountKeys(emulator)).toEqual([]);
        }
    },
);

function isCreate(operation: Operation): boolean {
    return operation === "generate" || operation === "create";
}

/** Returns the private key from its secret envelope, which holds it as JSON. */
function privateKeyOf(outputs: StateResource["outputs"]): string | undefined {
    const { plaintext } = (outputs?.["privateKey"] ?? {}) as { plaintext?: string };
    return plaintext === undefined ? undefined : (JSON.parse(plaintext) as string);
}
