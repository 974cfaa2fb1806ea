import {
    observeCap,
    observeGenerated,
    observeList,
    observeNames,
    observePublicKeys,
    observeScopes,
    observeSubaccount,
    observeSubtrader,
} from "./keyProbes";
import type { LiveAccount } from "./liveAccount";
import {
    observeLag,
    observeMissingHeaders,
    observeNarrowKeys,
    observeRateLimits,
    observeRevocation,
    observeRoutes,
    observeSelfRevocation,
    observeSignatures,
    observeTimestamps,
} from "./requestProbes";

/** What Kalshi answered in one case of a probe. */
export interface Observation {
    readonly case: string;
    /** The part that is compared with the emulator's. It is the same for every account and run. */
    readonly answer: string;
    /** What else is of interest, for example a duration. It is not compared. */
    readonly note?: string;
}

/** A question that Kalshi's documentation leaves open, and the requests that answer it. */
export interface Probe {
    readonly title: string;
    readonly observe: (account: LiveAccount) => Promise<readonly Observation[]>;
}

/** The probes, in the order of the report. Each may create keys, which the caller revokes afterwards. */
export const probes: readonly Probe[] = [
    { title: "List", observe: observeList },
    { title: "Generated key", observe: observeGenerated },
    { title: "Scopes", observe: observeScopes },
    { title: "Names", observe: observeNames },
    { title: "User-supplied public keys", observe: observePublicKeys },
    { title: "Revocation", observe: observeRevocation },
    { title: "Narrow keys", observe: observeNarrowKeys },
    { title: "Self-revocation", observe: observeSelfRevocation },
    { title: "Subaccount", observe: observeSubaccount },
    { title: "FCM subtrader", observe: observeSubtrader },
    { title: "Signatures", observe: observeSignatures },
    { title: "Timestamps", observe: observeTimestamps },
    { title: "Missing headers", observe: observeMissingHeaders },
    { title: "Lag of the list", observe: observeLag },
    { title: "Unknown routes", observe: observeRoutes },
    { title: "Rate limits", observe: observeRateLimits },
];

/** Returns the probe that creates keys until Kalshi refuses, at most so many. */
export function capProbe(most: number): Probe {
    return { title: "Largest number of keys", observe: (account) => observeCap(account, most) };
}
