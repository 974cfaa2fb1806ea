/**
 * Returns the parts of an unexpected error that can hold no secret: its name and its stack frames. Its message may quote a private
 * key, for instance.
 */
export function placeOf(error: unknown): { readonly name: string; readonly frames: readonly string[] } {
    if (!(error instanceof Error)) {
        return { name: typeof error, frames: [] };
    }
    return { name: error.name, frames: (error.stack ?? "").split("\n").filter((line) => /^ {4}at /.test(line)) };
}
