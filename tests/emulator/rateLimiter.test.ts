import { TokenBucket } from "limiter";
import { RateLimiter } from "../../provider/src/kalshi/rateLimiter";
import type { AccountLimits, BucketLimits } from "../../provider/src/kalshi/types";
import { cleanUp, clientOf, emulatorWith, inject } from "../support/harness";

beforeEach(() => {
    jest.useFakeTimers();
});
afterEach(async () => {
    jest.useRealTimers();
    await cleanUp();
});

const basic: AccountLimits = {
    usageLevel: "basic",
    read: { refillRate: 200, bucketCapacity: 600 },
    write: { refillRate: 100, bucketCapacity: 100 },
};
const premier: AccountLimits = {
    usageLevel: "premier",
    read: { refillRate: 1_000, bucketCapacity: 1_000 },
    write: { refillRate: 1_000, bucketCapacity: 2_000 },
};
const buckets = ["read", "write"] as const;

/** A simulated server that charges all calls to one bucket, and the processes that call it. */
interface Setting {
    /** The number of calls of each process. */
    readonly calls: readonly number[];
    /** The bucket that is charged. Default: `read`. */
    readonly charged?: (typeof buckets)[number];
    /** Default: Basic. */
    readonly limits?: AccountLimits;
    /** The limits that the server reports. Default: the actual ones. */
    readonly answer?: () => Promise<AccountLimits>;
    /** The filled fraction of the bucket at the start, 0 to 1. Default: 1. */
    readonly full?: number;
    readonly method?: "GET" | "POST";
    /** The number of calls that each process makes in parallel. Default: 16, as the engine does on four processors. */
    readonly parallel?: number;
}

interface Seen {
    readonly seconds: number;
    /** The fraction of the requests that were refused, 0 to 1. */
    readonly refused: number;
    readonly asked: number;
    /** The number of calls that had to wait. */
    readonly held: number;
    readonly reports: readonly string[];
}

/** Runs the simulation. Each process retries a refused call after a second. */
async function run({
    calls,
    charged = "read",
    full = 1,
    method = "POST",
    parallel = 16,
    ...setting
}: Setting): Promise<Seen> {
    const limits = setting.limits ?? basic;
    const server = bucketOf(limits[charged], full);
    let [requests, refused, asked, held] = [0, 0, 0, 0];
    const reports: string[] = [];
    const after = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
    const ask = async () => {
        asked++;
        return (setting.answer ?? (async () => limits))();
    };
    const call = async (limiter: RateLimiter): Promise<void> => {
        await limiter.acquire(ask, () => held++);
        // The latency of the requests varies.
        await after(5 + (requests % 4) * 20);
        requests++;
        if (server.tryRemoveTokens(10)) {
            await after(50);
            limiter.observe(method, 201);
            return;
        }
        refused++;
        limiter.observe(method, 429);
        await after(1_000);
        await call(limiter);
    };
    const runProcess = async (count: number): Promise<void> => {
        const limiter = new RateLimiter((message) => reports.push(message));
        let left = count;
        const worker = async () => {
            while (left-- > 0) {
                await call(limiter);
            }
        };
        await Promise.all(Array.from({ length: parallel }, worker));
    };
    const start = performance.now();
    const state = { done: false };
    void Promise.all(calls.map(runProcess)).then(() => (state.done = true));
    while (!state.done) {
        await jest.advanceTimersByTimeAsync(10);
    }
    const seconds = (performance.now() - start) / 1000;
    return { seconds, refused: refused / requests, asked, held, reports };
}

function bucketOf({ refillRate, bucketCapacity }: BucketLimits, full: number): TokenBucket {
    const bucket = new TokenBucket({ bucketSize: bucketCapacity, tokensPerInterval: refillRate, interval: "second" });
    bucket.content = bucketCapacity * full;
    return bucket;
}

/** Returns the minimum number of seconds for so many calls. */
function least(calls: number, { refillRate, bucketCapacity }: BucketLimits, full = 1): number {
    return (calls * 10 - bucketCapacity * full) / refillRate;
}

