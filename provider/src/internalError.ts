import { UserError } from "./userError";

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

/** Returns an error for the user: an internal error without its message, because that may hold secrets. */
export function asUserError(error: unknown): UserError {
    if (error instanceof UserError) {
        return error;
    }
    const { name, frames } = placeOf(error);
    const [place = "an unknown place"] = frames;
    return new UserError(
        "KALSHI_INTERNAL_ERROR",
        `The Kalshi provider has an internal error (${name}, ${place.trim()}). Its message is not shown, because it may hold ` +
            "secrets. Please report it, and run `npx pulumi-kalshi doctor`.",
    );
}
