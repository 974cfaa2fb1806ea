import type { Emulator } from "kalshi-emulator";
import { parseBaseUrl } from "../../provider/src/kalshi/endpoint";
import { inject } from "../support/harness";
import type { Proxy } from "../support/proxy";
import { LiveAccount } from "./liveAccount";
import { targetOf } from "./suite";
import type { Target } from "./target";

/**
 * Opens the account of an emulator.
 *
 * @param startedAt when the run started: Unix time in milliseconds. Default: now
 */
export async function accountOf(emulator: Emulator, startedAt?: number): Promise<LiveAccount> {
    return LiveAccount.open(targetOf(emulator), new AbortController().signal, startedAt);
}

/** Returns an emulator's account, reached through a proxy, as the target of the suite. */
export function targetThrough(proxy: Proxy, emulator: Emulator): Target {
    return { ...targetOf(emulator), endpoint: parseBaseUrl(proxy.baseUrl) };
}

/**
 * Makes an emulator refuse the next list because of its rate limit. On a busy machine, a burst of calls may take so long that the bucket is
 * refilled.
 */
export async function injectRateLimit(emulator: Emulator): Promise<void> {
    await inject(emulator, { operation: "list", when: "before", kind: "status", status: 429, times: 1 });
}