describe("one limiter", () => {
    const pass = (seconds: number) => jest.advanceTimersByTimeAsync(seconds * 1_000);

    function start() {
        const reports: string[] = [];
        const limiter = new RateLimiter((message) => reports.push(message));
        const getLimits = jest.fn(() => Promise.reject<AccountLimits>(new Error("not available")));
        let waits = 0;
        /** Sends calls, and returns how many of them have to wait. */
        const send = (count: number): number => {
            const before = waits;
            for (let call = 0; call < count; call++) {
                void limiter.acquire(getLimits, () => waits++);
            }
            return waits - before;
        };
        const observe = (method: string, status: number, count = 1) => {
            for (let response = 0; response < count; response++) {
                limiter.observe(method, status);
            }
        };
        /** Observes refusals of calls that were not in flight at the same time. */
        const refuse = async (method: string, count: number): Promise<void> => {
            for (let refusal = 0; refusal < count; refusal++) {
                await pass(0.501);
                limiter.observe(method, 429);
            }
        };
        /** Sends so many calls that the limiter requests the limits, and waits until all are sent. */
        const adopt = async (limits: AccountLimits): Promise<void> => {
            getLimits.mockResolvedValueOnce(limits);
            send(46);
            await pass(1);
        };
        /** Returns the assumed bucket, the calls a second that it allows, and those that are sent, after a wait of 4 s. */
        const decision = async (): Promise<string> => {
            send(1_000);
            await pass(4);
            send(1);
            return (
                reports
                    .at(-1)
                    ?.match(/\w+(?= bucket)|[\d.]+(?= calls\/s)|[\d.]+(?=\/s\.$)/g)
                    ?.join(" ") ?? "no report"
            );
        };
        return { send, observe, refuse, adopt, decision, getLimits, reports };
    }
    type Limiter = ReturnType<typeof start>;

    // In the four seconds until the report, a reduced rate grows by a quarter.
    test.each<[string, (limiter: Limiter) => unknown, string]>([
        ["assumes the read bucket of Basic", () => undefined, "read 20 20.0"],
        ["halves the rate after a refused POST", ({ refuse }) => refuse("POST", 1), "read 20 12.5"],
        ["halves the rate again after a second refused GET", ({ refuse }) => refuse("GET", 2), "read 20 6.3"],
        [
            "counts refusals within half a second as one",
            async ({ observe }) => {
                observe("GET", 429);
                await pass(0.5);
                observe("GET", 429);
            },
            "read 20 13.3",
        ],
        [
            "doubles a reduced rate in seven seconds",
            async ({ refuse }) => {
                await refuse("GET", 3);
                await pass(3);
            },
            "read 20 5.0",
        ],
        [
            "makes it 16 times as high in fourteen",
            async ({ refuse }) => {
                await refuse("GET", 6);
                await pass(10);
            },
            "read 20 5.1",
        ],
        ["keeps a sixty-fourth of the allowed rate", ({ refuse }) => refuse("GET", 20), "read 20 0.4"],
        [
            "recovers to the allowed rate and not further",
            async ({ refuse }) => {
                await refuse("GET", 1);
                await pass(60);
            },
            "read 20 20.0",
        ],
        ["assumes the write bucket after a second refused POST", ({ refuse }) => refuse("POST", 2), "write 10 10.0"],
        ["halves the rate after a third one", ({ refuse }) => refuse("POST", 3), "write 10 6.3"],
        [
            "keeps a reduced rate under the account's limits",
            async ({ refuse, adopt }) => {
                await refuse("GET", 1);
                await adopt(premier);
            },
            "read 100 71.2",
        ],
    ])("%s", async (_what, act, expected) => {
        const limiter = start();
        await act(limiter);
        expect(await limiter.decision()).toBe(expected);
    });

    test.each<[string, (limiter: Limiter) => unknown, string]>([
        ["11 successful POSTs", ({ observe }) => observe("POST", 201, 11), "read"],
        ["10 successful POSTs, as many as the write bucket allows", ({ observe }) => observe("POST", 201, 10), "write"],
        ["only GETs that succeeded", ({ observe }) => observe("GET", 200, 50), "write"],
        ["only POSTs that were redirected", ({ observe }) => observe("POST", 300, 50), "write"],
        ["only POSTs that failed", ({ observe }) => observe("POST", 500, 50), "write"],
        [
            "11 successful POSTs and limits with the write bucket of Basic",
            async ({ observe, adopt }) => {
                observe("POST", 201, 11);
                await adopt({ ...basic, read: premier.read });
            },
            "read",
        ],
        [
            "11 successful POSTs and limits with a larger write bucket",
            async ({ observe, adopt }) => {
                observe("POST", 201, 11);
                await adopt(premier);
            },
            "write",
        ],
    ])("two refused POSTs after %s are attributed to a bucket", async (_what, act, bucket) => {
        const limiter = start();
        await act(limiter);
        await limiter.refuse("POST", 2);
        expect(await limiter.decision()).toMatch(new RegExp(`^${bucket}`));
    });

    test("delays the 46th call, all calls after it, and none once the calls have paused", async () => {
        const { send } = start();
        expect([send(45), send(2)]).toEqual([0, 2]);
        // A new call must not take the token of one that waits.
        jest.advanceTimersByTime(50);
        expect(send(1)).toBe(1);
        await pass(1);
        expect(send(10)).toBe(0);
    });

    test("sends the next call after a refusal only once the bucket has filled again", async () => {
        const { send, observe } = start();
        observe("GET", 429);
        expect(send(1)).toBe(1);
    });

    test("requests the limits once, for the 46th call that was not refused", async () => {
        const { send, observe, getLimits } = start();
        send(1);
        observe("GET", 429);
        send(45);
        expect(getLimits).toHaveBeenCalledTimes(0);
        send(2);
        expect(getLimits).toHaveBeenCalledTimes(1);
    });

    test.each([
        ["three quarters of the bucket", premier, 75],
        [
            "one call if the bucket pays for less than two",
            { ...basic, read: { refillRate: 10, bucketCapacity: 10 } },
            1,
        ],
    ])("sends, after a pause, %s at once", async (_what, limits, count) => {
        const { send, adopt } = start();
        await adopt(limits);
        await pass(60);
        expect([send(count), send(1)]).toEqual([0, 1]);
    });

    test("reports a wait of more than three seconds, and every 30 seconds while it lasts", async () => {
        const { send, reports } = start();
        await pass(1);
        send(5_000);
        await pass(3);
        send(1);
        expect(reports).toHaveLength(0);
        await pass(0.001);
        send(1);
        expect(reports).toHaveLength(1);
        await pass(30);
        send(1);
        expect(reports).toHaveLength(1);
        await pass(0.001);
        send(1);
        expect(reports).toHaveLength(2);
    });

    test("does not report two short waits with a pause between them", async () => {
        const { send, reports } = start();
        send(50);
        await pass(10);
        send(50);
        expect(reports).toEqual([]);
    });
});

