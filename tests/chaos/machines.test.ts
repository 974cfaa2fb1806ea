import type { Emulator, RequestRecord } from "../../emulator/index";
import {
    accountKeys,
    cleanUp,
    clientOf,
    emulatorWith,
    forgetRequests,
    requests,
    scratchFolder,
} from "../support/harness";
import { sample } from "../support/full";
import { dynamicProvider, providers, resourcePlugin, type TestProject } from "../support/project";
import { extent, report } from "./extent";
import { describeOnPostgres, startPostgres } from "./postgresServer";
import {
    basicBuckets,
    commands,
    programOf,
    reportStatistics,
    statisticsOf,
    type RateStatistics,
} from "./rateStatistics";

afterEach(cleanUp);

const machineCount = 4;
const keysOfEach = extent.keysOfEach;
const minutes = 60_000;
const bucket = basicBuckets.read;
/** A few keys hardly exceed the bucket's capacity, so that the engine's own time and a few refusals weigh more. */
const most = keysOfEach >= 250 ? { ratio: 1.25, refused: 0.05 } : { ratio: Infinity, refused: 0.4 };

/** A project, its stack and a Pulumi home, of which a machine shares none with the others. */
interface Machine extends TestProject {
    /** The beginning of the names of its keys. */
    readonly prefix: string;
    /** The key with which it signs. */
    readonly signingKeyId: string;
}

type Command = keyof typeof commands;

describeOnPostgres.each(extent.full ? providers : sample([resourcePlugin, dynamicProvider]))(
    `${machineCount} machines with ${keysOfEach} keys each, at the usage level Basic, on one PostgreSQL backend, with the $name:`,
    ({ name, createProjectWithEnvironment }) => {
        async function createMachine(emulator: Emulator, backend: string, number: number): Promise<Machine> {
            const prefix = `machine-${number}`;
            const signingKey = await clientOf(emulator).generateApiKey({ name: prefix, keyType: "ed25519" });
            const env = {
                KALSHI_BASE_URL: emulator.baseUrl,
                KALSHI_API_KEY_ID: signingKey.apiKeyId,
                KALSHI_PRIVATE_KEY: signingKey.privateKey,
                PULUMI_BACKEND_URL: backend,
                HOME: await scratchFolder(),
                // All engines share this machine's processors, so each collects its garbage less often.
                GOGC: "400",
            };
            const program = programOf(keysOfEach, prefix);
            const project = await createProjectWithEnvironment(program, env, { stackName: prefix });
            return { ...project, prefix, signingKeyId: signingKey.apiKeyId };
        }

        /** Runs a command on all machines at once, and returns the requests. */
        async function runAll(emulator: Emulator, machines: readonly Machine[], command: Command) {
            await forgetRequests(emulator);
            const started = performance.now();
            await Promise.all(machines.map(({ stack }) => stack.must(...commands[command])));
            const seconds = (performance.now() - started) / 1000;
            report(`${command} of all machines, ${name}: ${seconds.toFixed(1)} s with the engines' own time`);
            return requests(emulator);
        }

        function statisticsAndReport(
            command: Command,
            records: readonly RequestRecord[],
            earlier: readonly RequestRecord[] = [],
        ): RateStatistics {
            const statistics = statisticsOf(records, bucket, earlier);
            reportStatistics(`${machineCount} times ${command} of ${keysOfEach} keys at once, ${name}`, statistics);
            return statistics;
        }

        test(
            "up, refresh and destroy of all stacks at once",
            async () => {
                const emulator = await emulatorWith({ usageLevel: "basic", keyWritesBucket: "read" });
                const backend = await startPostgres();
                const machines: Machine[] = [];
                // Not at once: the engine's first command on a database creates its table, and two of them collide.
                for (let number = 0; number < machineCount; number++) {
                    machines.push(await createMachine(emulator, backend, number));
                }
                const signingKeys = machines.map(({ signingKeyId }) => signingKeyId);

                const ups = await runAll(emulator, machines, "up");
                const statistics = [statisticsAndReport("up", ups)];
                const held = await heldBy(machines);
                const listed = await clientOf(emulator).listApiKeys();
                for (const [index, { prefix }] of machines.entries()) {
                    const own = listed.filter((key) => key.name.startsWith(`${prefix}-`));
                    expect(own).toHaveLength(keysOfEach);
                    expect(own.map(({ apiKeyId }) => apiKeyId).sort()).toEqual(held[index]);
                }
                expect((await accountKeys(emulator)).sort()).toEqual([...held.flat(), ...signingKeys].sort());

                const refreshes = await runAll(emulator, machines, "refresh");
                // One list for each, which Kalshi does not refuse although the `up`s have emptied the bucket.
                expect(refreshes.map(({ method, status }) => `${method} ${status}`)).toEqual(
                    machines.map(() => "GET 200"),
                );
                expect(refreshes.map(({ keyId }) => keyId).sort()).toEqual(signingKeys.sort());
                expect(await heldBy(machines)).toEqual(held);

                const destroys = await runAll(emulator, machines, "destroy");
                statistics.push(statisticsAndReport("destroy", destroys, [...ups, ...refreshes]));
                for (const [index, { signingKeyId }] of machines.entries()) {
                    expect(revokedBy(signingKeyId, destroys)).toEqual(held[index]);
                }
                expect((await accountKeys(emulator)).sort()).toEqual(signingKeys.sort());
                await Promise.all(signingKeys.map((id) => clientOf(emulator).deleteApiKey(id)));
                expect(await accountKeys(emulator)).toEqual([]);

                for (const { ratio, refused } of statistics) {
                    expect(ratio).toBeLessThanOrEqual(most.ratio);
                    expect(refused).toBeLessThanOrEqual(most.refused);
                }
            },
            15 * minutes,
        );
    },
);

/** Returns the ids of the keys in each machine's state, in order. */
async function heldBy(machines: readonly Machine[]): Promise<string[][]> {
    return Promise.all(machines.map(async ({ stack }) => (await stack.resources()).map(({ id }) => String(id)).sort()));
}

/** Returns the ids for which a signing key sent a DELETE that was not refused for the rate limit, in order. */
function revokedBy(signingKeyId: string, records: readonly RequestRecord[]): string[] {
    return records
        .filter(({ method, status, keyId }) => method === "DELETE" && status !== 429 && keyId === signingKeyId)
        .map(({ path }) => path.split("/").at(-1) ?? "")
        .sort();
}
