/**
 * What may be told of an error that nobody foresaw: its name and the frames of its stack. Its message may quote what it stumbled
 * over, a private key for instance.
 */
export function placeOf(error: unknown): { readonly name: string; readonly frames: readonly string[] } {
    if (!(error instanceof Error)) {
        return { name: typeof error, frames: [] };
    }
    return { name: error.name, frames: (error.stack ?? "").split("\n").filter((line) => /^ {4}at /.test(line)) };
}
