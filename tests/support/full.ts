/**
 * Whether `npm run test:full` runs. `npm test` leaves out what takes long and can fail only together with a faster test: a behaviour of
 * the core with the second provider on the engine, or further inputs and rows that tests of a lower level cover one by one.
 */
export const isFull = process.env["TEST_FULL"] === "true";

/** A test that only `npm run test:full` runs. */
export const testInFull = isFull ? test : test.skip;

/** Returns a test that `npm test` runs if a condition holds, and `npm run test:full` always. */
export function testIf(condition: boolean): jest.It {
    return condition ? test : testInFull;
}

/** Returns all cases for `npm run test:full`, and the first ones for `npm test`. */
export function sample<T>(cases: readonly T[], count = 1): readonly T[] {
    return isFull ? cases : cases.slice(0, count);
}
