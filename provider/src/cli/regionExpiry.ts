import type { Check } from "./report";

const dayMilliseconds = 24 * 60 * 60_000;

/** The days before the end of a region attestation from which on it is reported. */
const warningDays = 14;

/**
 * Checks until when the account's location attestation allows trading by API.
 *
 * @param expiresAt the list's `api_key_region_expiration_ts`; absent if the account needs no attestation
 * @param now Unix time in milliseconds
 * @returns undefined if there is nothing to report
 */
export function regionExpiryCheck(expiresAt: Date | undefined, now: number): Check | undefined {
    const left = (expiresAt?.getTime() ?? Infinity) - now;
    if (expiresAt === undefined || left > warningDays * dayMilliseconds) {
        return undefined;
    }
    const name = "location attestation";
    const date = expiresAt.toISOString();
    return left <= 0
        ? {
              name,
              status: "failed",
              text: `expired on ${date}: renew it on Kalshi's web page, or the keys cannot trade`,
          }
        : { name, status: "info", text: `expires on ${date}: renew it on Kalshi's web page before that` };
}
