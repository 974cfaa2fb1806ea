import * as pulumi from "@pulumi/pulumi";
import { KalshiApiKey, type KalshiApiKeyArgs } from "./KalshiApiKey";

/** The inputs of a {@link RotatingKalshiApiKey}: those of a key that Kalshi generates, and when the next one takes over. */
export interface RotatingKalshiApiKeyArgs extends Pick<
    KalshiApiKeyArgs,
    "namePrefix" | "scopes" | "keyType" | "subaccount" | "fcmSubtraderId"
> {
    /** Days from one generation of the key to the next. More than 0; a plain number, since it decides what is declared. */
    readonly rotationDays: number;
    /** Days for which the previous generation stays valid beside the current one. 0 or more, less than `rotationDays`. */
    readonly overlapDays: number;
}

/**
 * A key that is renewed without a moment in which a consumer that caches it holds a revoked one: for `overlapDays` after
 * each rotation the previous generation stays valid.
 *
 * Which generations are declared follows from the date alone, counted in periods of `rotationDays` since 1970: the current
 * one always, the previous one while the overlap lasts. So any `pulumi up` at any time converges to the same keys, and one
 * that never comes revokes nothing: run it at least once in each overlap and once between two.
 *
 * The overlap ends `overlapDays` after the date of the rotation, however late the run was that made the new key: with a run a
 * day, 2 days leave at least one. A change of the arguments is no rotation: it replaces all generations at once.
 *
 * - The first run within an overlap makes a previous key too, which nobody uses and which goes when the overlap ends.
 * - Runs that were missed for a whole period leave a key that is neither the current nor the previous one: it is revoked by
 *   the next run, after the current one was made.
 * - A clock that steps back across a rotation declares the generation before: what the overlap still held is kept, the newer
 *   one is revoked, and made anew once the clock has passed the date again.
 *
 * @example
 * ```ts
 * const key = new RotatingKalshiApiKey("bot", { rotationDays: 30, overlapDays: 2 });
 * export const privateKey = key.current.privateKey;
 * ```
 */
export class RotatingKalshiApiKey extends pulumi.ComponentResource {
    /** The generation to use. */
    readonly current: KalshiApiKey;
    /** The one before, while the overlap lasts. */
    readonly previous: KalshiApiKey | undefined;

    /**
     * @param name the resource's name; each generation is a `KalshiApiKey` of that name and its number
     * @throws Error where the numbers of days make no sense
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

const millisecondsOfADay = 24 * 60 * 60 * 1000;

/**
 * The generations to be declared at a moment: the current one, and the previous one while the overlap lasts.
 *
 * @param now Unix time in milliseconds
 * @throws Error where the numbers of days make no sense
 */
export function generationsAt(
    now: number,
    rotationDays: number,
    overlapDays: number,
): readonly [current: number, previous: number | undefined] {
    if (!(rotationDays > 0)) {
        throw new Error(`rotationDays must be more than 0 days, not ${rotationDays}`);
    }
    if (!(overlapDays >= 0 && overlapDays < rotationDays)) {
        throw new Error(
            `overlapDays must be 0 or more and less than rotationDays (${rotationDays}), not ${overlapDays}: only one previous ` +
                "key is kept",
        );
    }
    const days = now / millisecondsOfADay;
    const current = Math.floor(days / rotationDays);
    return [current, days - current * rotationDays < overlapDays ? current - 1 : undefined];
}
