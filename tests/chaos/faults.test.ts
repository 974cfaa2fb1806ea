import type { StateResource } from "../../tools/stack";
import { accountKeys, cleanUp, clientOf, ownKeyPair } from "../support/harness";
import { providers } from "../support/project";
import { extent } from "./extent";
import { isCreate, names, operations, rows, type Name, type Operation, type Outcome, type Row } from "./faultTable";
import { FaultyProject, reportTable } from "./faultyProject";

afterAll(cleanUp);

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

describe.each(providers.map((provider, index) => ({ ...provider, index })))("with the $name:", (provider) => {
    let faulty: FaultyProject;
    const seen = new Map<string, Outcome>();

    beforeAll(async () => {
        faulty = await FaultyProject.create(provider);
    });

    afterAll(() => {
        const columns = operations.flatMap((operation) => names.map((name) => `${operation} ${name}`));
        reportTable(seen, columns, `faults with the ${provider.name}`);
    });

    // The small part combines each fault with some operation, and with a different one for each provider.
    const chosen = cells.filter((_cell, at) => extent.full || at % extent.faultStep === provider.index * 4);

    test.each(chosen.map((cell) => ({ ...cell, what: cell.row.what })))(
        "$what: $operation with a name that is $name",
        async ({ row, operation, name }) => {
            seen.set(`${row.what} ${operation} ${name}`, await strike(row, operation, name));
        },
    );

    async function strike(row: Row, operation: Operation, name: Name): Promise<Outcome> {
        const { emulator, clock } = faulty;
        const { stack, write } = faulty.project;
        const key = operation === "create" ? { publicKey: own.publicKey } : { keyType: "ed25519" };
        write(`new Key("bot", ${JSON.stringify({ ...args[name], ...key })});`);
        const before = isCreate(operation) ? undefined : await createKey();
        const { code, stdout, stderr } = await faulty.runWithFaults(commands[operation], row, operation);

        const held = await stack.resources("--show-secrets");
        const onAccount = await accountKeys(emulator, clock);
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
            expect(output).toContain(row.code ?? "KALSHI_");
            expect(before === undefined ? [] : [before.id]).toEqual(held.map(({ id }) => id));
        } else {
            expect(held).toHaveLength(operation === "delete" ? 0 : 1);
        }
        if (row.isLate === true && isCreate(operation)) {
            await faulty.assertDoctorSettles(name === "auto-generated");
        }
        const isSettled = row.isLate === true && name === "auto-generated";
        const isUnknown = outcome === "named" || row.mayComeLate === true;
        await faulty.assertJournal(isCreate(operation) && !isSettled && isUnknown);
        await faulty.clear(held.length === 0, candidates);
        return outcome;
    }

    async function createKey(): Promise<StateResource | undefined> {
        const { stack } = faulty.project;
        await stack.must(...up);
        return (await stack.resources())[0];
    }

    async function assertAllSign(held: readonly StateResource[]): Promise<void> {
        for (const { id = "", outputs } of held) {
            // The state holds no private key of a user-supplied key pair.
            const privateKey = privateKeyOf(outputs) ?? own.privateKey;
            await clientOf(faulty.emulator, faulty.clock, { apiKeyId: id, privateKey }).listApiKeys();
        }
    }
});

/** Returns the private key from its secret envelope, which holds it as JSON. */
function privateKeyOf(outputs: StateResource["outputs"]): string | undefined {
    const { plaintext } = (outputs?.["privateKey"] ?? {}) as { plaintext?: string };
    return plaintext === undefined ? undefined : (JSON.parse(plaintext) as string);
}
