const millisecondsOfADay = 24 * 60 * 60 * 1000;

/**
 * When a key is due for rotation.
 *
 * @param createdAt ISO 8601
 * @returns ISO 8601, UTC; undefined where it never is, in the reach of the calendar at least
 */
export function rotateAt(createdAt: string, rotationDays: number | undefined): string | undefined {
    const date = new Date(Date.parse(createdAt) + (rotationDays ?? NaN) * millisecondsOfADay);
    return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
