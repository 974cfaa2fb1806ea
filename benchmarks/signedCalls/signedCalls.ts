import { join } from "node:path";
import { keyTypes, type KeyType } from "../../provider/src/kalshi/types";
import { mustRun } from "../../tools/processes";
import { startEmulatorProcess, type EmulatorProcess } from "../emulatorProcess";
import { median } from "../statistics";

/** The measured clients. kalshi-typescript cannot sign with Ed25519 keys. */
export const clients = {
    "pulumi-kalshi": keyTypes,
    "kalshi-typescript": ["rsa"],
    "bare got": keyTypes,
    "bare node:http": keyTypes,
} as const satisfies Readonly<Record<string, readonly KeyType[]>>;
export type Client = keyof typeof clients;

/** The numbers of calls that run at once. */
const concurrencies = [1, 8];

/** The speed of one client; the medians of all rounds. */
export interface SignedCalls {
    readonly client: Client;
    readonly keyType: KeyType;
    /** The number of calls that run at once. */
    readonly atOnce: number;
    readonly callsPerSecond: number;
    /** Milliseconds of processor time of the client's process for a call. */
    readonly processorMs: number;
    /** The number of connections that the client opened in one process. */
    readonly connections: number;
}

/** What a client's process prints. */
interface Printed {
    readonly ms: number;
    readonly processorMs: number;
}

/** Measures all clients in turn, each run in a new process, so that other load on the machine affects all results equally. */
export async function measureSignedCalls(
    calls: number,
    rounds: number,
    say: (progress: string) => void,
): Promise<SignedCalls[]> {
    const measured: SignedCalls[] = [];
    for (const keyType of keyTypes) {
        const emulator = await startEmulatorProcess(keyType);
        try {
            measured.push(...(await measureKeyType(keyType, calls, rounds, emulator, say)));
        } finally {
            await emulator.close();
        }
    }
    return measured;
}

async function measureKeyType(
    keyType: KeyType,
    calls: number,
    rounds: number,
    emulator: EmulatorProcess,
    say: (progress: string) => void,
): Promise<SignedCalls[]> {
    const names = (Object.keys(clients) as Client[]).filter((client) =>
        (clients[client] as readonly KeyType[]).includes(keyType),
    );
    const runs = concurrencies.flatMap((atOnce) =>
        names.map((client) => ({ client, atOnce, results: [] as (Printed & { connections: number })[] })),
    );
    for (let round = 1; round <= rounds; round++) {
        for (const { client, atOnce, results } of runs) {
            say(`round ${round} of ${rounds}, ${keyType}: ${client}, ${atOnce} at once`);
            const before = await emulator.connections();
            const printed = await runCaller([client, String(calls), String(atOnce)], emulator);
            results.push({ ...printed, connections: (await emulator.connections()) - before });
        }
    }
    return runs.map(({ client, atOnce, results }) => ({
        client,
        keyType,
        atOnce,
        callsPerSecond: calls / (median(results.map(({ ms }) => ms)) / 1000),
        processorMs: median(results.map(({ processorMs }) => processorMs)) / calls,
        connections: Math.max(...results.map(({ connections }) => connections)),
    }));
}

async function runCaller(args: readonly string[], emulator: EmulatorProcess): Promise<Printed> {
    // Node warns that no package.json says whether the file is an ES module.
    const options = ["--disable-warning=MODULE_TYPELESS_PACKAGE_JSON", join(__dirname, "caller.ts"), ...args];
    const env = { ...process.env, ...emulator.env };
    return JSON.parse(await mustRun(process.execPath, options, { cwd: __dirname, env })) as Printed;
}
