import { TokenBucket } from "limiter";
import { RateLimiter } from "../../provider/src/kalshi/rateLimiter";
import type { AccountLimits, BucketLimits } from "../../provider/src/kalshi/types";
import { cleanUp, clientOf, emulatorWith, inject } from "../harness";

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

/**
 * Runs the simulation. Each process makes 16 calls in parallel, as the engine does, and retries a refused call after a
 * second.
 */
async function run({ calls, charged = "read", full = 1, method = "POST", ...setting }: Setting): Promise<Seen> {
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
        await Promise.all(Array.from({ length: 16 }, worker));
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
