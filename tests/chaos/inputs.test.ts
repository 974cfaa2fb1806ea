import { status, type ServiceError } from "@grpc/grpc-js";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import fc from "fast-check";
import { check, engineFailure } from "../../provider/src/apiKey/check";
import { hasGeneratedName } from "../../provider/src/apiKey/autonaming";
import { rules } from "../../provider/src/apiKey/inputs";
import { printable } from "../../provider/src/kalshi/text";
import { pieces } from "../support/leaks";
import { accountKeys, cleanUp, emulatorWith } from "../support/harness";
import { Plugin, type Properties } from "../support/plugin";
import { adoption, configNames, damaged, privateKeys, anyProperties, validInputs } from "./arbitraries";
import { responseTo, callsAbout, type Call } from "./calls";
import { extent, report } from "./extent";
import { isReadable, rawResponseTo, rawCallsAbout } from "./messages";

afterEach(cleanUp);

const { inputs: numRuns, seed } = extent;
const secrets = privateKeys.flatMap(pieces);
const timeout = 1_800_000;

describe("check, in this process", () => {
    const now = Date.parse("2026-01-31T12:00:00Z");
    const right = fc.oneof({ weight: 4, arbitrary: validInputs }, { weight: 1, arbitrary: adoption });
    const first = { resourceName: "bot" };
    const left = right.map((news) => check(first, {}, news, now).inputs);
    const some = fc.oneof(
        { weight: 1, arbitrary: right },
        { weight: 5, arbitrary: damaged(right) },
        { weight: 2, arbitrary: anyProperties },
    );
    const olds = fc.oneof(
        fc.record({ isValid: fc.constant(true), olds: fc.oneof(fc.constant({}), left) }),
        fc.record({
            isValid: fc.constant(false),
            olds: fc.oneof(damaged(left, ["name", "namePrefix", "__defaults", "__adopted"]), anyProperties),
        }),
    );
    const text = fc.string({ unit: "binary", minLength: 1 });
    const naming = fc.record(
        {
            resourceName: text,
            autonaming: fc.record({ mode: fc.constantFrom("offered", "disabled"), proposedName: text }),
        },
        { requiredKeys: ["resourceName"] },
    );

    test("accepts valid inputs", () => {
        const passes = (news: Properties) => {
            expect(check(first, {}, news, now).failures).toEqual([]);
        };
        fc.assert(fc.property(right, passes), { seed, numRuns: Math.ceil(numRuns / 10) });
    });

    test(
        `never throws for ${numRuns} inputs, names every invalid property, prints no private key, and accepts its own result`,
        () => {
            let passed = 0;
            fc.assert(
                fc.property(naming, olds, some, (naming, { isValid, olds }, news) => {
                    const { inputs, failures } = check(naming, olds, news, now);
                    expect(failures.flatMap((failure) => problemsOf(engineFailure(failure), news))).toEqual([]);
                    if (failures.length === 0 && isValid) {
                        passed++;
                        // An auto-generated name without a prefix looks like one that the program sets explicitly.
                        const isWrittenOut = hasGeneratedName(inputs) && !("namePrefix" in inputs);
                        const again = { ...inputs, ...(isWrittenOut && { __autonamed: true }) };
                        expect(check(naming, inputs, inputs, now)).toEqual({ inputs: again, failures: [] });
                    }
                }),
                { seed, numRuns },
            );
            report(`check: ${numRuns} inputs with seed ${seed}, ${passed} passed`);
            expect(passed).toBeGreaterThan(numRuns / 20);
        },
        timeout,
    );
});