describe.each(buckets)("if POST and DELETE of keys are charged to the %s bucket", (charged) => {
    const rate = { read: 20, write: 10 }[charged];
    const reported = `Rate limited: the account's ${charged} bucket allows ${rate} calls/s; the provider sends `;

    test("sends 500 calls at Basic as fast as the bucket allows, and names the bucket in the report", async () => {
        const { seconds, refused, asked, reports } = await run({ calls: [500], charged });
        expect(seconds / least(500, basic[charged])).toBeLessThan(1.15);
        expect(refused).toBeLessThan(charged === "read" ? 0.001 : 0.05);
        expect(asked).toBe(1);
        expect(reports[0]).toBe(`${reported}${rate}.0/s.`);
    });

    test("has few calls refused if an earlier command has emptied the bucket", async () => {
        const { seconds, refused, reports } = await run({ calls: [500], charged, full: 0 });
        expect(seconds / least(500, basic[charged], 0)).toBeLessThan(1.15);
        expect(refused).toBeLessThan(0.05);
        expect(reports.at(-1)).toContain(reported);
    });

    test("shares the account between two processes", async () => {
        const { seconds, refused, reports } = await run({ calls: [250, 250], charged });
        expect(seconds / least(500, basic[charged])).toBeLessThan(1.25);
        // The first 32 parallel calls of both exceed the `write` bucket.
        expect(refused).toBeLessThan(charged === "read" ? 0.08 : 0.12);
        expect(reports.at(-1)).toContain(reported);
    });

    test("shares the account between four processes", async () => {
        const { seconds, refused } = await run({ calls: [250, 250, 250, 250], charged, parallel: 8 });
        expect(seconds / least(1_000, basic[charged])).toBeLessThan(1.25);
        // About half of the refused calls are among the first 32 parallel calls.
        expect(refused).toBeLessThan(charged === "read" ? 0.07 : 0.14);
    });

    test("requests and uses a higher usage level", async () => {
        const { seconds, refused, asked } = await run({ calls: [1_000], charged, limits: premier });
        expect(seconds).toBeLessThan(1.15 * least(1_000, premier[charged]) + 1);
        expect(refused).toBe(0);
        expect(asked).toBe(1);
    });

    test("does not request the limits for 40 calls", async () => {
        const { asked, reports } = await run({ calls: [40], charged });
        expect([asked, reports]).toEqual([0, []]);
    });
});

