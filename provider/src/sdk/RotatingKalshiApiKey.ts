import * as pulumi from "@pulumi/pulumi";
import { UserError } from "../userError";
import { KalshiApiKey, type KalshiApiKeyArgs } from "./KalshiApiKey";

/** The inputs of a {@link RotatingKalshiApiKey}: those of a key that Kalshi generates, and the times of the rotation. */
export interface RotatingKalshiApiKeyArgs extends Pick<
    KalshiApiKeyArgs,
    "namePrefix" | "scopes" | "keyType" | "subaccount" | "fcmSubtraderId"
> {
    /** Days between two generations. More than 0. A plain number, not an output, because it decides which resources exist. */
    readonly rotationDays: number;
    /** Days for which the previous generation stays valid after a rotation. 0 or more, and less than `rotationDays`. */
    readonly overlapDays: number;
}

/**
 * A key that rotates on a schedule, for consumers that cache it. The previous generation stays valid for `overlapDays` after each
 * rotation, so such a consumer never holds a revoked key.
 *
 * The date alone determines the generations, in periods of `rotationDays` since 1970. The current generation always exists; the
 * previous one exists during the overlap. Every `pulumi up` on the same date results in the same keys. Only `pulumi up` revokes
 * keys: run it at least once during each overlap and once between two overlaps.
 *
 * The overlap ends `overlapDays` after the date of the rotation, even if the run that created the new key was late. With one run a
 * day, an overlap of 2 days leaves at least one day. A change of the arguments is not a rotation: it replaces all generations at once.
 *
 * - If the first run is within an overlap, it creates a previous generation, too. Nothing uses it, and it is revoked after the
 *   overlap.
 * - If no run happened for a whole period, the old key is neither the current nor the previous generation. The next run revokes it
 *   after it has created the current one.
 * - If the clock steps back across a rotation, the generation before it is the current one again. A run then keeps that key if it
 *   still exists, and revokes the newer one. After the rotation date, a run creates a new key for that generation.
 *
 * @example
 * ```ts
 * const key = new RotatingKalshiApiKey("bot", { rotationDays: 30, overlapDays: 2 });
 * export const privateKey = key.current.privateKey;
 * ```
 */
export class RotatingKalshiApiKey extends pulumi.ComponentResource {
    /** The current generation. */
    readonly current: KalshiApiKey;
    /** The previous generation during the overlap; otherwise undefined. */
    readonly previous: KalshiApiKey | undefined;

    /**
     * @param name the resource's name; each generation is a `KalshiApiKey` named `NAME-NUMBER`
     * @throws Error if `rotationDays` or `overlapDays` is out of range
     */
    constructor(name: string, args: RotatingKalshiApiKeyArgs, opts?: pulumi.ComponentResourceOptions) {
        super("kalshi:index:RotatingApiKey", name, {}, opts);
        const { rotationDays, overlapDays, ...keyArgs } = args;
        const [current, previous] = generationsAt(Date.now(), rotationDays, overlapDays);
        const keyOf = (generation: number) =>
            new KalshiApiKey(`${name}-${generation}`, { namePrefix: name, ...keyArgs }, { parent: this });
        this.current = keyOf(current);
        this.previous = previous === undefined ? undefined : keyOf(previous);
        this.registerOutputs({
            current: this.current.apiKeyId,
            previous: this.previous?.apiKeyId,
        });
    }
}

const millisecondsPerDay = 24 * 60 * 60 * 1000;

/**
 * Returns the generations at a time: the current one, and the previous one during the overlap.
 *
 * @param now Unix time in milliseconds
 * @throws Error if `rotationDays` or `overlapDays` is out of range
 */
export function generationsAt(
    now: number,
    rotationDays: number,
    overlapDays: number,
): readonly [current: number, previous: number | undefined] {
    if (!(rotationDays > 0)) {
        throw new UserError("KALSHI_INPUT_INVALID", `rotationDays must be more than 0 days, not ${rotationDays}`);
    }
    if (!(overlapDays >= 0 && overlapDays < rotationDays)) {
        throw new UserError(
            "KALSHI_INPUT_INVALID",
            `overlapDays must be 0 or more and less than rotationDays (${rotationDays}), not ${overlapDays}: only one previous ` +
                "key is kept",
        );
    }
    const days = now / millisecondsPerDay;
    const current = Math.floor(days / rotationDays);
    return [current, days - current * rotationDays < overlapDays ? current - 1 : undefined];
}
