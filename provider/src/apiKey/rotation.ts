const millisecondsOfADay = 24 * 60 * 60 * 1000;

/**
 * Returns when a key is due for rotation.
 *
 * @param createdAt ISO 8601
 * @returns ISO 8601, UTC; undefined without `rotationDays`, and if the date is beyond the range of `Date`
 */
export function rotateAt(createdAt: string, rotationDays: number | undefined): string | undefined {
    const date = new Date(Date.parse(createdAt) + (rotationDays ?? NaN) * millisecondsOfADay);
    return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
