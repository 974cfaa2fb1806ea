import { generationsAt } from "../../provider/src/sdk/RotatingKalshiApiKey";

const day = 24 * 60 * 60 * 1000;
/** The start of generation 100 of a key that rotates every 10 days. */
const start = 1_000 * day;
const at = (days: number, overlap = 3) => generationsAt(start + days * day, 10, overlap);

test.each([
    ["the moment of rotation", 0, [100, 99]],
    ["within the overlap", 2.999, [100, 99]],
    ["the end of the overlap", 3, [100, undefined]],
    ["the last moment of a period", 9.999, [100, undefined]],
    ["the next rotation", 10, [101, 100]],
    ["after missed periods", 42, [104, 103]],
    ["a clock that stepped back across a rotation", -0.001, [99, undefined]],
])("%s", (_when, days, generations) => {
    expect(at(days)).toEqual(generations);
});

test("has no previous key without an overlap", () => {
    expect(at(0, 0)).toEqual([100, undefined]);
});

test.each([
    [0, 0, /^rotationDays .*\b0 \(KALSHI_INPUT_INVALID\)$/],
    [NaN, 0, /^rotationDays .*\bNaN \(KALSHI_INPUT_INVALID\)$/],
    [10, 10, /^overlapDays .*rotationDays \(10\), not 10\b.*KALSHI_INPUT_INVALID/],
    [10, 12, /^overlapDays .*rotationDays \(10\), not 12\b.*KALSHI_INPUT_INVALID/],
    [10, -1, /^overlapDays .*rotationDays \(10\), not -1\b.*KALSHI_INPUT_INVALID/],
])("rotationDays %d with overlapDays %d is refused", (rotationDays, overlapDays, reason) => {
    expect(() => generationsAt(start, rotationDays, overlapDays)).toThrow(reason);
});