describe("the plugin", () => {
    test(
        `answers ${numRuns} calls with random properties, and the account holds exactly the keys that it returned`,
        async () => {
            const { emulator, plugin, kept, gone } = await startPlugin();
            const made = new Set([String(kept["apiKeyId"])]);
            const refused = new Map<string, number>();
            const answered = async (call: Call) => {
                try {
                    const answer = await responseTo(plugin, call, made);
                    if (call.method === "check" || call.method === "checkConfig") {
                        const { failures } = answer as { failures: rpc.CheckFailure.AsObject[] };
                        expect(failures.flatMap((failure) => problemsOf(failure, call.news))).toEqual([]);
                    }
                } catch (error) {
                    const { code, details } = grpcError(error);
                    expect(`${status[code]}: ${details}`).toMatch(/^(UNKNOWN|UNIMPLEMENTED): ./);
                    refused.set(call.method, (refused.get(call.method) ?? 0) + 1);
                }
            };
            await fc.assert(fc.asyncProperty(callsAbout(kept, gone), answered), { seed, numRuns });
            const refusals = [...refused].map((one) => one.join(" ")).join(", ");
            report(`plugin: ${numRuns} calls with seed ${seed}; ${made.size} keys left; refused: ${refusals}`);
            expect(new Set(await accountKeys(emulator))).toEqual(made);
            expectAlive(plugin);
        },
        timeout,
    );

    test(
        `survives ${numRuns} messages of random bytes`,
        async () => {
            const { emulator, plugin, kept, gone } = await startPlugin();
            const made = new Set([String(kept["apiKeyId"])]);
            let unreadable = 0;
            await fc.assert(
                fc.asyncProperty(rawCallsAbout(gone), async (call) => {
                    try {
                        const answer = await rawResponseTo(plugin, call);
                        const id = call.method === "create" && rpc.CreateResponse.deserializeBinary(answer).getId();
                        if (id) {
                            made.add(id);
                        }
                    } catch (error) {
                        const { code, details } = grpcError(error);
                        expect(code).not.toBe(status.UNAVAILABLE);
                        if (!isReadable(call) && code !== status.UNIMPLEMENTED) {
                            unreadable++;
                            expect(details).toMatch(/\(\w+, at .*\)\. .*\(KALSHI_INTERNAL_ERROR\)$/);
                        }
                    }
                }),
                { seed, numRuns },
            );
            report(`plugin: ${numRuns} messages with seed ${seed}; ${unreadable} unreadable, ${made.size} keys made`);
            expect(new Set(await accountKeys(emulator))).toEqual(made);
            expectAlive(plugin);
        },
        timeout,
    );
});

async function startPlugin() {
    const emulator = await emulatorWith({ rateLimits: false, usageLevel: "prestige", fcmMember: true });
    const plugin = await Plugin.on(emulator);
    // A cancelled plugin does not wait for a missing key to appear in a list.
    await plugin.cancel();
    const { properties: kept } = await plugin.create(await plugin.checked({ keyType: "ed25519", rotationDays: 3 }));
    return { emulator, plugin, kept, gone: { ...kept, apiKeyId: "7f1c1f0e-5d0b-4b8e-8f5e-222222222222" } };
}

/** Returns the problems with a check failure that the engine receives. */
function problemsOf({ property, reason }: { property: string; reason: string }, news: Properties): string[] {
    const names = [...Object.keys(news), ...Object.keys(rules.shape), ...configNames];
    // A variable and an unknown option have no property, because the engine would print its value.
    const isOfConfiguration = /^(kalshi:|The option kalshi:|The variable KALSHI_|The provider has no API key id)/.test(
        reason,
    );
    const isNamed = isOfConfiguration || names.some((name) => reason.startsWith(`${printable(name)}: `));
    const named = property === "" ? isNamed : names.includes(property);
    return [
        named ? [] : [`names no property: ${property} ${reason}`],
        reason === "" ? [`gives no reason: ${property}`] : [],
        secrets.filter((piece) => reason.includes(piece)).map((piece) => `prints a private key: ${piece}`),
    ].flat();
}

/** Returns the gRPC error of a response, and rethrows any other error. */
function grpcError(error: unknown): ServiceError {
    if (error instanceof Error && "code" in error && "details" in error) {
        return error as ServiceError;
    }
    throw error;
}

function expectAlive({ process, stderr }: Plugin): void {
    expect(process.exitCode).toBeNull();
    const uncaught = /^\s+at |pulumi-resource-kalshi: internal error|UnhandledPromiseRejection/;
    expect(stderr.filter((line) => uncaught.test(line))).toEqual([]);
}
