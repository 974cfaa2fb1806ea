import { findKey, hasKey, SharedList } from "../../provider/src/apiKey/listing";
import type { ApiKey } from "../../provider/src/apiKey/inputs";

const signing = { apiKeyId: "signer", name: "root" } as ApiKey;
const key = { apiKeyId: "abc-1", name: "bot" } as ApiKey;

/** A list request that the test answers. */
interface Request {
    readonly resolve: (keys: readonly ApiKey[]) => void;
    readonly reject: (error: Error) => void;
}

function setUp() {
    const requests: Request[] = [];
    const completed: (readonly ApiKey[])[] = [];
    const pauses: number[] = [];
    let time = 1_000_000;
    const listApiKeys = () =>
        new Promise<readonly ApiKey[]>((resolve, reject) => void requests.push({ resolve, reject }));
    const platform = {
        client: { listApiKeys } as never,
        signingKeyId: signing.apiKeyId,
        now: () => time,
        sleep: async (milliseconds: number) => void pauses.push(milliseconds),
    };
    const list = new SharedList(platform, (keys) => completed.push(keys));
    return { list, requests, completed, pauses, advance: (milliseconds: number) => (time += milliseconds) };
}

describe("a shared list", () => {
    test("is used for one minute", async () => {
        const { list, requests, advance } = setUp();
        const first = list.get();
        advance(60_000);
        const second = list.get();
        advance(1);
        const third = list.get();
        expect(requests).toHaveLength(2);
        requests[0]?.resolve([signing]);
        requests[1]?.resolve([signing, key]);
        expect(await first).toEqual([[signing], 1]);
        expect(await second).toEqual([[signing], 1]);
        expect(await third).toEqual([[signing, key], 2]);
    });

    test("shares its failure only with callers that already wait", async () => {
        const { list, requests } = setUp();
        const waiting = [list.get(), list.get()];
        requests[0]?.reject(new Error("status 503"));
        for (const caller of waiting) {
            await expect(caller).rejects.toThrow("status 503");
        }
        const later = list.get();
        requests[1]?.resolve([signing]);
        expect((await later)[0]).toEqual([signing]);
        expect(requests).toHaveLength(2);
    });

    test("stays if an earlier list fails later", async () => {
        const { list, requests } = setUp();
        const earlier = list.get();
        list.invalidate();
        const current = list.get();
        requests[0]?.reject(new Error("status 503"));
        await expect(earlier).rejects.toThrow("status 503");
        requests[1]?.resolve([signing]);
        expect(await list.get()).toEqual(await current);
        expect(requests).toHaveLength(2);
    });

    test("is reported only if it is complete", async () => {
        const { list, requests, completed } = setUp();
        for (const keys of [[key], [key, signing]]) {
            const listing = list.get();
            requests.at(-1)?.resolve(keys);
            await listing;
            list.invalidate();
        }
        expect(completed).toEqual([[key, signing]]);
    });

    test("is requested again after each pause until it shows what is expected", async () => {
        const { list, requests, pauses } = setUp();
        const polling = list.pollUntil((keys) => hasKey(keys, key.apiKeyId), [10, 20, 30]);
        for (const keys of [[signing], [signing], [signing, key]]) {
            requests.at(-1)?.resolve(keys);
            await new Promise(setImmediate);
        }
        expect(await polling).toEqual([signing, key]);
        expect(pauses).toEqual([10, 20]);
        expect(requests).toHaveLength(3);
    });
});

test("a list shows a key by its id, whatever the case of its letters", () => {
    expect(findKey([signing, key], "ABC-1")).toBe(key);
    expect(findKey([signing], "abc-1")).toBeUndefined();
    expect([hasKey([signing, key], "ABC-1"), hasKey([signing], "abc-1")]).toEqual([true, false]);
});
