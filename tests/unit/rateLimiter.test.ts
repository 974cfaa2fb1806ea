import { TokenBucket } from "limiter";
import { RateLimiter } from "../../provider/kalshi/rateLimiter";
import type { AccountLimits } from "../../provider/kalshi/wire";

beforeEach(() => {
    jest.useFakeTimers();
});
afterEach(() => {
    jest.useRealTimers();
});

const basic = { refillRate: 200, bucketCapacity: 600 };
const premier = { refillRate: 1_200, bucketCapacity: 2_400 };

/** What a server with a bucket sees of processes that make calls to it. */
interface Seen {
    readonly seconds: number;
    readonly requests: number;
    readonly refused: number;
    readonly asked: number;
    /** Calls that had to wait. */
    readonly held: number;
    readonly told: readonly string[];
}

/**
 * Processes that each make that many calls, 16 at a time, as the engine does; a refused call comes again a second later.
 *
 * @param content the tokens that are in the server's bucket at the start
 */
async function run(
    calls: readonly number[],
    bucket = basic,
    {
        content = bucket.bucketCapacity,
        limits = async (): Promise<AccountLimits> => ({ usageLevel: "some", read: bucket }),
    } = {},
): Promise<Seen> {
    const server = new TokenBucket({
        bucketSize: bucket.bucketCapacity,
        tokensPerInterval: bucket.refillRate,
        interval: "second",
    });
    server.content = content;
    let [requests, refused, asked, held] = [0, 0, 0, 0];
    const told: string[] = [];
    const after = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
    const ask = () => {
        asked++;
        return limits();
    };
    const call = async (limiter: RateLimiter): Promise<void> => {
        await limiter.turn(ask, () => held++);
        await after(5);
        requests++;
        if (server.tryRemoveTokens(10)) {
            return;
        }
        refused++;
        limiter.slowDown();
        await after(1_000);
        await call(limiter);
    };
    const process = async (count: number): Promise<void> => {
        const limiter = new RateLimiter((message) => told.push(message));
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
    void Promise.all(calls.map(process)).then(() => (state.done = true));
    while (!state.done) {
        await jest.advanceTimersByTimeAsync(10);
    }
    return { seconds: (performance.now() - start) / 1000, requests, refused, asked, held, told };
}

/** The seconds that a full bucket allows so many calls in. */
const least = (calls: number, { refillRate, bucketCapacity } = basic) => (calls * 10 - bucketCapacity) / refillRate;

test("500 calls at the lowest usage level: hardly slower than the bucket allows, none refused, and the user knows why", async () => {
    const { seconds, refused, asked, told } = await run([500]);
    expect(seconds / least(500)).toBeLessThan(1.15);
    expect(refused).toBe(0);
    expect(asked).toBe(1);
    expect(told).toEqual(["Kalshi's rate limit sets the pace: this account is granted 20 calls a second."]);
});

test("a bucket that an earlier command has emptied: few are refused", async () => {
    const { seconds, requests, refused } = await run([500], basic, { content: 0 });
    expect(seconds / (least(500) + 3)).toBeLessThan(1.15);
    expect(refused / requests).toBeLessThan(0.05);
});

test("a higher usage level is asked for and used", async () => {
    const { seconds, refused } = await run([1_000], premier);
    expect(seconds).toBeLessThan(1.15 * least(1_000, premier) + 1);
    expect(refused).toBe(0);
});

test("a server that does not tell what it grants, and grants half of the least that is known: all calls get through", async () => {
    const unknown = { limits: () => Promise.reject(new Error("404")) };
    const half = { refillRate: 100, bucketCapacity: 100 };
    const { seconds, requests, refused } = await run([300], half, unknown);
    expect(seconds / least(300, half)).toBeLessThan(1.5);
    expect(refused / requests).toBeLessThan(0.2);
});

test("two processes on one account share it, and say that others are there", async () => {
    const { seconds, requests, refused, told } = await run([250, 250]);
    expect(seconds / least(500)).toBeLessThan(1.15);
    expect(refused / requests).toBeLessThan(0.08);
    expect(told.join()).toMatch(/with other calls on it these come at \d+\.\d a second for now/);
});

test("calls that fit into what the lowest level has saved up wait for nothing and ask nothing", async () => {
    const { seconds, asked, held, told } = await run([45]);
    expect(seconds).toBeLessThan(0.1);
    expect([asked, held, told]).toEqual([0, 0, []]);
});