test("does not delay 45 parallel calls that are charged to read", async () => {
    const { seconds, asked, held } = await run({ calls: [45] });
    expect(seconds).toBeLessThan(0.25);
    expect([asked, held]).toEqual([0, 0]);
});

test("completes all calls on an account below Basic whose server does not report its limits", async () => {
    const half = { ...basic, read: { refillRate: 100, bucketCapacity: 100 } };
    const answer = () => Promise.reject(new Error("404"));
    const { seconds, refused } = await run({ calls: [300], limits: half, answer });
    expect(seconds / least(300, half.read)).toBeLessThan(1.15);
    expect(refused).toBeLessThan(0.1);
});

test("discards what it learned under the limits of Basic if the account's level is higher", async () => {
    const limits: AccountLimits = {
        usageLevel: "some",
        read: { refillRate: 400, bucketCapacity: 1_200 },
        write: { refillRate: 200, bucketCapacity: 400 },
    };
    const { seconds, refused, reports } = await run({ calls: [1_000], charged: "write", limits });
    expect(seconds / least(1_000, limits.write)).toBeLessThan(1.15);
    expect(refused).toBeLessThan(0.05);
    expect(reports.at(-1)).toContain("write bucket allows 20 calls/s");
});

test("does not infer from refused GETs which bucket POST and DELETE are charged to", async () => {
    const half = { ...basic, read: { refillRate: 100, bucketCapacity: 100 } };
    const answer = async () => basic;
    const { reports } = await run({ calls: [300], limits: half, answer, method: "GET" });
    expect(reports.length).toBeGreaterThan(0);
    expect(reports.filter((report) => !report.includes("read bucket"))).toEqual([]);
});

test("the client passes every response to the rate limiter, and the limits of both buckets", async () => {
    jest.useRealTimers();
    const emulator = await emulatorWith({ usageLevel: "basic" });
    const rateLimiter = new RateLimiter(() => undefined);
    const observe = jest.spyOn(rateLimiter, "observe");
    const client = clientOf(emulator, { rateLimiter });
    await inject(emulator, { operation: "generate", when: "before", kind: "status", status: 429 });
    const { apiKeyId } = await client.generateApiKey({ name: "a", keyType: "ed25519" });
    await client.deleteApiKey(apiKeyId);
    expect(await client.accountLimits()).toEqual(basic);
    expect(observe.mock.calls).toEqual([
        ["POST", 429],
        ["POST", 201],
        ["DELETE", 204],
        ["GET", 200],
    ]);
});
