/** The value that a share of the values does not exceed, by the nearest rank; NaN of none. */
export function quantile(values: readonly number[], share: number): number {
    const sorted = [...values].sort((a, b) => a - b);
    return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? NaN;
}

export function median(values: readonly number[]): number {
    return quantile(values, 0.5);
}
