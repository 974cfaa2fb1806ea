import { getEventListeners } from "node:events";
import { Attempts } from "../../provider/src/kalshi/httpCall";

type Step = "pause" | "resume" | "interrupt";

test.each<[string, Step[], boolean]>([
    ["aborts a pause", ["pause", "interrupt"], true],
    ["aborts the next pause", ["interrupt", "pause"], true],
    ["does not abort the first attempt", ["interrupt"], false],
    ["does not abort the attempt after a pause", ["pause", "resume", "interrupt"], false],
    ["does not abort a pause if it does not come", ["pause"], false],
])("an interruption %s", (_what, steps, isAborted) => {
    const interruption = new AbortController();
    const attempts = new Attempts("generate", interruption.signal);
    for (const step of steps) {
        if (step === "interrupt") {
            interruption.abort();
        } else {
            attempts[step]();
        }
    }
    expect([attempts.signal.aborted, attempts.isResponseTooLong]).toEqual([isAborted, false]);
});

test("does not listen for an interruption after its end", () => {
    const { signal } = new AbortController();
    const attempts = new Attempts("list", signal);
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    attempts.end();
    expect(getEventListeners(signal, "abort")).toEqual([]);
});

test("is aborted by a response that is too long, even without an interruption", () => {
    const attempts = new Attempts("list", undefined);
    attempts.pause();
    expect([attempts.signal.aborted, attempts.isResponseTooLong]).toEqual([false, false]);
    attempts.abandonResponse();
    attempts.end();
    expect([attempts.signal.aborted, attempts.isResponseTooLong]).toEqual([true, true]);
});
