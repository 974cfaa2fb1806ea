const millisecondsOfADay = 24 * 60 * 60 * 1000;

/**
 * When a key is due for rotation.
 *
 * @param createdAt ISO 8601
 * @returns ISO 8601, UTC; undefined where it never is
 */
export function rotateAt(createdAt: string, rotationDays: number | undefined): string | undefined {
    return rotationDays === undefined
        ? undefined
        : new Date(Date.parse(createdAt) + rotationDays * millisecondsOfADay).toISOString();
}
